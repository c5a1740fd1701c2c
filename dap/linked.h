#pragma once

// Places in what a program writes to standard error, which clients show as links (editor-protocols.md 6.6):
// findings of the compiler (`FILE:LINE:COLUMN: error`) and tracebacks (`--> FILE:LINE:COLUMN`,
// `at NAME (FILE:LINE:COLUMN)`).

#include <string>
#include <string_view>
#include <vector>

namespace ml::dap {

struct Linked {
  std::string text, file;  // no file: no place
  int line = 0, column = 0;
};

// The text in pieces, each line with a place a piece of its own. Any bytes; pure.
std::vector<Linked> linked_lines(std::string_view text);

}  // namespace ml::dap
