#pragma once

// One walk over the module before inference: what has to be solved (constraints), and the facts about
// variables and expressions that need no types.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/emit/program.h"

namespace ml::emit {

// What `infer.h` has to make true. `node` is an Expr or Stmt as the kind says.
struct Constraint {
  enum class Kind : std::uint8_t {
    Bind,      // variable `target` may hold the value of expression `node`
    BindType,  // variable `target` may hold the types that `node` is (as a number)
    Function,  // variable `target` may hold the ast::Function `node`
    Return,    // function `target` may return the value of expression `node`
    Yield,     // generator `target` may yield the value of expression `node`
    Call,      // effects of CallExpr `node`, in function `target`
    Items,     // ArrayExpr `node` holds the values of its items
    Fields,    // ObjectExpr `node` holds the values of its properties
    Store,     // AssignStmt `node` to an index, slice or member, in function `target`
    Each,      // variable `target` takes the elements of expression `node`
    Unpack,    // UnpackStmt `node`
    Escape,    // the value of expression `node` goes where nobody follows it
  } kind;
  std::uint32_t item;
  std::uint32_t target;
  const void* node;
};

enum NodeFlag : std::uint8_t {
  kNeedsDef = 1,    // holds a function that Python has to define by a statement
  kHasEffects = 2,  // evaluating it may run calls
};

enum VariableFlag : std::uint8_t {
  kAssignedElsewhere = 1,  // bound by a function nested in its owner (module variables: by any function)
  kReadAfterLoop = 2,      // read somewhere that is not inside a C-style `for` that initialises it
  kMaybeNotPositive = 4,   // some binding is no positive integer for certain
  kMaybeShared = 8,        // some binding is no array literal: others may hold the same array
};

struct Survey {
  std::vector<std::uint8_t> nodes;      // NodeFlag by Program::node
  std::vector<std::uint8_t> variables;  // VariableFlag by CellId
  std::vector<Span> too_deep;  // file offsets of expressions nested too deeply; nothing below was looked at
};

// Walks the items one by one, so that each can be looked at further while it is in the cache.
class Surveyor {
 public:
  explicit Surveyor(const Program& program);
  ~Surveyor();

  // Adds what the item says to `found`, and its constraints to `constraints`. Any order; each item once.
  void item(std::uint32_t index, std::vector<Constraint>& constraints);
  const Survey& found() const;

 private:
  class Walker;
  std::unique_ptr<Walker> walker_;
};

// Methods of arrays that call their first argument with elements of the array.
bool is_callback_method(std::string_view name);

}  // namespace ml::emit
