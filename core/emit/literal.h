#pragma once

// Constants of ML as Python source. Nothing of the ML text is pasted unseen: what comes out is a Python
// string or number and nothing else (security.md 3.1, R4).

#include <string>
#include <string_view>

namespace ml::emit {

// Appends a Python string literal in double quotes. Letters, CJK, symbols and emoji stay readable; everything
// that cannot be seen, turns text around or is unassigned is escaped.
void append_string(std::string& to, std::string_view utf8);

// Appends a number; `text` is as written in ML (language.md 1.5). Long integers are split, because Python
// refuses decimal literals of more than 4300 digits. Returns false when the result is an operation and needs
// parentheses.
bool append_number(std::string& to, std::string_view text, bool is_float);

// Keywords of Python 3.11 to 3.13, soft ones excluded.
bool is_python_keyword(std::string_view word);

}  // namespace ml::emit
