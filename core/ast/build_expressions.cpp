#include "core/ast/item_builder.h"
#include "core/ast/literals.h"

namespace ml::ast {
namespace {

constexpr int kDeepest = 1000;  // nodes above each other: later phases recurse over them

using K = NodeKind;

}  // namespace

const Expr* ItemBuilder::bad(Child child) {
  refuse();
  const Span at = child.span;
  return item_->arena.make<BadExpr>(Expr{ExprKind::Bad, next_id(), at});
}

const Expr* ItemBuilder::expression(Child child) {
  if (depth_ >= kDeepest) {
    too_deep_ = true;
    return bad(child);
  }
  ++depth_;
  const Expr* made = expression_of(child);
  --depth_;
  return made;
}

const Expr* ItemBuilder::expression_of(Child child) {
  switch (child.kind) {
    case K::k_identifier: {
      const NameId name = intern(source(child));
      if (!can_be_name(name) || child.missing) return bad(child);
      return expr<NameExpr>(ExprKind::Name, child, name);
    }
    case K::k_number: {
      const std::string_view written = source(child);
      const bool based =
          written.size() > 1 && written[0] == '0' && (written[1] | 0x20) >= 'a' && (written[1] | 0x20) != 'e';
      const bool is_float = !based && written.find_first_of(".eE") != written.npos;
      return expr<NumberExpr>(ExprKind::Number, child, written, is_float);
    }
    case K::k_string: {
      const std::string_view value = string_value(child);
      return expr<StringExpr>(ExprKind::String, child, value);
    }
    case K::k_template: return template_literal(child);
    case K::k_bool: return expr<BoolExpr>(ExprKind::Bool, child, first_char(child) == 't');
    case K::k_null: return expr<NullExpr>(ExprKind::Null, child);
    case K::k_array: {
      const Children inner(*this, child);
      const auto items = expressions(inner, 0);
      return expr<ArrayExpr>(ExprKind::Array, child, items);
    }
    case K::k_object: return object(child);
    case K::k_parenthesized_expression: {
      const Children inner(*this, child);
      return expression(inner.named(0));
    }
    case K::k_function_expression:
    case K::k_fn_arrow_function:
    case K::k_arrow_function: {
      const FunctionForm form = child.kind == K::k_function_expression ? FunctionForm::FunctionExpr
                                : child.kind == K::k_arrow_function    ? FunctionForm::Arrow
                                                                       : FunctionForm::FnArrow;
      const Function* made = function(child, form);
      return expr<FunctionExpr>(ExprKind::Function, child, made);
    }
    case K::k_unary_expression: return unary(child);
    case K::k_binary_expression: return binary(child);
    case K::k_logical_expression: return logical(child);
    case K::k_ternary_expression: {
      const Children inner(*this, child);
      const Expr* condition = operand(inner.named(0));
      const Expr* then_value = expression(inner.named(1));
      const Expr* else_value = expression(inner.named(2));
      return expr<TernaryExpr>(ExprKind::Ternary, child, condition, then_value, else_value);
    }
    case K::k_call_expression: return call(child);
    case K::k_index_expression: {
      const Children inner(*this, child);
      const Expr* object = operand(inner.named(0));
      const Expr* index = expression(inner.named(1));
      const Span open = inner.size() > 1 ? inner[1].span : Span{};
      return expr<IndexExpr>(ExprKind::Index, child, object, index, open);
    }
    case K::k_slice_expression: return slice(child);
    case K::k_member_expression: {
      const Children inner(*this, child);
      const Expr* object = operand(inner.named(0));
      const Child name = inner.named(1);
      if (name.kind != K::k_identifier) return bad(child);
      return expr<MemberExpr>(ExprKind::Member, child, object, intern(source(name)), name.span);
    }
    default: return bad(child);
  }
}

const Expr* ItemBuilder::unary(Child child) {
  const Children inner(*this, child);
  if (inner.size() < 2 || inner[0].kind != K::Token) return bad(child);
  const char op = first_char(inner[0]);
  const Expr* value = operand(inner[1]);
  return expr<UnaryExpr>(ExprKind::Unary, child,
                         op == '!'   ? UnaryOp::Not
                         : op == '-' ? UnaryOp::Minus
                                     : UnaryOp::Plus,
                         value);
}

const Expr* ItemBuilder::binary(Child child) {
  const Children inner(*this, child);
  if (inner.size() != 3 || inner[1].kind != K::Token) return bad(child);
  const std::string_view written = source(inner[1]);
  const bool longer = written.size() > 1;
  BinaryOp op{};
  switch (written.empty() ? '\0' : written[0]) {
    case '+': op = BinaryOp::Add; break;
    case '-': op = BinaryOp::Sub; break;
    case '*': op = BinaryOp::Mul; break;
    case '/': op = longer ? BinaryOp::FloorDiv : BinaryOp::Div; break;
    case '%': op = BinaryOp::Mod; break;
    case '=': op = BinaryOp::Eq; break;
    case '!': op = BinaryOp::Ne; break;
    case '<': op = longer ? BinaryOp::Le : BinaryOp::Lt; break;
    case '>': op = longer ? BinaryOp::Ge : BinaryOp::Gt; break;
    default: return bad(child);
  }
  const Expr* left = operand(inner[0]);
  const Expr* right = operand(inner[2]);
  return expr<BinaryExpr>(ExprKind::Binary, child, op, inner[1].span, left, right);
}

const Expr* ItemBuilder::logical(Child child) {
  const Children inner(*this, child);
  if (inner.size() != 3) return bad(child);
  const LogicalOp op = first_char(inner[1]) == '&' ? LogicalOp::And : LogicalOp::Or;
  const Expr* left = operand(inner[0]);
  const Expr* right = operand(inner[2]);
  return expr<LogicalExpr>(ExprKind::Logical, child, op, inner[1].span, left, right);
}

const Expr* ItemBuilder::call(Child child) {
  const Children inner(*this, child);
  if (inner.size() < 2 || !is_token(inner[1], '(')) return bad(child);
  const Expr* callee = operand(inner[0]);
  const auto arguments = expressions(inner, 1);
  return expr<CallExpr>(ExprKind::Call, child, callee, arguments, inner[1].span);
}

std::span<const Expr* const> ItemBuilder::expressions(const Children& list, std::size_t first) {
  Gathered<const Expr*> made(exprs_);
  for (std::size_t i = first; i < list.size(); ++i) {
    if (list[i].kind != K::Token) made.add(expression(list[i]));
  }
  return made.kept(item_->arena);
}

// What the grammar lets through as an operand but language.md does not: it must stand in parentheses.
const Expr* ItemBuilder::operand(Child child) {
  switch (child.kind) {
    case K::k_arrow_function:
    case K::k_ternary_expression: refuse(); break;
    default: break;
  }
  return expression(child);
}

const Expr* ItemBuilder::slice(Child child) {
  const Children inner(*this, child);
  const Expr* parts[4] = {};
  std::size_t part = 0;
  Span open{};
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i].kind != K::Token) {
      if (part > 3) return bad(child);
      parts[part] = part == 0 ? operand(inner[i]) : expression(inner[i]);
    } else if (is_token(inner[i], '[')) {
      open = inner[i].span;
      part = 1;
    } else if (is_token(inner[i], ':')) {
      if (++part > 3) return bad(child);
    }
  }
  if (!parts[0]) return bad(child);
  return expr<SliceExpr>(ExprKind::Slice, child, parts[0], parts[1], parts[2], parts[3], open);
}

const Expr* ItemBuilder::template_literal(Child child) {
  const Children inner(*this, child);
  Gathered<TemplatePart> parts(template_parts_);
  std::string text;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i].kind == K::k_template_chars) {
      const std::string_view body = source(inner[i]);
      if (find_bad_escape(body)) refuse();
      unescape(body, LiteralKind::Template, text);
    } else if (inner[i].kind == K::k_substitution) {
      const Children hole(*this, inner[i]);
      if (hole.named_count() != 1) refuse();
      const Expr* value = expression(hole.named(0));
      parts.add({item_->arena.text(text), value});
      text.clear();
    }
  }
  parts.add({item_->arena.text(text), nullptr});
  const auto list = parts.kept(item_->arena);
  return expr<TemplateExpr>(ExprKind::Template, child, list);
}

const Expr* ItemBuilder::object(Child child) {
  const Children inner(*this, child);
  Gathered<Property> properties(properties_);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i].kind == K::Token) continue;
    if (inner[i].kind != K::k_property) {
      refuse();
      continue;
    }
    const Children pair(*this, inner[i]);
    const Child key = pair.named(0);
    Property made{Property::Key::Word, key.span, {}, nullptr};
    if (key.kind == K::k_identifier) {
      made.key = source(key);
    } else if (key.kind == K::k_string) {
      made.key_kind = Property::Key::String;
      made.key = string_value(key);
    } else if (key.kind == K::k_number) {
      made.key_kind = Property::Key::Number;
      made.key = source(key);
    } else {
      refuse();
      continue;
    }
    made.value = expression(pair.named(1));
    name_by_place(made.value);
    properties.add(made);
  }
  const auto list = properties.kept(item_->arena);
  return expr<ObjectExpr>(ExprKind::Object, child, list);
}

std::string_view ItemBuilder::string_value(Child child) {
  const std::string_view written = source(child);
  const std::string_view body =
      written.size() >= 2 ? written.substr(1, written.size() - 2) : std::string_view{};
  if (body.find('\\') == body.npos) return body;
  if (find_bad_escape(body)) refuse();
  buffer_.clear();
  unescape(body, LiteralKind::String, buffer_);
  return item_->arena.text(buffer_);
}

}  // namespace ml::ast
