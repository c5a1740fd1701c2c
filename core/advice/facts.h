#pragma once

// What the rules look at, gathered in one walk over the module. Private to core/advice.
//
// Everything that happens gets a number in the order of the text. A loop or function is an interval of
// numbers, and "does it happen inside" is a binary search: no set is kept for each loop.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/advice/hints.h"
#include "core/ast/nodes.h"
#include "core/emit/infer.h"
#include "core/emit/program.h"
#include "core/sema/children.h"
#include "core/text/line_index.h"

namespace ml::advice {

using emit::CellId;
using emit::kNone;
using Moment = std::uint32_t;
using LoopNo = std::uint32_t;
using PathNo = std::uint32_t;
using BodyNo = std::uint32_t;  // a function, or the top-level code of an item

struct Interval {
  Moment begin = 0, end = 0;
};

// `name` or `name.member.member`: what can be the same array in two places.
struct Path {
  CellId root = kNone;
  std::string text;           // as first written
  std::vector<Moment> grows;  // push, append, ..., `x = x + ...`
};

struct Variable {
  std::vector<Moment> binds;         // every assignment, loop, parameter, ...
  std::vector<Moment> fresh_starts;  // those that do not append to what it held
  std::vector<Moment> changes;       // of what it holds: element and member stores, methods that change
  const ast::Expr* value = nullptr;  // of its last binding, where that is an expression
  std::uint32_t item = 0;            // of `value`
  bool maybe_shared = false;         // some value of it may also be reached otherwise
  bool bound_in_loop = false;
  bool only_text = true;                      // every fresh start is a string literal or template
  std::uint32_t reads = 0, member_reads = 0;  // of them: only to read a member
};

struct Loop {
  enum class Kind : std::uint8_t { ForC, ForIn, While, Callback } kind = Kind::While;
  std::uint32_t item = 0;
  BodyNo body = 0;        // the code in which the loop's elements are looked at
  LoopNo parent = kNone;  // also the one around a callback that is run by a method of an array
  Interval interval;
  Span head;                   // file offsets
  CellId variable = kNone;     // counter or element
  PathNo path = kNone;         // what it runs over
  bool sees_elements = false;  // the variable is an element, or indexes `path`
};

struct Body {
  const ast::Function* function = nullptr;
  std::uint32_t item = 0;
  BodyNo parent = kNone;
  FunctionPlace place;
  Interval interval;
  std::vector<const ast::Function*> calls;  // that it calls or hands to methods that call them
  std::vector<CellId> changes;              // variables whose contents it changes
  std::vector<CellId> outer_reads;          // variables of others that it reads
  bool effects = false;                     // does what can be seen from outside, or what nobody can tell
  bool reads_state = false;                 // reads variables of others that change
};

struct Call {
  const ast::CallExpr* call;
  std::uint32_t item;
  BodyNo body;
  const ast::Function* function = nullptr;  // that is certainly called
  BodyNo callee = kNone;                    // the same; known when everything is gathered
  LoopNo loop = kNone;
  Moment at = 0;
  bool in_condition = false;  // of `loop`
  bool pure = false;          // a built-in, member or library function without effects
  bool harmless = false;      // changes nothing but what Variable::changes says
};

// `a == b`.
struct Equality {
  const ast::BinaryExpr* test;
  std::uint32_t item;
  BodyNo body;
  LoopNo loop;
};

// `x.includes(v)` and the like.
struct Search {
  const ast::CallExpr* call;
  std::uint32_t item;
  BodyNo body;
  LoopNo loop;
  PathNo path;
};

// `s = s + ...` in a loop.
struct Growth {
  const ast::Expr* target;
  std::uint32_t item;
  BodyNo body;
  LoopNo loop;
  PathNo path;
  Span span;
};

// `x.map(...).filter(...)`.
struct Chain {
  const ast::Expr* call;  // the last method
  std::uint32_t item;
  BodyNo body;
  std::uint32_t arrays = 0;
  CellId receiver = kNone;                  // variable at the beginning
  CellId result = kNone;                    // variable to which it is bound
  std::vector<const ast::Function*> early;  // callbacks of all methods but the last
};

// `v = {...}` in a loop.
struct Literal {
  const ast::Expr* object;
  std::uint32_t item;
  BodyNo body;
  LoopNo loop;
  CellId variable;
};

struct Copy {
  const ast::Expr* call;
  std::uint32_t item;
  BodyNo body;
  PathNo path;
};

struct Facts {
  std::vector<Variable> variables;  // by CellId
  std::vector<Path> paths;
  std::vector<Loop> loops;
  std::vector<Body> bodies;
  std::map<const ast::Function*, BodyNo> body_of;
  std::vector<Call> calls;  // in order
  std::vector<Equality> equalities;
  std::vector<Moment> comparisons;  // outside heads of loops
  std::vector<Search> searches;
  std::vector<Growth> growths;
  std::vector<Chain> chains;
  std::vector<Literal> literals;
  std::vector<Copy> copies;
};

bool happens(const std::vector<Moment>& moments, Interval in);

// The module with everything known of it.
struct World {
  World(const Subject& s, const emit::Program& p, emit::Inference& t)
      : subject(s), program(p), types(t), lines(s.text) {}

  const Subject& subject;
  const emit::Program& program;
  emit::Inference& types;
  LineIndex lines;
  Facts facts;

  Span at(std::uint32_t item, Span relative) const {
    return relative.moved(program.module.items[item].start);
  }
  std::string_view source(Span file) const { return subject.text.substr(file.begin, file.size()); }
};

// Fills `world.facts`.
void gather(World& world);

// The rules; each appends what it finds.
void loop_hints(const World& world, std::vector<Hint>& found);      // R4, R5, R12, R13
void function_hints(const World& world, std::vector<Hint>& found);  // R6, R7, R9, R10

// A hint about something in `body`, in `loop` if there is one.
Hint hint_at(const World& world, Rule rule, BodyNo body, Span where, LoopNo loop);

// Calls `visit(cell)` for every variable that the expression reads; false as soon as that says so. Functions
// are not entered.
template <class Visit>
bool all_variables(const World& world, std::uint32_t item, const ast::Expr* e, Visit&& visit) {
  bool good = true;
  std::vector<const ast::Expr*> stack;
  sema::visit_expression(e, stack, [&](const ast::Expr* x) {
    if (!good || x->kind != ast::ExprKind::Name) return;
    const CellId cell = world.program.cell(item, x->id);
    if (cell != kNone && !visit(cell)) good = false;
  });
  return good;
}

}  // namespace ml::advice
