#pragma once

// What makes a function known again after an edit, in a profile and in an editor (editor-protocols.md 4.1).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/syntax/tree.h"
#include "core/text/span.h"

namespace ml::ast {

struct FunctionKey {
  std::vector<std::string> path;  // names of the enclosing functions, outermost first
  std::string name;               // "(anonymous)" without one; "(top level)" for the file
  std::uint32_t ordinal = 0;      // which of the functions with this path and name in the file, from 0
  std::uint32_t arity = 0;        // parameters
  bool arrow = false;             // `x => ...`, `fn(x) => ...`
  Span span;                      // of the whole function
  Span name_span;                 // empty, at its begin, without a name
  std::uint32_t line = 1, end_line = 1;
  // Of parameters and body, without comments, layout and the function's own name; stable between runs and
  // versions of mlpy. `shape` leaves names and literals out. That of the file leaves its function
  // declarations out.
  std::uint64_t shape_hash = 0, body_hash = 0;
};

// Of every function of the file, in source order, after the top-level code as the first. `text` is what the
// tree was parsed from. Takes time for the number of nodes, whatever the nesting.
std::vector<FunctionKey> function_keys(const syntax::Tree& tree, std::string_view text);

// The same for one child of the root, so that an edit costs the statement it is in. Spans are relative to
// its begin, lines to its first line, which is 1; ordinals count within it.
struct StatementKeys {
  std::vector<FunctionKey> functions;
  std::uint64_t shape_hash = 0, body_hash = 0;  // of the statement
  bool counts = false;                          // towards the hashes of the file
};
// Names that changed: what the text has -> what hashes shall be made of.
using Renames = std::map<std::string, std::string, std::less<>>;
StatementKeys statement_keys(TSNode node, std::string_view text, const Renames* renames = nullptr);

// The hashes of the file from those of the statements that count, in order.
class FileHash {
 public:
  FileHash();
  void add(const StatementKeys& statement);
  std::uint64_t shape() const { return shape_; }
  std::uint64_t body() const { return body_; }

 private:
  std::uint64_t shape_, body_;
};

}  // namespace ml::ast
