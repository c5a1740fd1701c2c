// Time from the bytes of a capture to the texts of all reports. Prints one JSON object per line: id, value
// (ms of processor time, median).
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

#include "profiler/advice/advice.h"
#include "profiler/format/reader.h"
#include "profiler/format/writer.h"
#include "profiler/model/profile.h"
#include "profiler/report/report.h"

using namespace ml::profiler;

namespace {

constexpr std::uint32_t kFunctions = 1'000, kSamples = 1'000'000;

// A million samples of a thousand functions at `places` places of the calling-context tree, up to about 40
// deep, in records as a long run streams them: running totals of what changed, four times a second.
std::string capture_of(std::uint32_t places) {
  using namespace capture;
  std::mt19937_64 random(1);
  Encoder e;
  Header h;
  h.python = 0x030b02f0;
  h.interpreter = "3.11.2";
  h.counting = Counting::entry_constant;
  e.header(h);
  e.file(0, {"main.ml"});
  std::vector<Encoder::Count> counts;
  for (std::uint32_t i = 0; i < kFunctions; ++i) {
    e.function(i, {0, 1 + 20 * i, Category::ml_code, FunctionKind::ml,
                   i == 0 ? "(top level)" : fmt::format("function_{}", i)});
    counts.push_back({i, i == 0 ? 1 : 1 + random() % 1'000'000});
  }
  std::vector<Encoder::NewNode> nodes;
  std::vector<Encoder::Weight> weights;
  std::vector<std::uint32_t> depth;
  for (std::uint32_t i = 0; i < places; ++i) {
    std::uint32_t parent = i == 0 ? kNone : static_cast<std::uint32_t>(random() % i);
    if (i != 0 && depth[parent] > 40) parent = 0;
    depth.push_back(i == 0 ? 0 : depth[parent] + 1);
    const auto function = i == 0 ? 0u : static_cast<std::uint32_t>(1 + random() % (kFunctions - 1));
    nodes.push_back({i, parent, function, 20 * function + 1 + static_cast<std::uint32_t>(random() % 19)});
    weights.push_back({i, 0, 0, 0});
  }
  e.nodes(nodes);
  for (std::uint32_t sample = 0; sample < kSamples;) {
    std::vector<Encoder::Weight> changed;
    for (const std::uint32_t end = std::min(kSamples, sample + 250); sample < end; ++sample) {
      Encoder::Weight& w = weights[random() % places];
      ++w.ticks;
      w.cpu_ns += 1'000'000;
      changed.push_back(w);
    }
    e.samples(changed);
  }
  e.counts(counts);
  e.end(kSamples * std::uint64_t{1'000'000}, kSamples * std::uint64_t{1'000'000});
  return e.bytes();
}

void measure(const char* id, std::uint32_t places) {
  const std::string bytes = capture_of(places);
  std::vector<double> times;
  std::size_t written = 0;
  for (int round = 0; round < 5; ++round) {
    const std::clock_t begin = std::clock();
    const CaptureResult read = read_capture(bytes);
    if (!read.capture) std::abort();
    Profile p = model::build(*read.capture);
    p.findings = advice::measured_findings(p);
    written += report::render(p, report::kKinds).size();
    times.push_back(1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  std::nth_element(times.begin(), times.begin() + 2, times.end());
  fmt::print(
      "{{\"id\": \"{}\", \"value\": {:.2f}, \"note\": \"{:.1f} MB, {} places, {} functions; all five "
      "reports\"}}\n",
      id, times[2], static_cast<double>(bytes.size()) / 1e6, places, kFunctions);
  if (written == 0) std::abort();
}

}  // namespace

int main() {
  measure("report of 1,000,000 samples", 20'000);
  measure("report of 1,000,000 samples, each of its own place", 1'000'000);
}
