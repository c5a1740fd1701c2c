#pragma once

// What can be completed at a place, decided by the tokens around it.

#include <string>

#include "lsp/semantics/cursor.h"

namespace ml::lsp {

struct CompletionContext {
  enum class Kind : std::uint8_t {
    None,
    Name,
    Member,
    Import,
    Type,
    Path,
    Capability,
    Outer
  } kind = Kind::None;
  std::string prefix;
  Span replaced;           // from the beginning of what is typed to the end of the word
  bool statement = false;  // Name: a statement may begin here
  bool in_function = false, in_loop = false, top_level = false;
  bool after_block = false;  // behind a `}`: elif, else, except, finally may follow
  std::string dotted;        // Import: what stands before the prefix, "a.b."
  ByteOffset dot = 0;        // Member: of the dot
  std::string action;        // Capability: the word before, empty for the beginning of an entry
};
CompletionContext context_of(const Cursor& cursor, const Revision& revision);

}  // namespace ml::lsp
