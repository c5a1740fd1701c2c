#include <fmt/format.h>

#include "core/sema/checks/view.h"

namespace ml::sema {

using namespace ast;

namespace {

std::string_view text_of(BinaryOp op) {
  switch (op) {
    case BinaryOp::Add: return "+";
    case BinaryOp::Sub: return "-";
    case BinaryOp::Mul: return "*";
    case BinaryOp::Div: return "/";
    case BinaryOp::FloorDiv: return "//";
    case BinaryOp::Mod: return "%";
    case BinaryOp::Eq: return "==";
    case BinaryOp::Ne: return "!=";
    case BinaryOp::Lt: return "<";
    case BinaryOp::Gt: return ">";
    case BinaryOp::Le: return "<=";
    case BinaryOp::Ge: return ">=";
  }
  return "";
}

bool is_repeatable(ValueType type) { return type == ValueType::String || type == ValueType::Array; }

// The table of language.md 3.5; both types are known.
bool always_fails(BinaryOp op, ValueType left, ValueType right) {
  const bool numeric = is_numeric(left) && is_numeric(right);
  switch (op) {
    case BinaryOp::Add:
      return !numeric && left != ValueType::String && right != ValueType::String &&
             !(left == ValueType::Array && right == ValueType::Array);
    case BinaryOp::Mul:
      // A float is a count if it is integral, which the type does not tell.
      return !numeric && !(is_repeatable(left) && is_numeric(right)) &&
             !(is_numeric(left) && is_repeatable(right));
    case BinaryOp::Sub:
    case BinaryOp::Div:
    case BinaryOp::FloorDiv:
    case BinaryOp::Mod: return !numeric;
    case BinaryOp::Lt:
    case BinaryOp::Gt:
    case BinaryOp::Le:
    case BinaryOp::Ge: return !numeric && !(left == right && is_repeatable(left));
    case BinaryOp::Eq:
    case BinaryOp::Ne: return false;
  }
  return false;
}

void check_equality(const BinaryExpr& binary, ValueType left, ValueType right, DiagSink& sink) {
  const bool literals = binary.left->kind != ExprKind::Name && binary.right->kind != ExprKind::Name;
  if (is_number(left) && is_number(right)) return;
  // `x == null` is the usual test, also where x happens to be clear.
  if (left == right || (!literals && (left == ValueType::Null || right == ValueType::Null))) return;
  const bool is_flag =
      (left == ValueType::Boolean && is_number(right)) || (is_number(left) && right == ValueType::Boolean);
  Diagnostic& found = sink.emit(diag::AlwaysUnequal, binary.op_span, type_name(left), type_name(right));
  found.hint = is_flag ? "true counts as 1 and false as 0" : "values of different types are never equal";
}

}  // namespace

void check_binary(const BinaryExpr& binary, const View& view, DiagSink& sink) {
  const ValueType left = view.type(binary.left), right = view.type(binary.right);
  if (left == ValueType::Unknown || right == ValueType::Unknown) return;
  if (binary.op == BinaryOp::Eq || binary.op == BinaryOp::Ne) {
    check_equality(binary, left, right, sink);
  } else if (always_fails(binary.op, left, right)) {
    sink.emit(diag::OperandTypes, binary.op_span, text_of(binary.op),
              fmt::format("{} and {}", type_name(left), type_name(right)));
  }
}

void check_unary(const UnaryExpr& unary, const View& view, DiagSink& sink) {
  const ValueType type = view.type(unary.operand);
  if (type == ValueType::Unknown || is_numeric(type)) return;
  sink.emit(diag::OperandTypes, {unary.span.begin, unary.span.begin + 1},
            unary.op == UnaryOp::Minus ? std::string_view("-") : std::string_view("+"), type_name(type));
}

}  // namespace ml::sema
