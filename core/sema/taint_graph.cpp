#include "core/sema/taint_graph.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/sema/summary.h"
#include "core/sema/taint_environment.h"
#include "core/sema/types.h"

namespace ml::sema {

using namespace ast;

namespace {

using Node = std::uint32_t;
using Kind = TaintNode::Kind;

using Key = TaintEnvironment::Key;
using Paths = std::vector<TaintEnvironment::Changes>;

bool changes_receiver(std::string_view method) {
  return method == "push" || method == "append" || method == "insert" || method == "extend" ||
         method == "unshift" || method == "concat" || method == "update" || method == "set" ||
         method == "add";
}

bool leaves(Block block) {
  if (block.empty()) return false;
  switch (block.back()->kind) {
    case StmtKind::Return:
    case StmtKind::Throw:
    case StmtKind::Break:
    case StmtKind::Continue: return true;
    default: return false;
  }
}

class GraphBuilder final : TaintEnvironment::Drawing {
 public:
  GraphBuilder(const ItemFacts& facts, const Words& words) : facts_(facts), words_(words) {
    graph_.nodes.emplace_back();
    graph_.more_inputs.emplace_back();
  }

  TaintGraph run() {
    const ItemSummary& summary = *facts_.summary;
    if (summary.item->stmt == nullptr) return std::move(graph_);
    // A loop at top level carries the variables of the module, too.
    for (const FreeName& name : summary.free) read_module(name.name);
    statement(summary.item->stmt);
    for (const auto& [key, node] : environment_.base()) {
      if (key.function == 0 && entries_.at(key.variable) != node)
        graph_.module_stores.push_back({NameId{key.variable}, node, true});
    }
    return std::move(graph_);
  }

 private:
  Node add(Kind kind, std::vector<Node> inputs = {}, std::uint32_t index = 0, NameId name = {}) {
    if (kind == Kind::Join || kind == Kind::Derive) {
      std::erase(inputs, 0u);
      std::sort(inputs.begin(), inputs.end());
      inputs.erase(std::unique(inputs.begin(), inputs.end()), inputs.end());
      if (inputs.empty()) return 0;
      if (inputs.size() == 1 && kind == Kind::Join) return inputs[0];
    }
    TaintNode& node = graph_.nodes.emplace_back();
    node.kind = kind;
    node.function = function_;
    node.index = index;
    node.name = name;
    node.first = static_cast<std::uint32_t>(graph_.inputs.size());
    node.count = static_cast<std::uint32_t>(inputs.size());
    graph_.inputs.insert(graph_.inputs.end(), inputs.begin(), inputs.end());
    return static_cast<Node>(graph_.nodes.size() - 1);
  }
  Node join(Node a, Node b) override { return a == b ? a : add(Kind::Join, {a, b}); }
  Node loop_head(Node before) override {
    const auto more = static_cast<std::uint32_t>(graph_.more_inputs.size());
    graph_.more_inputs.emplace_back();
    const auto first = static_cast<std::uint32_t>(graph_.inputs.size());
    graph_.inputs.push_back(before);
    graph_.nodes.push_back({Kind::Join, function_, more, {}, first, 1});
    return static_cast<Node>(graph_.nodes.size() - 1);
  }
  void loop_back(Node head, Node end) override {
    graph_.more_inputs[graph_.nodes[head].index].push_back(end);
  }

  // --- variables

  Node read_module(NameId name) {
    if (function_ != 0) return add(Kind::Anytime, {}, 0, name);
    const auto [at, fresh] = entries_.try_emplace(name.raw, 0);
    if (fresh) environment_.write_before_all({0, name.raw}, at->second = add(Kind::Entry, {}, 0, name));
    return environment_.read({0, name.raw});
  }

  std::uint32_t captured(Key key) {
    const auto [at, fresh] = captured_.try_emplace(key, graph_.captured);
    if (fresh) ++graph_.captured;
    return at->second;
  }

  static bool is_local(const NameRef& ref) {
    return ref.use == NameUse::Local || ref.use == NameUse::Enclosing;
  }

  Node read(const NameExpr& e) {
    if (!e.name) return 0;
    const NameRef& ref = facts_.names[e.id.raw];
    if (!is_local(ref)) return read_module(e.name);
    const Key key{ref.owner.raw, ref.variable.raw};
    if (key.function != function_) return add(Kind::Captured, {}, captured(key));
    const Node now = environment_.read(key);
    if (!facts_.summary->local(ref.owner, ref.variable).bound_inside) return now;
    return join(now, add(Kind::Captured, {}, captured(key)));
  }

  void write(NameId name, NodeId id, Node value) {
    if (!name) return;
    const NameRef& ref = facts_.names[id.raw];
    if (!is_local(ref)) {
      if (function_ == 0) {
        read_module(name);
        environment_.write({0, name.raw}, value);
      } else {
        graph_.module_stores.push_back({name, value, false});
      }
      return;
    }
    const Key key{ref.owner.raw, ref.variable.raw};
    if (key.function == function_) environment_.write(key, value);
    const Variable& v = facts_.functions[key.function].variables[key.variable];
    if (value != 0 && (v.captured || key.function != function_))
      graph_.stores.push_back({captured(key), value});
  }
  void write(const Binding& binding, Node value) { write(binding.name, binding.id, value); }

  // `value` becomes a part of what the expression leads to.
  void grow(const Expr* target, Node value) {
    while (target->kind == ExprKind::Member || target->kind == ExprKind::Index ||
           target->kind == ExprKind::Slice)
      target = target->kind == ExprKind::Member  ? as<MemberExpr>(target).object
               : target->kind == ExprKind::Index ? as<IndexExpr>(target).object
                                                 : as<SliceExpr>(target).object;
    if (value == 0 || target->kind != ExprKind::Name) return;
    const auto& name = as<NameExpr>(target);
    write(name.name, name.id, join(read(name), add(Kind::Derive, {value})));
  }

  // --- expressions

  Node all(std::span<const Expr* const> list, Kind kind) {
    std::vector<Node> nodes;
    for (const Expr* e : list) nodes.push_back(expression(e));
    return add(kind, std::move(nodes));
  }

  Node expression(const Expr* e) {
    if (e == nullptr || depth_ > 200) return 0;
    ++depth_;
    const Node node = visit(e);
    --depth_;
    return node;
  }

  Node visit(const Expr* e) {
    switch (e->kind) {
      case ExprKind::Name: return read(as<NameExpr>(e));
      case ExprKind::Template: {
        std::vector<Node> parts;
        for (const TemplatePart& part : as<TemplateExpr>(e).parts) parts.push_back(expression(part.expr));
        return add(Kind::Derive, std::move(parts));
      }
      case ExprKind::Array: return all(as<ArrayExpr>(e).items, Kind::Derive);
      case ExprKind::Object: {
        std::vector<Node> parts;
        for (const Property& p : as<ObjectExpr>(e).properties) parts.push_back(expression(p.value));
        return add(Kind::Derive, std::move(parts));
      }
      case ExprKind::Unary: expression(as<UnaryExpr>(e).operand); return 0;
      case ExprKind::Binary: return binary(e);
      case ExprKind::Logical: {
        const Node left = expression(as<LogicalExpr>(e).left);
        return join(left, expression(as<LogicalExpr>(e).right));
      }
      case ExprKind::Ternary: {
        const auto& t = as<TernaryExpr>(e);
        expression(t.condition);
        environment_.enter_path();
        trust(t.condition, true);
        const Node then_value = expression(t.then_value);
        environment_.leave_path();
        return join(then_value, expression(t.else_value));
      }
      case ExprKind::Call: return call(as<CallExpr>(e));
      case ExprKind::Index:
        expression(as<IndexExpr>(e).index);
        return add(Kind::Derive, {expression(as<IndexExpr>(e).object)});
      case ExprKind::Slice: return add(Kind::Derive, {expression(as<SliceExpr>(e).object)});
      case ExprKind::Member: return member(as<MemberExpr>(e));
      case ExprKind::Function: function(*as<FunctionExpr>(e).function); return 0;
      case ExprKind::Bad:
      case ExprKind::Number:
      case ExprKind::String:
      case ExprKind::Bool:
      case ExprKind::Null: break;
    }
    return 0;
  }

  Node member(const MemberExpr& e) {
    const Node object = expression(e.object);
    if (e.name && object != 0) {
      const std::string_view name = words_.text(e.name);
      if (name.starts_with('_') && !name.starts_with("__")) graph_.private_reads.push_back({object, &e});
      if (name == "length") return 0;
    }
    return add(Kind::Derive, {object});
  }

  // Sums may be long: their left operands are no deeper nesting.
  Node binary(const Expr* e) {
    std::vector<Node> parts;
    for (; e->kind == ExprKind::Binary; e = as<BinaryExpr>(e).left) {
      const auto& b = as<BinaryExpr>(e);
      const bool keeps = b.op == BinaryOp::Add || b.op == BinaryOp::Mod || b.op == BinaryOp::Mul;
      const Node right = expression(b.right);
      if (!keeps) {
        expression(b.left);
        return add(Kind::Derive, std::move(parts));
      }
      parts.push_back(right);
    }
    parts.push_back(expression(e));
    return add(Kind::Derive, std::move(parts));
  }

  Node call(const CallExpr& e) {
    TaintCall call;
    call.call = &e;
    const Expr* callee = e.callee;
    std::string_view method;
    if (callee->kind == ExprKind::Member) {
      method = as<MemberExpr>(callee).name ? words_.text(as<MemberExpr>(callee).name) : std::string_view{};
      if (method.starts_with('_')) member(as<MemberExpr>(callee));  // for what it says of private members
      call.receiver = expression(as<MemberExpr>(callee).object);
    } else if (callee->kind != ExprKind::Name) {
      call.receiver = expression(callee);
    }
    for (; callee->kind == ExprKind::Member; callee = as<MemberExpr>(callee).object)
      call.path.insert(call.path.begin(), as<MemberExpr>(callee).name);
    if (callee->kind == ExprKind::Name && as<NameExpr>(callee).name) call.root = &as<NameExpr>(callee);
    for (const Expr* argument : e.arguments) {
      call.arguments.push_back(expression(argument));
      if (argument->kind == ExprKind::Function)
        call.callbacks.push_back(facts_.function_of[as<FunctionExpr>(argument).function->id.raw]);
    }
    if (changes_receiver(method)) {
      const Node given = add(Kind::Join, call.arguments);
      grow(as<MemberExpr>(e.callee).object, given);
    }
    graph_.calls.push_back(std::move(call));
    return add(Kind::Call, {}, static_cast<std::uint32_t>(graph_.calls.size() - 1));
  }

  void function(const Function& f) {
    TaintEnvironment outer = std::exchange(environment_, TaintEnvironment(*this));
    const std::uint32_t self = facts_.function_of[f.id.raw].raw;
    const std::uint32_t outer_function = std::exchange(function_, self);
    std::uint32_t index = 0;
    for (const Param& p : f.params) {
      expression(p.default_value);
      write(p.binding, add(Kind::Parameter, {}, index++));
    }
    if (f.result != nullptr) graph_.results.push_back({self, expression(f.result)});
    block(f.body);
    function_ = outer_function;
    environment_ = std::move(outer);
  }

  // --- statements

  void block(Block statements) {
    for (const Stmt* s : statements) statement(s);
  }

  template <class Walk>
  TaintEnvironment::Changes path(Walk walk) {
    environment_.enter_path();
    walk();
    return environment_.leave_path();
  }

  // Variables the condition compares with literals are known where it says `positive`.
  void trust(const Expr* condition, bool positive) {
    if (condition == nullptr) return;
    switch (condition->kind) {
      case ExprKind::Unary:
        if (as<UnaryExpr>(condition).op == UnaryOp::Not) trust(as<UnaryExpr>(condition).operand, !positive);
        break;
      case ExprKind::Logical: {
        const auto& logical = as<LogicalExpr>(condition);
        const bool both = (logical.op == LogicalOp::And) == positive;
        if (both) {
          trust(logical.left, positive);
          trust(logical.right, positive);
        } else {
          // Either holds: known only if both sides say so of the same variable.
          environment_.join_paths(
              {path([&] { trust(logical.left, positive); }), path([&] { trust(logical.right, positive); })});
        }
        break;
      }
      case ExprKind::Binary: {
        const auto& b = as<BinaryExpr>(condition);
        if (b.op != (positive ? BinaryOp::Eq : BinaryOp::Ne)) break;
        if (b.left->kind == ExprKind::Name && literal_type(b.right) != ValueType::Unknown) forget(b.left);
        if (b.right->kind == ExprKind::Name && literal_type(b.left) != ValueType::Unknown) forget(b.right);
        break;
      }
      case ExprKind::Call: {
        const auto& c = as<CallExpr>(condition);
        if (!positive || c.callee->kind != ExprKind::Member || c.arguments.size() != 1) break;
        const auto& m = as<MemberExpr>(c.callee);
        const std::string_view name = m.name ? words_.text(m.name) : std::string_view{};
        if ((name == "includes" || name == "contains" || name == "has") && expression(m.object) == 0)
          forget(c.arguments[0]);
        else if ((name == "includes" || name == "contains") && m.object->kind == ExprKind::Name &&
                 c.arguments[0]->kind == ExprKind::Name)
          forget(c.arguments[0]);
        break;
      }
      default: break;
    }
  }

  void forget(const Expr* e) {
    if (e->kind != ExprKind::Name) return;
    const auto& name = as<NameExpr>(e);
    if (!name.name) return;
    const NameRef& ref = facts_.names[name.id.raw];
    if (is_local(ref)) {
      if (ref.owner.raw == function_) environment_.write({ref.owner.raw, ref.variable.raw}, 0);
    } else if (function_ == 0) {
      read_module(name.name);
      environment_.write({0, name.name.raw}, 0);
    }
  }

  void if_statement(const IfStmt& s) {
    Paths paths;
    bool has_else = false;
    environment_.enter_path();  // all conditions so far were false
    for (const IfBranch& branch : s.branches) {
      expression(branch.condition);
      has_else = has_else || branch.condition == nullptr;
      TaintEnvironment::Changes changes = path([&] {
        trust(branch.condition, true);
        block(branch.body);
      });
      if (!leaves(branch.body)) {
        const TaintEnvironment::Changes& before = environment_.top();
        changes.insert(before.begin(), before.end());
        paths.push_back(std::move(changes));
      }
      if (branch.condition != nullptr) trust(branch.condition, false);
    }
    TaintEnvironment::Changes no_branch = environment_.leave_path();
    if (!has_else) paths.push_back(std::move(no_branch));
    environment_.join_paths(paths);
  }

  template <class Body>
  void loop(Body body) {
    environment_.enter_loop();
    body();
    environment_.leave_loop();
  }

  void statement(const Stmt* s) {
    switch (s->kind) {
      case StmtKind::Expr: expression(as<ExprStmt>(s).value); break;
      case StmtKind::Assign: {
        const auto& assign = as<AssignStmt>(s);
        const Node value = expression(assign.value);
        if (assign.target->kind == ExprKind::Name) {
          write(as<NameExpr>(assign.target).name, as<NameExpr>(assign.target).id, value);
        } else {
          expression(assign.target);
          grow(assign.target, value);
        }
        break;
      }
      case StmtKind::Declare: write(as<DeclareStmt>(s).binding, expression(as<DeclareStmt>(s).value)); break;
      case StmtKind::Unpack: {
        const Node value = add(Kind::Derive, {expression(as<UnpackStmt>(s).value)});
        for (const Binding& name : as<UnpackStmt>(s).names) write(name, value);
        break;
      }
      case StmtKind::Function: function(*as<FunctionStmt>(s).function); break;
      case StmtKind::If: if_statement(as<IfStmt>(s)); break;
      case StmtKind::While:
        loop([&] {
          expression(as<WhileStmt>(s).condition);
          block(as<WhileStmt>(s).body);
        });
        break;
      case StmtKind::ForIn: {
        const auto& f = as<ForInStmt>(s);
        const Node item = add(Kind::Derive, {expression(f.iterable)});
        loop([&] {
          write(f.variable, item);
          block(f.body);
        });
        break;
      }
      case StmtKind::ForC: {
        const auto& f = as<ForCStmt>(s);
        if (f.init != nullptr) statement(f.init);
        loop([&] {
          expression(f.condition);
          block(f.body);
          if (f.step != nullptr) statement(f.step);
        });
        break;
      }
      case StmtKind::Try: {
        const auto& t = as<TryStmt>(s);
        Paths paths{path([&] { block(t.body); })};
        for (const ExceptClause& clause : t.excepts) {
          // The body may have stopped anywhere.
          auto changes = path([&] {
            environment_.join_paths({paths.front(), {}});
            if (clause.variable.name) write(clause.variable, 0);
            block(clause.body);
          });
          if (!leaves(clause.body)) paths.push_back(std::move(changes));
        }
        environment_.join_paths(paths);
        block(t.finally_body);
        break;
      }
      case StmtKind::Return:
        graph_.results.push_back({function_, expression(as<ReturnStmt>(s).value)});
        break;
      case StmtKind::Yield: graph_.results.push_back({function_, expression(as<YieldStmt>(s).value)}); break;
      case StmtKind::Throw: expression(as<ThrowStmt>(s).value); break;
      default: break;  // nothing flows
    }
  }

  const ItemFacts& facts_;
  const Words& words_;
  TaintGraph graph_;
  TaintEnvironment environment_{*this};
  std::map<std::uint32_t, Node> entries_;  // module variables, by NameId::raw
  std::map<Key, std::uint32_t> captured_;
  std::uint32_t function_ = 0, depth_ = 0;
};

}  // namespace

TaintGraph make_taint_graph(const ItemFacts& facts, const Words& words) {
  return GraphBuilder(facts, words).run();
}

}  // namespace ml::sema
