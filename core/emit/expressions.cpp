#include <algorithm>

#include "core/emit/emitter.h"
#include "core/emit/literal.h"

namespace ml::emit {

using namespace ast;

bool Emitter::simple(E e) const {
  switch (e->kind) {
    case ExprKind::Number:
    case ExprKind::String:
    case ExprKind::Bool:
    case ExprKind::Null:
    case ExprKind::Name: return true;
    default: return false;
  }
}

bool Emitter::stable(E e) const {
  if (!simple(e)) return false;
  if (e->kind != ExprKind::Name) return true;
  const Ref& ref = p_.ref(item_, e->id);
  const CellId cell = ref.cell;
  return cell != kNone && !(survey_.variables[cell] & kAssignedElsewhere) &&
         (ref.use == sema::NameUse::Local || p_.variable(cell).bindings == 1);
}

bool Emitter::is_builtin(E e, std::string_view word) const {
  return e->kind == ExprKind::Name && p_.ref(item_, e->id).use == sema::NameUse::Builtin &&
         p_.names.text(as<NameExpr>(e).name) == word;
}

void Emitter::expression(E e, int level) {
  if (++depth_ > 1500) {
    too_deep(e->span);
    --depth_;
    return;
  }
  switch (e->kind) {
    case ExprKind::Number: {
      const auto& n = as<NumberExpr>(e);
      const std::size_t begin = w_.text().size();
      if (!append_number(w_.text(), n.text, n.is_float)) {
        w_.text().insert(begin, 1, '(');
        w_ << ')';
      }
      break;
    }
    case ExprKind::String: append_string(w_.text(), as<StringExpr>(e).value); break;
    case ExprKind::Template: template_text(as<TemplateExpr>(e)); break;
    case ExprKind::Bool: w_ << (as<BoolExpr>(e).value ? "True" : "False"); break;
    case ExprKind::Bad:
    case ExprKind::Null: w_ << "None"; break;
    case ExprKind::Name: name_read(e); break;
    case ExprKind::Array: {
      open('[', e->span);
      bool first = true;
      for (E item : as<ArrayExpr>(e).items) {
        if (!first) w_ << ", ";
        first = false;
        expression(item);
      }
      close(']');
      break;
    }
    case ExprKind::Object: object(as<ObjectExpr>(e)); break;
    case ExprKind::Unary: unary(as<UnaryExpr>(e), level); break;
    case ExprKind::Binary: binary(as<BinaryExpr>(e), level); break;
    case ExprKind::Logical: logical(as<LogicalExpr>(e), level); break;
    case ExprKind::Ternary:
      if (level > kTernaryLevel) open('(', e->span);
      ternary(as<TernaryExpr>(e));
      if (level > kTernaryLevel) close(')');
      break;
    case ExprKind::Call: call(as<CallExpr>(e)); break;
    case ExprKind::Index: index(as<IndexExpr>(e)); break;
    case ExprKind::Slice: slice(as<SliceExpr>(e)); break;
    case ExprKind::Member: member(as<MemberExpr>(e)); break;
    case ExprKind::Function: lambda(as<FunctionExpr>(e), level); break;
  }
  --depth_;
}

void Emitter::name_read(E e) {
  const Mark begin = w_.mark();
  const Ref& ref = p_.ref(item_, e->id);
  name(as<NameExpr>(e).name);
  if (ref.use == sema::NameUse::Builtin) return;
  const CellId cell = ref.cell;
  if (cell != kNone) {
    const sema::Variable& v = p_.variable(cell);
    if (v.hoisted || v.kind == sema::VariableKind::Parameter) return;  // always bound
  }
  w_.row(begin, at(e->span));
}

void Emitter::template_text(const TemplateExpr& t) {
  std::size_t expressions = 0;
  for (const TemplatePart& part : t.parts) expressions += part.expr != nullptr;
  if (expressions == 0) {
    std::string all;
    for (const TemplatePart& part : t.parts) all += part.text;
    append_string(w_.text(), all);
    return;
  }
  const auto is_text = [](const TemplatePart& part) { return !part.text.empty(); };
  const bool single = expressions == 1 && std::ranges::none_of(t.parts, is_text);
  const Mark begin = w_.mark();
  w_ << (single ? "__str" : "__concat");
  open('(', t.span);
  bool first = true;
  const auto comma = [&] {
    if (!first) w_ << ", ";
    first = false;
  };
  for (const TemplatePart& part : t.parts) {
    if (!part.text.empty()) {
      comma();
      append_string(w_.text(), part.text);
    }
    if (part.expr) {
      comma();
      expression(part.expr);
    }
  }
  close(')');
  w_.row(begin, at(t.span));
}

void Emitter::object(const ObjectExpr& o) {
  bool words = true;
  for (std::size_t i = 0; i < o.properties.size() && words; ++i) {
    const Property& property = o.properties[i];
    words = property.key_kind == Property::Key::Word && !property.key.starts_with("__") &&
            !is_python_keyword(property.key) && o.properties.size() < 200;
    for (std::size_t k = 0; k < i && words; ++k) words = o.properties[k].key != property.key;
  }
  const Mark begin = w_.mark();
  w_ << (words ? "__obj" : "__obj_of");
  open('(', o.span);
  bool first = true;
  for (const Property& property : o.properties) {
    if (!first) w_ << ", ";
    first = false;
    if (words) {
      w_ << property.key << '=';
    } else {
      if (property.key_kind == Property::Key::Number) {
        const bool is_float =
            property.key.find_first_of(".eE") != std::string_view::npos && !property.key.starts_with("0x");
        append_number(w_.text(), property.key, is_float);
      } else {
        append_string(w_.text(), property.key);
      }
      w_ << ", ";
    }
    expression(property.value);
  }
  close(')');
  w_.row(begin, at(o.span));
}

void Emitter::ternary(const TernaryExpr& t) {
  expression(t.then_value, kOrLevel);
  w_ << " if ";
  expression(t.condition, kOrLevel);
  w_ << " else ";
  expression(t.else_value, kTernaryLevel);
}

// Python warns about subscripts and calls of these when it compiles.
bool Emitter::literal_receiver(E e) const {
  switch (e->kind) {
    case ExprKind::Number:
    case ExprKind::String:
    case ExprKind::Template:
    case ExprKind::Bool:
    case ExprKind::Null:
    case ExprKind::Array:
    case ExprKind::Function: return true;
    default: return false;
  }
}

void Emitter::subscript(E object, std::string_view key) {
  expression(object, kPostfixLevel);
  w_ << '[';
  append_string(w_.text(), key);
  w_ << ']';
}

void Emitter::index(const IndexExpr& i) {
  const Types container = types(i.object), key = types(i.index);
  const Mark begin = w_.mark();
  const bool known = only(container, kObject) || (only(key, kInt | kBool | kString | kNull) &&
                                                  only(container, kArray | kString | kObject));
  // The error of null[key] names the key, which is found in the ML text where it is short.
  const bool short_key = simple(i.index) || i.index->kind == ExprKind::Unary ||
                         (i.index->kind == ExprKind::Binary && simple(as<BinaryExpr>(i.index).left) &&
                          simple(as<BinaryExpr>(i.index).right));
  const bool object_or_null = container & kObject && only(container, kObject | kNull);
  // Python folds what is constant, and warns about subscripts of a number, a boolean, None or a function.
  const bool may_hold = may_be(container, kString | kArray | kObject | kOther);
  const bool plain = may_hold && (known || (short_key && (object_or_null || !may_be(key, kFloat))));
  if (plain && (!literal_receiver(i.object) || only(key, kInt))) {
    expression(i.object, kPostfixLevel);
    open('[', i.span);
    expression(i.index);
    close(']');
  } else {
    w_ << "__index";
    open('(', i.span);
    expression(i.object);
    w_ << ", ";
    expression(i.index);
    close(')');
  }
  w_.row(begin, at({i.open.begin, i.span.end}));
}

void Emitter::optional(E e) {
  if (e)
    expression(e);
  else
    w_ << "None";
}

bool Emitter::plain_slice(const SliceExpr& s) {
  for (E bound : {s.begin, s.end, s.step}) {
    if (bound && !only(types(bound), kInt | kBool | kNull)) return false;
  }
  return only(types(s.object), kString | kArray) && !literal_receiver(s.object);
}

void Emitter::slice_bounds(const SliceExpr& s) {
  if (s.begin) expression(s.begin);
  w_ << ':';
  if (s.end) expression(s.end);
  if (s.step) {
    w_ << ':';
    expression(s.step);
  }
}

void Emitter::slice(const SliceExpr& s) {
  const Mark begin = w_.mark();
  const Span place = at({s.open.begin, s.span.end});
  if (plain_slice(s)) {
    expression(s.object, kPostfixLevel);
    open('[', s.span);
    slice_bounds(s);
    close(']');
  } else {
    w_ << "__slice";
    open('(', s.span);
    expression(s.object);
    for (E bound : {s.begin, s.end, s.step}) {
      w_ << ", ";
      optional(bound);
    }
    close(')');
  }
  w_.row(begin, place);
}

void Emitter::member(const MemberExpr& m) {
  const std::string_view word = member_name(m);
  const Mark begin = w_.mark();
  const Span place = at({m.name_span.begin, m.span.end});
  const std::string_view module = p_.module_named(item_, m.object);
  if (!module.empty() && !word.starts_with('_') && !twin(module).empty()) {
    w_ << twin(module) << '.';
    name(m.name);
  } else {
    const Types object = types(m.object);
    const bool plain_read = (object & kObject && only(object, kObject | kNull)) || !p_.is_member_name(m.name);
    if (plain_read && !literal_receiver(m.object)) {
      subscript(m.object, word);
    } else if (word == "length") {
      const bool sized = object & (kString | kArray) && only(object, kString | kArray | kNull);
      w_ << (sized ? "__len" : "__length");
      open('(', m.span);
      expression(m.object);
      close(')');
    } else {
      w_ << "__get";
      open('(', m.span);
      expression(m.object);
      w_ << ", ";
      append_string(w_.text(), word);
      close(')');
    }
  }
  w_.row(begin, place);
}

}  // namespace ml::emit
