#include "profiler/model/shares.h"

#include <algorithm>

namespace ml::profiler {

__extension__ using Wide = unsigned __int128;

std::vector<std::uint64_t> split(std::uint64_t whole, std::span<const std::uint64_t> weights) {
  std::vector<std::uint64_t> parts(weights.size());
  if (parts.empty()) return parts;
  Wide sum = 0;
  for (const std::uint64_t w : weights) sum += w;
  if (sum == 0) {
    parts[0] = whole;
    return parts;
  }
  std::vector<std::uint32_t> order;
  std::vector<Wide> rest(weights.size());
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    const Wide share = Wide{whole} * weights[i];
    if (share >> 64 == 0 && sum >> 64 == 0) {  // much quicker, and the usual case
      const auto small = static_cast<std::uint64_t>(share), by = static_cast<std::uint64_t>(sum);
      parts[i] = small / by;
      rest[i] = small % by;
    } else {
      parts[i] = static_cast<std::uint64_t>(share / sum);
      rest[i] = share % sum;
    }
    given += parts[i];
    if (rest[i] != 0) order.push_back(static_cast<std::uint32_t>(i));
  }
  const std::uint64_t missing = whole - given;  // fewer than there are fractions
  const auto last = order.begin() + static_cast<std::ptrdiff_t>(missing);
  std::nth_element(order.begin(), last, order.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (rest[a] != rest[b]) return rest[a] > rest[b];
    return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
  });
  for (auto at = order.begin(); at != last; ++at) ++parts[*at];
  return parts;
}

}  // namespace ml::profiler
