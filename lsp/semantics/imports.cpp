#include "lsp/semantics/imports.h"

#include "core/text/utf8.h"

namespace ml::lsp {

Insertion import_insertion(const Revision& revision, std::string_view dotted) {
  const DocumentText& text = revision.text();
  const std::string line = "import " + std::string(dotted) + ";";
  const char* end_of_line = text.text().find("\r\n") != std::string_view::npos ? "\r\n" : "\n";
  const auto& imports = revision.parsed().import_lines;
  if (!imports.empty()) return {imports.back().statement.end, end_of_line + line};
  std::uint32_t at = 0;
  bool block = false;
  for (; at < text.line_count(); ++at) {
    std::string_view s = text.line_text(at);
    if (at == 0 && starts_with_bom(s)) s.remove_prefix(3);
    if (block) {
      block = s.find("*/") == s.npos;
      continue;
    }
    if (s.starts_with("//") || s.starts_with("#")) continue;
    if (!s.starts_with("/*")) break;
    block = s.find("*/", 2) == s.npos;
  }
  if (at >= text.line_count()) return {text.size(), end_of_line + line + end_of_line};
  ByteOffset place = text.line_start(at);
  if (at == 0 && starts_with_bom(text.text())) place = 3;
  return {place, line + end_of_line};
}

std::string imported_as(const Revision& revision, std::string_view dotted) {
  for (const ImportLine& line : revision.parsed().import_lines) {
    if (line.dotted == dotted) return line.has_alias ? line.bound : line.dotted;
  }
  return {};
}

namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c | 32) : c; }
bool begins_part(std::string_view word, std::size_t at) {
  return at == 0 || word[at - 1] == '_' || word[at - 1] == '.' || word[at - 1] == '/' ||
         (is_upper(word[at]) && !is_upper(word[at - 1]));
}

}  // namespace

bool completes(std::string_view prefix, std::string_view word) {
  if (prefix.empty()) return true;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(word[i]) == lower(prefix[0]) && begins_part(word, i) && fuzzy_score(prefix, word.substr(i)) > 0)
      return true;
  }
  return false;
}

int fuzzy_score(std::string_view pattern, std::string_view word) {
  if (pattern.empty()) return 1;
  if (pattern.size() > word.size()) return 0;
  int score = 1, run = 0;
  std::size_t p = 0;
  for (std::size_t w = 0; w < word.size() && p < pattern.size(); ++w) {
    if (lower(word[w]) != lower(pattern[p])) {
      run = 0;
      continue;
    }
    score +=
        1 + (begins_part(word, w) ? 6 : 0) + 3 * run + (word[w] == pattern[p] ? 1 : 0) + (w == p ? 4 : 0);
    ++run;
    ++p;
  }
  if (p < pattern.size()) return 0;
  return score * 4 + (word.size() == pattern.size() ? 40 : 0);
}

}  // namespace ml::lsp
