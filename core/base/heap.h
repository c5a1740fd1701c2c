#pragma once

#include <malloc.h>

namespace ml {

// Lets the C allocator keep up to 64 MB of freed memory for the next use instead of returning it to the
// system at once: compiling again and again otherwise pays a page fault for every page it touches (4 % of a
// compilation). For main functions, before the first thread.
inline void keep_freed_memory() {
#ifdef M_TRIM_THRESHOLD
  constexpr int kKept = 64 << 20;
  mallopt(M_TRIM_THRESHOLD, kKept);
  mallopt(M_MMAP_THRESHOLD, kKept);
  mallopt(M_TOP_PAD, 4 << 20);
#endif
}

}  // namespace ml
