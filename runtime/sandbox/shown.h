#pragma once

#include <string>
#include <string_view>

namespace ml::sandbox {

// Makes control characters of a stream of UTF-8 visible (`\x1b`) that a terminal would obey: all but line
// break and tab (security.md 5.6).
class Shown {
 public:
  // The bytes to write for the next ones of the stream. The first byte of what may be a control character may
  // be held back until the rest of it comes; `rest` gives it.
  std::string text(std::string_view bytes);
  std::string rest();

 private:
  bool lead_ = false;  // 0xC2 was the last byte
};

}  // namespace ml::sandbox
