#pragma once

// Memory for the many small blocks of syntax trees: no header per block, and no lock while a thread takes
// what it or others gave back. Private to core/syntax.
//
// Blocks may be given back by any thread. What is given back serves later blocks of the same size;
// return_free_memory (memory.h) gives the system what no thread holds.

#include <cstddef>
#include <cstdint>

namespace ml::syntax {

// Larger blocks are malloc's business.
inline constexpr std::size_t kLargestBlock = 512;

// A block of at least `size` bytes, at most kLargestBlock; its address is 8 modulo 16. Aborts when there is
// no memory, as tree-sitter does.
void* take_block(std::size_t size);

// Whether take_block made it; malloc's addresses are multiples of 16. The block is one of the two.
inline bool is_block(const void* block) { return (reinterpret_cast<std::uintptr_t>(block) & 8) != 0; }

// Bytes of a block that take_block made.
std::size_t block_size(const void* block);

void give_block(void* block);

// Lets the other threads have what this one keeps for blocks to come. A thread that waits for its next tree
// would hold many slabs for a few blocks in each.
void share_blocks();

}  // namespace ml::syntax
