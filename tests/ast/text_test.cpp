#include <catch2/catch.hpp>

#include "core/text/line_index.h"
#include "core/text/nearest.h"
#include "core/text/utf8.h"

using namespace ml;

TEST_CASE("lines and columns of plain text") {
  const LineIndex lines("ab\r\n\tc\n");
  CHECK(lines.line_count() == 3);
  CHECK(lines.line_column(0) == LineColumn{1, 1});
  CHECK(lines.line_column(4) == LineColumn{2, 1});
  CHECK(lines.line_column(5) == LineColumn{2, 2});
  CHECK(lines.line_column(7) == LineColumn{3, 1});
  CHECK(lines.line_column(99) == LineColumn{3, 1});
  CHECK(lines.line_text(1) == "ab");
  CHECK(lines.line_text(2) == "\tc");
  CHECK(lines.line_text(3).empty());
}

TEST_CASE("columns count code points, bytes or UTF-16 units") {
  const std::string text = "\xEF\xBB\xBFx = \"é😀\";\ny";
  const LineIndex lines(text);
  const auto quote = static_cast<ByteOffset>(text.find("\";"));
  CHECK(lines.line_column(quote) == LineColumn{1, 8});
  CHECK(lines.line_byte(quote) == LineByte{1, 11});
  CHECK(lines.editor(quote) == EditorPosition{0, 8});
  CHECK(lines.offset(LineColumn{1, 8}) == quote);
  CHECK(lines.offset(LineByte{1, 11}) == quote);
  CHECK(lines.offset(EditorPosition{0, 8}) == quote);
  CHECK(lines.offset(EditorPosition{0, 7}) == lines.offset(EditorPosition{0, 6}));  // inside a surrogate pair
  CHECK(lines.offset(LineColumn{1, 1}) == 3u);  // behind the byte order mark
  CHECK(lines.offset(LineColumn{1, 99}) == static_cast<ByteOffset>(text.find('\n')));
  CHECK_FALSE(lines.offset(LineColumn{3, 1}));
  CHECK_FALSE(lines.offset(EditorPosition{2, 0}));
}

TEST_CASE("every offset survives the way there and back") {
  const std::string text = "a\n\nñ😀\r\nlast";
  const LineIndex lines(text);
  for (ByteOffset at = 0; at <= text.size(); at += at < text.size() ? decode_utf8(text, at).size : 1) {
    if (at < text.size() && text[at] == '\n' && at > 0 && text[at - 1] == '\r')
      continue;  // within one line break
    INFO(at);
    CHECK(lines.offset(lines.line_column(at)) == at);
    CHECK(lines.offset(lines.line_byte(at)) == at);
    CHECK(lines.offset(lines.editor(at)) == at);
  }
}

TEST_CASE("long lines count as short ones do") {
  for (const char* piece : {"ñ😀x", "\xFFé", "a"}) {
    std::string text = "é\n";
    for (int i = 0; i < 3000; ++i) text += piece;
    text += "\r\nö";
    const LineIndex lines(text);
    std::uint32_t points = 1, units = 0;
    const auto end = static_cast<ByteOffset>(text.find('\r'));
    for (ByteOffset at = 3; at < end;) {
      INFO(at);
      REQUIRE(lines.line_column(at) == LineColumn{2, points});
      REQUIRE(lines.editor(at) == EditorPosition{1, units});
      REQUIRE(lines.offset(LineColumn{2, points}) == at);
      REQUIRE(lines.offset(EditorPosition{1, units}) == at);
      const DecodedPoint here = decode_utf8(text, at);
      if (here.size > 1) REQUIRE(lines.line_column(at + 1) == LineColumn{2, points});
      at += here.size;
      points += 1;
      units += here.point > 0xFFFF ? 2 : 1;
    }
    CHECK(lines.offset(LineColumn{2, 99'999}) == end);
    CHECK(lines.offset(EditorPosition{1, 99'999}) == end);
    CHECK(lines.line_column(static_cast<ByteOffset>(text.size())) == LineColumn{3, 2});
  }
}

TEST_CASE("the first byte that is not UTF-8 is found") {
  CHECK_FALSE(find_invalid_utf8(""));
  CHECK_FALSE(find_invalid_utf8("plain text of more than eight bytes, é, 日本, 😀"));
  CHECK(find_invalid_utf8("0123456789\xFF") == 10u);
  CHECK(find_invalid_utf8("\x80") == 0u);
  CHECK(find_invalid_utf8("a\xC0\x80") == 1u);          // overlong
  CHECK(find_invalid_utf8("a\xED\xA0\x80") == 1u);      // surrogate
  CHECK(find_invalid_utf8("a\xF4\x90\x80\x80") == 1u);  // beyond U+10FFFF
  CHECK(find_invalid_utf8("ab\xE6\x97") == 2u);         // cut off
}

TEST_CASE("code points are written and named") {
  std::string out;
  for (const char32_t point : {U'a', U'é', U'日', U'😀'}) append_utf8(out, point);
  CHECK(out == "aé日😀");
  CHECK(count_points(out) == 4);
  CHECK(describe_point(0xA0) == "U+00A0 NO-BREAK SPACE");
  CHECK(describe_point(0x200B) == "U+200B ZERO WIDTH SPACE");
  CHECK(describe_point(7) == "U+0007 BELL");
  CHECK(describe_point(0x20AC) == "U+20AC '€'");
}

TEST_CASE("near names") {
  const auto nearest = [](std::string_view word, std::initializer_list<std::string_view> names) {
    Nearest best(word);
    for (const std::string_view name : names) best.offer(name);
    return std::string(best.best());
  };
  CHECK(nearest("totl", {"count", "total", "tool"}) == "total");
  CHECK(nearest("lenght", {"length"}) == "length");
  CHECK(nearest("toUppercase", {"toUpperCase"}) == "toUpperCase");
  CHECK(nearest("ab", {"ac", "b"}).empty());
  CHECK(nearest("ID", {"id"}) == "id");
  CHECK(nearest("value", {"other", "name"}).empty());
  CHECK(nearest("itms", {"items", "item"}) == "items");
  CHECK(edit_distance("kitten", "sitting", 5) == 3);
  CHECK(edit_distance("kitten", "sitting", 2) == 3);
  CHECK(edit_distance("ab", "ba", 2) == 1);
}
