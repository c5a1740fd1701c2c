// refactor.inline of functions: every call becomes what the function gives.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "lsp/features/code_action/action.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

// The one expression that the function is; null when it does more.
const Expr* value_of(const Function& f) {
  if (f.is_generator) return nullptr;
  if (f.result) return f.result;
  if (f.body.size() != 1 || f.body[0]->kind != StmtKind::Return) return nullptr;
  return as<ReturnStmt>(f.body[0]).value;
}

bool is_simple(const Expr& e) {
  return e.kind == ExprKind::Name || e.kind == ExprKind::Number || e.kind == ExprKind::String ||
         e.kind == ExprKind::Bool || e.kind == ExprKind::Null;
}

bool is_operation(const Expr& e) {
  switch (e.kind) {
    case ExprKind::Unary:
    case ExprKind::Binary:
    case ExprKind::Logical:
    case ExprKind::Ternary:
    case ExprKind::Function: return true;
    default: return false;
  }
}

// Kinds of expressions in `root`, and the names among them with what stands directly around them.
struct Parts {
  bool calls = false, functions = false, choices = false, makes = false;
  struct Name {
    const NameExpr* name;
    const Expr* around;  // null: the whole is the name
  };
  std::vector<Name> names;  // in order of evaluation
};
Parts parts_of(const Expr* root) {
  Parts out;
  std::vector<std::pair<const Expr*, const Expr*>> open{{root, nullptr}};
  std::vector<const Expr*> children;
  while (!open.empty()) {
    const auto [e, around] = open.back();
    open.pop_back();
    out.calls |= e->kind == ExprKind::Call;
    out.functions |= e->kind == ExprKind::Function || e->kind == ExprKind::Bad;
    out.choices |= e->kind == ExprKind::Logical || e->kind == ExprKind::Ternary;
    out.makes |= e->kind == ExprKind::Array || e->kind == ExprKind::Object || e->kind == ExprKind::Slice;
    if (e->kind == ExprKind::Name) out.names.push_back({&as<NameExpr>(e), around});
    children.clear();
    sema::push_children(e, children);
    for (const Expr* child : children) open.emplace_back(child, e);
  }
  return out;
}

bool binds_tighter(const Expr* around) {
  if (!around) return false;
  switch (around->kind) {
    case ExprKind::Array:
    case ExprKind::Object:
    case ExprKind::Template: return false;
    default: return true;
  }
}

class Calls : public Visitor {
 public:
  struct Call {
    const CallExpr* call;
    bool operand = false;  // what stands around it may bind tighter
  };
  std::map<ByteOffset, Call> by_callee;  // begin of the callee, in the item

  void on_expression(const Expr& e) override {
    if (e.kind == ExprKind::Call && as<CallExpr>(&e).callee->kind == ExprKind::Name)
      by_callee[as<CallExpr>(&e).callee->span.begin].call = &as<CallExpr>(&e);
    children_.clear();
    sema::push_children(&e, children_);
    for (const Expr* child : children_) {
      const bool argument = e.kind == ExprKind::Call && child != as<CallExpr>(&e).callee;
      if (child->kind == ExprKind::Call && as<CallExpr>(child).callee->kind == ExprKind::Name)
        by_callee[as<CallExpr>(child).callee->span.begin].operand = !argument && binds_tighter(&e);
    }
  }

 private:
  std::vector<const Expr*> children_;
};

class Inliner {
 public:
  Inliner(const Scene& scene, std::vector<Action>& out) : s_(scene), out_(out) {}

  void run() {
    const auto at = symbol_at(s_.file, s_.range.begin);
    if (!at || at->symbol.kind != Symbol::Kind::Global || at->symbol.file != s_.file.file().key) return;
    name_ = at->symbol.name;
    const auto uses = occurrences_in(s_.file, at->symbol);
    if (std::count_if(uses.begin(), uses.end(), [](const Occurrence& o) { return o.write; }) != 1) return;
    const Occurrence& declared =
        *std::find_if(uses.begin(), uses.end(), [](const Occurrence& o) { return o.write; });
    const auto item = item_at(s_.file.module(), declared.span.begin);
    if (!item || uses.size() < 2 || !find_function(*item, declared.span)) return;
    for (const Occurrence& use : uses)
      if (!use.write && !replace(use.span)) return;
    if (s_.is_used_elsewhere(name_)) return;
    Action action{fmt::format("Inline '{}'", name_),
                  "refactor.inline.function",
                  std::move(changes_),
                  false,
                  false,
                  nullptr};
    const PlacedItem placed = s_.file.module().items[*item];
    action.changes.push_back({s_.whole_lines({placed.start, placed.end}), ""});
    out_.push_back(std::move(action));
  }

 private:
  bool find_function(std::uint32_t index, Span name) {
    const PlacedItem placed = s_.file.module().items[index];
    const Stmt* s = placed.item->stmt;
    if (!s) return false;
    if (s->kind == StmtKind::Function) function_ = as<FunctionStmt>(s).function;
    if (s->kind == StmtKind::Assign && as<AssignStmt>(s).value->kind == ExprKind::Function)
      function_ = as<FunctionExpr>(as<AssignStmt>(s).value).function;
    if (s->kind == StmtKind::Declare && as<DeclareStmt>(s).value &&
        as<DeclareStmt>(s).value->kind == ExprKind::Function)
      function_ = as<FunctionExpr>(as<DeclareStmt>(s).value).function;
    value_ = function_ ? value_of(*function_) : nullptr;
    if (!value_ || placed.start > name.begin) return false;
    start_ = placed.start;
    for (const Param& p : function_->params) {
      if (p.default_value) return false;
      parameters_.push_back(p.binding.name);
    }
    parts_ = parts_of(value_);
    return !parts_.functions && s_.file.text().line_of(value_->span.begin + start_) ==
                                    s_.file.text().line_of(value_->span.end + start_);
  }

  std::optional<std::size_t> parameter(const NameExpr& name) const {
    const auto it = std::find(parameters_.begin(), parameters_.end(), name.name);
    if (it == parameters_.end()) return std::nullopt;
    return static_cast<std::size_t>(it - parameters_.begin());
  }

  // The call whose callee stands there.
  bool replace(Span callee) {
    const auto index = item_at(s_.file.module(), callee.begin);
    if (!index) return false;
    const PlacedItem placed = s_.file.module().items[*index];
    if (placed.start == start_) return false;  // it calls itself
    Calls calls;
    walk(*placed.item, calls);
    const auto found = calls.by_callee.find(callee.begin - placed.start);
    if (found == calls.by_callee.end() || !found->second.call) return false;
    const CallExpr& call = *found->second.call;
    if (call.arguments.size() != parameters_.size() || !may_move(call, *index)) return false;
    std::string text;
    ByteOffset at = value_->span.begin;
    auto names = parts_.names;
    std::sort(names.begin(), names.end(),
              [](const auto& a, const auto& b) { return a.name->span.begin < b.name->span.begin; });
    for (const Parts::Name& name : names) {
      const auto which = parameter(*name.name);
      if (!which) continue;
      const Expr& argument = *call.arguments[*which];
      const std::string written(s_.text(argument.span.moved(placed.start)));
      // `2.x` would be another number.
      const bool number =
          argument.kind == ExprKind::Number && name.around && name.around->kind == ExprKind::Member;
      const bool wrap = (is_operation(argument) && binds_tighter(name.around)) || number;
      text += s_.text(Span{at, name.name->span.begin}.moved(start_));
      text += wrap ? "(" + written + ")" : written;
      at = name.name->span.end;
    }
    text += s_.text(Span{at, value_->span.end}.moved(start_));
    const bool wrap = is_operation(*value_) && found->second.operand;
    changes_.push_back({call.span.moved(placed.start), wrap ? "(" + text + ")" : text});
    return true;
  }

  // Whether the function's expression means the same there, and the arguments the same in it.
  bool may_move(const CallExpr& call, std::uint32_t item) const {
    // Names of the module that a function around the call has variables of.
    for (const Parts::Name& name : parts_.names) {
      if (parameter(*name.name)) continue;
      for (const sema::FunctionScope& scope : s_.file.analysis().items[item]->functions)
        for (const sema::Variable& v : scope.variables)
          if (v.name == name.name->name) return false;
    }
    std::size_t with_effects = 0;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
      const auto used = std::count_if(parts_.names.begin(), parts_.names.end(),
                                      [&](const Parts::Name& n) { return n.name->name == parameters_[i]; });
      const Expr& argument = *call.arguments[i];
      if (is_simple(argument)) continue;
      const Parts inside = parts_of(&argument);
      if (used != 1 || inside.functions) return false;
      if (!inside.calls) continue;
      // It must run once, and before nothing else that may be seen.
      if (++with_effects > 1 || parts_.choices || parts_.calls) return false;
    }
    for (const Expr* argument : call.arguments) {
      // Calls inside calls: one after the other.
      for (const Parts::Name& n : parts_of(argument).names)
        if (s_.names().text(n.name->name) == name_) return false;
    }
    return true;
  }

  const Scene& s_;
  std::vector<Action>& out_;
  std::string name_;
  const Function* function_ = nullptr;
  const Expr* value_ = nullptr;
  ByteOffset start_ = 0;  // of the function's item
  std::vector<NameId> parameters_;
  Parts parts_;
  std::vector<Change> changes_;
};

}  // namespace

void add_function_inlining(const Scene& scene, std::vector<Action>& out) {
  if (!scene.file.parsed().has_syntax_errors) Inliner(scene, out).run();
}

}  // namespace ml::lsp
