#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ml::profiler {

// Splits `whole` into integer parts proportional to `weights`, adding up to exactly `whole`: every part is
// floored, the missing units go one by one to the largest fractions (ties: larger weight, then earlier row).
// profiler-reports.md 2. All weights zero: everything goes to the first part, if there is one.
std::vector<std::uint64_t> split(std::uint64_t whole, std::span<const std::uint64_t> weights);

}  // namespace ml::profiler
