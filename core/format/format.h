#pragma once

// The formatter: layout only. It changes white space between tokens, adds `;` where one may be left out, and
// nothing else (quotes when the options say so): comments stay, and the text parses to the same tree.
//
// Formatting twice gives what formatting once gives. A statement with a syntax error stays as it is, byte by
// byte; the statements around it are formatted. Pure functions; offsets are bytes of `text`.
//
// Layout. One statement on a line; at most one blank line is kept. What fits on a line stands on one line:
// lists, calls and operators are broken when it does not, arrays and objects also when the author broke after
// the opening bracket, member chains where the author broke before `.`. A block on one line stays there when
// it is short. `//` is floor division only by what surrounds it (language.md 1.3): a line never begins or
// ends with it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/syntax/tree.h"
#include "core/text/span.h"

namespace ml::format {

enum class Quotes : std::uint8_t { Keep, Double, Single };

struct Options {
  unsigned line_width = 100;  // columns, code points
  unsigned indent = 4;        // columns of a level
  bool tabs = false;          // a level is a tab
  Quotes quotes = Quotes::Keep;
  bool insert_final_newline = true, trim_final_newlines = true;
};

struct Edit {
  Span span;
  std::string text;
};

// The edits that format the whole text, in order and disjoint; empty when it is formatted. `tree` is the tree
// of `text`.
std::vector<Edit> format(const syntax::Tree& tree, std::string_view text, const Options& options);

// The same for the statements that touch `range`, in the innermost block that holds it. Takes time for these
// statements.
std::vector<Edit> format_range(const syntax::Tree& tree, std::string_view text, Span range,
                               const Options& options);

std::string applied(std::string_view text, const std::vector<Edit>& edits);

// `text` formatted: parse, format, applied.
std::string formatted(std::string_view text, const Options& options);

}  // namespace ml::format
