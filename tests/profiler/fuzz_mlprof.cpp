#include <cstddef>
#include <cstdint>
#include <string_view>

#include "profiler/store/store.h"

using namespace ml::profiler;

// Whatever the bytes are: a profile or a reason; and a profile that was read is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ProfileResult read = read_mlprof({reinterpret_cast<const char*>(data), size});
  if (read.profile.has_value() == !read.error.empty()) __builtin_trap();
  if (!read.profile) return 0;
  const ProfileResult again = read_mlprof(write_mlprof(*read.profile));
  if (!again.profile) __builtin_trap();
  if (again.profile->total_ns != read.profile->total_ns) __builtin_trap();
  if (again.profile->functions.size() != read.profile->functions.size()) __builtin_trap();
  if (again.profile->tree.size() > read.profile->tree.size()) __builtin_trap();
  return 0;
}
