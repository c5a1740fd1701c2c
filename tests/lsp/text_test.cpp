#include <catch2/catch.hpp>

#include <random>

#include "lsp/documents/text.h"
#include "lsp/documents/uri.h"

using namespace ml;
using namespace ml::lsp;

TEST_CASE("lines end at all three line ends") {
  const DocumentText text("a\r\nb\rc\nd");
  REQUIRE(text.line_count() == 4);
  CHECK(text.line_text(0) == "a");
  CHECK(text.line_text(1) == "b");
  CHECK(text.line_text(2) == "c");
  CHECK(text.line_text(3) == "d");
  CHECK(DocumentText("").line_count() == 1);
  CHECK(DocumentText("a\n").line_count() == 2);
}

TEST_CASE("columns count the units of the encoding") {
  const DocumentText text("x\n\xC3\xA9\xF0\x9F\x98\x80z\n");  // é, an astral character, z
  CHECK(text.position(8, Encoding::Utf8) == Position{1, 6});
  CHECK(text.position(8, Encoding::Utf16) == Position{1, 3});
  CHECK(text.position(8, Encoding::Utf32) == Position{1, 2});
  CHECK(text.offset({1, 3}, Encoding::Utf16) == 8);
  CHECK(text.offset({1, 2}, Encoding::Utf32) == 8);
  CHECK(text.offset({1, 6}, Encoding::Utf8) == 8);
}

TEST_CASE("places outside are moved to the nearest") {
  const DocumentText text("ab\n\xF0\x9F\x98\x80z\n");
  CHECK(text.offset({0, 99}, Encoding::Utf16) == 2);
  CHECK(text.offset({99, 0}, Encoding::Utf16) == text.size());
  CHECK(text.offset({1, 1}, Encoding::Utf16) == 3);  // inside the pair
  CHECK(text.offset({1, 2}, Encoding::Utf8) == 3);   // inside the code point
  CHECK(text.span({{0, 2}, {0, 1}}, Encoding::Utf16) == Span{2, 2});
}

TEST_CASE("a lone surrogate is one UTF-16 unit") {
  const DocumentText text("\xED\xA0\x80z");
  CHECK(text.offset({0, 1}, Encoding::Utf16) == 3);
}

TEST_CASE("edits in place give what a fresh text gives", "[property]") {
  static const std::string kPieces[] = {"a",   "\n",   "\r", "\r\n", "\xC3\xA9", "\xF0\x9F\x98\x80",
                                        "bcd", "\n\n", ""};
  std::mt19937 random(7);
  const auto pick = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
  for (int round = 0; round < 200; ++round) {
    DocumentText text;
    for (int i = 0; i < 60; ++i) {
      const Encoding encoding = static_cast<Encoding>(pick(3));
      Position from{pick(text.line_count() + 1), pick(6)}, to{pick(text.line_count() + 1), pick(6)};
      if (to < from) std::swap(from, to);
      std::string by = kPieces[pick(9)] + kPieces[pick(9)];
      const Span span = text.span({from, to}, encoding);
      std::string expected(text.text());
      expected.replace(span.begin, span.size(), by);
      text.replace(span, by);
      REQUIRE(text.text() == expected);
      const DocumentText fresh(expected);
      REQUIRE(text.line_count() == fresh.line_count());
      for (std::uint32_t line = 0; line < fresh.line_count(); ++line) {
        REQUIRE(text.line_span(line) == fresh.line_span(line));
        REQUIRE(text.is_ascii(line) == fresh.is_ascii(line));
      }
      const ByteOffset at = pick(text.size() + 1);
      REQUIRE(text.line_of(at, pick(text.line_count() + 2)) == text.line_of(at));
    }
  }
}

TEST_CASE("a difference is one edit that respects characters") {
  const TextEdit edit = difference("a\xC3\xA9z", "a\xC3\xA8z");
  CHECK(edit.begin == 1);
  CHECK(edit.old_end == 3);
  CHECK(edit.new_end == 3);
  const TextEdit same = difference("aaa", "aaaa");
  CHECK(same.old_end - same.begin == 0);
  CHECK(same.new_end - same.begin == 1);
}

TEST_CASE("URIs and paths") {
  CHECK(path_of_uri("file:///a%20b/c.ml")->string() == "/a b/c.ml");
  CHECK(path_of_uri("FILE://localhost/x")->string() == "/x");
  CHECK_FALSE(path_of_uri("untitled:Untitled-1").has_value());
  CHECK_FALSE(path_of_uri("nonsense").has_value());
  CHECK(uri_of_path("/a b/\xC3\xA9.ml") == "file:///a%20b/%C3%A9.ml");
  CHECK(key_of_uri("untitled:x") == "untitled:x");
  CHECK(key_of_uri("file:///tmp/../tmp/none.ml") == "/tmp/none.ml");
}
