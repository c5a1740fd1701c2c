#pragma once

// What changes in the files of the workspace when modules get other names or folders.

#include <map>
#include <string>
#include <vector>

#include "lsp/documents/modules.h"
#include "wire/stop.h"

namespace ml::lsp {

struct NamedEdit {
  Span span;
  std::string text;
};
using Moves = std::map<std::string, std::string, std::less<>>;  // key of a file before -> after

// Edits of imports and of the names they bind, by file (key before the move), in source order. Of imports in
// moved files too, where they would not be found from the new place. Looks at the index.
std::map<std::string, std::vector<NamedEdit>> edits_for_moves(const Moves& moves, ModuleStore& modules,
                                                              const wire::StopFlag& stop);

}  // namespace ml::lsp
