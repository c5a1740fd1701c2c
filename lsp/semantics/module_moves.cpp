#include "lsp/semantics/module_moves.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/base/files.h"
#include "lsp/semantics/scope.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

// Spans of the expressions of an item that stand for a module.
class ModuleNames : public Visitor {
 public:
  ModuleNames(const Revision& r, std::uint32_t item, std::string_view dotted)
      : r_(r), item_(item), dotted_(dotted) {}
  std::vector<Span> found;
  void on_expression(const Expr& e) override {
    if ((e.kind == ExprKind::Name || e.kind == ExprKind::Member) && module_of(r_, item_, &e) == dotted_)
      found.push_back(e.span.moved(r_.module().items[item_].start));
  }

 private:
  const Revision& r_;
  const std::uint32_t item_;
  const std::string_view dotted_;
};

const std::string& moved(const Moves& moves, const std::string& key) {
  const auto it = moves.find(key);
  return it == moves.end() ? key : it->second;
}

void edit_import(const Revision& r, const ImportLine& line, const std::string& dotted,
                 std::vector<NamedEdit>& out) {
  if (line.has_alias) return out.push_back({line.path, dotted});
  const std::string root = dotted.substr(0, dotted.find('.'));
  const sema::Variable* taken = root == line.bound ? nullptr : module_variable(r, root);
  // A name the file has already: the import keeps its old one.
  if (taken && taken->kind != sema::VariableKind::Import && line.dotted.find('.') == line.dotted.npos)
    return out.push_back({line.path, dotted + " as " + line.bound});
  out.push_back({line.path, dotted});
  for_items_with(r, line.bound, [&](std::uint32_t item) {
    ModuleNames names(r, item, line.dotted);
    walk(*r.module().items[item].item, names);
    for (const Span span : names.found) out.push_back({span, dotted});
  });
}

bool is_word_byte(char c) {
  return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t count_word(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != text.npos; at += word.size()) {
    const std::size_t end = at + word.size();
    count += (at == 0 || !is_word_byte(text[at - 1])) && (end == text.size() || !is_word_byte(text[end]));
  }
  return count;
}

// The edits of a closed file from what the index knows of it, without parsing it. Nothing: the index does not
// know it all, because the file has changed, or the module's name stands elsewhere, too.
std::optional<std::vector<NamedEdit>> edits_by_index(const ModuleFacts& facts, const Moves& moves,
                                                     ModuleStore& modules) {
  if (moves.contains(facts.key) || !facts.stamp || stamp_of(facts.key) != facts.stamp) return std::nullopt;
  const auto read = read_file(facts.key);
  if (!read) return std::nullopt;
  const std::string_view text = *read;
  const File importer(facts.key, {}, facts.path);
  std::vector<NamedEdit> edits;
  for (const KnownImport& import : facts.imports) {
    if (!moves.contains(std::string(import.file))) continue;
    if (import.dotted.find('.') != import.dotted.npos) return std::nullopt;
    const auto ways = modules.dotted_names(importer, moved(moves, std::string(import.file)));
    if (ways.empty() || std::find(ways.begin(), ways.end(), import.dotted) != ways.end()) continue;
    const std::string& to = ways.front();
    const std::string root = to.substr(0, to.find('.'));
    if (std::ranges::any_of(facts.exports, [&](const Export& e) { return e.name() == root; }))
      return std::nullopt;
    const auto length = static_cast<ByteOffset>(import.dotted.size());
    std::size_t places = 0;
    for (const ModuleUse& use : facts.uses) {
      if (use.file != import.file) continue;
      Span name = use.span;
      if (!use.member.empty()) {
        if (name.begin <= length || name.begin > text.size() || text[name.begin - 1] != '.')
          return std::nullopt;
        name = {name.begin - 1 - length, name.begin - 1};
      } else if (const std::size_t behind = text.find_first_not_of(" \t", name.end);
                 behind != text.npos && text[behind] != ';' && text[behind] != '\n' && text[behind] != '\r') {
        return std::nullopt;  // it may have an alias
      }
      if (name.end > text.size() || text.substr(name.begin, length) != import.dotted) return std::nullopt;
      edits.push_back({name, to});
      ++places;
    }
    if (count_word(text, import.dotted) != places) return std::nullopt;
  }
  return edits;
}

}  // namespace

std::map<std::string, std::vector<NamedEdit>> edits_for_moves(const Moves& moves, ModuleStore& modules,
                                                              const wire::StopFlag& stop) {
  std::map<std::string, std::vector<NamedEdit>> out;
  for (const auto& facts : modules.all()) {
    stop.check();
    const bool itself = moves.contains(facts->key);
    const bool concerned =
        itself || std::any_of(facts->imports.begin(), facts->imports.end(),
                              [&](const KnownImport& i) { return moves.contains(std::string(i.file)); });
    if (!concerned) continue;
    const auto in_order = [](const NamedEdit& a, const NamedEdit& b) { return a.span.begin < b.span.begin; };
    if (auto known = edits_by_index(*facts, moves, modules)) {
      std::sort(known->begin(), known->end(), in_order);
      if (!known->empty()) out.emplace(facts->key, *std::move(known));
      continue;
    }
    const auto revision = modules.revision(facts->key);
    if (!revision) continue;
    const std::string& to = moved(moves, facts->key);
    const File importer(to, revision->file().uri, revision->file().path.empty() ? std::string() : to);
    std::vector<NamedEdit> edits;
    revision->analysed();
    for (const ImportLine& line : revision->parsed().import_lines) {
      const Import* import = import_named(*revision, line.dotted);
      if (!import || import->file.empty()) continue;
      const auto ways = modules.dotted_names(importer, moved(moves, import->file));
      if (ways.empty() || std::find(ways.begin(), ways.end(), line.dotted) != ways.end()) continue;
      edit_import(*revision, line, ways.front(), edits);
    }
    std::sort(edits.begin(), edits.end(), in_order);
    if (!edits.empty()) out.emplace(facts->key, std::move(edits));
  }
  return out;
}

}  // namespace ml::lsp
