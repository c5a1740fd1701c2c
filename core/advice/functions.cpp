#include <algorithm>
#include <unordered_map>

#include "core/advice/facts.h"

namespace ml::advice {
namespace {

using namespace ast;

constexpr emit::Types kPlain = emit::kNull | emit::kBool | emit::kNumber | emit::kString;

class FunctionRules {
 public:
  FunctionRules(const World& world, std::vector<Hint>& found) : w_(world), f_(world.facts), found_(found) {}

  void run() {
    for (const Call& c : f_.calls)
      if (c.callee != kNone && c.callee == c.body) recursive_[c.body].push_back(&c);
    for (const auto& [body, calls] : recursive_) recursion(body, calls);
    for (const Growth& g : f_.growths) growth(g);
    for (const Copy& c : f_.copies) copy(c);
    chains();
    for (const Literal& l : f_.literals) literal(l);
  }

 private:
  // --- R6

  void recursion(BodyNo number, const std::vector<const Call*>& calls) {
    const Body& body = f_.bodies[number];
    if (calls.size() < 2 || body.effects) return;
    if (!std::all_of(calls.begin(), calls.end(), [&](const Call* c) { return repeats(body, *c); })) return;
    const Function& f = *body.function;
    own_ = number;
    const std::size_t most = f.result != nullptr ? calls_in(f.result) : calls_in(f.body, 0, 0).all;
    if (most < 2) return;
    const Span name = f.name.name ? f.name.span : f.header;
    found_.push_back(hint_at(w_, Rule::recursion, number, w_.at(body.item, name), kNone));
    found_.back().name = name_of(body);
    found_.back().count = static_cast<std::uint32_t>(calls.size());
  }

  std::string name_of(const Body& body) const {
    return body.function->name.name ? std::string(w_.program.names.text(body.function->name.name))
                                    : body.place.name;
  }

  // Parts of an array or a tree are all different; numbers counted down meet again.
  bool repeats(const Body& body, const Call& c) const {
    bool moves = false;
    for (std::size_t i = 0; i < c.call->arguments.size(); ++i) {
      const Expr* argument = c.call->arguments[i];
      if (argument->kind == ExprKind::Name && is_param(body, w_.program.cell(c.item, argument->id))) continue;
      if (!computed(argument) && !emit::only(w_.types.types(c.item, argument), kPlain)) return false;
      moves = moves || argument->kind == ExprKind::Binary || argument->kind == ExprKind::Name ||
              argument->kind == ExprKind::Call;
    }
    return moves;
  }
  static bool computed(const Expr* e) {
    if (e->kind != ExprKind::Binary) return e->kind == ExprKind::Number;
    const auto& b = as<BinaryExpr>(e);
    return b.op == BinaryOp::Sub || b.op == BinaryOp::Div || b.op == BinaryOp::FloorDiv ||
           b.op == BinaryOp::Mod || b.right->kind == ExprKind::Number;
  }
  bool is_param(const Body& body, CellId cell) const {
    const auto& params = body.function->params;
    return std::any_of(params.begin(), params.end(),
                       [&](const Param& p) { return w_.program.cell(body.item, p.binding.id) == cell; });
  }

  // Most calls of itself that one run can make. `all`: until the function ends; `ends`: it cannot go on.
  struct Most {
    std::size_t all = 0;
    bool ends = false;
  };

  std::size_t calls_in(const Expr* e) const {
    if (e == nullptr) return 0;
    if (e->kind == ExprKind::Ternary) {
      const auto& t = as<TernaryExpr>(e);
      return calls_in(t.condition) + std::max(calls_in(t.then_value), calls_in(t.else_value));
    }
    // Chains of operands are long, not deep: only their ternaries are looked into.
    std::size_t n = 0;
    std::vector<const Expr*> open{e};
    while (!open.empty()) {
      const Expr* x = open.back();
      open.pop_back();
      if (x->kind == ExprKind::Ternary) {
        n += calls_in(x);
        continue;
      }
      if (x->kind == ExprKind::Call && is_own(as<CallExpr>(x))) ++n;
      sema::push_children(x, open);
    }
    return n;
  }
  bool is_own(const CallExpr& c) const {
    if (c.callee->kind != ExprKind::Name) return false;
    const Body& body = f_.bodies[own_];
    const CellId cell = w_.program.cell(body.item, c.callee->id);
    return cell != kNone && w_.program.variable(cell).function == body.function;
  }

  // From the end: what comes after a statement is counted once, whatever branches lead to it.
  Most calls_in(Block statements, std::size_t after, int) const {
    Most rest{after, false};
    for (auto it = statements.rbegin(); it != statements.rend(); ++it) rest = with(**it, rest);
    return rest;
  }
  Most with(const Stmt& s, Most rest) const {
    switch (s.kind) {
      case StmtKind::Expr: return {calls_in(as<ExprStmt>(&s).value) + rest.all, rest.ends};
      case StmtKind::Assign:
        return {calls_in(as<AssignStmt>(&s).value) + calls_in(as<AssignStmt>(&s).target) + rest.all,
                rest.ends};
      case StmtKind::Declare: return {calls_in(as<DeclareStmt>(&s).value) + rest.all, rest.ends};
      case StmtKind::Unpack: return {calls_in(as<UnpackStmt>(&s).value) + rest.all, rest.ends};
      case StmtKind::Return: return {calls_in(as<ReturnStmt>(&s).value), true};
      case StmtKind::Throw: return {calls_in(as<ThrowStmt>(&s).value), true};
      case StmtKind::If: {
        std::size_t most = 0, conditions = 0;
        bool otherwise = false;
        for (const IfBranch& b : as<IfStmt>(&s).branches) {
          conditions += calls_in(b.condition);
          otherwise = otherwise || b.condition == nullptr;
          most = std::max(most, conditions + calls_in(b.body, rest.all, 0).all);
        }
        if (!otherwise) most = std::max(most, conditions + rest.all);
        return {most, rest.ends};
      }
      case StmtKind::While: return loop(as<WhileStmt>(&s).body, as<WhileStmt>(&s).condition, rest);
      case StmtKind::ForIn: return loop(as<ForInStmt>(&s).body, as<ForInStmt>(&s).iterable, rest);
      case StmtKind::ForC: return loop(as<ForCStmt>(&s).body, as<ForCStmt>(&s).condition, rest);
      case StmtKind::Try: return {calls_in(as<TryStmt>(&s).body, rest.all, 0).all, rest.ends};
      default: return rest;
    }
  }
  Most loop(Block body, const Expr* head, Most rest) const {
    return {calls_in(head) + 2 * calls_in(body, 0, 0).all + rest.all, rest.ends};
  }

  // --- R7

  void growth(const Growth& g) {
    const Path& path = f_.paths[g.path];
    const Variable& v = f_.variables[path.root];
    if (happens(v.fresh_starts, f_.loops[g.loop].interval)) return;
    const bool plain = g.target->kind == ExprKind::Name;
    const emit::Types t = plain ? w_.types.variable_types(path.root) : w_.types.types(g.item, g.target);
    const bool text = emit::only(t, emit::kString) || emit::only(t, emit::kString | emit::kNull) ||
                      (plain && !v.fresh_starts.empty() && v.only_text);
    if (!text || (t != 0 && (t & emit::kString) == 0)) return;
    found_.push_back(hint_at(w_, Rule::string_growth, g.body, g.span, g.loop));
    found_.back().name = path.text;
  }

  // --- R9

  void copy(const Copy& c) {
    const emit::Types t = w_.types.types(c.item, c.call);
    if (t != 0 && (t & (emit::kArray | emit::kObject)) == 0) return;
    found_.push_back(hint_at(w_, Rule::copy, c.body, w_.at(c.item, c.call->span), kNone));
    found_.back().name = f_.paths[c.path].text;
  }

  // --- R10

  void chains() {
    std::unordered_map<CellId, std::size_t> made_by;  // variable read once -> its chain
    std::vector<std::uint32_t> arrays(f_.chains.size());
    std::vector<bool> goes_on(f_.chains.size());
    for (std::size_t i = 0; i < f_.chains.size(); ++i) {
      const Chain& c = f_.chains[i];
      arrays[i] = c.arrays;
      if (const auto it = made_by.find(c.receiver); c.receiver != kNone && it != made_by.end()) {
        arrays[i] += arrays[it->second];
        goes_on[it->second] = true;
      }
      if (c.result != kNone && f_.variables[c.result].reads == 1 &&
          f_.variables[c.result].binds.size() == 1 && !w_.program.variable(c.result).captured)
        made_by[c.result] = i;
    }
    for (std::size_t i = 0; i < f_.chains.size(); ++i) {
      const Chain& c = f_.chains[i];
      if (arrays[i] < 2 || goes_on[i]) continue;
      found_.push_back(hint_at(w_, Rule::temporaries, c.body, w_.at(c.item, c.call->span), kNone));
      found_.back().count = arrays[i];
      for (const Function* f : c.early) {
        if (f->result == nullptr || f->result->kind != ExprKind::Object) continue;
        const auto body = f_.body_of.find(f);
        if (body == f_.body_of.end()) continue;
        found_.push_back(hint_at(w_, Rule::temporaries, body->second, w_.at(c.item, f->result->span), kNone));
      }
    }
  }

  // An object of which only members are read.
  void literal(const Literal& l) {
    const Variable& v = f_.variables[l.variable];
    if (f_.bodies[l.body].function == nullptr || w_.program.variable(l.variable).captured ||
        v.binds.size() != 1 || v.reads == 0 || v.reads > v.member_reads)
      return;
    found_.push_back(hint_at(w_, Rule::temporaries, l.body, w_.at(l.item, l.object->span), l.loop));
  }

  const World& w_;
  const Facts& f_;
  std::vector<Hint>& found_;
  std::map<BodyNo, std::vector<const Call*>> recursive_;
  BodyNo own_ = 0;
};

}  // namespace

void function_hints(const World& world, std::vector<Hint>& found) { FunctionRules(world, found).run(); }

}  // namespace ml::advice
