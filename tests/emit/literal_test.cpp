#include <catch2/catch.hpp>

#include "core/emit/literal.h"

using namespace ml::emit;

namespace {
std::string quoted(std::string_view s) {
  std::string out;
  append_string(out, s);
  return out;
}
std::string number(std::string_view s, bool is_float = false) {
  std::string out;
  append_number(out, s, is_float);
  return out;
}
}  // namespace

TEST_CASE("strings are Python literals that hide nothing") {
  CHECK(quoted("") == R"("")");
  CHECK(quoted("it's \"x\" \\ {}") == R"("it's \"x\" \\ {}")");
  CHECK(quoted("a\nb\tc\rd") == R"("a\nb\tc\rd")");
  CHECK(quoted(std::string_view("\0\x1b\x7f", 3)) == R"("\x00\x1b\x7f")");
  CHECK(quoted("héllo 日本 😀 €") == "\"héllo 日本 😀 €\"");
  CHECK(quoted("\u00a0\u200b\u202e\u2066\ufeff\u0085\u2028") ==
        R"("\u00a0\u200b\u202e\u2066\ufeff\u0085\u2028")");
  CHECK(quoted("\xed\xa0\x80") == R"("\ud800")");  // a lone surrogate, as core/ast writes it
  CHECK(quoted("\xf3\xa0\x80\x81") == R"("\U000e0001")");
}

TEST_CASE("numbers are what Python accepts") {
  CHECK(number("007") == "7");
  CHECK(number("000") == "0");
  CHECK(number("0xFF") == "0xFF");
  CHECK(number("0b101") == "0b101");
  CHECK(number("0o17") == "0o17");
  CHECK(number("1.", true) == "1.0");
  CHECK(number(".5", true) == "0.5");
  CHECK(number("1.e5", true) == "1.0e5");
  CHECK(number("2E-2", true) == "2E-2");
  CHECK(number(".5e3", true) == "0.5e3");
}

TEST_CASE("long integers are split where Python refuses them") {
  const std::string long_one = "9" + std::string(4999, '0') + "7";  // 5001 digits
  const std::string split = number(long_one);
  CHECK(split == "9" + std::string(1000, '0') + " * 10 ** 4000 + 7");
  CHECK(number(std::string(4000, '1')) == std::string(4000, '1'));
}

TEST_CASE("keywords of Python are known") {
  for (const char* word : {"class", "None", "yield", "and", "lambda", "False", "async"})
    CHECK(is_python_keyword(word));
  for (const char* word : {"match", "type", "print", "self", "none", "_"})
    CHECK_FALSE(is_python_keyword(word));
}
