#include <algorithm>
#include <array>

#include "core/emit/emitter.h"

namespace ml::emit {

using namespace ast;

namespace {

constexpr std::array<std::string_view, 12> kText = {" + ",  " - ",  " * ", " / ", " // ", " % ",
                                                    " == ", " != ", " < ", " > ", " <= ", " >= "};

// Longer chains of `+` on unknown values are written flat.
constexpr std::size_t kLongChain = 24;

// Literals such as `"-" * 40` and `[0] * 100`, whose size needs no question.
bool is_short_repeat(const BinaryExpr& b) {
  const auto is_small = [](const Expr* e) {
    return e->kind == ExprKind::Number && !as<NumberExpr>(e).is_float && e->span.size() <= 4;
  };
  const auto is_short = [](const Expr* e) {
    return (e->kind == ExprKind::String && e->span.size() <= 100) ||
           (e->kind == ExprKind::Array && as<ArrayExpr>(e).items.size() <= 100);
  };
  return (is_short(b.left) && is_small(b.right)) || (is_small(b.left) && is_short(b.right));
}

int level_of(BinaryOp op) {
  if (op <= BinaryOp::Sub) return kAddLevel;
  return op <= BinaryOp::Mod ? kMulLevel : kCompareLevel;
}

}  // namespace

void Emitter::unary(const UnaryExpr& u, int level) {
  const int own = u.op == UnaryOp::Not ? kNotLevel : kUnaryLevel;
  if (level > own) open('(', u.span);
  const Mark begin = w_.mark();
  w_ << (u.op == UnaryOp::Not ? "not " : u.op == UnaryOp::Minus ? "-" : "+");
  expression(u.operand, own);
  if (u.op != UnaryOp::Not) w_.row(begin, at(u.span));
  if (level > own) close(')');
}

void Emitter::logical(const LogicalExpr& l, int level) {
  const int own = l.op == LogicalOp::Or ? kOrLevel : kAndLevel;
  if (level > own) open('(', l.span);
  // `a || b || c` is one flat Python operation.
  const Expr* left = l.left;
  std::vector<const LogicalExpr*> chain{&l};
  while (left->kind == ExprKind::Logical && as<LogicalExpr>(left).op == l.op) {
    chain.push_back(&as<LogicalExpr>(left));
    left = chain.back()->left;
  }
  expression(left, own + 1);
  for (std::size_t i = chain.size(); i-- > 0;) {
    w_ << (l.op == LogicalOp::Or ? " or " : " and ");
    expression(chain[i]->right, own + 1);
  }
  if (level > own) close(')');
}

// Where Python's operation could succeed with another result, the helper is called: that is cheaper than
// testing types inline (two calls of `type` cost more than one of a helper).
void Emitter::binary(const BinaryExpr& b, int level) {
  const Types l = types(b.left), r = types(b.right);
  switch (b.op) {
    case BinaryOp::Add: return add(b, level);
    case BinaryOp::Mod:
      if (!may_be(l, kString)) return plain(b, level);
      return helper(b, "__mod");
    case BinaryOp::Mul: {
      // Where this always fails Python names one operand only.
      const bool repeats = may_be(l, kString | kArray) || may_be(r, kString | kArray);
      if (repeats ? !is_short_repeat(b) : types_.may_grow_large(item_, b)) return helper(b, "__mul");
      return plain(b, level);
    }
    default: return plain(b, level);
  }
}

void Emitter::plain(const BinaryExpr& b, int level) {
  const int own = level_of(b.op);
  // Comparisons must not chain.
  const int left_level = own == kCompareLevel ? kCompareLevel + 1 : own;
  if (level > own) open('(', b.span);
  const Mark begin = w_.mark();
  expression(b.left, left_level);
  w_ << kText[static_cast<std::size_t>(b.op)];
  expression(b.right, own + 1);
  w_.row(begin, at({b.op_span.begin, b.span.end}));
  if (level > own) close(')');
}

void Emitter::helper(const BinaryExpr& b, std::string_view helper) {
  const Mark begin = w_.mark();
  w_ << helper;
  open('(', b.span);
  expression(b.left);
  w_ << ", ";
  expression(b.right);
  close(')');
  w_.row(begin, at({b.op_span.begin, b.span.end}));
}

void Emitter::add(const BinaryExpr& b, int level) {
  const Types l = types(b.left), r = types(b.right);
  if (!may_be(l, kString) && !may_be(r, kString)) return plain(b, level);
  std::vector<const BinaryExpr*> chain{&b};  // outermost first
  while (chain.back()->left->kind == ExprKind::Binary &&
         as<BinaryExpr>(chain.back()->left).op == BinaryOp::Add) {
    chain.push_back(&as<BinaryExpr>(chain.back()->left));
  }
  if (types(chain.back()->left) == kString &&
      std::ranges::all_of(chain, [this](const BinaryExpr* one) { return types(one->right) == kString; })) {
    return types_.may_grow_large(item_, b) ? helper(b, "__add") : plain(b, level);
  }
  // The first operand that certainly is a string makes everything from there on (and what it is added to)
  // text.
  if (types(chain.back()->left) == kString) return concat(b, chain, chain.size() - 1);
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (types(chain[i]->right) == kString) return concat(b, chain, i);
  }
  if (chain.size() > kLongChain) return add_long_chain(b, chain);
  helper(b, "__add");
}

// chain[first] is the innermost addition that certainly concatenates.
void Emitter::concat(const BinaryExpr& b, const std::vector<const BinaryExpr*>& chain, std::size_t first) {
  const Mark begin = w_.mark();
  w_ << "__concat";
  open('(', b.span);
  expression(chain[first]->left);
  for (std::size_t i = first + 1; i-- > 0;) {
    w_ << ", ";
    expression(chain[i]->right);
  }
  close(')');
  w_.row(begin, at({chain[first]->op_span.begin, b.span.end}));
}

// (__t1 := __add(a, b), __t1 := __add(__t1, c), ...)[-1]: flat, where nested calls would be too deep for
// Python.
void Emitter::add_long_chain(const BinaryExpr& b, const std::vector<const BinaryExpr*>& chain) {
  const unsigned t = new_temporary();
  open('(', b.span);
  for (std::size_t i = chain.size(); i-- > 0;) {
    temporary(t);
    w_ << " := ";
    const Mark begin = w_.mark();
    w_ << "__add(";
    if (i + 1 == chain.size())
      expression(chain[i]->left);
    else
      temporary(t);
    w_ << ", ";
    expression(chain[i]->right);
    w_ << ')';
    w_.row(begin, at({chain[i]->op_span.begin, chain[i]->span.end}));
    w_ << (i ? ", " : "");
  }
  close(')');
  w_ << "[-1]";
}

}  // namespace ml::emit
