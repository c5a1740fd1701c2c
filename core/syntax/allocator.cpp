#include "core/syntax/allocator.h"

#include <tree_sitter/api.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>

namespace ml::syntax {

namespace {

// Stands before every block. The mark depends on a number that a text cannot know, so contents of a block are
// never taken for it.
struct alignas(std::max_align_t) Header {
  std::uint64_t mark;
};

const std::uint64_t kSecret = [] {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}();

std::uint64_t mark_of(const Header* header) { return reinterpret_cast<std::uintptr_t>(header) ^ kSecret; }

Header* header_of(void* block) { return static_cast<Header*>(block) - 1; }

void* finish(void* memory) {
  if (!memory) std::abort();  // as tree-sitter's own allocator does
  auto* header = static_cast<Header*>(memory);
  header->mark = mark_of(header);
  return header + 1;
}

void* allocate(std::size_t size) { return finish(std::malloc(size + sizeof(Header))); }

void* allocate_zeroed(std::size_t count, std::size_t size) {
  if (size != 0 && count > (std::numeric_limits<std::size_t>::max() - sizeof(Header)) / size) std::abort();
  return finish(std::calloc(1, count * size + sizeof(Header)));
}

void* reallocate(void* block, std::size_t size) {
  return finish(std::realloc(block ? header_of(block) : nullptr, size + sizeof(Header)));
}

void release(void* block) {
  if (!block) return;
  Header* header = header_of(block);
  if (header->mark != mark_of(header)) return;
  header->mark = 0;
  std::free(header);
}

}  // namespace

bool install_allocator() {
  ts_set_allocator(allocate, allocate_zeroed, reallocate, release);
  return true;
}

}  // namespace ml::syntax
