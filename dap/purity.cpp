#include "dap/purity.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/ast/build.h"
#include "core/sema/children.h"
#include "core/syntax/tree.h"

namespace ml::dap {
namespace {

using namespace ast;

constexpr std::string_view kFunctions[] = {
    "int", "float",    "str",  "bool",   "typeof", "isinstance", "len",    "range",  "enumerate", "zip",
    "all", "any",      "keys", "values", "sum",    "abs",        "min",    "max",    "round",     "chr",
    "ord", "reversed", "hex",  "bin",    "oct",    "repr",       "sorted", "format", "callable",  "hasattr"};
constexpr std::string_view kMethods[] = {
    "length",      "map",      "filter",     "reduce",   "find",      "findIndex", "some",     "every",
    "includes",    "contains", "indexOf",    "slice",    "concat",    "join",      "keys",     "values",
    "entries",     "has",      "hasKey",     "get",      "flat",      "flatMap",   "toString", "toUpperCase",
    "toLowerCase", "upper",    "lower",      "trim",     "trimStart", "trimEnd",   "strip",    "split",
    "startsWith",  "endsWith", "startswith", "endswith", "replace",   "repeat",    "charAt",   "substring",
    "padStart",    "padEnd",   "count",      "first",    "last",      "isEmpty",   "toFixed",  "sum",
    "min",         "max",      "size",       "items"};

// Of the library: all that is in them only computes.
constexpr std::string_view kModules[] = {"math", "json", "regex"};

template <std::size_t N>
bool among(std::string_view name, const std::string_view (&list)[N]) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

class Judge {
 public:
  explicit Judge(std::string_view module)
      : tree_(syntax::parse(module)), built_(build(tree_, module, names_)) {
    for (const PlacedItem& item : built_.items) {
      const Stmt* s = item.item->stmt;
      if (s && s->kind == StmtKind::Import && among(as<ImportStmt>(s).dotted, kModules)) {
        const auto& import = as<ImportStmt>(s);
        modules_.insert((import.alias.name ? import.alias : import.path.front()).name);
      }
      if (!s || s->kind != StmtKind::Function) continue;
      const ast::Function* f = as<FunctionStmt>(s).function;
      functions_[std::string(names_.text(f->name.name))] = f;
    }
  }

  Effects judge(std::string_view text) {
    const syntax::Tree tree = syntax::parse(text);
    const Module module = build(tree, text, names_);
    Effects worst = Effects::none;
    for (const PlacedItem& item : module.items) {
      const Stmt* s = item.item->stmt;
      if (!s || s->kind == StmtKind::Empty) continue;
      worst =
          s->kind == StmtKind::Expr ? std::max(worst, expression(as<ExprStmt>(s).value)) : Effects::unknown;
    }
    return worst;
  }

 private:
  Effects expression(const Expr* root) {
    Effects worst = Effects::none;
    std::vector<const Expr*> stack;
    sema::visit_expression(root, stack, [&](const Expr* e) {
      if (e->kind == ExprKind::Call) worst = std::max(worst, call(as<CallExpr>(e)));
      if (e->kind == ExprKind::Function) worst = std::max(worst, function(*as<FunctionExpr>(e).function));
      if (e->kind == ExprKind::Bad) worst = Effects::unknown;
    });
    return worst;
  }

  Effects call(const CallExpr& c) {
    if (c.callee->kind == ExprKind::Member && as<MemberExpr>(c.callee).object->kind == ExprKind::Name &&
        modules_.contains(as<NameExpr>(as<MemberExpr>(c.callee).object).name) &&
        names_.text(as<MemberExpr>(c.callee).name) != "random")
      return Effects::none;
    if (c.callee->kind == ExprKind::Member)
      return among(names_.text(as<MemberExpr>(c.callee).name), kMethods) ? Effects::none : Effects::unknown;
    if (c.callee->kind != ExprKind::Name) return Effects::unknown;
    const std::string name(names_.text(as<NameExpr>(c.callee).name));
    const auto own = functions_.find(name);
    if (own == functions_.end()) return among(name, kFunctions) ? Effects::none : Effects::unknown;
    if (bad_.contains(name)) return Effects::unknown;
    if (!asked_.insert(name).second) return Effects::functions;  // judged, or on the way: a call of itself
    const Effects inside = function(*own->second);
    if (inside == Effects::unknown) bad_.insert(name);
    return std::max(inside, Effects::functions);
  }

  Effects function(const ast::Function& f) {
    if (f.is_generator) return Effects::unknown;
    std::set<NameId> own;
    for (const Param& p : f.params) own.insert(p.binding.name);
    Effects worst = f.result ? expression(f.result) : Effects::none;
    return std::max(worst, block(f.body, own));
  }

  Effects block(Block b, std::set<NameId>& own) {
    Effects worst = Effects::none;
    for (const Stmt* s : b) worst = std::max(worst, statement(s, own));
    return worst;
  }

  Effects statement(const Stmt* s, std::set<NameId>& own) {
    if (!s) return Effects::none;
    switch (s->kind) {
      case StmtKind::Empty:
      case StmtKind::Break:
      case StmtKind::Continue: return Effects::none;
      case StmtKind::Expr: return expression(as<ExprStmt>(s).value);
      case StmtKind::Return: return expression(as<ReturnStmt>(s).value);
      case StmtKind::Throw: return expression(as<ThrowStmt>(s).value);
      case StmtKind::Declare:
        if (as<DeclareStmt>(s).word == DeclareWord::None) return Effects::unknown;
        own.insert(as<DeclareStmt>(s).binding.name);
        return expression(as<DeclareStmt>(s).value);
      case StmtKind::Assign: {
        const auto& a = as<AssignStmt>(s);
        if (a.target->kind != ExprKind::Name || !own.contains(as<NameExpr>(a.target).name))
          return Effects::unknown;
        return expression(a.value);
      }
      case StmtKind::If: {
        Effects worst = Effects::none;
        for (const IfBranch& branch : as<IfStmt>(s).branches)
          worst = std::max({worst, expression(branch.condition), block(branch.body, own)});
        return worst;
      }
      case StmtKind::While:
        return std::max(expression(as<WhileStmt>(s).condition), block(as<WhileStmt>(s).body, own));
      case StmtKind::ForIn: {
        const auto& loop = as<ForInStmt>(s);
        own.insert(loop.variable.name);
        return std::max(expression(loop.iterable), block(loop.body, own));
      }
      default: return Effects::unknown;
    }
  }

  Interner names_;
  syntax::Tree tree_;
  Module built_;
  std::map<std::string, const ast::Function*, std::less<>> functions_;
  std::set<std::string> asked_, bad_;
  std::set<NameId> modules_;  // names of those of the library that only compute
};

}  // namespace

Effects effects_of(std::string_view expression, std::string_view module) {
  return Judge(module).judge("(" + std::string(expression) + "\n);\n");
}

}  // namespace ml::dap
