#pragma once

#include <string_view>

namespace ml::lsp {

// What a keyword means, in one sentence, and how it is written.
struct Keyword {
  std::string_view word, sentence, example;
};
const Keyword* find_keyword(std::string_view word);  // or null

}  // namespace ml::lsp
