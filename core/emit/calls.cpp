#include <algorithm>
#include <array>

#include "core/emit/emitter.h"
#include "core/emit/literal.h"

namespace ml::emit {

using namespace ast;

namespace {

struct Direct {
  std::string_view ml, python;
  std::size_t arguments;
};

// Methods of strings whose Python twin does the same with this many arguments, all of them strings.
constexpr std::array<Direct, 29> kStringMethods = {{
    {"upper", "upper", 0},
    {"toUpperCase", "upper", 0},
    {"lower", "lower", 0},
    {"toLowerCase", "lower", 0},
    {"capitalize", "capitalize", 0},
    {"title", "title", 0},
    {"swapcase", "swapcase", 0},
    {"strip", "strip", 0},
    {"trim", "strip", 0},
    {"lstrip", "lstrip", 0},
    {"trimStart", "lstrip", 0},
    {"rstrip", "rstrip", 0},
    {"trimEnd", "rstrip", 0},
    {"split", "split", 0},
    {"isdigit", "isdigit", 0},
    {"isalpha", "isalpha", 0},
    {"isalnum", "isalnum", 0},
    {"isspace", "isspace", 0},
    {"isupper", "isupper", 0},
    {"islower", "islower", 0},
    {"istitle", "istitle", 0},
    {"startswith", "startswith", 1},
    {"startsWith", "startswith", 1},
    {"endswith", "endswith", 1},
    {"endsWith", "endswith", 1},
    {"find", "find", 1},
    {"indexOf", "find", 1},
    {"replace", "replace", 2},
    {"replaceAll", "replace", 2},
}};

// Whether what `replace` gives may be longer than its text: the helper looks how long.
bool may_grow(const CallExpr& c) {
  if (c.arguments.size() != 2 || c.arguments[0]->kind != ExprKind::String ||
      c.arguments[1]->kind != ExprKind::String)
    return true;
  const std::string_view old = as<StringExpr>(c.arguments[0]).value;
  const auto length = std::ranges::count_if(old, [](char b) { return (b & 0xc0) != 0x80; });
  return old.empty() || std::ranges::ssize(as<StringExpr>(c.arguments[1]).value) > length;
}

}  // namespace

void Emitter::arguments(const CallExpr& c) {
  bool first = true;
  for (E argument : c.arguments) {
    if (!first) w_ << ", ";
    first = false;
    expression(argument);
  }
}

Span Emitter::call_place(const CallExpr& c) const {
  if (c.callee->kind == ExprKind::Member) return at({as<MemberExpr>(c.callee).name_span.begin, c.span.end});
  return at(c.span);
}

void Emitter::call(const CallExpr& c, bool as_statement) {
  const Mark begin = w_.mark();
  if (c.callee->kind == ExprKind::Member) {
    const auto& m = as<MemberExpr>(c.callee);
    if (method_call(c, m, as_statement)) return;
    member(m);
  } else if (c.callee->kind == ExprKind::Name) {
    const Ref& ref = p_.ref(item_, c.callee->id);
    const std::string_view word = p_.names.text(as<NameExpr>(c.callee).name);
    if (ref.use == sema::NameUse::Builtin) return builtin_call(c, word);
    const CellId cell = ref.cell;
    const bool sure = cell == kNone || (p_.variable(cell).hoisted && p_.variable(cell).bindings == 1);
    if (!sure && p_.is_builtin(as<NameExpr>(c.callee).name)) {
      // A variable that may be unassigned or no function: then the built-in is meant (language.md 3.3).
      w_ << "__pick(lambda: ";
      name_read(c.callee);
      w_ << ", ";
      append_string(w_.text(), word);
      w_ << ')';
    } else {
      name_read(c.callee);
    }
  } else if (literal_receiver(c.callee) && c.callee->kind != ExprKind::Function) {
    w_ << "(lambda: ";
    expression(c.callee);
    w_ << ")()";
  } else {
    expression(c.callee, kPostfixLevel);
  }
  open('(', c.span);
  arguments(c);
  close(')');
  w_.row(begin, call_place(c));
}

bool Emitter::arguments_are(const CallExpr& c, std::size_t count, Types t) {
  return c.arguments.size() == count &&
         std::ranges::all_of(c.arguments, [&](E e) { return only(types(e), t); });
}

void Emitter::builtin_call(const CallExpr& c, std::string_view word) {
  const Mark begin = w_.mark();
  if (c.arguments.size() == 1) {
    const E argument = c.arguments[0];
    if (word == "str" && only(types(argument), kString)) return expression(argument, kPostfixLevel);
    if (word == "str")
      w_ << "__str";
    else if (word == "len" && only(types(argument), kString | kArray | kObject))
      w_ << "__len";
    else
      name_read(c.callee);
  } else if ((word == "min" || word == "max") && arguments_are(c, 2, kNumber) && simple(c.arguments[0]) &&
             simple(c.arguments[1])) {
    // Exactly what Python's min and max do with two values.
    const E a = c.arguments[0], b = c.arguments[1];
    open('(', c.span);
    expression(b);
    w_ << " if ";
    expression(b);
    w_ << (word == "min" ? " < " : " > ");
    expression(a);
    w_ << " else ";
    expression(a);
    close(')');
    return;
  } else {
    name_read(c.callee);
  }
  open('(', c.span);
  arguments(c);
  close(')');
  w_.row(begin, call_place(c));
}

// Writes calls of built-in members; false when `o.name` is an ordinary property or module member.
bool Emitter::method_call(const CallExpr& c, const MemberExpr& m, bool as_statement) {
  const std::string_view module = p_.module_named(item_, m.object);
  const std::string_view word = member_name(m);
  if (!module.empty() && !twin(module).empty() && !word.starts_with('_')) return false;
  const Types receiver = types(m.object);
  const Mark begin = w_.mark();
  if (!p_.is_member_name(m.name)) {
    // Certainly no property: let the runtime say so.
    if (!literal_receiver(m.object) && may_be(receiver, kObject | kOther | kNull)) return false;
    w_ << "__call";
    open('(', c.span);
    expression(m.object);
    w_ << ", ";
    append_string(w_.text(), word);
    for (E argument : c.arguments) {
      w_ << ", ";
      expression(argument);
    }
    close(')');
    w_.row(begin, call_place(c));
    return true;
  }
  if (word == "length" && c.arguments.empty() && receiver & (kString | kArray) &&
      only(receiver, kString | kArray | kNull)) {
    w_ << "__len";
    open('(', c.span);
    expression(m.object);
    close(')');
    w_.row(begin, call_place(c));
    return true;
  }
  // Null fails in Python as it does in ML.
  const auto not_null = static_cast<Types>(receiver & ~kNull);
  if (not_null == kString && string_method(c, m, word)) return true;
  if (not_null == kArray && array_method(c, m, word, as_statement)) return true;
  w_ << "__m_" << word;
  open('(', c.span);
  expression(m.object);
  for (E argument : c.arguments) {
    w_ << ", ";
    expression(argument);
  }
  close(')');
  w_.row(begin, call_place(c));
  return true;
}

void Emitter::python_method(const CallExpr& c, const MemberExpr& m, std::string_view method) {
  const Mark begin = w_.mark();
  expression(m.object, kPostfixLevel);
  w_ << '.' << method;
  open('(', c.span);
  arguments(c);
  close(')');
  w_.row(begin, call_place(c));
}

bool Emitter::string_method(const CallExpr& c, const MemberExpr& m, std::string_view word) {
  if (word.starts_with("replace") && may_grow(c)) return false;
  for (const Direct& d : kStringMethods) {
    if (d.ml == word && arguments_are(c, d.arguments, kString)) return python_method(c, m, d.python), true;
  }
  if (word == "split" && c.arguments.size() == 1 && c.arguments[0]->kind == ExprKind::String &&
      !as<StringExpr>(c.arguments[0]).value.empty()) {
    return python_method(c, m, "split"), true;
  }
  if (word == "slice" && !c.arguments.empty() && slice_method(c, m)) return true;
  if ((word == "includes" || word == "contains") && types(m.object) == kString &&
      arguments_are(c, 1, kString) && may_wait(m.object, c.arguments[0]) && !effects(m.object)) {
    open('(', c.span);
    const Mark inner = w_.mark();
    expression(c.arguments[0], kCompareLevel + 1);
    w_ << " in ";
    expression(m.object, kCompareLevel + 1);
    w_.row(inner, call_place(c));
    close(')');
    return true;
  }
  return false;
}

bool Emitter::array_method(const CallExpr& c, const MemberExpr& m, std::string_view word, bool as_statement) {
  const std::size_t count = c.arguments.size();
  if (count == 1 && (word == "append" || (word == "push" && as_statement)))
    return python_method(c, m, "append"), true;
  if (word == "pop" && (count == 0 || arguments_are(c, 1, kInt))) return python_method(c, m, "pop"), true;
  if (count == 0 && (word == "clear" || word == "copy" || (word == "reverse" && as_statement))) {
    return python_method(c, m, word), true;
  }
  if (word == "insert" && count == 2 && only(types(c.arguments[0]), kInt))
    return python_method(c, m, word), true;
  if (word == "extend" && arguments_are(c, 1, kArray)) return python_method(c, m, word), true;
  return word == "slice" && count > 0 && slice_method(c, m);
}

// x.slice(a, b) is Python's x[a:b] for integers.
bool Emitter::slice_method(const CallExpr& c, const MemberExpr& m) {
  if (c.arguments.size() > 2 || literal_receiver(m.object) || may_be(types(m.object), kNull)) return false;
  if (!std::ranges::all_of(c.arguments, [&](E e) { return only(types(e), kInt); })) return false;
  const Mark begin = w_.mark();
  expression(m.object, kPostfixLevel);
  open('[', c.span);
  expression(c.arguments[0]);
  w_ << ':';
  if (c.arguments.size() == 2) expression(c.arguments[1]);
  close(']');
  w_.row(begin, call_place(c));
  return true;
}

}  // namespace ml::emit
