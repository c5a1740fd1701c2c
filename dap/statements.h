#pragma once

// Where a file can be stopped at: its statements in order of begin, as section 6.4 of editor-protocols.md
// counts them. Made from the syntax alone.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/line_index.h"
#include "core/text/span.h"

namespace ml::dap {

struct Function {
  std::string name;  // "outer.inner"; an anonymous one is called like the variable it begins as, else "fn"
  Span span;
  int parent = -1;      // index of the function around it; -1: top level
  int first_stop = -1;  // of its body
};

struct Stop {
  Span span;          // the whole statement, with its blocks
  int function = -1;  // index; -1: top level
  int block = 0;      // the innermost body of a loop, try or handler, each with a number; kClosed: none that
                      // a jump may begin or end in
  static constexpr int kClosed = -1;
};

// A call in a statement, or a function that is an operand there (callee is empty), in order of evaluation.
struct CallSite {
  int stop = -1;
  Span callee, whole;
};

struct Statements {
  std::vector<Stop> stops;
  std::vector<CallSite> calls;
  std::vector<Function> functions;
  std::string table;  // for the agent (runtime/native/debugger/places.h)
};

Statements find_statements(std::string_view text, const LineIndex& lines);

// A file as the debugger sees it. Immutable; keeps the text its index points into.
struct Source {
  std::string path, text;
  LineIndex lines;
  Statements statements;
  explicit Source(std::string file, std::string content)
      : path(std::move(file)),
        text(std::move(content)),
        lines(text),
        statements(find_statements(text, lines)) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // The stop for a breakpoint: on the line (from 1), at the column (from 0, UTF-16 units; -1: the first),
  // else the next one of the same function, else the one before; -1 when there is none.
  int stop_for(int line, int column) const;
  // The stop that is most likely the same as one of an older text: the function around it is called the same,
  // and its first line is; of several, the one with as many of them before it. -1 when there is none.
  int stop_like(const Source& older, int stop) const;
  // The innermost stop that holds the place; -1.
  int stop_at(int line, int byte_column) const;
};

// Null when the file cannot be read.
std::shared_ptr<const Source> read_source(const std::string& path);

}  // namespace ml::dap
