#include "cli/project/plain_yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <vector>

namespace ml::cli {
namespace {

namespace json = boost::json;

constexpr int kNesting = 50;

struct Bad {
  std::string problem;
};

[[noreturn]] void refuse(std::size_t line, const std::string& why) {
  throw Bad{fmt::format("line {}: {}", line, why)};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

bool is_item(std::string_view text) { return text == "-" || text.starts_with("- "); }

std::string_view without_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i], before = i == 0 ? ' ' : line[i - 1];
    if (quote != 0) {
      if (c == '\\' && quote == '"')
        ++i;
      else if (c == quote)
        quote = 0;
    } else if ((c == '"' || c == '\'') && std::string_view(" [,:{-").find(before) != std::string_view::npos) {
      quote = c;
    } else if (c == '#' && (before == ' ' || before == '\t')) {
      return line.substr(0, i);
    }
  }
  return line;
}

// Why a plain scalar cannot begin with `c`; empty when it can.
std::string_view reserved(char c) {
  switch (c) {
    case '&': return "anchors";
    case '*': return "references";
    case '!': return "tags";
    case '|':
    case '>': return "text blocks";
    case '%': return "directives";
    case '@':
    case '`': return "reserved characters";
    default: return {};
  }
}

// The place behind the quoted text that begins at `at`; npos when it does not end.
std::size_t end_of_quotes(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != '\'') return i + 1;
      ++i;
    }
  }
  return std::string_view::npos;
}

json::value plain(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (lower == "true") return true;
  if (lower == "false") return false;
  if (lower == "null" || lower == "~") return nullptr;
  const std::string_view digits = text.substr(text[0] == '+' ? 1 : 0);
  const char* const end = digits.data() + digits.size();
  if (digits.find_first_not_of("+-0123456789.eE") == std::string_view::npos) {
    std::int64_t whole = 0;
    const auto as_whole = std::from_chars(digits.data(), end, whole);
    if (as_whole.ec == std::errc() && as_whole.ptr == end) return whole;
    double number = 0;
    const auto as_number = std::from_chars(digits.data(), end, number);
    if (as_number.ec == std::errc() && as_number.ptr == end) return number;
  }
  return json::string(text);
}

// Values in brackets and quotes, of one line.
class Flow {
 public:
  Flow(std::string_view text, std::size_t line) : text_(text), line_(line) {}

  json::value all() {
    // Outside of brackets a plain scalar is the whole line.
    if (std::string_view("[{\"'").find(text_[0]) == std::string_view::npos && reserved(text_[0]).empty())
      return plain(text_);
    json::value value = read(0);
    skip();
    if (at_ < text_.size()) refuse(line_, fmt::format("'{}' is too much", text_.substr(at_)));
    return value;
  }

 private:
  json::value read(int depth) {
    const char c = text_[at_];
    if (const std::string_view what = reserved(c); !what.empty())
      refuse(line_, fmt::format("{} are not read", what));
    if (c == '"' || c == '\'') return quoted();
    if (c == '[' || c == '{') return bracketed(depth);
    std::size_t end = at_;
    for (; end < text_.size() && std::string_view(",[]{}").find(text_[end]) == std::string_view::npos;
         ++end) {
      if (text_[end] == '$' && end + 1 < text_.size() && text_[end + 1] == '{')  // a variable
        end = std::min(text_.find('}', end), text_.size() - 1);
      if (text_[end] != ':') continue;
      const char next = end + 1 < text_.size() ? text_[end + 1] : ' ';
      if (std::string_view(" ,[]{}").find(next) != std::string_view::npos) break;
    }
    const std::string_view word = trimmed(text_.substr(at_, end - at_));
    if (word.empty()) refuse(line_, fmt::format("'{}' was not expected", c));
    at_ = end;
    return plain(word);
  }

  json::value quoted() {
    const std::size_t end = end_of_quotes(text_, at_);
    if (end == std::string_view::npos) refuse(line_, "a quote is not closed");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 2),
                           whole = text_.substr(at_, end - at_);
    at_ = end;
    if (whole[0] == '"') {
      boost::system::error_code bad;
      json::value value = json::parse(whole, bad);
      if (bad) refuse(line_, fmt::format("{} is no text", whole));
      return value;
    }
    json::string text;
    for (std::size_t i = 0; i < inside.size(); ++i) {
      text.push_back(inside[i]);
      if (inside[i] == '\'') ++i;
    }
    return text;
  }

  json::value bracketed(int depth) {
    if (depth > kNesting) refuse(line_, "nested too deeply");
    const bool list = text_[at_++] == '[';
    const char close = list ? ']' : '}';
    json::array items;
    json::object members;
    for (;;) {
      need(close);
      if (text_[at_] == close) {
        ++at_;
        if (list) return items;
        return members;
      }
      json::value value = read(depth + 1);
      if (list) {
        items.push_back(std::move(value));
      } else {
        need(':');
        if (text_[at_] != ':') refuse(line_, "':' is missing");
        ++at_;
        need(close);
        if (value.is_object() || value.is_array()) refuse(line_, "a key must be a word");
        const std::string key = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
        members[key] = read(depth + 1);
      }
      need(close);
      if (text_[at_] == ',')
        ++at_;
      else if (text_[at_] != close)
        refuse(line_, fmt::format("'{}' was not expected", text_[at_]));
    }
  }

  void skip() { at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size()); }
  void need(char what) {
    skip();
    if (at_ >= text_.size()) refuse(line_, fmt::format("'{}' is missing", what));
  }

  std::string_view text_;
  std::size_t line_, at_ = 0;
};

struct Line {
  std::size_t indent;
  std::string_view text;  // without indentation and comment
  std::size_t number;     // from 1
};

struct Entry {
  std::string_view key, rest;
};

// `key: rest`; false when the line is no such entry.
bool split_entry(std::string_view text, Entry& entry) {
  std::size_t colon = 0;
  if (text[0] == '"' || text[0] == '\'') {
    const std::size_t end = end_of_quotes(text, 0);
    if (end == std::string_view::npos) return false;
    colon = text.find_first_not_of(' ', end);
    if (colon == std::string_view::npos || text[colon] != ':') return false;
  } else {
    if (text[0] == ',' || !reserved(text[0]).empty()) return false;
    colon = text.find_first_of(":#[]{}");
    if (colon == std::string_view::npos || colon == 0 || text[colon] != ':') return false;
  }
  if (colon + 1 < text.size() && text[colon + 1] != ' ' && text[colon + 1] != '\t') return false;
  entry = {trimmed(text.substr(0, colon)), trimmed(text.substr(colon + 1))};
  return true;
}

class Document {
 public:
  explicit Document(std::vector<Line> lines) : lines_(std::move(lines)) {}

  json::value all() {
    if (lines_.empty()) return nullptr;
    json::value value = block(lines_[0].indent, 0);
    if (at_ < lines_.size()) refuse(lines_[at_].number, "indented differently");
    return value;
  }

 private:
  json::value block(std::size_t indent, int depth) {
    if (depth > kNesting) refuse(lines_[at_].number, "nested too deeply");
    if (is_item(lines_[at_].text)) return list(indent, depth);
    Entry entry;
    if (split_entry(lines_[at_].text, entry)) return map(indent, depth);
    const Line& line = lines_[at_++];
    return Flow(line.text, line.number).all();
  }

  json::value list(std::size_t indent, int depth) {
    json::array items;
    while (at_ < lines_.size() && lines_[at_].indent == indent && is_item(lines_[at_].text)) {
      Line& line = lines_[at_];
      const std::string_view rest = trimmed(line.text.substr(1));
      Entry entry;
      if (rest.empty()) {
        ++at_;
        items.push_back(deeper(indent) ? block(lines_[at_].indent, depth + 1) : json::value());
      } else if (is_item(rest) || split_entry(rest, entry)) {
        line.indent = indent + static_cast<std::size_t>(rest.data() - line.text.data());
        line.text = rest;
        items.push_back(block(line.indent, depth + 1));
      } else {
        items.push_back(Flow(rest, line.number).all());
        ++at_;
      }
    }
    return items;
  }

  json::value map(std::size_t indent, int depth) {
    json::object members;
    while (at_ < lines_.size() && lines_[at_].indent == indent) {
      const Line line = lines_[at_];
      Entry entry;
      if (!split_entry(line.text, entry)) refuse(line.number, "a key and ':' are needed");
      std::string key(entry.key);
      if (key[0] == '"' || key[0] == '\'') key = Flow(entry.key, line.number).all().as_string();
      if (members.contains(key)) refuse(line.number, fmt::format("key {} is given twice", key));
      ++at_;
      const bool items_below =
          at_ < lines_.size() && lines_[at_].indent == indent && is_item(lines_[at_].text);
      if (!entry.rest.empty())
        members[key] = Flow(entry.rest, line.number).all();
      else if (deeper(indent) || items_below)
        members[key] = block(lines_[at_].indent, depth + 1);
      else
        members[key] = nullptr;
    }
    return members;
  }

  bool deeper(std::size_t indent) const { return at_ < lines_.size() && lines_[at_].indent > indent; }

  std::vector<Line> lines_;
  std::size_t at_ = 0;
};

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = without_comment(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const std::string_view content = trimmed(line);
    if (content.empty()) continue;
    if (content == "---" && lines.empty()) continue;
    if (content == "---" || content == "..." || line[0] == '%') refuse(number, "only one document is read");
    const std::size_t indent = line.find_first_not_of(' ');
    if (line[indent] == '\t') refuse(number, "tabs cannot indent");
    lines.push_back({indent, content, number});
  }
  return lines;
}

}  // namespace

std::optional<json::value> parse_plain_yaml(std::string_view text, std::string& problem) {
  try {
    return Document(lines_of(text)).all();
  } catch (const Bad& bad) {
    problem = bad.problem;
    return std::nullopt;
  }
}

}  // namespace ml::cli
