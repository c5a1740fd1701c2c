#include <string_view>

#include "core/ast/tokens.h"

namespace ml::ast {
namespace {

std::size_t indentation(std::string_view text, ByteOffset at) {
  const std::size_t newline = text.substr(0, at).rfind('\n');
  const std::size_t start = newline == text.npos ? 0 : newline + 1;
  std::size_t n = 0;
  while (start + n < text.size() && (text[start + n] == ' ' || text[start + n] == '\t')) ++n;
  return n;
}

char partner(char closer) { return closer == ')' ? '(' : closer == ']' ? '[' : '{'; }

// Returns whether every brace found its partner.
bool pair_up(std::string_view text, std::vector<Token>& tokens, bool by_indentation) {
  std::vector<std::uint32_t> open;
  bool even = true;
  const auto kind = [&](std::uint32_t i) { return tokens[i].text.front(); };
  const auto drop = [&](std::size_t to) {
    for (std::size_t i = to; i < open.size(); ++i) even &= kind(open[i]) != '{';
    open.resize(to);
  };
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind != TokenKind::Punct || tokens[i].text.size() != 1) continue;
    const char c = tokens[i].text.front();
    if (c == '(' || c == '[' || c == '{') {
      tokens[i].match = Token::kNoMatch;
      open.push_back(i);
    } else if (c == ';') {
      std::size_t keep = open.size();
      while (keep > 0 && kind(open[keep - 1]) != '{') {
        const std::uint32_t opener = open[keep - 1];
        const bool loop_header = kind(opener) == '(' && opener > 0 && tokens[opener - 1].text == "for" &&
                                 tokens[opener - 1].kind == TokenKind::Reserved;
        if (loop_header) break;
        --keep;
      }
      drop(keep);
    } else if (c == ')' || c == ']' || c == '}') {
      tokens[i].match = Token::kNoMatch;
      std::size_t at = open.size();
      while (at > 0 && kind(open[at - 1]) != partner(c) && (c == '}' || kind(open[at - 1]) != '{')) --at;
      if (at == 0 || kind(open[at - 1]) != partner(c)) {
        even &= c != '}';
        continue;
      }
      if (c == '}' && by_indentation && tokens[i].newline_before) {
        const std::size_t here = indentation(text, tokens[i].span.begin);
        if (indentation(text, tokens[open[at - 1]].span.begin) > here) {
          for (std::size_t lower = at; lower > 0; --lower) {
            if (kind(open[lower - 1]) != '{') continue;
            if (indentation(text, tokens[open[lower - 1]].span.begin) == here) {
              at = lower;
              break;
            }
          }
        }
      }
      tokens[i].match = open[at - 1];
      tokens[open[at - 1]].match = i;
      drop(at);
      open.pop_back();
    }
  }
  drop(0);
  return even;
}

}  // namespace

void match_brackets(std::string_view text, std::vector<Token>& tokens) {
  if (!pair_up(text, tokens, false)) pair_up(text, tokens, true);
}

}  // namespace ml::ast
