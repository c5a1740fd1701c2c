#include <algorithm>
#include <array>

#include "core/advice/gatherer.h"

namespace ml::advice {

using namespace ast;

namespace {

template <std::size_t N>
bool among(const std::array<std::string_view, N>& sorted, std::string_view word) {
  return std::binary_search(sorted.begin(), sorted.end(), word);
}

// Sorted.
constexpr auto kPureBuiltins = std::to_array<std::string_view>(
    {"abs",    "all",    "any",     "bin",    "bool",   "callable",   "chr",      "enumerate",
     "float",  "format", "hasattr", "hex",    "int",    "isinstance", "keys",     "len",
     "max",    "min",    "oct",     "ord",    "range",  "repr",       "reversed", "round",
     "sorted", "str",    "sum",     "typeof", "values", "zip"});
constexpr auto kChangingMethods = std::to_array<std::string_view>(
    {"append", "clear", "extend", "fill", "insert", "pop", "popitem", "push", "remove", "reverse",
     "setdefault", "shift", "sort", "splice", "unshift", "update"});
constexpr auto kGrowingMethods =
    std::to_array<std::string_view>({"append", "extend", "insert", "push", "splice", "unshift"});
constexpr auto kSearchMethods =
    std::to_array<std::string_view>({"contains", "count", "includes", "index", "indexOf", "lastIndexOf"});
constexpr auto kCallbackMethods =
    std::to_array<std::string_view>({"every", "filter", "find", "findIndex", "findLast", "flatMap", "forEach",
                                     "map", "reduce", "reduceRight", "some", "sort"});
constexpr auto kBuildingMethods = std::to_array<std::string_view>({"filter", "flat", "flatMap", "map"});

}  // namespace

void Gatherer::expression(const Expr* e) {
  sema::visit_expression(e, stack_, [this](const Expr* x) { look_at(x); });
}

void Gatherer::look_at(const Expr* e) {
  ++now_;
  switch (e->kind) {
    case ExprKind::Name: {
      const emit::Ref& ref = p_.ref(item_, e->id);
      if (ref.cell == kNone) {
        if (ref.use == sema::NameUse::Host) body().reads_state = true;
        break;
      }
      ++f_.variables[ref.cell].reads;
      if (ref.use != sema::NameUse::Local && body().function != nullptr)
        body().outer_reads.push_back(ref.cell);
      break;
    }
    case ExprKind::Member: member_read(as<MemberExpr>(e).object); break;
    case ExprKind::Index:
      member_read(as<IndexExpr>(e).object);
      indexed(as<IndexExpr>(e));
      break;
    case ExprKind::Slice: {
      const auto& s = as<SliceExpr>(e);
      if (s.begin == nullptr && s.end == nullptr && s.step == nullptr) copy(e, s.object);
      break;
    }
    case ExprKind::Binary: comparison(as<BinaryExpr>(e)); break;
    case ExprKind::Call: call(as<CallExpr>(e)); break;
    case ExprKind::Function: {
      const Function& f = *as<FunctionExpr>(e).function;
      const auto it = callbacks_.find(&f);
      function(f, it != callbacks_.end() ? it->second : kNone, it != callbacks_.end());
      break;
    }
    default: break;
  }
}

void Gatherer::member_read(const Expr* object) {
  if (object->kind != ExprKind::Name) return;
  if (const CellId cell = p_.cell(item_, object->id); cell != kNone) ++f_.variables[cell].member_reads;
}

void Gatherer::comparison(const BinaryExpr& b) {
  if (b.op < BinaryOp::Eq || in_head_) return;
  f_.comparisons.push_back(now_);
  if (loop_ != kNone && (b.op == BinaryOp::Eq || b.op == BinaryOp::Ne))
    f_.equalities.push_back({&b, item_, body_, loop_});
}

void Gatherer::copy(const Expr* call, const Expr* of) {
  if (const PathNo p = path(of); p != kNone) f_.copies.push_back({call, item_, body_, p});
}

void Gatherer::call(const CallExpr& c) {
  Call found{&c, item_, body_};
  found.loop = loop_;
  found.at = now_;
  if (condition_of_ != kNone) {
    found.loop = condition_of_;
    found.in_condition = true;
  }
  bool effects = true;
  if (c.callee->kind == ExprKind::Name)
    effects = name_call(c, found);
  else if (c.callee->kind == ExprKind::Member)
    effects = method_call(c, as<MemberExpr>(c.callee), found);
  if (found.function != nullptr)
    body().calls.push_back(found.function);
  else if (effects)
    body().effects = true;
  f_.calls.push_back(found);
}

bool Gatherer::name_call(const CallExpr& c, Call& found) {
  const emit::Ref& ref = p_.ref(item_, c.callee->id);
  if (ref.use == sema::NameUse::Builtin) {
    const std::string_view name = word(as<NameExpr>(c.callee).name);
    found.pure = among(kPureBuiltins, name);
    found.harmless = found.pure || name == "print";
    if (name == "sorted" && !c.arguments.empty()) copy(&c, c.arguments[0]);
  } else if (ref.cell != kNone) {
    found.function = p_.variable(ref.cell).function;
    for (const Expr* argument : c.arguments)
      if (argument->kind == ExprKind::Name) path(argument);
  }
  return !found.pure;
}

bool Gatherer::method_call(const CallExpr& c, const MemberExpr& m, Call& found) {
  const std::string_view name = word(m.name);
  if (const std::string_view module = p_.module_named(item_, m.object); !module.empty()) {
    found.pure = found.harmless = module == "math";
    return !found.pure;
  }
  const PathNo receiver = path(m.object);
  const bool changes = among(kChangingMethods, name);
  found.pure = !changes && p_.is_member_name(m.name);
  found.harmless = changes || found.pure;
  if (changes) changed_by_method(m, name, receiver);
  if (among(kSearchMethods, name) && c.arguments.size() == 1 && receiver != kNone)
    f_.searches.push_back({&c, item_, body_, loop_, receiver});
  if (receiver != kNone && ((name == "slice" && c.arguments.empty()) || name == "copy" || name == "concat"))
    f_.copies.push_back({&c, item_, body_, receiver});
  if (among(kCallbackMethods, name)) hand_over(c, name == "sort" ? kNone : receiver, found);
  if (among(kBuildingMethods, name)) chain(c);
  return !found.harmless;
}

void Gatherer::changed_by_method(const MemberExpr& m, std::string_view name, PathNo receiver) {
  // Without a variable it is a fresh value that changes.
  if (const CellId changed = root(m.object); changed != kNone) {
    f_.variables[changed].changes.push_back(now_);
    body().changes.push_back(changed);
  }
  if (receiver != kNone && among(kGrowingMethods, name)) f_.paths[receiver].grows.push_back(now_);
}

void Gatherer::hand_over(const CallExpr& c, PathNo receiver, Call& found) {
  for (const Expr* argument : c.arguments) {
    if (argument->kind == ExprKind::Function) {
      callbacks_[as<FunctionExpr>(argument).function] = receiver;
    } else if (argument->kind == ExprKind::Name) {
      const CellId cell = p_.cell(item_, argument->id);
      const Function* f = cell != kNone ? p_.variable(cell).function : nullptr;
      if (f != nullptr)
        body().calls.push_back(f);
      else if (emit::may_be(w_.types.types(item_, argument), emit::kFunction))
        found.pure = found.harmless = false;
    }
  }
}

void Gatherer::chain(const CallExpr& last) {
  if (in_chain_.contains(&last)) return;
  Chain found;
  found.call = &last;
  found.item = item_;
  found.body = body_;
  const Expr* e = &last;
  while (e->kind == ExprKind::Call && as<CallExpr>(e).callee->kind == ExprKind::Member) {
    const auto& c = as<CallExpr>(e);
    const auto& m = as<MemberExpr>(c.callee);
    const std::string_view name = word(m.name);
    if (!among(kBuildingMethods, name) && name != "slice" && name != "concat") break;
    in_chain_.emplace(e, true);
    ++found.arrays;
    if (e != &last && !c.arguments.empty() && c.arguments[0]->kind == ExprKind::Function)
      found.early.push_back(as<FunctionExpr>(c.arguments[0]).function);
    e = m.object;
  }
  if (e->kind == ExprKind::Name) found.receiver = p_.cell(item_, e->id);
  chain_at_[&last] = f_.chains.size();
  f_.chains.push_back(std::move(found));
}

}  // namespace ml::advice
