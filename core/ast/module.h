#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/ast/nodes.h"
#include "core/base/arena.h"
#include "core/base/chunked_list.h"
#include "core/diag/diagnostic.h"

namespace ml::ast {

// One top-level statement with everything in it. Immutable and shared between the module before and after an
// edit that did not touch it.
struct Item {
  Arena arena{512};
  const Stmt* stmt = nullptr;
  std::string_view text;                // of the statement, kept in the arena
  std::uint32_t declarations = 0;       // named functions, imports, capabilities; also inner ones
  std::uint32_t node_count = 0;         // NodeIds of the item are 0 .. node_count-1
  std::vector<Diagnostic> diagnostics;  // left empty by build(): syntax findings stand in Module::diagnostics
  bool refused = false;                 // not correct ML: holds Bad nodes, and the module has a finding of it
  bool too_deep = false;                // refused because it is nested too deeply
};

// An item of a module. A view: valid as long as the module.
struct PlacedItem {
  const std::shared_ptr<const Item>& item;
  ByteOffset start;  // of the item in the file
  ByteOffset end;
};

// Where a chunk stands in one version of the file.
struct ChunkPlace {
  ByteOffset start = 0;  // of the chunk in the file

  // For build() after an edit. The chunk_end node behind the chunk: its address, 0 if the chunk cannot be
  // taken over; its offset; its index among the children of the root, and that of the first item.
  std::uint64_t end_node = 0;
  ByteOffset end_offset = 0;
  std::uint32_t end_child = 0, first_child = 0;
};

// Some items in a row, immutable.
struct ItemChunk {
  struct Entry {
    std::shared_ptr<const Item> item;
    ByteOffset start = 0, end = 0;  // relative to the chunk
    std::uint64_t node = 0;         // syntax::identity of its node, for build() after an edit
  };
  std::vector<Entry> entries;
  bool refused = false;  // any of them is
  // Some are characters that belong to nothing: they may stand before what is the chunk to the parser.
  bool strays = false;

  std::size_t size() const { return entries.size(); }
  PlacedItem at(std::size_t index, const ChunkPlace& place) const {
    const Entry& entry = entries[index];
    return {entry.item, place.start + entry.start, place.start + entry.end};
  }
};

// A whole file: its items in source order, and its syntax findings in source order (file offsets).
struct Module {
  ChunkedList<ItemChunk, ChunkPlace> items;
  std::vector<Diagnostic> diagnostics;

  // For build() after an edit.
  std::uint32_t root_children = 0;
  bool valid_text = false;  // the text is UTF-8
};

}  // namespace ml::ast
