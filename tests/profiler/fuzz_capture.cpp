#include <cstddef>
#include <cstdint>
#include <string_view>

#include "profiler/format/reader.h"
#include "profiler/report/report.h"

// Whatever the bytes are: no crash, and what is read adds up and prints.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ml::profiler;
  const CaptureResult read = read_capture({reinterpret_cast<const char*>(data), size});
  if (read.capture.has_value() == !read.error.empty()) __builtin_trap();
  if (!read.capture) return 0;
  // Sums of hostile 64-bit numbers may wrap; a real run ends within centuries.
  Capture capture = *read.capture;
  capture.wall_ns %= std::uint64_t{1} << 56;
  for (auto& node : capture.nodes) {
    node.cpu_ns %= 1u << 30;
    node.wait_ns %= 1u << 30;
    node.ticks %= 1u << 30;
  }
  for (auto& phase : capture.phases) phase.ns %= 1u << 30;
  const Profile profile = model::build(capture);
  std::uint64_t ml = 0;
  for (const auto& f : profile.functions)
    if (f.category == Category::ml_code) ml += f.self_ns;
  std::uint64_t phases = 0;
  for (const auto& phase : capture.phases)
    if (phase.category == Category::ml_code) phases += phase.ns;
  if (ml + phases != profile.ml_ns()) __builtin_trap();
  report::ml_summary(profile);
  return 0;
}
