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

void Emitter::binary(const BinaryExpr& b, int level) {
  const Types l = types(b.left), r = types(b.right);
  switch (b.op) {
    case BinaryOp::Add: return add(b, level);
    case BinaryOp::Mod:
      if (!may_be(l, kString)) return plain(b, level);
      if (l == kString) return helper(b, "__mod");
      return guarded(b, Guard::LeftNotString, "__mod");
    case BinaryOp::Mul: {
      const bool left_repeats = may_be(l, kString | kArray), right_repeats = may_be(r, kString | kArray);
      if ((left_repeats && may_be(r, kFloat)) || (right_repeats && may_be(l, kFloat))) {
        return guarded(b, Guard::SameType, "__mul");
      }
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
  while (chain.back()->left->kind == ExprKind::Binary && as<BinaryExpr>(chain.back()->left).op == BinaryOp::Add) {
    chain.push_back(&as<BinaryExpr>(chain.back()->left));
  }
  if (types(chain.back()->left) == kString &&
      std::ranges::all_of(chain, [this](const BinaryExpr* one) { return types(one->right) == kString; })) {
    return plain(b, level);
  }
  // The first operand that certainly is a string makes everything from there on (and what it is added to) text.
  if (types(chain.back()->left) == kString) return concat(b, chain, chain.size() - 1);
  for (std::size_t i = chain.size(); i-- > 0;) {
    if (types(chain[i]->right) == kString) return concat(b, chain, i);
  }
  if (chain.size() > kLongChain) return add_long_chain(b, chain);
  if (!may_be(l, kString)) return guarded(b, Guard::RightNotString, "__add");
  if (!may_be(r, kString)) return guarded(b, Guard::LeftNotString, "__add");
  guarded(b, Guard::SameType, "__add");
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

// (__t1 := __add(a, b), __t1 := __add(__t1, c), ...)[-1]: flat, where nested guards would be too deep for Python.
void Emitter::add_long_chain(const BinaryExpr& b, const std::vector<const BinaryExpr*>& chain) {
  const unsigned t = new_temporary();
  open('(', b.span);
  for (std::size_t i = chain.size(); i-- > 0;) {
    temporary(t);
    w_ << " := ";
    const Mark begin = w_.mark();
    w_ << "__add(";
    if (i + 1 == chain.size()) expression(chain[i]->left);
    else temporary(t);
    w_ << ", ";
    expression(chain[i]->right);
    w_ << ')';
    w_.row(begin, at({chain[i]->op_span.begin, chain[i]->span.end}));
    w_ << (i ? ", " : "");
  }
  close(')');
  w_ << "[-1]";
}

// (a + b if GUARD else __add(a, b)). Operands that may not be written or evaluated twice go to temporaries, which
// the guard binds in evaluation order.
void Emitter::guarded(const BinaryExpr& b, Guard guard, std::string_view helper_name) {
  bool keep_left = simple(b.left) && may_wait(b.left, b.right);
  bool keep_right = simple(b.right);
  if (guard == Guard::LeftNotString && !keep_right && small(b.right)) keep_right = true;
  if (guard == Guard::RightNotString && !keep_left && small(b.left) && may_wait(b.right, b.left)) {
    keep_left = simple(b.right);
  }
  if ((!keep_left || !keep_right) && !temporaries_allowed()) return helper(b, helper_name);
  if (guard == Guard::LeftNotString && !keep_right) return helper(b, helper_name);

  const unsigned left = keep_left ? 0 : new_temporary(), right = keep_right ? 0 : new_temporary();
  const auto operand = [this](E e, unsigned t, int level) {
    if (t) temporary(t);
    else expression(e, level);
  };
  const auto bind = [this](E e, unsigned t) {
    if (t) {
      temporary(t);
      w_ << " := ";
    }
    expression(e, t ? kTernaryLevel : kLoose);
  };
  const Span place = at({b.op_span.begin, b.span.end});
  const int own = level_of(b.op);
  const std::string_view text = kText[static_cast<std::size_t>(b.op)];

  // The guard is written after what it guards but runs first: bind temporaries there.
  open('(', b.span);
  const Mark begin = w_.mark();
  operand(b.left, left, own);
  w_ << text;
  operand(b.right, right, own + 1);
  w_.row(begin, place);
  w_ << " if ";
  if (guard == Guard::SameType) {
    w_ << "__type(";
    bind(b.left, left);
    w_ << ") is __type(";
    bind(b.right, right);
    w_ << ')';
  } else if (guard == Guard::LeftNotString) {
    w_ << "__type(";
    bind(b.left, left);
    w_ << ") is not __str_type";
  } else {
    if (left) {
      w_ << '(';
      bind(b.left, left);
      w_ << ") is not __unset and ";
    }
    w_ << "__type(";
    bind(b.right, right);
    w_ << ") is not __str_type";
  }
  w_ << " else ";
  const Mark slow = w_.mark();
  w_ << helper_name << '(';
  operand(b.left, left, kLoose);
  w_ << ", ";
  operand(b.right, right, kLoose);
  w_ << ')';
  w_.row(slow, place);
  close(')');
}

}  // namespace ml::emit
