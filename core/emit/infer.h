#pragma once

// Which types a variable, an expression, an element of an array or a property of an object can have, for the
// whole module at once and without regard to order (flow-insensitive fixpoint).
//
// Values are followed into arrays, objects and functions: every literal and every call that makes a
// container, and every function, is a *content*, and contents that one variable may hold are merged
// (union-find). What leaves the module's sight (arguments of unknown functions, thrown values, ...) merges
// into content 0, which holds anything.

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/emit/program.h"
#include "core/emit/survey.h"
#include "core/emit/types.h"

namespace ml::emit {

using ContentId = std::uint32_t;
inline constexpr ContentId kUnknownContent = 0;

struct Value {
  Types types = 0;
  ContentId content = kNone;  // of the containers and functions among them; kNone: there are none so far
};

class Inference {
 public:
  explicit Inference(const Program& program);

  // For another thread: answers the same as `solved`, whose solution it shares. `solved` must be alive.
  struct Sharing {
    Inference& solved;
  };
  explicit Inference(Sharing with);
  Inference(const Inference&) = delete;
  Inference& operator=(const Inference&) = delete;

  // Takes in more constraints.
  void extend(std::span<const Constraint> more);
  // Makes true what there is so far. Now and then between calls of `extend`, while what was looked at last is
  // in the cache: what a function gives matters to its neighbours most.
  void settle();
  // Reaches the fixpoint. Afterwards the solution changes no more and the questions below may be asked.
  void solve();

  // 0 stands for an expression no value reaches; treat it as unknown (may_be and only do).
  Types types(std::uint32_t item, const ast::Expr* e);
  // Whether the operands of `*` or `+` can both have grown so far that the size of the result must be asked
  // for: integers and `*`, texts and `+`.
  bool may_grow_large(std::uint32_t item, const ast::BinaryExpr& b);
  // What a container's elements (arrays) or values (objects) can be, when it certainly is one of `kinds`.
  Types element_types(std::uint32_t item, const ast::Expr* e, Types kinds = kArray);
  Types variable_types(CellId cell) const { return without_sizes(s_.cells[cell].value.types); }
  Types result_types(FunctionNo f) const {
    return variable_types(static_cast<CellId>(p_.variable_count() + f));
  }
  // The properties an object can have, in the order in which they were seen; none when it may be any object.
  std::vector<std::pair<NameId, Types>> fields(std::uint32_t item, const ast::Expr* e);

  // Whether the length of the array `e` can change while code runs that the caller does not see, and which
  // content it is. Code in view has to be checked with `content`.
  ContentId content(std::uint32_t item, const ast::Expr* e);
  bool resized_in_functions(ContentId c) { return s_.contents[find(c)].resized_in_functions; }

 private:
  struct Cell {
    Value value;
    std::uint32_t readers = kNone;  // list in readers_
  };
  struct Field {
    std::uint32_t name;
    CellId cell;
  };
  struct Content {
    CellId elements;            // of arrays; values under computed keys of objects
    std::vector<Field> fields;  // of objects, by NameId
    FunctionNo first_function = kNone, last_function = kNone;  // a list in next_function_
    bool read_by_key = false;                                  // then `elements` has the fields' values too
    bool resized_in_functions = false;
  };
  static Types without_sizes(Types t) { return static_cast<Types>(t & ~kSizes); }
  struct Reader {
    std::uint32_t constraint, next;
  };

  // --- solving (infer.cpp)
  void drain(std::uint32_t block);
  void evaluate(const Constraint& c);
  void join(CellId cell, Value v);
  void touch(CellId cell);
  Value read(CellId cell);
  CellId new_cell(Value v = {});
  ContentId new_content();
  ContentId site(const ast::Expr* e);
  ContentId find(ContentId c);
  ContentId unify(ContentId a, ContentId b);
  void escape(Value v);
  void escape_function(FunctionNo f);
  void add_functions(ContentId to, FunctionNo first, FunctionNo last);
  void return_value(FunctionNo f, Value v);
  ContentId function_content(const ast::Function& f);

  // --- containers (infer.cpp)
  Value merged(Value a, Value b);
  Value element_of(Value container, bool by_key);
  Value field_of(ContentId c, NameId name);
  void store_element(ContentId c, Value v);
  void store_field(ContentId c, NameId name, Value v);
  void mark_resized(ContentId c);
  Value each_of(Value iterable);

  // --- expressions (infer_values.cpp)
  void look_at(std::uint32_t item);
  Value value(const ast::Expr* e);
  Value compute(const ast::Expr* e);
  Value binary(const ast::BinaryExpr& b);
  Value index(const ast::IndexExpr& i);
  Value member(const ast::MemberExpr& m);

  // --- calls (infer_calls.cpp)
  Value call(const ast::CallExpr& c);
  Value builtin_call(std::string_view name, const ast::CallExpr& c);
  Value method_call(const ast::MemberExpr& m, const ast::CallExpr& c);
  Value array_method(std::string_view name, Value receiver, const ast::CallExpr& c);
  void call_effects(const ast::CallExpr& c);
  void method_effects(const ast::MemberExpr& m, const ast::CallExpr& c);
  void array_effects(std::string_view name, ContentId receiver, const ast::CallExpr& c);
  void callback_effects(std::string_view name, Value receiver, const ast::CallExpr& c);
  void escape_arguments(const ast::CallExpr& c);
  // Valid until the next call.
  const std::vector<Value>& argument_values(const ast::CallExpr& c);
  Value result_of(Value callee);
  void apply(Value callee, const std::vector<Value>& arguments);

  struct Solution {
    std::vector<Cell> cells;  // variables first, then results, then everything else
    std::vector<Content> contents;
    std::vector<ContentId> parents;  // by ContentId; apart from the contents: looked at far more often
    std::vector<ContentId> site;     // by node: content made there
    std::vector<const ast::Function*> function_ast;
    std::vector<ContentId> function_content;
    std::vector<FunctionNo> next_function;  // of the same content
  };

  const Program& p_;
  std::unique_ptr<Solution> own_;
  Solution& s_;  // once solved nobody writes it
  std::vector<Constraint> constraints_;
  std::vector<Reader> readers_;
  // Constraints to evaluate, in blocks of 64 neighbours: those of a block are done together, while what they
  // look at is in the cache.
  std::vector<std::uint64_t> waiting_;  // by block: a bit per constraint
  std::vector<std::uint32_t> queue_;    // every block with bits set
  std::vector<std::uint8_t> escaped_;   // by function
  std::vector<Value> arguments_;        // of argument_values
  std::vector<Value> memo_;             // of the item asked about last, by NodeId, once solved
  std::uint32_t memo_item_ = kNone;
  bool solved_ = false;
  std::uint32_t item_ = 0, current_ = kNone;
};

}  // namespace ml::emit
