#include "dap/linked.h"

#include <charconv>

namespace ml::dap {
namespace {

bool number(std::string_view text, int& to) {
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), to);
  return bad == std::errc() && end == text.data() + text.size() && to > 0;
}

// FILE:LINE:COLUMN
bool place(std::string_view text, Linked& to) {
  const auto second = text.rfind(':');
  if (second == text.npos || second == 0) return false;
  const auto first = text.rfind(':', second - 1);
  if (first == text.npos || first == 0) return false;
  if (!number(text.substr(second + 1), to.column) ||
      !number(text.substr(first + 1, second - first - 1), to.line))
    return false;
  to.file = text.substr(0, first);
  return true;
}

bool find_place(std::string_view line, Linked& to) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  const auto begin = line.find_first_not_of(' ');
  if (begin == line.npos) return false;
  const std::string_view rest = line.substr(begin);
  if (rest.starts_with("--> ")) return place(rest.substr(4), to);
  if (rest.starts_with("at ") && rest.ends_with(')')) {
    const auto open = rest.rfind(" (");
    return open != rest.npos && place(rest.substr(open + 2, rest.size() - open - 3), to);
  }
  for (const std::string_view kind : {": error", ": warning"}) {
    const auto end = rest.find(kind);
    if (begin == 0 && end != rest.npos && place(rest.substr(0, end), to)) return true;
  }
  return false;
}

}  // namespace

std::vector<Linked> linked_lines(std::string_view text) {
  std::vector<Linked> pieces;
  bool open = false;  // the last piece takes more
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end == text.npos ? end : end + 1);
    text.remove_prefix(line.size());
    Linked piece;
    const bool found = find_place(line, piece);
    if (!found && open) {
      pieces.back().text += line;
      continue;
    }
    open = !found;
    if (!found) piece = {};
    piece.text = line;
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace ml::dap
