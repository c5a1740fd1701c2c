#pragma once

// Costs of lines, carried from the text that ran to the text of now. Private to lsp/profile.

#include "lsp/profile/line_map.h"
#include "lsp/profile/text_now.h"

namespace ml::lsp {

class CarriedLines {
 public:
  // `ran`: the text of the file when it ran; null: not known.
  CarriedLines(const LoadedRun& run, std::uint32_t file, std::shared_ptr<const RanText> ran,
               const TextNow& now)
      : run_(run), file_(file), ran_(std::move(ran)), t_(now) {}

  std::vector<LineCost> of_function(std::uint32_t f, const FunctionNow& now, MatchState state) const;
  void of_top_level(std::uint32_t f, std::vector<LineCost>& out) const;

 private:
  std::shared_ptr<const RanText> ran_of(std::uint32_t f) const;
  std::vector<std::uint64_t> ran_lines_of(std::uint32_t f) const;
  void add_lines(std::uint32_t f, std::uint32_t first, const std::vector<LineNow>& map, std::uint32_t row,
                 std::vector<LineCost>& out) const;

  const LoadedRun& run_;
  const std::uint32_t file_;
  const std::shared_ptr<const RanText> ran_;
  const TextNow& t_;
};

}  // namespace ml::lsp
