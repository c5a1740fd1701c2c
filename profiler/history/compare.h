#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "profiler/model/profile.h"

namespace ml::profiler::history {

enum class Metric : std::uint8_t { self, cum, calls, memory };
std::optional<Metric> metric_of(std::string_view name);

struct CompareOptions {
  double threshold = 10.0;           // percent; a change of exactly this much is OK
  std::uint64_t min_ns = 1'000'000;  // smaller differences of time are OK
  Metric metric = Metric::self;
};

enum class Status : std::uint8_t { regression, improvement, ok, added, gone };
std::string_view word(Status status);  // "REGRESSION", ..., "NEW", "GONE"

// One ML function before and after.
struct Change {
  std::string name, file;  // qualified name; file as reports show it; of after, if it is there
  std::string was;         // "name (file)" before, when it was renamed or moved; else empty
  std::uint32_t line = 0;
  std::uint32_t before_at = kNone, after_at = kNone;  // indices of the function in the sides' profiles
  std::optional<std::uint64_t> before, after;         // by the metric: ns, calls or bytes
  std::optional<double> percent;                      // none: nothing to compare with
  double noise_percent = 0;  // differences below this may be chance; 0: measured exactly, or not known
  Status status = Status::ok;

  bool within_noise() const;
};

// A side of the comparison: one profile, or the typical one of several.
struct Side {
  std::vector<std::string> ids;
  Profile profile;
};

struct Comparison {
  CompareOptions options;
  Side before, after;
  std::vector<Change> changes;  // largest difference first, then by name
  // Two single runs: differences of functions with at least 5 % of the ML time may be chance below this.
  double noise_percent = 0;
  bool regressed() const;
  // Whether something became worse by more than `percent`: ML Code Execution Time, or a function whose
  // difference reaches the least one and is not within noise.
  bool worse_by(double percent) const;
};

// The profile of typical numbers: medians over the profiles of each function's, and of what is no ML code;
// sums are sums of these, so that its parts add up. One profile is typical of itself. Callers, lines and the
// tree are those of the first.
Profile typical(std::span<const Profile> profiles);

// Compares functions by file and qualified name (the n-th of that name in the file with the n-th); those left
// over are the same function when body or else shape and number of parameters are equal and no other of the
// left ones has them. Neither side may be empty. profiler-reports.md 7.4
Comparison compare(std::span<const Profile> before, std::span<const Profile> after,
                   const CompareOptions& options = {});

// The report of 7.4, ending with a newline.
std::string comparison_text(const Comparison& comparison);
// One JSON document without a newline at its end.
std::string comparison_json(const Comparison& comparison);

}  // namespace ml::profiler::history
