#include "core/sema/types.h"

#include <algorithm>

namespace ml::sema {

using namespace ast;

ValueType literal_type(const Expr* value) {
  if (value == nullptr) return ValueType::Unknown;
  switch (value->kind) {
    case ExprKind::Number: return as<NumberExpr>(value).is_float ? ValueType::Float : ValueType::Int;
    case ExprKind::String:
    case ExprKind::Template: return ValueType::String;
    case ExprKind::Bool: return ValueType::Boolean;
    case ExprKind::Null: return ValueType::Null;
    case ExprKind::Array: return ValueType::Array;
    case ExprKind::Object: return ValueType::Object;
    case ExprKind::Function: return ValueType::Function;
    case ExprKind::Unary: {
      const auto& unary = as<UnaryExpr>(value);
      if (unary.op == UnaryOp::Not || unary.operand->kind != ExprKind::Number) return ValueType::Unknown;
      return literal_type(unary.operand);
    }
    default: return ValueType::Unknown;
  }
}

std::string_view type_name(ValueType type) {
  switch (type) {
    case ValueType::Null: return "null";
    case ValueType::Boolean: return "boolean";
    case ValueType::Int:
    case ValueType::Float: return "number";
    case ValueType::String: return "string";
    case ValueType::Array: return "array";
    case ValueType::Object: return "object";
    case ValueType::Function: return "function";
    case ValueType::Unknown: break;
  }
  return "value";
}

std::string_view members_of(ValueType type) {
  switch (type) {
    case ValueType::Boolean: return "$boolean";
    case ValueType::Int:
    case ValueType::Float: return "$number";
    case ValueType::String: return "$string";
    case ValueType::Array: return "$array";
    case ValueType::Object: return "$object";
    case ValueType::Function: return "$function";
    case ValueType::Null:
    case ValueType::Unknown: break;
  }
  return {};
}

ValueType returned_type(std::string_view returns) {
  if (returns == "integer" || returns == "int") return ValueType::Int;
  if (returns == "float" || returns == "number" || returns == "num") return ValueType::Float;
  if (returns == "string" || returns == "str") return ValueType::String;
  if (returns == "boolean" || returns == "bool") return ValueType::Boolean;
  if (returns == "array" || returns == "arr") return ValueType::Array;
  if (returns == "object" || returns == "obj") return ValueType::Object;
  return ValueType::Unknown;
}

bool is_zero(const Expr* value) {
  while (value->kind == ExprKind::Unary && as<UnaryExpr>(value).op != UnaryOp::Not) {
    value = as<UnaryExpr>(value).operand;
  }
  if (value->kind != ExprKind::Number) return false;
  // The digits before an exponent decide; `0x`, `0b` and `0o` start with a zero themselves, and `e` is a
  // digit there.
  std::string_view text = as<NumberExpr>(value).text;
  if (text.size() > 1 && text[0] == '0' && (text[1] | 0x20) >= 'a' && (text[1] | 0x20) != 'e') {
    text.remove_prefix(2);
  } else {
    text = text.substr(0, text.find_first_of("eE"));
  }
  return text.find_first_not_of("0.") == text.npos;
}

Constant constant_condition(const Expr* condition) {
  bool negated = false;
  while (condition->kind == ExprKind::Unary && as<UnaryExpr>(condition).op == UnaryOp::Not) {
    negated = !negated;
    condition = as<UnaryExpr>(condition).operand;
  }
  bool truthy = false;
  switch (condition->kind) {
    case ExprKind::Bool: truthy = as<BoolExpr>(condition).value; break;
    case ExprKind::Null: truthy = false; break;
    case ExprKind::Number: truthy = !is_zero(condition); break;
    case ExprKind::String: truthy = !as<StringExpr>(condition).value.empty(); break;
    case ExprKind::Array: truthy = !as<ArrayExpr>(condition).items.empty(); break;
    case ExprKind::Object: truthy = !as<ObjectExpr>(condition).properties.empty(); break;
    case ExprKind::Function: truthy = true; break;
    default: return Constant::None;
  }
  return truthy != negated ? Constant::Truthy : Constant::Falsy;
}

}  // namespace ml::sema
