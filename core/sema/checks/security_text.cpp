#include "core/sema/checks/security_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace ml::sema {
namespace {

using Text = std::string_view;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr char lower(char c) { return is_upper(c) ? static_cast<char>(c | 0x20) : c; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

bool same_letters(Text text, Text lower_case) {
  return std::ranges::equal(text, lower_case, [](char a, char b) { return lower(a) == b; });
}

// Letters of any case; `part` is in lower case.
std::size_t find_letters(Text text, Text part, std::size_t from = 0) {
  for (std::size_t i = from; i + part.size() <= text.size(); ++i) {
    if (lower(text[i]) == part[0] && same_letters(text.substr(i, part.size()), part)) return i;
  }
  return Text::npos;
}

bool has_letters(Text text, Text part) { return find_letters(text, part) != Text::npos; }

// `part` not in the middle of a word.
bool has_at_word(Text text, Text part) {
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) {
    if (at == 0 || !is_word(text[at - 1])) return true;
  }
  return false;
}

template <std::size_t N>
bool is_one_of(Text word, const std::array<Text, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

bool starts_with_word(Text text, Text word) {
  return text.size() >= word.size() && same_letters(text.substr(0, word.size()), word) &&
         (text.size() == word.size() || !is_word(text[word.size()]));
}

// At least `count` characters of the class from `at` on.
template <class Class>
bool run_of(Text text, std::size_t at, std::size_t count, Class in_class) {
  if (text.size() < at + count) return false;
  return std::ranges::all_of(text.substr(at, count), in_class);
}

}  // namespace

bool looks_like_host_code(Text text) {
  if (text.find_first_of("(.") == text.npos) return false;
  return has_at_word(text, "eval(") || has_at_word(text, "exec(") || has_at_word(text, "__import__(") ||
         has_at_word(text, "os.system(") || has_at_word(text, "subprocess.");
}

bool looks_like_query(Text text) {
  const std::size_t first = std::min(text.find_first_not_of(" \t\r\n("), text.size());
  const Text query = text.substr(first);
  if (query.size() < 6) return false;
  switch (lower(query[0])) {
    case 's':
      if (starts_with_word(query, "select") && has_letters(query, "from")) return true;
      break;
    case 'i':
      if (starts_with_word(query, "insert") && has_letters(query, "into")) return true;
      break;
    case 'u':
      if (starts_with_word(query, "update") && has_letters(query, " set")) return true;
      break;
    case 'd':
      if (starts_with_word(query, "delete") && has_letters(query, "from")) return true;
      if (starts_with_word(query, "drop") && has_letters(query, "table")) return true;
      break;
    default: break;
  }
  return has_letters(text, "union select");
}

bool looks_like_shell(Text text) {
  if (text.size() < 4 || text.find(' ') == text.npos) return false;
  if (has_at_word(text, "rm -rf") || has_letters(text, "del /f") || has_letters(text, "format c:"))
    return true;
  if (text.find("&& rm") != text.npos) return true;
  if (has_at_word(text, "shutdown ")) {
    // Prose says "shutdown complete"; a command has an option or a time next.
    const std::size_t next = text.find("shutdown ") + 9;
    return next >= text.size() || text[next] == '-' || text[next] == '/' || text[next] == '+' ||
           is_digit(text[next]) || text.substr(next).starts_with("now");
  }
  const Text end = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  return end.ends_with("| sh") || end.ends_with("|sh") || end.ends_with("| bash");
}

bool leaves_directory(Text path) { return path.find("../") != path.npos || path.find("..\\") != path.npos; }

bool has_template_markers(Text text) {
  if (text.size() < 4) return false;
  constexpr std::array<std::pair<Text, Text>, 3> kMarkers = {{{"{{", "}}"}, {"{%", "%}"}, {"<%", "%>"}}};
  return std::ranges::any_of(kMarkers, [&](const auto& marker) {
    const std::size_t at = text.find(marker.first);
    return at != text.npos && text.find(marker.second, at + 2) != text.npos;
  });
}

bool has_active_markup(Text text) {
  if (text.size() < 7 || text.find_first_of("<:") == text.npos) return false;
  return has_letters(text, "<script") || has_letters(text, "javascript:");
}

bool names_sensitive_file(Text text) {
  if (text.size() < 5) return false;
  if (text.find('/') != text.npos &&
      (text.find("/etc/passwd") != text.npos || text.find("/etc/shadow") != text.npos ||
       text.find(".ssh/") != text.npos))
    return true;
  return text.find("id_rsa") != text.npos ||
         (text.find('\\') != text.npos && has_letters(text, "c:\\windows\\system32"));
}

bool looks_like_secret(Text text) {
  if (text.size() < 16) return false;
  const auto upper_or_digit = [](char c) { return is_upper(c) || is_digit(c); };
  const auto token = [](char c) { return is_word(c) || c == '-'; };
  struct Form {
    Text prefix;
    std::size_t more;
  };
  constexpr std::array<Form, 14> kForms = {{{"ghp_", 30},
                                            {"gho_", 30},
                                            {"ghs_", 30},
                                            {"github_pat_", 20},
                                            {"glpat-", 20},
                                            {"sk_live_", 16},
                                            {"rk_live_", 16},
                                            {"sk-", 32},
                                            {"xoxb-", 16},
                                            {"xoxp-", 16},
                                            {"xoxa-", 16},
                                            {"AIza", 35},
                                            {"npm_", 30},
                                            {"eyJhbGciOi", 20}}};
  for (std::size_t at = text.find("AKIA"); at != text.npos; at = text.find("AKIA", at + 1)) {
    if (run_of(text, at + 4, 16, upper_or_digit)) return true;
  }
  for (const Form& form : kForms) {
    const std::size_t at = text.find(form.prefix);
    if (at != text.npos && (at == 0 || !is_word(text[at - 1])) &&
        run_of(text, at + form.prefix.size(), form.more, token))
      return true;
  }
  const std::size_t begin = text.find("-----BEGIN ");
  return begin != text.npos && text.find("PRIVATE KEY", begin) != text.npos;
}

bool names_a_secret(Text name) {
  return has_letters(name, "password") || has_letters(name, "secret") || has_letters(name, "api_key") ||
         has_letters(name, "apikey") || has_letters(name, "token");
}

namespace {

// A regular expression read just far enough: which groups can repeat, and what their parts may begin with.
class PatternReader {
 public:
  explicit PatternReader(Text pattern) : pattern_(pattern) {}

  bool slow() {
    std::vector<Group> open(1);
    std::size_t i = 0;
    while (i < pattern_.size()) {
      const char c = pattern_[i];
      if (c == '(') {
        open.emplace_back();
        open.back().begin = i + 1;
        if (pattern_.substr(i + 1).starts_with("?")) {
          const std::size_t colon = pattern_.find_first_of(":=!>)", i + 1);
          if (colon == pattern_.npos) return false;
          i = colon;
          open.back().begin = i + 1;
          if (pattern_[i] == ')') {
            open.pop_back();
          }
        }
        ++i;
        continue;
      }
      if (c == ')') {
        if (open.size() == 1) return false;
        const Group group = open.back();
        open.pop_back();
        const Text inside = pattern_.substr(group.begin, i - group.begin);
        const std::size_t after = quantifier(i + 1);
        const bool repeats = unbounded(i + 1);
        if (repeats && (group.ends_in_repeat || alternatives_overlap(inside))) return true;
        open.back().ends_in_repeat = open.back().ends_in_repeat || repeats || group.ends_in_repeat;
        if (after == i + 1 && !group.ends_in_repeat) open.back().separator = true;
        i = after;
        continue;
      }
      const std::size_t end = atom(i);
      const std::size_t after = quantifier(end);
      const bool repeats = unbounded(end);
      if (c == '|') {
        ++i;
        continue;
      }
      Group& group = open.back();
      // `(a+b)*` is fine: the fixed `b` says where a round ends.
      if (repeats)
        group.ends_in_repeat = !group.separator || group.ends_in_repeat;
      else if (c != '^' && c != '$' && after == end)
        group.separator = true, group.ends_in_repeat = false;
      i = after;
    }
    return false;
  }

 private:
  struct Group {
    std::size_t begin = 0;
    bool ends_in_repeat = false;  // a part without an end, and nothing fixed beside it
    bool separator = false;       // a part that always takes the same text
  };

  std::size_t atom(std::size_t i) const {
    if (pattern_[i] == '\\') return std::min(i + 2, pattern_.size());
    if (pattern_[i] == '[') {
      std::size_t j = i + 1;
      if (j < pattern_.size() && pattern_[j] == '^') ++j;
      if (j < pattern_.size() && pattern_[j] == ']') ++j;
      while (j < pattern_.size() && pattern_[j] != ']') j += pattern_[j] == '\\' ? 2 : 1;
      return std::min(j + 1, pattern_.size());
    }
    return i + 1;
  }

  std::size_t quantifier(std::size_t i) const {
    if (i >= pattern_.size()) return i;
    std::size_t end = i;
    if (pattern_[i] == '*' || pattern_[i] == '+' || pattern_[i] == '?') end = i + 1;
    if (pattern_[i] == '{') {
      const std::size_t close = pattern_.find('}', i);
      if (close != pattern_.npos && close > i + 1 && is_digit(pattern_[i + 1])) end = close + 1;
    }
    if (end > i && end < pattern_.size() && (pattern_[end] == '?' || pattern_[end] == '+')) ++end;
    return end;
  }

  bool unbounded(std::size_t i) const {
    if (i >= pattern_.size()) return false;
    if (pattern_[i] == '*' || pattern_[i] == '+') return true;
    const std::size_t end = quantifier(i);
    return pattern_[i] == '{' && end > i && pattern_.substr(i, end - i).find(",}") != Text::npos;
  }

  // Two alternatives begin with the same thing: `(a|a)*`, `(a|ab)*`, `(.|x)*`.
  bool alternatives_overlap(Text inside) const {
    std::vector<Text> firsts;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= inside.size(); ++i) {
      if (i == inside.size() || (inside[i] == '|' && depth == 0)) {
        firsts.push_back(inside.substr(begin, i - begin));
        begin = i + 1;
      } else if (inside[i] == '\\') {
        ++i;
      } else {
        depth += inside[i] == '(' ? 1 : inside[i] == ')' ? -1 : 0;
      }
    }
    if (firsts.size() < 2) return false;
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (firsts[i].empty() || firsts[j].empty()) continue;
        if (first_of(firsts[i]) == first_of(firsts[j])) return true;
        if (firsts[i][0] == '.' || firsts[j][0] == '.') return true;
      }
    }
    return false;
  }
  static Text first_of(Text part) {
    if (part[0] == '\\') return part.substr(0, 2);
    if (part[0] == '[') return part.substr(0, part.find(']') + 1);
    return part.substr(0, 1);
  }

  Text pattern_;
};

}  // namespace

bool may_backtrack_for_ever(Text regex) {
  return regex.size() > 4 && regex.find('(') != regex.npos && PatternReader(regex).slow();
}

bool is_reserved_word(Text word) {
  return word.size() > 2 && word.starts_with("__") && is_letter(word[2]) &&
         std::ranges::all_of(word, is_word);
}

bool is_host_member(Text member) {
  const std::size_t mark = member.find('_');
  if (mark == member.npos || mark > 4 || member.size() < 6) return false;
  static constexpr std::array<Text, 52> kMembers = {"gi_frame",
                                                    "gi_code",
                                                    "gi_yieldfrom",
                                                    "gi_running",
                                                    "cr_frame",
                                                    "cr_code",
                                                    "cr_await",
                                                    "cr_origin",
                                                    "ag_frame",
                                                    "ag_code",
                                                    "ag_await",
                                                    "tb_frame",
                                                    "tb_next",
                                                    "tb_lasti",
                                                    "tb_lineno",
                                                    "f_back",
                                                    "f_globals",
                                                    "f_locals",
                                                    "f_builtins",
                                                    "f_code",
                                                    "f_trace",
                                                    "f_lineno",
                                                    "f_lasti",
                                                    "func_globals",
                                                    "func_code",
                                                    "func_closure",
                                                    "func_defaults",
                                                    "im_func",
                                                    "im_self",
                                                    "im_class",
                                                    "co_code",
                                                    "co_consts",
                                                    "co_names",
                                                    "co_varnames",
                                                    "co_filename",
                                                    "co_name",
                                                    "co_qualname",
                                                    "co_flags",
                                                    "co_freevars",
                                                    "co_cellvars",
                                                    "co_lnotab",
                                                    "co_linetable",
                                                    "co_lines",
                                                    "co_positions",
                                                    "co_firstlineno",
                                                    "co_argcount",
                                                    "co_kwonlyargcount",
                                                    "co_exceptiontable",
                                                    "co_posonlyargcount",
                                                    "co_nlocals",
                                                    "co_stacksize",
                                                    "with_traceback"};
  return is_one_of(member, kMembers);
}

bool is_host_execution(Text name) {
  static constexpr std::array<Text, 7> kNames = {"eval",       "exec",       "compile", "execfile",
                                                 "__import__", "breakpoint", "Function"};
  return is_one_of(name, kNames);
}

Text instead_of_host_function(Text name) {
  static constexpr std::array<std::pair<Text, Text>, 21> kNames = {{{"open", "file.read or file.write"},
                                                                    {"file", "import file"},
                                                                    {"raw_input", "input"},
                                                                    {"type", "typeof"},
                                                                    {"dir", "methods"},
                                                                    {"vars", "keys"},
                                                                    {"setattr", "an object's key"},
                                                                    {"delattr", "an object's key"},
                                                                    {"globals", "variables of the program"},
                                                                    {"locals", "variables of the program"},
                                                                    {"object", "an object literal"},
                                                                    {"super", "functions and objects"},
                                                                    {"memoryview", "bytes"},
                                                                    {"exit", "return, or throw"},
                                                                    {"quit", "return, or throw"},
                                                                    {"copyright", "help"},
                                                                    {"credits", "help"},
                                                                    {"license", "help"},
                                                                    {"classmethod", "functions"},
                                                                    {"staticmethod", "functions"},
                                                                    {"property", "functions"}}};
  const auto* found = std::ranges::find(kNames, name, &std::pair<Text, Text>::first);
  return found == kNames.end() ? Text{} : found->second;
}

bool is_host_word(Text name) {
  return name.starts_with("__") || is_host_execution(name) || !instead_of_host_function(name).empty();
}

Text instead_of_host_module(Text dotted) {
  const Text name = dotted.substr(0, dotted.find('.'));
  static constexpr std::array<std::pair<Text, Text>, 24> kModules = {{{"os", "file, path and env"},
                                                                      {"sys", "args and env"},
                                                                      {"subprocess", "extension modules"},
                                                                      {"shutil", "file and path"},
                                                                      {"pickle", "json"},
                                                                      {"marshal", "json"},
                                                                      {"dill", "json"},
                                                                      {"shelve", "json and file"},
                                                                      {"imp", "import"},
                                                                      {"importlib", "import"},
                                                                      {"types", "typeof"},
                                                                      {"inspect", "help and methods"},
                                                                      {"gc", "nothing; memory is managed"},
                                                                      {"ctypes", "extension modules"},
                                                                      {"socket", "http"},
                                                                      {"urllib", "http"},
                                                                      {"requests", "http"},
                                                                      {"platform", "env"},
                                                                      {"tempfile", "path.tempDir"},
                                                                      {"signal", "try and finally"},
                                                                      {"threading", "functional"},
                                                                      {"multiprocessing", "functional"},
                                                                      {"__builtin__", "builtin"},
                                                                      {"builtins", "builtin"}}};
  const auto* found = std::ranges::find(kModules, name, &std::pair<Text, Text>::first);
  return found == kModules.end() ? Text{} : found->second;
}

bool is_plain_resource(Text text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f && c != '"' && c != '\'' && c != '\\' && c != '`';
  });
}

bool covers_everything(Text pattern) {
  return pattern.empty() || pattern == "*" || pattern == "**" || pattern == "/" || pattern == "/**" ||
         pattern == "/*" || pattern == "**/*";
}

}  // namespace ml::sema
