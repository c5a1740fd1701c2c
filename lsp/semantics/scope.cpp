#include "lsp/semantics/scope.h"

#include <algorithm>

#include "lsp/semantics/symbols.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {

using namespace ast;

std::vector<std::uint32_t> functions_around(const Revision& revision, std::uint32_t item, ByteOffset at) {
  std::vector<std::uint32_t> out;
  const PlacedItem placed = revision.module().items[item];
  const auto& functions = revision.analysis().items[item]->functions;
  // Outer functions come before inner ones.
  for (std::uint32_t f = 1; f < functions.size(); ++f) {
    const Function* function = functions[f].function;
    if (!function) continue;
    const Span span = function->span.moved(placed.start);
    // Behind the expression of an arrow one still is in it, behind a closing brace not.
    if (span.begin < at && (at < span.end || (at == span.end && function->result))) out.push_back(f);
  }
  return out;
}

void visible_names(const Revision& revision, ByteOffset at,
                   const std::function<bool(const VisibleName&)>& take) {
  unsigned distance = 0;
  const auto index = item_at(revision.module(), at);
  // An item that is not closed reaches to what follows it.
  if (index) {
    const auto& facts = *revision.analysis().items[*index];
    const std::vector<std::uint32_t> around = functions_around(revision, *index, at);
    for (std::size_t i = around.size(); i-- > 0; ++distance) {
      const auto& variables = facts.functions[around[i]].variables;
      for (std::uint32_t v = 0; v < variables.size(); ++v) {
        const VisibleName name{revision.names().text(variables[v].name),
                               &variables[v],
                               *index,
                               sema::FunctionId{around[i]},
                               sema::VariableId{v},
                               distance};
        if (!take(name)) return;
      }
    }
  }
  const auto& globals = revision.analysis().module_variables;
  for (std::uint32_t v = 0; v < globals.size(); ++v) {
    const VisibleName name{
        revision.names().text(globals[v].name), &globals[v], 0, {}, sema::VariableId{v}, distance};
    if (!take(name)) return;
  }
}

std::optional<VisibleName> look_up(const Revision& revision, ByteOffset at, std::string_view name) {
  std::optional<VisibleName> found;
  visible_names(revision, at, [&](const VisibleName& visible) {
    if (visible.name == name) found = visible;
    return !found;
  });
  return found;
}

const sema::Variable* module_variable(const Revision& revision, std::string_view name) {
  const auto& variables = revision.analysis().module_variables;  // before names: it fills them
  const NameId id = revision.names().find(name);
  if (!id) return nullptr;
  for (const sema::Variable& v : variables) {
    if (v.name == id) return &v;
  }
  return nullptr;
}

const Import* import_named(const Revision& revision, std::string_view dotted) {
  for (const Import& import : revision.analysed().imports) {
    if (import.dotted == dotted) return &import;
  }
  return nullptr;
}

std::string_view module_of(const Revision& revision, std::uint32_t item, const Expr* e) {
  const Expr* root = e;
  while (root->kind == ExprKind::Member) root = as<MemberExpr>(root).object;
  if (root->kind != ExprKind::Name) return {};
  const auto& refs = revision.analysis().items[item]->names;
  if (root->id.raw >= refs.size() || refs[root->id.raw].use != sema::NameUse::Module) return {};
  const sema::Variable* v = variable_of(revision.analysis(), item, refs[root->id.raw]);
  if (!v || v->kind != sema::VariableKind::Import) return {};
  std::string dotted;
  for (const Expr* part = e; part != root; part = as<MemberExpr>(part).object)
    dotted.insert(0, revision.names().text(as<MemberExpr>(part).name)).insert(0, ".");
  const std::string_view bound = revision.names().text(as<NameExpr>(root).name);
  dotted.insert(0, bound);
  for (const ImportLine& line : revision.parsed().import_lines) {
    if (line.has_alias ? line.bound == dotted : line.dotted == dotted) return line.dotted;
  }
  return {};
}

// --- origins

namespace {

bool leads_to(const sema::NameRef& a, const sema::NameRef& b) {
  const bool module = a.use == sema::NameUse::Module;
  if (module != (b.use == sema::NameUse::Module) || !(a.variable == b.variable)) return false;
  return module ||
         (a.use <= sema::NameUse::Enclosing && b.use <= sema::NameUse::Enclosing && a.owner == b.owner);
}

// What an item binds to a variable, and the calls of it.
class Bindings : public Visitor {
 public:
  Bindings(const sema::ItemFacts& facts, sema::NameRef wanted) : facts_(facts), wanted_(wanted) {}
  std::vector<const Expr*> values, iterated;
  std::vector<const CallExpr*> calls;

  void on_statement(const Stmt& s) override {
    switch (s.kind) {
      case StmtKind::Assign: {
        const auto& a = as<AssignStmt>(&s);
        if (a.target->kind == ExprKind::Name && is(a.target->id)) values.push_back(a.value);
        break;
      }
      case StmtKind::Declare: {
        const auto& d = as<DeclareStmt>(&s);
        if (d.value && is(d.binding.id)) values.push_back(d.value);
        break;
      }
      case StmtKind::ForIn: {
        const auto& f = as<ForInStmt>(&s);
        if (is(f.variable.id)) iterated.push_back(f.iterable);
        break;
      }
      default: break;
    }
  }
  void on_expression(const Expr& e) override {
    if (e.kind != ExprKind::Call) return;
    const auto& call = as<CallExpr>(&e);
    if (call.callee->kind == ExprKind::Name && is(call.callee->id)) calls.push_back(&call);
  }

 private:
  bool is(NodeId id) const { return id.raw < facts_.names.size() && leads_to(facts_.names[id.raw], wanted_); }
  const sema::ItemFacts& facts_;
  const sema::NameRef wanted_;
};

constexpr std::size_t kMostSearched = 2'000'000;  // bytes: then no further text is searched for calls

class Chase {
 public:
  explicit Chase(ModuleStore& modules) : modules_(modules) {}
  using File = std::shared_ptr<const Revision>;
  std::vector<Origin> found;

  void value(const File& r, std::uint32_t item, const Expr* e, int depth) {
    if (!e || depth > 10 || ++steps_ > 300) return;
    switch (e->kind) {
      case ExprKind::Name: return name(r, item, e, depth);
      case ExprKind::Ternary:
        value(r, item, as<TernaryExpr>(e).then_value, depth + 1);
        return value(r, item, as<TernaryExpr>(e).else_value, depth + 1);
      case ExprKind::Logical:
        value(r, item, as<LogicalExpr>(e).left, depth + 1);
        return value(r, item, as<LogicalExpr>(e).right, depth + 1);
      case ExprKind::Member: return member(r, item, as<MemberExpr>(e), depth);
      case ExprKind::Index: return elements(r, item, as<IndexExpr>(e).object, depth);
      case ExprKind::Call: return call(r, item, as<CallExpr>(e), depth);
      case ExprKind::Bad: return;
      default: return add(r, item, e);
    }
  }

 private:
  void add(const File& r, std::uint32_t item, const Expr* e) {
    const auto same = [&](const Origin& o) { return o.made == e; };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back({r, item, e});
  }
  // Runs the chase for `e` apart and gives what it found.
  std::vector<Origin> apart(const File& r, std::uint32_t item, const Expr* e, int depth) {
    std::vector<Origin> kept = std::exchange(found, {});
    value(r, item, e, depth);
    return std::exchange(found, std::move(kept));
  }
  void elements(const File& r, std::uint32_t item, const Expr* array, int depth) {
    for (const Origin& o : apart(r, item, array, depth + 1)) {
      if (o.made->kind != ExprKind::Array) continue;
      const auto items = as<ArrayExpr>(o.made).items;
      for (const Expr* one : items.first(std::min<std::size_t>(items.size(), 8)))
        value(o.revision, o.item, one, depth + 2);
    }
  }
  void member(const File& r, std::uint32_t item, const MemberExpr& m, int depth) {
    const std::string_view name = r->names().text(m.name);
    if (const std::string_view module = module_of(*r, item, m.object); !module.empty()) {
      const Import* import = import_named(*r, module);
      if (!import || import->file.empty()) return;
      if (const auto other = modules_.revision(import->file)) global(other, name, depth + 1);
      return;
    }
    for (const ObjectField& f : fields_of(apart(r, item, m.object, depth + 1))) {
      if (f.name == name) value(f.revision, f.item, f.value, depth + 1);
    }
  }
  void global(const File& r, std::string_view name, int depth) {
    const sema::Variable* v = module_variable(*r, name);
    if (!v) return;
    const auto index = static_cast<std::uint32_t>(v - r->analysis().module_variables.data());
    bound(r, {sema::NameUse::Module, {}, sema::VariableId{index}}, *v, 0, depth);
  }
  void name(const File& r, std::uint32_t item, const Expr* e, int depth) {
    const auto& refs = r->analysis().items[item]->names;
    if (e->id.raw >= refs.size()) return;
    const sema::NameRef ref = refs[e->id.raw];
    if (const sema::Variable* v = variable_of(r->analysis(), item, ref)) bound(r, ref, *v, item, depth);
  }
  void bound(const File& r, const sema::NameRef& ref, const sema::Variable& v, std::uint32_t item,
             int depth) {
    // Variables of modules: what the first of their statements says.
    if (ref.use == sema::NameUse::Module) {
      const auto home = item_at(r->module(), v.first_binding.begin);
      if (!home) return;
      item = *home;
    }
    const auto& facts = *r->analysis().items[item];
    Bindings bindings(facts, ref);
    walk(*r->module().items[item].item, bindings);
    for (const Expr* e : bindings.values) value(r, item, e, depth + 1);
    for (const Expr* e : bindings.iterated) elements(r, item, e, depth + 1);
    if (v.kind == sema::VariableKind::Parameter) parameter(r, ref, item, depth);
  }
  void parameter(const File& r, const sema::NameRef& ref, std::uint32_t item, int depth) {
    const auto& facts = *r->analysis().items[item];
    const Function* f = facts.functions[ref.owner.raw].function;
    if (!f || ref.variable.raw >= f->params.size()) return;
    value(r, item, f->params[ref.variable.raw].default_value, depth + 1);
    // The name the function is known by: its own, or of the only variable that holds it.
    const auto find = [&](const std::vector<sema::Variable>& variables) -> std::optional<std::uint32_t> {
      for (std::uint32_t i = 0; i < variables.size(); ++i) {
        if (variables[i].function == f) return i;
      }
      return std::nullopt;
    };
    sema::NameRef callee;
    std::string_view called;
    if (const auto global = find(r->analysis().module_variables)) {
      callee = {sema::NameUse::Module, {}, sema::VariableId{*global}};
      called = r->names().text(r->analysis().module_variables[*global].name);
    } else {
      for (std::uint32_t i = 1; i < facts.functions.size(); ++i) {
        const auto local = find(facts.functions[i].variables);
        if (!local) continue;
        callee = {sema::NameUse::Local, sema::FunctionId{i}, sema::VariableId{*local}};
        called = r->names().text(facts.functions[i].variables[*local].name);
      }
    }
    if (called.empty() || searched_ > kMostSearched) return;
    searched_ += r->text().size();
    int left = 20;
    for_items_with(*r, called, [&](std::uint32_t index) {
      if (callee.use != sema::NameUse::Module && index != item) return;
      Bindings calls(*r->analysis().items[index], callee);
      walk(*r->module().items[index].item, calls);
      for (const CallExpr* call : calls.calls) {
        if (left-- <= 0 || ref.variable.raw >= call->arguments.size()) continue;
        value(r, index, call->arguments[ref.variable.raw], depth + 2);
      }
    });
  }
  void call(const File& r, std::uint32_t item, const CallExpr& c, int depth) {
    const std::size_t before = found.size();
    if (c.callee->kind == ExprKind::Name || c.callee->kind == ExprKind::Member) {
      for (const Origin& o : apart(r, item, c.callee, depth + 1)) {
        if (o.made->kind == ExprKind::Function)
          results(o.revision, o.item, *as<FunctionExpr>(o.made).function, depth + 1);
      }
      if (c.callee->kind == ExprKind::Name) declared(r, item, c.callee, depth);
      if (c.callee->kind == ExprKind::Member) exported(r, item, as<MemberExpr>(c.callee), depth);
    }
    if (found.size() == before) add(r, item, &c);
  }
  // Declarations are statements, not values.
  void declared(const File& r, std::uint32_t item, const Expr* callee, int depth) {
    const auto& refs = r->analysis().items[item]->names;
    if (callee->id.raw >= refs.size()) return;
    const sema::NameRef ref = refs[callee->id.raw];
    const sema::Variable* v = variable_of(r->analysis(), item, ref);
    if (!v || !v->function) return;
    if (ref.use == sema::NameUse::Module) {
      if (const auto home = item_at(r->module(), v->first_binding.begin))
        results(r, *home, *v->function, depth);
    } else {
      results(r, item, *v->function, depth);
    }
  }
  void exported(const File& r, std::uint32_t item, const MemberExpr& m, int depth) {
    const Import* import = import_named(*r, module_of(*r, item, m.object));
    const auto other = import && !import->file.empty() ? modules_.revision(import->file) : nullptr;
    const sema::Variable* v = other ? module_variable(*other, r->names().text(m.name)) : nullptr;
    if (!v || !v->function) return;
    if (const auto home = item_at(other->module(), v->first_binding.begin))
      results(other, *home, *v->function, depth);
  }
  void results(const File& r, std::uint32_t item, const Function& f, int depth) {
    if (f.is_generator || ++results_ > 20) return;
    if (f.result) return value(r, item, f.result, depth + 1);
    struct Find : Visitor {
      explicit Find(const Function& wanted) : function(wanted) {}
      void enter_function(const Function& g) override { open.push_back(&g); }
      void leave_function(const Function&) override { open.pop_back(); }
      void on_statement(const Stmt& s) override {
        if (s.kind == StmtKind::Return && !open.empty() && open.back() == &function)
          values.push_back(as<ReturnStmt>(&s).value);
      }
      const Function& function;
      std::vector<const Function*> open;
      std::vector<const Expr*> values;
    } find(f);
    walk(*r->module().items[item].item, find);
    for (const Expr* e : find.values) value(r, item, e, depth + 1);
  }

  ModuleStore& modules_;
  int steps_ = 0, results_ = 0;
  std::size_t searched_ = 0;  // bytes of text, for calls
};

}  // namespace

std::vector<Origin> origins_of(std::shared_ptr<const Revision> revision, std::uint32_t item, const Expr* e,
                               ModuleStore& modules) {
  Chase chase(modules);
  chase.value(revision, item, e, 0);
  return std::move(chase.found);
}

std::vector<ObjectField> fields_of(const std::vector<Origin>& origins) {
  std::vector<ObjectField> out;
  for (const Origin& o : origins) {
    if (o.made->kind != ExprKind::Object) continue;
    const ByteOffset start = o.revision->module().items[o.item].start;
    for (const Property& p : as<ObjectExpr>(o.made).properties) {
      if (p.key_kind == Property::Key::Number) continue;
      out.push_back({std::string(p.key), o.revision, o.item, p.key_span.moved(start), p.value});
    }
  }
  return out;
}

}  // namespace ml::lsp
