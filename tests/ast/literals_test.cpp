#include "core/ast/literals.h"

#include "tests/ast/support.h"

using namespace ml;
using namespace ml::test;

namespace {

std::string value(std::string_view body, ast::LiteralKind kind = ast::LiteralKind::String) {
  std::string out;
  ast::unescape(body, kind, out);
  return out;
}

}  // namespace

TEST_CASE("escapes of strings") {
  CHECK(value(R"(a\n\t\r\\\"\'\`z)") == "a\n\t\r\\\"'`z");
  CHECK(value(R"(\x41\u00e9\u{1F600}\U0001F600)") == "Aé😀😀");
  CHECK(value(R"(\ud83d\ude00)") == "😀");
  CHECK(value(R"(\ud83d!)") == "\xED\xA0\xBD!");
  CHECK(value("a\\\nb\\\r\nc") == "abc");
  CHECK(value(R"(\d+\b\1\$5)") == R"(\d+\b\1\$5)");
  CHECK(value(R"(\x4\u12\u{}\u{1234567}\é)") == R"(\x4\u12\u{}\u{1234567}\é)");
  CHECK(value("\\") == "\\");
  CHECK(value(R"(\${x})", ast::LiteralKind::Template) == "${x}");
}

TEST_CASE("escapes beyond Unicode are found") {
  CHECK_FALSE(ast::find_bad_escape(R"(\u{10FFFF}\\u{110000})"));
  CHECK(ast::find_bad_escape(R"(ab\u{110000})") == Span{2, 12});
  CHECK(ast::find_bad_escape(R"(\UFFFFFFFF)") == Span{0, 10});
}

TEST_CASE("numbers keep their text and know their kind") {
  CHECK(dump("print(007, 1., .5, 1e3, 2E-2, 1.5e+3, 0xFF, 0b101, 0o17, 0xe1);") ==
        "Expression\n  Call\n    Name print\n    Number 007\n    Number 1. float\n    Number .5 float\n"
        "    Number 1e3 float\n    Number 2E-2 float\n    Number 1.5e+3 float\n    Number 0xFF\n    Number "
        "0b101\n"
        "    Number 0o17\n    Number 0xe1\n");
  CHECK(dump("5.toFixed(1); 1.e5; 1.e;") ==
        "Expression\n  Call\n    Member .toFixed\n      Number 5\n    Number 1\n"
        "Expression\n  Number 1.e5 float\nExpression\n  Member .e\n    Number 1\n");
  CHECK(dump("x = 5 --3;") == "Assign\n  Name x\n  Binary -\n    Number 5\n    Unary -\n      Number 3\n");
}

TEST_CASE("templates alternate text and expressions") {
  CHECK(dump("x = `a\\n${1 + b}${`in ${c}`} $5 \\${d}`;") ==
        "Assign\n  Name x\n  Template\n    text \"a\\n\"\n    Binary +\n      Number 1\n      Name b\n    "
        "text \"\"\n"
        "    Template\n      text \"in \"\n      Name c\n      text \"\"\n    text \" $5 ${d}\"\n");
}

TEST_CASE("strings may hold line breaks") {
  CHECK(dump("s = \"a\nb\";") == "Assign\n  Name s\n  String \"a\\nb\"\n");
}
