#include "core/text/nearest.h"

#include <algorithm>
#include <array>

namespace ml {
namespace {

constexpr std::size_t kLongest = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_but_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const std::size_t too_far = limit + 1;
  const std::size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > limit || a.size() > kLongest || b.size() > kLongest) return too_far;
  std::array<std::size_t, kLongest + 1> before{}, last{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t smallest = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
      smallest = std::min(smallest, row[j]);
    }
    if (smallest > limit) return too_far;
    before = last;
    last = row;
  }
  return std::min(last[b.size()], too_far);
}

Nearest::Nearest(std::string_view word)
    : word_(word), limit_(std::min<std::size_t>(3, std::max<std::size_t>(word.size() / 3, 1))) {}

void Nearest::offer(std::string_view candidate) {
  if (candidate.empty() || candidate == word_ || limit_ == 0) return;
  std::size_t far = limit_ + 1;
  if (same_but_case(candidate, word_)) {
    far = 1;
  } else if (word_.size() >= 3) {
    far = edit_distance(word_, candidate, limit_);
  }
  if (far > limit_) return;
  best_ = candidate;
  limit_ = far - 1;
}

}  // namespace ml
