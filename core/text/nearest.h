#pragma once

#include <cstddef>
#include <string_view>

namespace ml {

// Finds "did you mean" candidates: the offered word with the smallest edit distance (insert, delete, replace,
// swap of neighbours), within a third of the length of `word` and at most 3. Letters that differ in case only
// count as one step for the whole word. Among equals the first offered wins, so offer inner scopes first.
// Words shorter than three letters match only by case. Keeps views: candidates must outlive it.
class Nearest {
 public:
  explicit Nearest(std::string_view word);
  void offer(std::string_view candidate);
  std::string_view best() const { return best_; }  // empty: nothing close

 private:
  std::string_view word_, best_;
  std::size_t limit_;  // a candidate must be at most this far
};

// The distance used above, or `limit + 1` as soon as it is larger. Words over 64 bytes are never close.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace ml
