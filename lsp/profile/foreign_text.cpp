#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "lsp/profile/foreign.h"
#include "lsp/profile/tally.h"

namespace ml::lsp {
namespace {

constexpr std::size_t kMostFrames = 10'000;  // of one stack

// Calls `take(line)` without the ends of lines, until it returns false.
template <class Take>
bool each_line(std::string_view text, Take&& take) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!take(line)) return false;
    at = end + 1;
  }
  return true;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc() || stop != end) return std::nullopt;
  return value;
}

// Callgrind format specification, version 1; the first event counts, as nanoseconds.
class Callgrind {
 public:
  std::optional<std::string> read(std::string_view text) {
    if (!text.starts_with("# callgrind format") && text.substr(0, 4096).find("\nevents:") == text.npos)
      return std::nullopt;
    each_line(text, [&](std::string_view line) {
      take(line);
      return true;
    });
    return tally_.empty() ? std::nullopt : std::optional(tally_.mlprof("callgrind"));
  }

 private:
  void take(std::string_view line) {
    if (line.empty() || line.starts_with('#')) return;
    const std::size_t equals = line.find('=');
    if (equals != line.npos && equals <= 5 && line.find(' ') > equals) {
      const std::string_view key = line.substr(0, equals), value = line.substr(equals + 1);
      if (key == "fl" || key == "fi" || key == "fe") file_ = name_of(value, files_);
      if (key == "fl") function_file_ = file_;
      if (key == "fn") function_ = name_of(value, functions_), callee_file_.clear();
      if (key == "cfi" || key == "cfl") callee_file_ = name_of(value, files_);
      if (key == "cfn") callee_ = name_of(value, functions_);
      if (key == "calls") {
        calls_ = number_of(value.substr(0, value.find(' '))).value_or(0);
        is_call_ = true;
      }
      return;
    }
    const bool position =
        (line[0] >= '0' && line[0] <= '9') || line[0] == '+' || line[0] == '-' || line[0] == '*';
    if (!position || function_.empty()) return;
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < line.size() && words.size() <= positions_ + 1;) {
      const std::size_t end = std::min(line.find(' ', at), line.size());
      if (end > at) words.push_back(line.substr(at, end - at));
      at = end + 1;
    }
    if (words.size() <= positions_) return;
    const std::string_view where = words[positions_ - 1];
    if (where == "*") {
    } else if (where[0] == '+' || where[0] == '-') {
      const auto by = static_cast<std::uint32_t>(number_of(where.substr(1)).value_or(0));
      line_ = where[0] == '+' ? line_ + by : line_ - std::min(by, line_);
    } else {
      line_ = static_cast<std::uint32_t>(number_of(where).value_or(0));
    }
    const std::uint64_t cost = number_of(words[positions_]).value_or(0);
    const std::uint32_t caller = tally_.frame(function_, function_file_, 0);
    if (is_call_)
      tally_.call(caller, tally_.frame(callee_, callee_file_.empty() ? function_file_ : callee_file_, 0),
                  line_, calls_, cost);
    else
      tally_.own(caller, line_, cost);
    is_call_ = false;
  }
  // "(1) name" says what "(1)" will mean.
  static std::string name_of(std::string_view value, std::map<std::uint64_t, std::string>& known) {
    const std::size_t close = value.find(')');
    const auto id =
        value.starts_with('(') && close != value.npos ? number_of(value.substr(1, close - 1)) : std::nullopt;
    if (!id) return std::string(value);
    if (close + 1 < value.size()) known[*id] = value.substr(std::min(close + 2, value.size()));
    return known[*id];
  }

  Tally tally_;
  std::map<std::uint64_t, std::string> files_, functions_;
  std::string file_, function_file_, function_, callee_file_, callee_;
  std::uint32_t line_ = 0;
  std::uint64_t calls_ = 0;
  std::size_t positions_ = 1;
  bool is_call_ = false;
};

}  // namespace

std::optional<std::string> mlprof_of_callgrind(std::string_view text) { return Callgrind().read(text); }

std::optional<std::string> mlprof_of_folded(std::string_view text) {
  Tally tally;
  const bool folded = each_line(text, [&](std::string_view line) {
    if (line.empty()) return true;
    const std::size_t space = line.rfind(' ');
    const auto weight = space == line.npos ? std::nullopt : number_of(line.substr(space + 1));
    if (!weight) return false;
    std::vector<std::uint32_t> stack;
    for (std::string_view rest = line.substr(0, space); stack.size() < kMostFrames;) {
      const std::size_t end = rest.find(';');
      if (end != 0) stack.push_back(tally.frame_of_title(rest.substr(0, end)));
      if (end == rest.npos) break;
      rest.remove_prefix(end + 1);
    }
    tally.stack(stack, std::min(*weight, UINT64_MAX / 1000) * 1000, 1);
    return true;
  });
  return folded && !tally.empty() ? std::optional(tally.mlprof("folded")) : std::nullopt;
}

}  // namespace ml::lsp
