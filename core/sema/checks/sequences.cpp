#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "core/sema/checks/view.h"

namespace ml::sema {

using namespace ast;

namespace {

// `1.5`, but not `2.0`: integral floats are indexes (language.md 3.1).
bool is_integral(const Expr* e) {
  while (e->kind == ExprKind::Unary) e = as<UnaryExpr>(e).operand;
  const std::string_view text = as<NumberExpr>(e).text;
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) return true;
  return value == std::floor(value);
}

std::size_t count_points(std::string_view utf8) {
  std::size_t points = 0;
  for (const char c : utf8) points += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return points;
}

}  // namespace

void check_index(const IndexExpr& index, const View& view, DiagSink& sink) {
  const ValueType object = view.type(index.object);
  if (object != ValueType::Array && object != ValueType::String) return;
  const ValueType type = literal_type(index.index);
  if (type == ValueType::Float && is_integral(index.index)) return;
  sink.emit(diag::BadIndex, index.index->span, type_name(object),
            type == ValueType::Float ? std::string_view("a fraction") : type_name(type));
}

void check_for_in(const ForInStmt& loop, const View& view, DiagSink& sink) {
  const ValueType type = view.type(loop.iterable);
  if (!is_numeric(type) && type != ValueType::Null && type != ValueType::Function) return;
  sink.emit(diag::NotIterable, loop.iterable->span, fmt::format("cannot iterate over {}", type_name(type)));
}

void check_unpack(const UnpackStmt& unpack, const View& view, DiagSink& sink) {
  const ValueType type = view.type(unpack.value);
  if (type == ValueType::Unknown) return;
  if (unpack.is_object) {
    if (type == ValueType::Object) return;
    sink.emit(diag::NotIterable, unpack.value->span,
              fmt::format("cannot take properties of {}", type_name(type)));
    return;
  }
  if (is_numeric(type) || type == ValueType::Null || type == ValueType::Function) {
    sink.emit(diag::NotIterable, unpack.value->span, fmt::format("cannot unpack {}", type_name(type)));
    return;
  }
  // Lengths are clear for a literal on the spot only: an array in a variable may have grown.
  std::size_t length = unpack.names.size();
  if (unpack.value->kind == ExprKind::Array) length = as<ArrayExpr>(unpack.value).items.size();
  if (unpack.value->kind == ExprKind::String) length = count_points(as<StringExpr>(unpack.value).value);
  if (unpack.value->kind == ExprKind::Object && as<ObjectExpr>(unpack.value).properties.size() < length) {
    length = as<ObjectExpr>(unpack.value).properties.size();
  }
  if (length >= unpack.names.size()) return;
  sink.emit(diag::NotIterable, unpack.value->span,
            fmt::format("not enough values to unpack (expected {}, got {})", unpack.names.size(), length));
}

}  // namespace ml::sema
