// Any bytes as a profile of another tool: what comes out is a profile of ours, or nothing.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "lsp/profile/foreign.h"
#include "profiler/store/store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto made = ml::lsp::mlprof_of_foreign({reinterpret_cast<const char*>(data), size});
  if (made && !ml::profiler::read_mlprof(*made).profile) std::abort();
  return 0;
}
