#include "dap/printed.h"

#include <algorithm>
#include <charconv>

namespace ml::dap {
namespace {

constexpr std::string_view kEnd = "\x1b\\";

}  // namespace

void PrintedReader::plain(std::string_view text, std::vector<Printed>& to) const {
  if (!text.empty()) to.push_back({std::string(text), file_, line_});
}

// `;LINE;FILE`, or nothing at the end of what was printed there.
void PrintedReader::mark(std::string_view words) {
  file_.clear(), line_ = 0;
  if (words.empty()) return;
  words.remove_prefix(1);
  const char* end = words.data() + words.size();
  const auto [behind, bad] = std::from_chars(words.data(), end, line_);
  if (bad == std::errc() && line_ > 0 && behind != end && *behind == ';') file_.assign(behind + 1, end);
}

std::vector<Printed> PrintedReader::add(std::string_view more) {
  std::vector<Printed> found;
  const bool last = more.empty();
  std::string together;
  if (!kept_.empty()) {
    together = std::move(kept_) + std::string(more);
    kept_.clear();
    more = together;
  }
  if (begin_.empty()) {
    plain(more, found);
    return found;
  }
  std::size_t from = 0;  // where the next mark is looked for
  while (from < more.size()) {
    const std::size_t at = more.find(begin_[0], from);
    if (at == more.npos) break;
    const std::string_view rest = more.substr(at), head = rest.substr(0, begin_.size());
    const bool begun = begin_.starts_with(head);
    const std::size_t end =
        begun && head.size() == begin_.size() ? rest.substr(0, kMostMark).find(kEnd, head.size()) : rest.npos;
    if (begun && end != rest.npos) {
      plain(more.substr(0, at), found);
      mark(rest.substr(head.size(), end - head.size()));
      more = rest.substr(end + kEnd.size());
      from = 0;
    } else if (begun && !last && rest.size() < kMostMark) {
      plain(more.substr(0, at), found);
      kept_ = rest;
      return found;
    } else {
      from = at + 1;
    }
  }
  plain(more, found);
  return found;
}

}  // namespace ml::dap
