#pragma once

#include <cstddef>

namespace ml::syntax {

// Makes tree-sitter allocate through us, for the whole process. tree-sitter 0.20 counts the children of a
// node with 16 bits and frees such a node by an address inside its block; our allocator recognises that and
// lets the block leak instead of corrupting the heap. To be called before tree-sitter allocates anything.
// Returns true.
bool install_allocator();

// A block that tree-sitter may resize and free.
void* allocate(std::size_t size);

}  // namespace ml::syntax
