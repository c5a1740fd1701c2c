#pragma once

// Adding imports to a file.

#include <string>
#include <string_view>

#include "lsp/documents/revision.h"

namespace ml::lsp {

struct Insertion {
  ByteOffset at = 0;
  std::string text;
};
// The edit that adds `import dotted;`: behind the last import of the file, else behind the comment at its
// top.
Insertion import_insertion(const Revision& revision, std::string_view dotted);

// How the file writes a module: the alias or dotted path of an import it has, or empty.
std::string imported_as(const Revision& revision, std::string_view dotted);

// Letters of `pattern` in this order in `word`, whatever their case. Higher is better, 0: they are not.
int fuzzy_score(std::string_view pattern, std::string_view word);
// The same for completion: the first letter has to begin a part of the word (`pr` fits `print`, `map_prices`
// and `toPrice`, not `expr`).
bool completes(std::string_view prefix, std::string_view word);

}  // namespace ml::lsp
