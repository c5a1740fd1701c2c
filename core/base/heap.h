#pragma once

#include <malloc.h>

#include <cstdlib>

namespace ml {

// Lets the C allocator keep up to 256 MB of freed memory for the next use instead of returning it to the
// system at once: compiling again and again otherwise pays a page fault for every page it touches (4 % of a
// compilation). For main functions, before the first thread.
inline void keep_freed_memory() {
#ifdef M_TRIM_THRESHOLD
  constexpr int kKept = 256 << 20;
  mallopt(M_TRIM_THRESHOLD, kKept);
  mallopt(M_MMAP_THRESHOLD, kKept);
  mallopt(M_TOP_PAD, 4 << 20);
#endif
}

// The opposite, for a process at rest after keep_freed_memory: gives what is free back to the system. Of free
// memory at the end of an arena only that of the main thread's and of this thread's.
inline void return_freed_memory() {
#ifdef M_TRIM_THRESHOLD
  mallopt(M_TRIM_THRESHOLD, 0);
  mallopt(M_TOP_PAD, 0);
  // Freeing something large makes the allocator look at the end of this thread's arena; malloc_trim does not.
  void* volatile large = std::malloc(128 << 10);
  std::free(large);
  keep_freed_memory();
  malloc_trim(0);
#endif
}

}  // namespace ml
