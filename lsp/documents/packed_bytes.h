#pragma once

// Numbers and texts one after the other in as few bytes as will do, and back. Who reads believes nothing:
// what does not fit makes the reader fail, and from then on everything is zero or empty.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace ml::lsp {

class PackedWriter {
 public:
  std::string out;

  // Seven bits a byte, the lowest first.
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
  }
  void text(std::string_view value) {
    number(value.size());
    out += value;
  }
};

class PackedReader {
 public:
  explicit PackedReader(std::string_view bytes) : rest_(bytes) {}

  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }
  std::uint64_t number(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value <= most ? value : fail();
    }
    return fail();
  }
  // Of things that take a byte at least.
  std::size_t count() { return static_cast<std::size_t>(number(rest_.size())); }
  // A view into the bytes.
  std::string_view text() {
    const std::size_t size = count();
    if (size > rest_.size()) fail();
    if (!good_) return {};
    const std::string_view value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
  }
  template <class Enum>
  Enum word(Enum last) {
    return static_cast<Enum>(number(static_cast<std::uint64_t>(last)));
  }

 private:
  std::uint64_t fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace ml::lsp
