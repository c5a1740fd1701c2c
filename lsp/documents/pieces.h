#pragma once

// A file in pieces: one per chunk of items (core/ast/module.h), with what stands around it, so that what is
// made of a file can be kept by piece and an edit costs what it changed.

#include <functional>
#include <vector>

#include "lsp/documents/revision.h"

namespace ml::lsp {

struct Piece {
  Span span;  // the pieces cover the text without gaps
  // It begins and ends with lines, and its chunk is correct ML: where its chunk and its text are those of
  // another version, so is what a feature makes of the piece alone.
  bool lasting = false;
};

// Calls make(i) for every piece of which `missing(i)` holds, on two threads if they are long: in no order.
void for_missing(const std::vector<Piece>& pieces, const std::function<bool(std::size_t)>& missing,
                 const std::function<void(std::size_t)>& make);

// Parallel to the chunks of the module; one piece, not lasting, for a file without any.
std::vector<Piece> pieces_of(const Revision& file);

}  // namespace ml::lsp
