#pragma once

// The walk behind flow.h: 64 names at a time, a state is two words.

#include <cstdint>
#include <vector>

#include "core/ast/nodes.h"

namespace ml::sema {

// What control may find at a place, a bit per name: in `unassigned` if on some path the name has no value
// yet, in `assigned` if on some path it has one. A name in neither: every path here has already failed on it.
struct FlowState {
  std::uint64_t unassigned = 0, assigned = 0;
  bool live = true;  // some path gets here at all

  void join(const FlowState& other) {
    if (!other.live) return;
    if (!live) {
      *this = other;
      return;
    }
    unassigned |= other.unassigned;
    assigned |= other.assigned;
  }
};

struct FlowRead {
  std::uint32_t bit = 0;
  Span span;
  bool certain = false;  // no path assigns the name before
  bool in_try = false;
};

// Says which bit, if any, a place belongs to; kNoBit otherwise. Called for every name read or bound directly
// in the function (`is_call`: the callee of a call).
class FlowNames {
 public:
  static constexpr std::uint32_t kNoBit = 64;
  virtual std::uint32_t bit(NodeId node, bool is_call) const = 0;

 protected:
  ~FlowNames() = default;
};

class FlowWalk {
 public:
  FlowWalk(const FlowNames& names, FlowState entry, bool in_try)
      : names_(names), now_(entry), tries_(in_try ? 1 : 0) {}

  void block(ast::Block statements);
  void statement(const ast::Stmt* s);
  const FlowState& end() const { return now_; }
  const std::vector<FlowRead>& reads() const {
    return reads_;
  }  // that may find no value, in order of evaluation

 private:
  void expression(const ast::Expr* root);
  void read(NodeId node, Span span, bool is_call);
  void assign(NodeId node);
  void maybe(const ast::Expr* e);
  void if_statement(const ast::IfStmt& s);
  void try_statement(const ast::TryStmt& s);
  void simple(const ast::Stmt* s);

  template <class Head, class Body>
  void loop(Head head, Body body, bool endless);

  const FlowNames& names_;
  FlowState now_;
  std::uint32_t tries_;
  std::uint64_t touched_ = 0;  // names assigned since the innermost `try`, `except` or `finally` began
  FlowState* break_ = nullptr;
  FlowState* continue_ = nullptr;
  std::vector<FlowRead> reads_;
  std::vector<const ast::Expr*> stack_;
};

}  // namespace ml::sema
