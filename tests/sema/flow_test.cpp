#include <catch2/catch.hpp>

#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

TEST_CASE("certain reads before assignment") {
  check(R"ml(
print(x);
//    ^ ML0204 'x'
x = 1;
)ml");
  check(R"ml(
function f() { print(y); y = 1; return y; }
//                   ^ ML0204
)ml");
  check(R"ml(
n = 0;
function f() { n = n + 1; }
//                 ^ ML0205 nonlocal n
f();
)ml");
  check(R"ml(
function outer() { n = 0; function inner() { n = n + 1; return n; } return inner() + n; }
//                                               ^ ML0205 nonlocal n
)ml");
  check(R"ml(
function f(c) { while (c) { print(x); x = 1; } }
//                                ^ ML0204
)ml");
}

TEST_CASE("certain failures are warnings where they are caught") {
  CHECK(severity_of("print(x); x = 1;", "ML0204") == "error");
  CHECK(severity_of("try { print(x); } except (e) { print(e); } x = 1;", "ML0204") == "warning");
  CHECK(severity_of("try { print(x); } finally { print(1); } x = 1;", "ML0204") == "error");
  CHECK(severity_of("function f() { try { print(x); } except { print(1); } x = 1; return x; }", "ML0204") ==
        "warning");
  CHECK(severity_of("x = 0; function f() { try { print(x); } except { print(1); } x = 1; return x; }",
                    "ML0205") == "warning");
}

TEST_CASE("possible reads before assignment") {
  check(R"ml(
c = input();
if (c) { v = 1; }
print(v);
//    ^ ML0206
for (x in c) { w = x; }
print(x, w);
//    ^ ML0206
//       ^ ML0206
)ml");
  check(R"ml(
function f(c) {
  while (c) { a = 1; c = c - 1; }
  try { b = c(); d = 2; } except (e) { print(e, d); }
//                                              ^ ML0206
  return [a, b];
//        ^ ML0206
//           ^ ML0206
}
)ml");
}

TEST_CASE("clear programs are left alone") {
  check(R"ml(
c = input();
if (c == "1") { a = 1; } elif (c == "2") { a = 2; } else { throw "no"; }
print(a);
while (true) { b = input(); if (b) { break; } }
print(b);
function f(p) {
  if (p > 1) { x = 1; } else { return 0; }
  for (i in range(3)) { if (i == 0) { continue; } y = i; print(y); }
  for (let k = 0; k < 3; k = k + 1) { print(k); }
  try { t = p / x; } except (e) { t = 0; print(e); }
  try { u = p; } finally { print("done"); }
  return x + t + u + k;
}
print(f(1));
function later() { return defined_below + helper(); function helper() { return 1; } }
defined_below = 1;
print(later(), early());
function early() { return 1; }
function caught() { try { throw 1; } except (e) { m = e; } return m; }
caught();
)ml");
}

TEST_CASE("finally sees every outcome") {
  check(R"ml(
function f(g) {
  while (true) { try { if (g()) { break; } x = 1; } finally { y = 2; } }
  print(y);
  return x;
//       ^ ML0206
}
)ml");
  check(R"ml(
function f(g) {
  try { x = g(); } finally { print(x); }
//                                 ^ ML0206
  return x;
}
)ml");
}

TEST_CASE("an earlier round of a loop may have assigned the name") {
  check(R"ml(
function f(cs) {
  for (c in cs) { if (c) { x = 1; } else { print(x); y = 2; } }
//                                               ^ ML0206
  return y;
//       ^ ML0206
}
)ml");
}

TEST_CASE("names that are assigned elsewhere are trusted") {
  check(R"ml(
function init() { nonlocal state; state = 1; }
init();
print(state);
state = 2;
function f() { function set() { nonlocal v; v = 1; } set(); print(v); v = 2; return v; }
f();
)ml");
}

TEST_CASE("calls of a built-in's name fall back to the built-in") {
  check(R"ml(
function stats(xs) { len = len(xs); return len; }
//                   ^^^ ML0214
print(stats([1]));
)ml");
  check(R"ml(
function f() { print(len); len = 3; return len; }
//                   ^^^ ML0204
)ml");
}

TEST_CASE("a read that may be skipped decides nothing for what follows") {
  check(R"ml(
function f(a, c) {
  try { if (a) { print(c ? x : 0); x = 1; } } except (e) { print(e); }
//                         ^ ML0204
  return x;
//       ^ ML0206
}
)ml");
}

TEST_CASE("many variables in one function are followed in portions") {
  std::string source = "function f(c) {\n";
  for (int i = 0; i < 200; ++i) source += "if (c) { v" + std::to_string(i) + " = 1; }\n";
  for (int i = 0; i < 200; ++i) source += "print(v" + std::to_string(i) + ");\n";
  CHECK(findings(source + "}\n").size() == 200);
}
