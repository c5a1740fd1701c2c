#include "lsp/server/ocaml.h"

#include <filesystem>

#include "cli/project/project_file.h"
#include "core/syntax/tree.h"

namespace ml::lsp {
namespace {

namespace fs = std::filesystem;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  for (std::size_t at = text.find(word, from); at != text.npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word(text[at - 1]);
    const bool ends = at + word.size() >= text.size() || !is_word(text[at + word.size()]);
    if (begins && ends) return at;
  }
  return text.npos;
}

// `first` and then `second` with no `;` and no `{` between.
bool has_pair(std::string_view text, std::string_view first, std::string_view second) {
  for (std::size_t at = find_word(text, first, 0); at != text.npos; at = find_word(text, first, at + 1)) {
    const std::size_t end = std::min(text.find_first_of(";{", at), text.size());
    if (find_word(text.substr(0, end), second, at) != text.npos) return true;
  }
  return false;
}

bool has_project_file(std::string_view key) {
  return key.starts_with('/') && cli::project_file_above(fs::path(key).parent_path()).has_value();
}

}  // namespace

bool looks_like_ocaml(std::string_view language_id, std::string_view text, std::string_view key) {
  if (language_id == "ocaml" || language_id == "sml") return !has_project_file(key);
  const std::string_view start = text.substr(0, 64 << 10);
  const bool signs = start.find("(*") != start.npos || start.find(";;") != start.npos ||
                     has_pair(start, "let", "in") || has_pair(start, "match", "with");
  return signs && syntax::parse(start).has_errors() && !has_project_file(key);
}

}  // namespace ml::lsp
