#include "lsp/profile/line_map.h"

#include <algorithm>

namespace ml::lsp {
namespace {

constexpr std::size_t kMostCells = 1 << 20;

using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

void longest(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b, std::uint32_t offset,
             Pairs& out) {
  const std::size_t n = a.size(), m = b.size();
  if (n == 0 || m == 0 || n * m > kMostCells) return;
  // length[i][j]: of what is common to a from i and b from j.
  std::vector<std::uint32_t> length((n + 1) * (m + 1));
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& { return length[i * (m + 1) + j]; };
  for (std::size_t i = n; i-- > 0;)
    for (std::size_t j = m; j-- > 0;)
      at(i, j) = a[i] == b[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
  for (std::size_t i = 0, j = 0; i < n && j < m;) {
    if (a[i] == b[j])
      out.emplace_back(offset + i++, offset + j++);
    else if (at(i + 1, j) >= at(i, j + 1))
      ++i;
    else
      ++j;
  }
}

}  // namespace

Pairs common(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t begin = 0, end = 0;
  while (begin < most && a[begin] == b[begin]) ++begin;
  while (end < most - begin && a[a.size() - 1 - end] == b[b.size() - 1 - end]) ++end;
  Pairs out;
  for (std::uint32_t i = 0; i < begin; ++i) out.emplace_back(i, i);
  longest(a.subspan(begin, a.size() - begin - end), b.subspan(begin, b.size() - begin - end),
          static_cast<std::uint32_t>(begin), out);
  for (std::size_t i = end; i > 0; --i)
    out.emplace_back(static_cast<std::uint32_t>(a.size() - i), static_cast<std::uint32_t>(b.size() - i));
  return out;
}

std::vector<LineNow> map_lines(std::span<const std::uint64_t> before, std::span<const std::uint64_t> now) {
  std::vector<LineNow> out(before.size());
  std::uint32_t i = 0, j = 0;
  const auto gap = [&](std::uint32_t to_i, std::uint32_t to_j) {
    std::vector<std::uint32_t> left, right;
    for (std::uint32_t k = i; k < to_i; ++k)
      if (before[k] != 0) left.push_back(k);
    for (std::uint32_t k = j; k < to_j; ++k)
      if (now[k] != 0) right.push_back(k);
    if (left.size() == right.size())
      for (std::size_t k = 0; k < left.size(); ++k) out[left[k]] = {right[k], true, true};
    i = to_i, j = to_j;
  };
  for (const auto& [x, y] : common(before, now)) {
    gap(x, y);
    out[x] = {y, true, false};
    i = x + 1, j = y + 1;
  }
  gap(static_cast<std::uint32_t>(before.size()), static_cast<std::uint32_t>(now.size()));
  return out;
}

double similarity(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  const auto plain = [](std::span<const std::uint64_t> from) {
    std::vector<std::uint64_t> out;
    std::copy_if(from.begin(), from.end(), std::back_inserter(out), [](std::uint64_t h) { return h != 0; });
    return out;
  };
  const auto x = plain(a), y = plain(b);
  if (x.empty() || y.empty()) return 0;
  return 2.0 * static_cast<double>(common(x, y).size()) / static_cast<double>(x.size() + y.size());
}

}  // namespace ml::lsp
