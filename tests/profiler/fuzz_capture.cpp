#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "profiler/advice/advice.h"
#include "profiler/format/reader.h"
#include "profiler/format/writer.h"
#include "profiler/report/report.h"

using namespace ml::profiler;

namespace {

// The input's records with their checks made right: otherwise almost none would be looked into.
std::string sealed(std::string_view from) {
  capture::Encoder e;
  e.header({});
  std::string to = e.bytes();
  capture::Reader r(from.substr(std::min(from.size(), capture::kMagic.size())));
  while (r.left() > capture::kRecordHead) {
    const std::size_t length = r.u32() % 512;
    const std::uint16_t kind = r.u16() % 16;
    r.u16();
    const std::string_view payload = r.raw(std::min(length, r.left()));
    capture::Writer w(to);
    w.u32(static_cast<std::uint32_t>(payload.size()));
    w.u16(kind);
    w.u16(capture::check_of(kind, payload));
    to += payload;
  }
  return to;
}

int take(std::string_view bytes) {
  const CaptureResult read = read_capture(bytes);
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
  Profile profile = model::build(capture);
  std::array<std::uint64_t, kCategories> self{};
  std::uint64_t tree = 0;
  for (const auto& f : profile.functions) {
    self[static_cast<std::size_t>(f.category)] += f.self_ns;
    std::uint64_t lines = 0, calls = 0;
    for (const auto& line : f.lines) lines += line.self_ns;
    for (const auto& caller : f.callers) calls += caller.calls;
    if (lines != f.self_ns || calls != f.calls) __builtin_trap();
  }
  for (const auto& node : profile.tree) tree += node.self_ns;
  if (self != profile.category_ns || tree != profile.total_ns) __builtin_trap();
  profile.findings = advice::measured_findings(profile);
  report::render(profile, report::kKinds);
  report::line_report(profile);
  return 0;
}

}  // namespace

// Whatever the bytes are: no crash, and what is read adds up and prints.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  take(bytes);
  return take(sealed(bytes));
}
