#include "profiler/model/shares.h"

#include <algorithm>
#include <numeric>

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
  std::vector<std::size_t> order(weights.size());
  std::vector<Wide> rest(weights.size());
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Wide share = Wide{whole} * weights[i];
    parts[i] = static_cast<std::uint64_t>(share / sum);
    rest[i] = share % sum;
    given += parts[i];
  }
  const std::uint64_t missing = whole - given;  // fewer than there are parts
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return rest[a] != rest[b] ? rest[a] > rest[b] : weights[a] > weights[b];
  });
  for (std::uint64_t i = 0; i < missing; ++i) ++parts[order[i]];
  return parts;
}

}  // namespace ml::profiler
