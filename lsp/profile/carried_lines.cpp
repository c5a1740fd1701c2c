#include "lsp/profile/carried_lines.h"

#include <algorithm>
#include <span>

namespace ml::lsp {
namespace {

LineCost cost(std::uint32_t f, const profiler::Profile::Line& l, std::uint32_t line, bool edited) {
  return {line, f, l.line, l.self_ns, l.cum_ns, l.hits, l.at_peak_bytes, edited};
}

}  // namespace

std::vector<LineCost> CarriedLines::of_function(std::uint32_t f, const FunctionNow& now,
                                                MatchState state) const {
  const auto& function = run_.function(f);
  std::vector<LineCost> out;
  if (function.lines.empty()) return out;
  const auto before = ran_of(f) ? ran_lines_of(f) : std::vector<std::uint64_t>();
  if (before.empty()) {
    // The text that ran is not known: lines of an unchanged function stay where they were in it.
    if (is_edited(state)) return out;
    for (const auto& l : function.lines)
      if (l.line >= function.line && now.row() + l.line - function.line <= now.end_row())
        out.push_back(cost(f, l, now.row() + l.line - function.line, false));
    return out;
  }
  add_lines(f, function.line, map_lines(before, t_.lines(now.row(), now.end_row())), now.row(), out);
  return out;
}

// A function that comes from another file ran with that file's text.
std::shared_ptr<const RanText> CarriedLines::ran_of(std::uint32_t f) const {
  const std::uint32_t file = run_.function(f).file;
  return file == file_ ? ran_ : run_.ran_text(file);
}

std::vector<std::uint64_t> CarriedLines::ran_lines_of(std::uint32_t f) const {
  const auto ran = ran_of(f);
  const auto& function = run_.function(f);
  if (function.line == 0 || function.line > ran->lines.size()) return {};
  const auto last = std::min<std::size_t>(std::max(function.line, function.end_line), ran->lines.size());
  return {ran->lines.begin() + function.line - 1, ran->lines.begin() + static_cast<std::ptrdiff_t>(last)};
}

void CarriedLines::add_lines(std::uint32_t f, std::uint32_t first, const std::vector<LineNow>& map,
                             std::uint32_t row, std::vector<LineCost>& out) const {
  for (const auto& l : run_.function(f).lines) {
    if (l.line < first || l.line - first >= map.size()) continue;
    const LineNow& now = map[l.line - first];
    if (now.there) out.push_back(cost(f, l, row + now.line, now.edited));
  }
}

void CarriedLines::of_top_level(std::uint32_t f, std::vector<LineCost>& out) const {
  const auto& lines = run_.function(f).lines;
  if (lines.empty()) return;
  if (!ran_) {
    const auto& file = run_.profile.files[file_];
    if (file.line_count == t_.text().line_count() || file.line_count + 1 == t_.text().line_count())
      for (const auto& l : lines)
        if (l.line > 0 && l.line <= t_.text().line_count()) out.push_back(cost(f, l, l.line - 1, false));
    return;
  }
  std::vector<std::uint64_t> before, now;
  for (const auto& s : ran_->statements) before.push_back(s.body_hash);
  for (const TopStatement& t : t_.top) now.push_back(t.part->keys.body_hash);
  const std::vector<LineNow> map = map_lines(before, now);
  for (std::size_t i = 0; i < map.size(); ++i) {
    const RanText::Statement& s = ran_->statements[i];
    const auto any = std::any_of(lines.begin(), lines.end(),
                                 [&](const auto& l) { return l.line >= s.line && l.line <= s.end_line; });
    if (!map[i].there || !any || s.end_line > ran_->lines.size()) continue;
    const TopStatement& to = t_.top[map[i].line];
    const std::span<const std::uint64_t> old(ran_->lines.data() + s.line - 1, s.end_line - s.line + 1);
    add_lines(f, s.line, map_lines(old, t_.lines(to.row, to.end_row)), to.row, out);
  }
}

}  // namespace ml::lsp
