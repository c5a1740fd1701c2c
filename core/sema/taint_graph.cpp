#include "core/sema/taint_graph.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/sema/summary.h"
#include "core/sema/types.h"

namespace ml::sema {

using namespace ast;

namespace {

using Node = std::uint32_t;
using Kind = TaintNode::Kind;

// A variable: of a function, or (function 0) of the module, by name.
struct Key {
  std::uint32_t function = 0, variable = 0;
  auto operator<=>(const Key&) const = default;
};
using Environment = std::map<Key, Node>;

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

class GraphBuilder {
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
    for (const auto& [key, node] : environment_) {
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
  Node join(Node a, Node b) { return a == b ? a : add(Kind::Join, {a, b}); }

  // --- variables

  Node read_module(NameId name) {
    if (function_ != 0) return add(Kind::Anytime, {}, 0, name);
    const auto [at, fresh] = environment_.try_emplace(Key{0, name.raw}, 0);
    if (fresh) at->second = entries_[name.raw] = add(Kind::Entry, {}, 0, name);
    return at->second;
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
    const auto found = environment_.find(key);
    const Node now = found == environment_.end() ? 0 : found->second;
    if (!facts_.summary->local(ref.owner, ref.variable).bound_inside) return now;
    return join(now, add(Kind::Captured, {}, captured(key)));
  }

  void write(NameId name, NodeId id, Node value) {
    if (!name) return;
    const NameRef& ref = facts_.names[id.raw];
    if (!is_local(ref)) {
      if (function_ == 0) {
        read_module(name);
        environment_[{0, name.raw}] = value;
      } else {
        graph_.module_stores.push_back({name, value, false});
      }
      return;
    }
    const Key key{ref.owner.raw, ref.variable.raw};
    if (key.function == function_) environment_[key] = value;
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
        const Environment before = environment_;
        trust(t.condition, true);
        const Node then_value = expression(t.then_value);
        environment_ = before;
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
    const Environment outer = std::exchange(environment_, {});
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
    environment_ = outer;
  }

  // --- statements

  void block(Block statements) {
    for (const Stmt* s : statements) statement(s);
  }

  void merge(const Environment& other) {
    for (const auto& [key, node] : other) {
      const auto [at, fresh] = environment_.try_emplace(key, node);
      if (!fresh) at->second = join(at->second, node);
    }
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
          const Environment before = environment_;
          trust(logical.left, positive);
          Environment left = std::exchange(environment_, before);
          trust(logical.right, positive);
          merge(left);
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
      if (ref.owner.raw == function_) environment_[{ref.owner.raw, ref.variable.raw}] = 0;
    } else if (function_ == 0) {
      read_module(name.name);
      environment_[{0, name.name.raw}] = 0;
    }
  }

  void if_statement(const IfStmt& s) {
    bool has_else = false, any = false;
    Environment out;
    const auto add_path = [&](Environment path) {
      if (!any) {
        out = std::move(path);
      } else {
        std::swap(environment_, out);
        merge(path);
        std::swap(environment_, out);
      }
      any = true;
    };
    for (const IfBranch& branch : s.branches) {
      expression(branch.condition);
      has_else = has_else || branch.condition == nullptr;
      const Environment before = environment_;
      trust(branch.condition, true);
      block(branch.body);
      if (!leaves(branch.body)) add_path(environment_);
      environment_ = before;
      if (branch.condition != nullptr) trust(branch.condition, false);
    }
    if (!has_else) add_path(environment_);
    if (any) environment_ = std::move(out);
  }

  template <class Body>
  void loop(Body body) {
    const Environment before = environment_;
    std::map<Key, Node> heads;
    for (auto& [key, node] : environment_) {
      const auto more = static_cast<std::uint32_t>(graph_.more_inputs.size());
      graph_.more_inputs.emplace_back();
      const Node head = static_cast<Node>(graph_.nodes.size());
      TaintNode& made = graph_.nodes.emplace_back();
      made.kind = Kind::Join;
      made.function = function_;
      made.index = more;
      made.first = static_cast<std::uint32_t>(graph_.inputs.size());
      made.count = 1;
      graph_.inputs.push_back(node);
      heads.emplace(key, head);
      node = head;
    }
    const Environment entry = environment_;
    body();
    for (const auto& [key, head] : heads) {
      const auto end = environment_.find(key);
      if (end != environment_.end() && end->second != head && end->second != 0)
        graph_.more_inputs[graph_.nodes[head].index].push_back(end->second);
    }
    merge(entry);
    // What the loop left alone is as it was.
    for (auto& [key, node] : environment_) {
      const auto head = heads.find(key);
      if (head != heads.end() && head->second == node) node = before.at(key);
    }
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
        const Environment before = environment_;
        block(t.body);
        const Environment after = environment_;
        for (const ExceptClause& clause : t.excepts) {
          Environment done = std::exchange(environment_, after);
          merge(before);
          if (clause.variable.name) write(clause.variable, 0);
          block(clause.body);
          if (leaves(clause.body))
            environment_ = std::move(done);
          else
            merge(done);
        }
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
  Environment environment_;
  std::map<std::uint32_t, Node> entries_;  // module variables, by NameId::raw
  std::map<Key, std::uint32_t> captured_;
  std::uint32_t function_ = 0, depth_ = 0;
};

}  // namespace

TaintGraph make_taint_graph(const ItemFacts& facts, const Words& words) {
  return GraphBuilder(facts, words).run();
}

}  // namespace ml::sema
