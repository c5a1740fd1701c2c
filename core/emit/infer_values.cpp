#include <algorithm>

#include "core/emit/infer.h"

namespace ml::emit {

using namespace ast;

namespace {
constexpr Value kAnything{kAnyType, kUnknownContent};
constexpr Types kHolds = kArray | kObject | kOther;
constexpr Value kNotKnown{0xFFFF};  // no set of types: not all bits have a meaning
}  // namespace

// Begins a question, once solved.
void Inference::look_at(std::uint32_t item) {
  item_ = item;
  if (item == memo_item_) return;
  memo_item_ = item;
  memo_.assign(p_.node_count(item), kNotKnown);
}

Value Inference::value(const Expr* e) {
  if (!solved_) return compute(e);
  if (memo_[e->id.raw].types == kNotKnown.types) memo_[e->id.raw] = compute(e);
  return memo_[e->id.raw];
}

Value Inference::compute(const Expr* e) {
  switch (e->kind) {
    case ExprKind::Number: return {as<NumberExpr>(e).is_float ? kFloat : kInt};
    case ExprKind::String:
    case ExprKind::Template: return {kString};
    case ExprKind::Bool: return {kBool};
    case ExprKind::Null: return {kNull};
    case ExprKind::Name: {
      const Ref& ref = p_.ref(item_, e->id);
      const CellId cell = ref.cell;
      if (cell != kNone) return read(cell);
      if (ref.use == sema::NameUse::Builtin) return {kFunction | kOther, kUnknownContent};
      return kAnything;
    }
    case ExprKind::Array: return {kArray, site(e)};
    case ExprKind::Object: return {kObject, site(e)};
    case ExprKind::Unary: {
      const auto& u = as<UnaryExpr>(e);
      if (u.op == UnaryOp::Not) return {kBool};
      const Types t = value(u.operand).types;
      return {static_cast<Types>((t & (kInt | kBool) ? kInt : 0) | (t & (kFloat | kIntSizes)))};
    }
    case ExprKind::Binary: return binary(as<BinaryExpr>(e));
    case ExprKind::Logical: {
      const auto& l = as<LogicalExpr>(e);
      Value left = value(l.left);
      if (l.op == LogicalOp::Or) {
        left.types &= static_cast<Types>(~kNull);
      } else if (only(left.types, kBool | kFunction | kOther)) {
        left = {static_cast<Types>(left.types & kBool)};
      }
      return merged(left, value(l.right));
    }
    case ExprKind::Ternary:
      return merged(value(as<TernaryExpr>(e).then_value), value(as<TernaryExpr>(e).else_value));
    case ExprKind::Call: return call(as<CallExpr>(e));
    case ExprKind::Index: return index(as<IndexExpr>(e));
    case ExprKind::Slice: {
      Value v = value(as<SliceExpr>(e).object);
      v.types &= kString | kTextSizes | kArray;
      return v;
    }
    case ExprKind::Member: return member(as<MemberExpr>(e));
    case ExprKind::Function: return {kFunction, function_content(*as<FunctionExpr>(e).function)};
    default: return kAnything;
  }
}

Value Inference::binary(const BinaryExpr& b) {
  if (b.op >= BinaryOp::Eq) return {kBool};
  const Value left = value(b.left), right = value(b.right);
  const Types l = left.types, r = right.types;
  if (!l || !r) return {};
  const auto whole = static_cast<Types>(kInt | kBool);
  Types numbers = 0;
  if (l & kArithmetic && r & kArithmetic) {
    if (b.op == BinaryOp::Div)
      numbers = kFloat;
    else {
      if (l & whole && r & whole) {
        const unsigned left_step = int_step(l), right_step = int_step(r);
        const unsigned step = b.op == BinaryOp::Mul        ? combined_step(left_step, right_step)
                              : b.op == BinaryOp::Mod      ? right_step
                              : b.op == BinaryOp::FloorDiv ? left_step
                                                           : std::max(left_step, right_step);
        add(numbers, kInt | int_size(step));
      }
      if ((l | r) & kFloat) numbers |= kFloat;
    }
  }
  if (b.op == BinaryOp::Add) {
    Value v{numbers};
    if ((l | r) & kString) add(v.types, kString | text_size(combined_step(text_step(l), text_step(r))));
    if (l & r & kArray) {
      v.types |= kArray;
      v.content = merged(left, right).content;
    }
    return v;
  }
  Value v{numbers};
  if (b.op == BinaryOp::Mul) {
    if ((l & kString && r & kArithmetic) || (r & kString && l & kArithmetic))
      add(v.types, kString | text_size(std::max(text_step(l), text_step(r))));
    if ((l & kArray && r & kArithmetic) || (r & kArray && l & kArithmetic)) {
      v.types |= kArray;
      v.content = l & kArray ? left.content : right.content;
      if (l & r & kArray) v.content = merged(left, right).content;
    }
  }
  return v;
}

Value Inference::index(const IndexExpr& i) {
  const Value object = value(i.object);
  if (!object.types) return {};
  if (object.types & kOther) return kAnything;
  if (only(object.types & ~kNull, kObject) && i.index->kind == ExprKind::String) {
    if (const NameId name = p_.names.find(as<StringExpr>(i.index).value); name)
      return field_of(object.content, name);
  }
  Value v;
  if (object.types & kString) v.types |= kString;
  if (object.types & (kArray | kObject)) v = merged(v, element_of(object, (object.types & kObject) != 0));
  if (object.types & kObject) v.types |= kNull;
  return v;
}

Value Inference::member(const MemberExpr& m) {
  const std::string_view name = p_.names.text(m.name);
  if (const std::string_view module = p_.module_named(item_, m.object); !module.empty()) {
    if (const auto* entry = p_.library.find(module, {}, name);
        entry && entry->kind == stdlib::EntryKind::Constant) {
      const Types t = types_of_catalogue(entry->returns);
      return {t, t & kHolds ? kUnknownContent : kNone};
    }
    return kAnything;
  }
  const Value object = value(m.object);
  if (!object.types) return {};
  if (object.types & kOther) return kAnything;
  Value v;
  if (object.types & kObject) v = field_of(object.content, m.name);
  if (name == "length" && object.types & (kString | kArray))
    v.types |= kInt;
  else if (object.types & ~(kObject | kNull) && p_.is_member_name(m.name)) {
    escape(object);  // a bound method keeps it
    v = merged(v, {kFunction | kString, kUnknownContent});
  }
  return v;
}

}  // namespace ml::emit
