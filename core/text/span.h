#pragma once

#include <cstdint>

namespace ml {

// Offsets count bytes of the UTF-8 text from 0. A Span is half open. Which text (a file or an AST item) a
// span refers to is said where it is stored.
using ByteOffset = std::uint32_t;

struct Span {
  ByteOffset begin = 0, end = 0;

  constexpr ByteOffset size() const { return end - begin; }
  constexpr bool contains(ByteOffset at) const { return begin <= at && at < end; }
  constexpr Span moved(ByteOffset by) const { return {begin + by, end + by}; }
  friend constexpr bool operator==(Span, Span) = default;
};

// The bytes [begin, old_end) of the old text were replaced; the replacement is [begin, new_end) of the new
// text.
struct TextEdit {
  ByteOffset begin = 0, old_end = 0, new_end = 0;
};

}  // namespace ml
