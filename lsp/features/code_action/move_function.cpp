// refactor.move: a function of the top level goes into another module, a new one beside the file or one there
// is. What calls it is changed in all files.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "lsp/documents/uri.h"
#include "lsp/features/code_action/action.h"
#include "lsp/semantics/imports.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {

namespace {

using namespace ast;
namespace fs = std::filesystem;

constexpr std::size_t kMostTargets = 8;
constexpr const char* kKind = "refactor.move";

class Mover {
 public:
  Mover(const Scene& scene, bool makes_files, std::vector<Action>& out)
      : s_(scene), makes_files_(makes_files), out_(out) {}

  void run() {
    const auto at = symbol_at(s_.file, s_.range.begin);
    if (!at || !at->binds || at->symbol.kind != Symbol::Kind::Global || s_.file.file().path.empty()) return;
    const PlacedItem placed = s_.file.module().items[at->item];
    const Stmt* s = placed.item->stmt;
    if (!s || s->kind != StmtKind::Function ||
        as<FunctionStmt>(s).function->name.span.moved(placed.start) != at->span)
      return;
    name_ = at->symbol.name;
    begin_ = placed.start, end_ = placed.end;
    const std::string why = obstacle(*at);
    const fs::path beside = fs::path(s_.file.file().path).parent_path() / (name_ + ".ml");
    const std::vector<std::string> taken = modules().importable(s_.file.file());
    if (makes_files_ && std::find(taken.begin(), taken.end(), name_) == taken.end())
      offer(fmt::format("Move '{}' to a new file", name_), why, nullptr, beside);
    for (const auto& target : targets())
      offer(fmt::format("Move '{}' to {}", name_, fs::path(target->file().path).filename().string()), why,
            target, target->file().path);
  }

 private:
  ModuleStore& modules() const { return s_.ask.snapshot.modules(); }
  const std::string& here() const { return s_.file.file().key; }

  // Why the function cannot stand in another module; empty: it can. Finds its uses.
  std::string obstacle(const SymbolAt& at) {
    if (!find_imports(at.item)) return "it uses other names of this module";
    for (const Occurrence& use : occurrences_in(s_.file, at.symbol)) {
      if (begin_ <= use.span.begin && use.span.end <= end_) continue;
      if (use.write) return "its name is bound again";
      uses_.push_back(use.span);
    }
    if (!s_.is_used_elsewhere(name_)) return "";
    for (const FileOccurrences& part : references_to(at.symbol, s_.file, modules(), s_.ask.stop)) {
      if (part.file == here()) continue;
      auto file = s_.ask.snapshot.file_of_key(part.file);
      if (!file) return "a file that uses it is not there";
      FileUses& uses = elsewhere_.emplace_back();
      for (const Occurrence& use : part.occurrences) {
        const TSNode root = file->tree().root();
        TSNode node = ts_node_parent(ts_node_descendant_for_byte_range(root, use.span.begin, use.span.end));
        if (ts_node_is_null(node) || ts_node_symbol(node) != sym::MemberExpression || use.write)
          return "another file does more than call it";
        uses.members.push_back(syntax::span(node));
      }
      uses.file = std::move(file);
    }
    return "";
  }

  // The imports that the function needs. False: it needs something else of this module, too.
  bool find_imports(std::uint32_t item) {
    const sema::Analysis& analysis = s_.file.analysis();
    std::set<std::string_view> names;
    for (const sema::NameRef& ref : analysis.items[item]->names) {
      if (ref.use == sema::NameUse::Host) return false;
      if (ref.use != sema::NameUse::Module || !ref.variable) continue;
      const sema::Variable* v = variable_of(analysis, item, ref);
      if (!v) return false;
      if (v->kind == sema::VariableKind::Import && v->bindings == 1)
        names.insert(s_.names().text(v->name));
      else if (v->first_binding.begin < begin_ || v->first_binding.begin >= end_)
        return false;
    }
    for (const ImportLine& line : s_.file.parsed().import_lines)
      if (names.contains(line.bound)) imports_.push_back(&line);
    return true;
  }

  // Files of the folder, and those that this one imports.
  std::vector<std::shared_ptr<const Revision>> targets() const {
    std::set<std::string> keys;
    const std::string folder = fs::path(s_.file.file().path).parent_path().string();
    for (const auto& facts : modules().all())
      if (fs::path(facts->path).parent_path() == folder && facts->key.ends_with(".ml"))
        keys.insert(facts->key);
    if (const auto facts = modules().find(here())) {
      for (const auto& import : facts->imports)
        if (!import.file.empty()) keys.emplace(import.file);
    }
    keys.erase(here());
    std::vector<std::shared_ptr<const Revision>> out;
    for (const std::string& key : keys) {
      if (out.size() == kMostTargets) break;
      auto file = s_.ask.snapshot.file_of_key(key);
      if (file && !file->parsed().has_syntax_errors) out.push_back(std::move(file));
    }
    return out;
  }

  // Whether importing `from` brings `to` along.
  bool reaches(const std::string& from, const std::string& to) const {
    std::vector<std::string> open{from};
    std::set<std::string> seen;
    while (!open.empty()) {
      const std::string key = open.back();
      open.pop_back();
      if (key == to) return true;
      const auto facts = seen.insert(key).second ? modules().find(key) : nullptr;
      if (!facts) continue;
      for (const auto& import : facts->imports)
        if (!import.file.empty()) open.emplace_back(import.file);
    }
    return false;
  }

  // Uses of the function as `module.name`, in a file that may have to import the module for that.
  void redirect(const Revision& file, const std::vector<Span>& uses, const std::string& dotted, Span gone,
                std::vector<Change>& changes) const {
    std::string as = imported_as(file, dotted);
    if (as.empty()) {
      Insertion import = import_insertion(file, dotted);
      as = dotted;
      // The first statement may be the one that goes.
      if (gone.begin < import.at && import.at < gone.end) import.at = gone.begin;
      if (gone.size() > 0 && import.at == gone.begin)
        changes.front().text = import.text;
      else
        changes.push_back({{import.at, import.at}, import.text});
    }
    for (const Span use : uses) changes.push_back({use, as + "." + name_});
  }

  void offer(std::string title, std::string why, const std::shared_ptr<const Revision>& target,
             const fs::path& path) {
    Action action{title, kKind, {}, false, false, nullptr};
    if (why.empty()) why = move(action, target, path);
    if (why.empty())
      out_.push_back(std::move(action));
    else
      out_.push_back(disabled_action(std::move(title), kKind, std::move(why)));
  }

  std::string move(Action& action, const std::shared_ptr<const Revision>& target,
                   const fs::path& path) const {
    const std::string key = target ? target->file().key : "";
    const std::string dotted = target ? modules().dotted_name(s_.file.file(), key) : name_;
    if (dotted.empty()) return "that module cannot be imported here";
    if (target && module_has(*target)) return "there is a '" + name_ + "' already";
    if (target && !uses_.empty() && reaches(key, here())) return "that module imports this one";
    const Span whole = s_.whole_lines({commented(begin_), end_});
    action.changes.push_back({whole, ""});
    if (!uses_.empty()) redirect(s_.file, uses_, dotted, whole, action.changes);

    std::vector<Change> there;
    std::string head;
    for (const ImportLine* line : imports_) {
      const std::string statement(s_.text(line->statement));
      if (!target) {
        head += statement + "\n";
        continue;
      }
      const std::string as = imported_as(*target, line->dotted);
      if (as == (line->has_alias ? line->bound : line->dotted)) continue;
      if (!as.empty()) return "that module imports " + line->dotted + " under another name";
      if (line->dotted == modules().dotted_name(s_.file.file(), key)) return "it uses that module";
      Insertion import = import_insertion(*target, line->dotted);
      const std::string plain = "import " + line->dotted + ";";
      if (const auto at = import.text.find(plain); at != std::string::npos)
        import.text.replace(at, plain.size(), statement);
      there.push_back({{import.at, import.at}, import.text});
    }
    const std::string body(s_.text(Span{commented(begin_), end_}));
    for (const FileUses& uses : elsewhere_) {
      if (uses.file->file().key == key) {
        for (const Span use : uses.members) there.push_back({use, name_});
        continue;
      }
      const std::string as = target ? modules().dotted_name(uses.file->file(), key) : name_;
      const bool beside = fs::path(uses.file->file().path).parent_path() == path.parent_path();
      if (as.empty() || (!target && !beside)) return "a file that uses it could not import it";
      if (target && reaches(key, uses.file->file().key)) return "that module imports one that uses it";
      FileChanges changes{uses.file, {}};
      redirect(*uses.file, uses.members, as, {}, changes.changes);
      action.others.push_back(std::move(changes));
    }
    if (!target) {
      action.new_file = uri_of_path(path);
      action.new_text = head + (head.empty() ? "" : "\n") + body + "\n";
      return "";
    }
    const std::string_view text = target->text().text();
    const std::string gap = text.empty() ? "" : text.ends_with('\n') ? "\n" : "\n\n";
    there.push_back({{target->text().size(), target->text().size()}, gap + body + "\n"});
    action.others.push_back({target, std::move(there)});
    return "";
  }

  bool module_has(const Revision& target) const {
    const auto facts = modules().find(target.file().key);
    return facts && std::any_of(facts->exports.begin(), facts->exports.end(),
                                [&](const Export& e) { return e.name() == name_; });
  }

  // The comment lines directly above belong to the function.
  ByteOffset commented(ByteOffset begin) const {
    const DocumentText& text = s_.file.text();
    std::uint32_t line = text.line_of(begin);
    if (text.line_start(line) != begin) return begin;
    while (line > 0 && text.line_text(line - 1).starts_with("//")) --line;
    return text.line_start(line);
  }

  struct FileUses {
    std::shared_ptr<const Revision> file;
    std::vector<Span> members;  // `module.name`
  };
  const Scene& s_;
  const bool makes_files_;
  std::vector<Action>& out_;
  std::string name_;
  ByteOffset begin_ = 0, end_ = 0;
  std::vector<const ImportLine*> imports_;
  std::vector<Span> uses_;
  std::vector<FileUses> elsewhere_;
};

}  // namespace

void add_moves(const Scene& scene, std::vector<Action>& out) {
  const ClientInfo& client = scene.ask.client();
  const bool makes_files = client.can("workspace.workspaceEdit.documentChanges") &&
                           client.lists("workspace.workspaceEdit.resourceOperations", "create");
  if (!scene.file.parsed().has_syntax_errors) Mover(scene, makes_files, out).run();
}

}  // namespace ml::lsp
