#include "core/syntax/halves.h"

#include <algorithm>
#include <cctype>

#include "core/base/two_threads.h"
#include "core/syntax/deterministic.h"
#include "core/syntax/join.h"
#include "core/syntax/symbols.h"
#include "core/syntax/tree.h"

namespace ml::syntax {

namespace {

constexpr std::string_view kWord = "function ";
constexpr std::size_t kKey = 32;  // bytes of a statement that its mark is made of

// What scan_mark of the scanner says about a place where a top-level statement begins. None where it would
// take knowing how to decode the text.
std::optional<bool> is_chunk_end(std::string_view text, std::size_t at) {
  constexpr std::size_t kLength = 16;
  const std::string_view key = text.substr(at, kKey);
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto c = static_cast<unsigned char>(key[i]);
    if (c == 0 || c >= 0x80) return std::nullopt;
    hash = (hash ^ c) * 0x9e3779b1u;
    if (i + 1 >= kWord.size()) hash ^= hash >> 15;  // behind the word
  }
  return (hash >> 16) % kLength == 0;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

// Whether the statement is certainly over where it ends: it ends with a `;` of its own, or is a function
// whose body is closed.
bool is_complete(TSNode statement) {
  const std::uint32_t count = ts_node_child_count(statement);
  if (count == 0) return false;
  const TSNode last = ts_node_child(statement, count - 1);
  if (ts_node_symbol(last) == tok::Semicolon) return true;
  if (ts_node_symbol(statement) != sym::FunctionStatement || ts_node_symbol(last) != sym::Block) return false;
  const TSNode brace = ts_node_child(last, ts_node_child_count(last) - 1);
  return ts_node_symbol(brace) == tok::CloseBrace && !ts_node_is_missing(brace);
}

}  // namespace

std::optional<Cut> cut_at(std::string_view text, ByteOffset at) {
  if (at == 0 || text[at - 1] != '\n' || !text.substr(at).starts_with(kWord)) return std::nullopt;
  const auto name = static_cast<unsigned char>(at + kWord.size() < text.size() ? text[at + kWord.size()] : 0);
  if (!std::isalpha(name) && name != '_') return std::nullopt;
  ByteOffset end = at;
  while (end > 0 && is_blank(text[end - 1])) --end;
  const std::optional<bool> ends_chunk = is_chunk_end(text, at);
  if (end == 0 || !ends_chunk) return std::nullopt;
  const auto newline = text.rfind('\n', end - 1);
  const std::string_view line = text.substr(newline == text.npos ? 0 : newline + 1, 2);
  const bool likely = text[end - 1] == '}' || text[end - 1] == ';' || line.starts_with('#') || line == "//";
  return likely ? std::optional(Cut{end, at, *ends_chunk}) : std::nullopt;
}

namespace {

// The mark of a short statement is made of what stands behind it, too: a cut there may not be certain.
std::optional<Cut> good_cut_at(std::string_view text, std::size_t at) {
  const auto cut = cut_at(text, static_cast<ByteOffset>(at));
  if (!cut) return cut;
  for (std::size_t end = cut->end; end > 0;) {
    const auto newline = text.rfind('\n', end - 1);
    const std::size_t begin = newline == text.npos ? 0 : newline + 1;
    const std::string_view line = text.substr(begin, end - begin);
    if (line == "}" || cut->end - begin >= kKey) return cut;
    if (!line.starts_with('#') && !line.starts_with("//")) return std::nullopt;
    for (end = begin; end > 0 && is_blank(text[end - 1]);) --end;
  }
  return cut;
}

}  // namespace

std::optional<Cut> cut_in_the_middle(std::string_view text) {
  const std::size_t middle = text.size() / 2;
  std::optional<Cut> behind, before;
  std::size_t at = middle;
  while (!behind && (at = text.find("\nfunction ", at)) < text.size() / 4 * 3) {
    behind = good_cut_at(text, ++at);
  }
  const std::size_t nearest = behind ? text.size() - behind->next : text.size() / 4;
  at = middle;
  while (!before && (at = text.rfind("\nfunction ", at)) < text.size() && at > nearest) {
    before = good_cut_at(text, at + 1);
    --at;
  }
  return before ? before : behind;
}

TreePointer parse_in_halves(std::string_view text, Cut cut) {
  TreePointer first, second;
  at_once([&] { first = run_deterministic(text.substr(0, cut.next), cut.end); },
          [&] { second = run_deterministic(text.substr(cut.end)); });
  if (!first || !second) return nullptr;
  const TSNode root = ts_tree_root_node(first.get());
  std::uint32_t count = ts_node_child_count(root), comments = 0;
  while (count > 0 && ts_node_symbol(ts_node_child(root, count - 1)) == sym::Comment) --count, ++comments;
  if (count == 0 || !is_complete(ts_node_child(root, count - 1))) return nullptr;
  return join(std::move(first), std::move(second), cut, comments);
}

}  // namespace ml::syntax
