#pragma once

// What folds in a file: blocks, multi-line literals and calls, runs of imports and comments, `#region`.

#include <cstdint>
#include <memory>
#include <vector>

#include "lsp/documents/revision.h"
#include "wire/stop.h"

namespace ml::lsp {

// Of one piece of the file (lsp/documents/pieces.h). Immutable; offsets and lines from the piece's begin.
struct FoldPiece {
  struct Bracket {
    Span span;
    std::uint32_t first = 0, last = 0;  // lines
  };
  struct Part {  // of a run, perhaps
    Span span;
    bool import = false;  // else a comment
  };
  std::shared_ptr<const ast::ItemChunk> chunk;  // null: never taken over
  std::uint64_t text = 0;                       // hash
  std::vector<Bracket> brackets;
  std::vector<Part> parts;
};
using FoldPieces = std::vector<std::shared_ptr<const FoldPiece>>;

// `before`: of an earlier version of the file, or empty; what an edit left alone is taken over from there.
// Throws wire::Stopped.
FoldPieces fold_pieces(const Revision& file, const FoldPieces& before, const wire::StopFlag& stop);

struct Fold {
  std::uint32_t start, end;  // lines
  Span span;
  const char* kind;  // of the protocol; null: brackets
};
// Of the whole file, by first line.
std::vector<Fold> folds_of(const Revision& file, const FoldPieces& pieces);

}  // namespace ml::lsp
