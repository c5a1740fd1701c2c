#pragma once

// Writes values in CPython's marshal format, version 0 types only, which every supported Python reads with
// marshal.loads. It carries programs from the tool to the launcher (bundle.h).

#include <cstdint>
#include <string>
#include <string_view>

namespace ml::link {

class MarshalWriter {
 public:
  void none() { out_ += 'N'; }
  void integer(std::int32_t value) {
    out_ += 'i';
    word(static_cast<std::uint32_t>(value));
  }
  void text(std::string_view utf8) { sized('u', utf8); }
  void bytes(std::string_view data) { sized('s', data); }
  // The `size` values written next are its elements.
  void tuple(std::uint32_t size) {
    out_ += '(';
    word(size);
  }
  std::string take() { return std::move(out_); }

 private:
  void word(std::uint32_t v) {
    for (int shift = 0; shift < 32; shift += 8) out_ += static_cast<char>(v >> shift & 0xff);
  }
  void sized(char type, std::string_view data) {
    out_ += type;
    word(static_cast<std::uint32_t>(data.size()));
    out_ += data;
  }
  std::string out_;
};

}  // namespace ml::link
