#include "lsp/documents/revision.h"

#include <algorithm>
#include <unordered_set>

#include "core/ast/build.h"
#include "core/stdlib/catalogue.h"
#include "lsp/documents/modules.h"
#include "lsp/semantics/types.h"

namespace ml::lsp {

namespace {
using Clock = std::chrono::steady_clock;
}

Revision::Revision(std::shared_ptr<File> file, std::shared_ptr<const DocumentText> text, std::int64_t version,
                   ModuleStore& modules, bool open)
    : file_(std::move(file)), text_(std::move(text)), version_(version), modules_(modules), open_(open) {}

Revision::~Revision() = default;

const Parsed& Revision::parsed() const {
  if (const Parsed* ready = ready_parsed_.load(std::memory_order_acquire)) return *ready;
  const std::lock_guard lock(file_->mutex_);
  return parse_locked();
}

const Parsed& Revision::parse_locked() const {
  if (parsed_) return *parsed_;
  const auto start = Clock::now();
  auto parsed = std::make_shared<Parsed>();
  parsed->text = text_;
  const std::string_view text = text_->text();
  const auto& last = file_->last_parsed_;
  if (last && last->text->text() == text) {
    parsed->tree = last->tree;
    parsed->module = last->module;
  } else {
    parsed->tree =
        last ? syntax::reparse(text, last->tree, difference(last->text->text(), text)) : syntax::parse(text);
    parsed->module = ast::build(parsed->tree, text, file_->names_, last ? &last->module : nullptr);
  }
  for (Export& e : exports_of(parsed->module, file_->names_)) parsed->exports.push_back(std::move(e.name));
  for (const ast::PlacedItem& item : parsed->module.items) {
    if (!item.item->stmt || item.item->stmt->kind != ast::StmtKind::Import) continue;
    const auto& import = ast::as<ast::ImportStmt>(item.item->stmt);
    std::string dotted(import.dotted);
    if (!import.path.empty()) {
      const ast::Binding& bound = import.alias.name ? import.alias : import.path.front();
      parsed->import_lines.push_back(
          {dotted,
           std::string(file_->names_.text(bound.name)),
           static_cast<bool>(import.alias.name),
           {item.start, item.end},
           Span{import.path.front().span.begin, import.path.back().span.end}.moved(item.start),
           bound.span.moved(item.start)});
    }
    if (std::find(parsed->imports.begin(), parsed->imports.end(), dotted) == parsed->imports.end())
      parsed->imports.push_back(std::move(dotted));
  }
  parsed->has_syntax_errors =
      std::any_of(parsed->module.diagnostics.begin(), parsed->module.diagnostics.end(),
                  [](const Diagnostic& d) { return d.severity == Severity::Error; });
  parsed_ = parsed;
  ready_parsed_.store(parsed_.get(), std::memory_order_release);
  file_->last_parsed_ = std::move(parsed);
  parse_time_ = Clock::now() - start;
  return *parsed_;
}

const Analysed& Revision::analysed() const {
  if (const Analysed* ready = ready_analysed_.load(std::memory_order_acquire)) return *ready;
  const Parsed& parsed = this->parsed();
  {
    const std::lock_guard lock(file_->mutex_);
    if (analysed_) return *analysed_;
  }
  // Without our lock: this looks at other files.
  std::vector<Import> imports;
  std::vector<sema::ImportedModule> found;
  for (const std::string& dotted : parsed.imports) {
    Import import;  // not found until it is
    import.dotted = dotted;
    found.push_back(modules_.resolve(*file_, dotted, import));
    imports.push_back(std::move(import));
  }
  const std::lock_guard lock(file_->mutex_);
  if (analysed_) return *analysed_;
  const auto start = Clock::now();
  auto analysed = std::make_shared<Analysed>();
  const auto resolve = [&](std::string_view dotted) {
    for (std::size_t i = 0; i < imports.size(); ++i) {
      if (imports[i].dotted == dotted) return found[i];
    }
    return sema::ImportedModule{};
  };
  analysed->analysis = sema::analyze(parsed.module, file_->names_, stdlib::catalogue(), resolve, {},
                                     file_->last_analysed_ ? &file_->last_analysed_->analysis : nullptr);
  analysed->imports = std::move(imports);
  analysed->took = parse_time_ + (Clock::now() - start);
  analysed_ = analysed;
  ready_analysed_.store(analysed_.get(), std::memory_order_release);
  file_->last_analysed_ = std::move(analysed);
  return *analysed_;
}

TypeFacts& Revision::types() const {
  if (TypeFacts* ready = ready_types_.load(std::memory_order_acquire)) return *ready;
  const Analysed& analysed = this->analysed();
  const std::lock_guard lock(file_->mutex_);
  if (!types_) types_ = std::make_unique<TypeFacts>(parsed_->module, analysed.analysis, file_->names_);
  ready_types_.store(types_.get(), std::memory_order_release);
  return *types_;
}

// --- exports

namespace {

class Bindings {
 public:
  Bindings(const Interner& names, std::vector<Export>& out) : names_(names), out_(out) {}

  void item(const ast::PlacedItem& placed) {
    item_ = placed.item.get();
    start_ = placed.start;
    if (item_->stmt) statement(item_->stmt, 0);
  }

 private:
  void bind(const ast::Binding& binding, sema::VariableKind kind, std::string detail = {}) {
    if (!binding.name || !seen_.insert(binding.name.raw).second) return;
    out_.push_back(
        {std::string(names_.text(binding.name)), binding.span.moved(start_), kind, std::move(detail)});
  }
  static const ast::Function* function_of(const ast::Expr* value) {
    return value && value->kind == ast::ExprKind::Function ? ast::as<ast::FunctionExpr>(value).function
                                                           : nullptr;
  }
  void bind(const ast::Binding& binding, const ast::Expr* value) {
    const ast::Function* function = function_of(value);
    bind(binding, function ? sema::VariableKind::Function : sema::VariableKind::Variable,
         function ? parameters_of(*item_, *function) : std::string());
  }
  void block(ast::Block block, unsigned depth) {
    for (const ast::Stmt* stmt : block) statement(stmt, depth + 1);
  }
  void statement(const ast::Stmt* s, unsigned depth) {
    using namespace ast;
    using sema::VariableKind;
    if (!s || depth > syntax::kMaxDepth) return;
    switch (s->kind) {
      case StmtKind::Assign: {
        const auto& assign = as<AssignStmt>(s);
        if (assign.target->kind == ExprKind::Name)
          bind({as<NameExpr>(assign.target).name, assign.target->id, assign.target->span}, assign.value);
        break;
      }
      case StmtKind::Declare: bind(as<DeclareStmt>(s).binding, as<DeclareStmt>(s).value); break;
      case StmtKind::Unpack:
        for (const Binding& b : as<UnpackStmt>(s).names) bind(b, VariableKind::Variable);
        break;
      case StmtKind::Function: {
        const Function& f = *as<FunctionStmt>(s).function;
        bind(f.name, VariableKind::Function, parameters_of(*item_, f));
        break;
      }
      case StmtKind::If:
        for (const IfBranch& branch : as<IfStmt>(s).branches) block(branch.body, depth);
        break;
      case StmtKind::While: block(as<WhileStmt>(s).body, depth); break;
      case StmtKind::ForIn:
        bind(as<ForInStmt>(s).variable, VariableKind::Loop);
        block(as<ForInStmt>(s).body, depth);
        break;
      case StmtKind::ForC:
        statement(as<ForCStmt>(s).init, depth + 1);
        statement(as<ForCStmt>(s).step, depth + 1);
        block(as<ForCStmt>(s).body, depth);
        break;
      case StmtKind::Try: {
        const auto& t = as<TryStmt>(s);
        block(t.body, depth);
        for (const ExceptClause& clause : t.excepts) {
          if (clause.variable.name) bind(clause.variable, VariableKind::Except);
          block(clause.body, depth);
        }
        block(t.finally_body, depth);
        break;
      }
      case StmtKind::Import: {
        const auto& import = as<ImportStmt>(s);
        if (import.alias.name || !import.path.empty())
          bind(import.alias.name ? import.alias : import.path.front(), VariableKind::Import);
        break;
      }
      default: break;
    }
  }

  const Interner& names_;
  std::vector<Export>& out_;
  const ast::Item* item_ = nullptr;
  ByteOffset start_ = 0;
  std::unordered_set<std::uint32_t> seen_;
};

}  // namespace

std::vector<Export> exports_of(const ast::Module& module, const Interner& names) {
  std::vector<Export> out;
  Bindings bindings(names, out);
  for (const ast::PlacedItem& item : module.items) bindings.item(item);
  return out;
}

std::string parameters_of(const ast::Item& item, const ast::Function& function) {
  std::string out = "(";
  for (const ast::Param& param : function.params) {
    if (out.size() > 1) out += ", ";
    ByteOffset end = param.binding.span.end;
    if (param.default_value) end = std::max(end, param.default_value->span.end);
    if (param.binding.span.begin <= end && end <= item.text.size())
      out += item.text.substr(param.binding.span.begin, end - param.binding.span.begin);
  }
  return out + ")";
}

}  // namespace ml::lsp
