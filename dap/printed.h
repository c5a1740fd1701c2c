#pragma once

// Which statement printed what (editor-protocols.md 6.6). The agent puts marks around what `console.*`
// writes, in the stream itself, so that nothing can come in another order:
//
//     ESC _ TOKEN ; LINE ; FILE ESC \  text  ESC _ TOKEN ESC \.
//
// The token is secret, so that programs cannot mark their output by chance.

#include <string>
#include <string_view>
#include <vector>

namespace ml::dap {

struct Printed {
  std::string text, file;  // no file: no place
  int line = 0;            // from 1
};

// Takes the marks out of one stream. One thread.
class PrintedReader {
 public:
  // Without a token there are no marks.
  explicit PrintedReader(const std::string& token) : begin_(token.empty() ? "" : "\x1b_" + token) {}

  // What comes next, in any pieces and of any bytes. The begin of what may be a mark is kept until the rest
  // of it comes, at the longest until the stream ends (`more` is empty).
  std::vector<Printed> add(std::string_view more);

 private:
  static constexpr std::size_t kMostMark = 8192;
  void plain(std::string_view text, std::vector<Printed>& to) const;
  void mark(std::string_view words);

  std::string begin_, kept_, file_;
  int line_ = 0;
};

}  // namespace ml::dap
