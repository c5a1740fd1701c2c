#include <catch2/catch.hpp>

#include "tests/emit/compile.h"

using ml::test::emit_text;

namespace {

std::string repeat(std::string_view s, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += s;
  return out;
}

bool compiles(const std::string& ml) {
  const auto out = emit_text(ml);
  return !out.has_errors && out.emitted.diagnostics.empty();
}

// Refused with a finding, by whichever phase notices first.
bool refused(const std::string& ml) {
  const auto out = emit_text(ml);
  return out.has_errors || !out.emitted.diagnostics.empty();
}

}  // namespace

TEST_CASE("long chains stay flat") {
  CHECK(compiles("s = \"a\"" + repeat(" + \"b\" + 1", 300) + ";"));
  CHECK(compiles("function f(a) { return a" + repeat(" + a", 300) + "; } f(1);"));
  CHECK(compiles("x = true" + repeat(" || false", 500) + ";"));
  CHECK(compiles("x = 1; if (x == 0) {}" + repeat(" elif (x == 2) { x = 3; }", 500)));
}

TEST_CASE("what Python cannot compile is a finding") {
  CHECK(refused("x = " + repeat("[", 190) + repeat("]", 190) + ";"));
  CHECK(refused("y = " + repeat("abs(", 185) + "1" + repeat(")", 185) + ";"));
  std::string loops;
  for (int i = 0; i < 25; ++i) loops += "while (true) { ";
  CHECK(refused(loops + "break; " + repeat("}", 25)));
  CHECK(refused(repeat("if (true) { ", 120) + "print(1);" + repeat(" }", 120)));
}
