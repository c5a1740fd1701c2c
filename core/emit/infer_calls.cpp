#include <algorithm>
#include <array>

#include "core/emit/infer.h"

namespace ml::emit {

using namespace ast;

namespace {

constexpr Value kAnything{kAnyType, kUnknownContent};

// Built-ins that keep nothing of their arguments and give no part of them back.
constexpr std::array<std::string_view, 21> kHarmless = {
    "abs", "all",        "any", "bin", "bool", "callable", "chr",  "float", "format", "hex",   "input",
    "int", "isinstance", "len", "oct", "ord",  "print",    "repr", "round", "str",    "typeof"};

// Built-ins whose results `builtin_call` follows.
constexpr std::array<std::string_view, 10> kFollowed = {"enumerate", "keys",   "max", "min",    "range",
                                                        "reversed",  "sorted", "sum", "values", "zip"};

template <class List>
bool has(const List& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

bool harmless_library(std::string_view module, std::string_view name) {
  return module == "math" || module == "console" || (module == "json" && name == "stringify");
}

Value of_catalogue(const stdlib::Entry* entry) {
  return entry ? Value{types_of_catalogue(entry->returns), kUnknownContent} : kAnything;
}

}  // namespace

void Inference::escape_arguments(const CallExpr& c) {
  for (const Expr* argument : c.arguments) escape(value(argument));
}

const std::vector<Value>& Inference::argument_values(const CallExpr& c) {
  arguments_.clear();
  for (const Expr* argument : c.arguments) arguments_.push_back(value(argument));
  return arguments_;
}

// --- what a call gives
// -------------------------------------------------------------------------------------------

Value Inference::result_of(Value callee) {
  if (callee.types & kOther) return kAnything;
  if (!(callee.types & kFunction) || callee.content == kNone)
    return {};  // nothing that can be called comes here yet
  const ContentId c = find(callee.content);
  if (c == kUnknownContent) return kAnything;
  read(s_.contents[c].elements);  // touched when functions join the content
  Value v;
  for (FunctionNo f = s_.contents[c].first_function; f != kNone; f = s_.next_function[f])
    v = merged(v, read(static_cast<CellId>(p_.variable_count() + f)));
  return v;
}

Value Inference::call(const CallExpr& c) {
  if (c.callee->kind == ExprKind::Name) {
    const std::string_view word = p_.names.text(as<NameExpr>(c.callee).name);
    if (p_.ref(item_, c.callee->id).use == sema::NameUse::Builtin) return builtin_call(word, c);
    if (p_.is_builtin(as<NameExpr>(c.callee).name))
      return kAnything;  // the variable, or the built-in it hides
  }
  if (c.callee->kind != ExprKind::Member) return result_of(value(c.callee));
  const auto& m = as<MemberExpr>(c.callee);
  if (const std::string_view module = p_.module_named(item_, m.object); !module.empty()) {
    if (!p_.library.module(module)) return kAnything;
    Value v = of_catalogue(p_.library.find(module, {}, p_.names.text(m.name)));
    if (module == "math") {  // floor(x), abs(x), ...
      for (const Expr* argument : c.arguments) add(v.types, value(argument).types & kIntSizes);
    }
    return v;
  }
  return method_call(m, c);
}

Value Inference::builtin_call(std::string_view name, const CallExpr& c) {
  const stdlib::Entry* entry = p_.library.find("builtin", {}, name);
  if (has(kHarmless, name)) {
    if (name == "abs" && c.arguments.size() == 1) {
      const Types t = value(c.arguments[0]).types;
      return {static_cast<Types>((t & (kInt | kBool) ? kInt : 0) | (t & (kFloat | kIntSizes)))};
    }
    Value v = of_catalogue(entry);
    const bool whole = (name == "int" || name == "round") && !c.arguments.empty();
    if (whole) add(v.types, value(c.arguments[0]).types & kIntSizes);
    return v;
  }
  if (!has(kFollowed, name) || c.arguments.empty()) return of_catalogue(entry);
  const Value first = value(c.arguments[0]);
  if (name == "min" || name == "max") {
    if (c.arguments.size() == 1) {
      Value v = each_of(first);
      v.types |= kNull;
      return v;
    }
    Value v;
    for (const Expr* argument : c.arguments) v = merged(v, value(argument));
    return v;
  }
  if (name == "sum") {
    Types t = each_of(first).types;
    if (c.arguments.size() > 1) t |= value(c.arguments[1]).types;
    if (!t) return {};
    if (only(without_sizes(t), kArithmetic)) return {static_cast<Types>(kInt | (t & (kFloat | kIntSizes)))};
    return kAnything;
  }
  const ContentId made = site(&c);
  if (name == "range") {
    store_element(made, {kInt});
  } else if (name == "keys") {
    store_element(made, {kNull | kBool | kNumber | kString});
  } else if (name == "values") {
    if (first.types & ~kObject) return escape(first), kAnything;
    store_element(made, element_of(first, true));
  } else if (name == "sorted" || name == "reversed") {
    store_element(made, each_of(first));
  } else {  // enumerate, zip: arrays of arrays
    const ContentId pair = site(c.callee);
    if (name == "enumerate") store_element(pair, {kInt});
    for (const Expr* argument : c.arguments) {
      store_element(pair, each_of(value(argument)));
      if (name == "enumerate") break;
    }
    store_element(made, {kArray, pair});
  }
  return {kArray, find(made)};
}

Value Inference::method_call(const MemberExpr& m, const CallExpr& c) {
  const Value receiver = value(m.object);
  if (!receiver.types) return {};
  const std::string_view name = p_.names.text(m.name);
  if (only(receiver.types, kObject | kNull) && !p_.is_member_name(m.name)) {
    return result_of(field_of(receiver.content, m.name));
  }
  if (name == "get" && only(receiver.types, kObject | kNull)) {
    Value v = merged(result_of(field_of(receiver.content, m.name)), element_of(receiver, true));
    if (c.arguments.size() > 1) v = merged(v, value(c.arguments[1]));
    v.types |= kNull;
    return v;
  }
  if (receiver.types & (kObject | kOther)) return kAnything;
  Value v;
  if (receiver.types & kArray) v = array_method(name, receiver, c);
  if (receiver.types & kString) {
    const stdlib::Entry* entry = p_.library.find("$string", {}, name);
    const auto size = static_cast<Types>(receiver.types & kTextSizes);
    Value result{entry ? types_of_catalogue(entry->returns) : kAnyType, kNone};
    if (result.types & kString) result.types |= size;
    if (result.types & kArray) {
      result.content = site(&c);
      store_element(result.content, {static_cast<Types>(kString | size)});
    }
    v = merged(v, result);
  }
  if (receiver.types & kNumber) v.types |= kString;
  if (receiver.types & (kBool | kFunction)) v.types |= kString;
  return v;
}

Value Inference::array_method(std::string_view name, Value receiver, const CallExpr& c) {
  const auto elements = [&] { return element_of({kArray, receiver.content}, false); };
  const Value same{kArray, receiver.content};
  if (name == "filter" || name == "slice" || name == "copy" || name == "reverse" || name == "sort" ||
      name == "splice" || name == "fill" || name == "values") {
    return same;
  }
  if (name == "concat") {
    Value v = same;
    for (const Expr* argument : c.arguments) {
      const Value a = value(argument);
      if (a.types & kArray) v = merged(v, a);
      if (a.types & ~kArray && v.content != kNone) store_element(v.content, a);
    }
    return {kArray, v.content};
  }
  if (name == "pop" || name == "shift") return elements();
  if (name == "find" || name == "findLast" || name == "at") {
    Value v = elements();
    v.types |= kNull;
    return v;
  }
  if (name == "keys") {
    store_element(site(&c), {kInt});
    return {kArray, site(&c)};
  }
  if (name == "entries") {
    const ContentId pair = site(c.callee);
    store_element(pair, {kInt});
    store_element(pair, elements());
    store_element(site(&c), {kArray, pair});
    return {kArray, site(&c)};
  }
  if (c.arguments.size() && (name == "map" || name == "reduce" || name == "reduceRight")) {
    const Value given = result_of(value(c.arguments[0]));
    if (name == "map") {
      store_element(site(&c), given);
      return {kArray, site(&c)};
    }
    return merged(given, c.arguments.size() > 1 ? value(c.arguments[1]) : elements());
  }
  const stdlib::Entry* entry = p_.library.find("$array", {}, name);
  if (!entry) return kAnything;
  return {types_of_catalogue(entry->returns), kUnknownContent};
}

// --- what a call does
// --------------------------------------------------------------------------------------------

void Inference::apply(Value callee, const std::vector<Value>& arguments) {
  if (!(callee.types & (kFunction | kOther)) || callee.content == kNone) return;
  const ContentId c = find(callee.content);
  if (c == kUnknownContent || callee.types & kOther) {
    for (const Value& v : arguments) escape(v);
    if (c == kUnknownContent) return;
  }
  read(s_.contents[c].elements);  // touched when functions join the content
  for (FunctionNo f = s_.contents[c].first_function; f != kNone; f = s_.next_function[f]) {
    const std::size_t declared = s_.function_ast[f]->params.size();
    for (std::size_t i = 0; i < std::min(declared, arguments.size()); ++i)
      join(p_.parameter(f, i), arguments[i]);
  }
}

void Inference::call_effects(const CallExpr& c) {
  if (c.callee->kind == ExprKind::Name) {
    const std::string_view name = p_.names.text(as<NameExpr>(c.callee).name);
    if (p_.ref(item_, c.callee->id).use == sema::NameUse::Builtin) {
      if (has(kFollowed, name))
        value(&c);
      else if (!has(kHarmless, name))
        escape_arguments(c);
      return;
    }
    if (p_.is_builtin(as<NameExpr>(c.callee).name)) {
      escape(value(c.callee));
      return escape_arguments(c);
    }
  }
  if (c.callee->kind != ExprKind::Member) return apply(value(c.callee), argument_values(c));
  const auto& m = as<MemberExpr>(c.callee);
  if (const std::string_view module = p_.module_named(item_, m.object); !module.empty()) {
    if (!p_.library.module(module) || !harmless_library(module, p_.names.text(m.name))) escape_arguments(c);
    return;
  }
  method_effects(m, c);
}

void Inference::method_effects(const MemberExpr& m, const CallExpr& c) {
  const Value receiver = value(m.object);
  const std::string_view name = p_.names.text(m.name);
  const bool own = !p_.is_member_name(m.name) || (name == "get" && only(receiver.types, kObject | kNull));
  if (receiver.types & kObject && own) {
    apply(field_of(receiver.content, m.name), argument_values(c));
  }
  if (receiver.types & (kOther | kFunction) || (receiver.types & kObject && !own)) {
    if (receiver.types & kObject) escape(field_of(receiver.content, m.name));
    escape_arguments(c);
    // Methods of objects and generators that hand out what is inside.
    if (receiver.types & kOther || (p_.is_member_name(m.name) && name != "keys" && name != "has" &&
                                    name != "hasOwnProperty" && name != "length" && name != "toString")) {
      escape(receiver);
    }
  }
  if (receiver.types & kArray && receiver.content != kNone) array_effects(name, receiver.content, c);
  if (receiver.types & kString) {
    const stdlib::Entry* entry = p_.library.find("$string", {}, name);
    if (entry && types_of_catalogue(entry->returns) & kArray) value(&c);  // fills the array that it makes
  }
  if (is_callback_method(name)) callback_effects(name, receiver, c);
}

void Inference::array_effects(std::string_view name, ContentId receiver, const CallExpr& c) {
  const auto store = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, c.arguments.size()); ++i) {
      store_element(receiver, value(c.arguments[i]));
    }
  };
  constexpr std::size_t kAll = 1000;
  if (name == "push" || name == "append" || name == "unshift") {
    store(0, kAll);
  } else if (name == "insert") {
    store(1, 2);
  } else if (name == "fill") {
    return store(0, 1);
  } else if (name == "splice") {
    store(2, kAll);
  } else if (name == "extend") {
    if (!c.arguments.empty()) store_element(receiver, each_of(value(c.arguments[0])));
  } else if (name != "pop" && name != "shift" && name != "remove" && name != "clear") {
    if (name == "flat" || name == "flatMap") escape({kArray, receiver});
    if (name == "concat" || name == "entries" || name == "map" || name == "keys") value(&c);
    return;
  }
  mark_resized(receiver);
}

void Inference::callback_effects(std::string_view name, Value receiver, const CallExpr& c) {
  if (c.arguments.empty() || !receiver.types) return;
  const Value f = value(c.arguments[0]);
  if (receiver.types & ~(kArray | kNull)) return escape(f);
  if (c.arguments[0]->kind == ExprKind::Name &&
      p_.ref(item_, c.arguments[0]->id).use == sema::NameUse::Builtin &&
      has(kHarmless, p_.names.text(as<NameExpr>(c.arguments[0]).name))) {
    return;
  }
  const Value array{kArray, receiver.content};
  const Value element = element_of(array, false);
  std::vector<Value> given{element};
  if (name == "reduce" || name == "reduceRight") {
    given.insert(given.begin(),
                 merged(result_of(f), c.arguments.size() > 1 ? value(c.arguments[1]) : element));
  } else if (name == "sort") {
    given.push_back(element);
  }
  if (name != "sort") {
    given.push_back({kInt});
    given.push_back(array);
  }
  apply(f, given);
  if (name == "flatMap") escape(result_of(f));
}

}  // namespace ml::emit
