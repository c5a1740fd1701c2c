#include <catch2/catch.hpp>

#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

TEST_CASE("an unknown name is an error, an unknown callee a warning") {
  check(R"ml(
total = 1;
print(totl);
//    ^^^^ ML0201 did you mean 'total'
printt(1);
^^^^^^ ML0202 did you mean 'print'
x = math;
//  ^^^^ ML0201 import math
)ml");
  check(R"ml(
function f(price) { return prise; }
//                         ^^^^^ ML0201 did you mean 'price'
)ml");
  CHECK(severity_of("print(totl);", "ML0201") == "error");
  CHECK(severity_of("sqrt(2);", "ML0202") == "warning");
}

TEST_CASE("a divisor that may be a comment is explained") {
  check(R"ml(
l = [
  10, 20 // twenty
//          ^^^^^^ ML0201 if this was meant as a comment
];
)ml");
}

TEST_CASE("every way to read and bind a name is seen") {
  check(R"ml(
import math as m;
[a, b] = [1, 2];
{c, d} = {c: 1};
for (e in [1]) {}
for (i = 0; i < 1; i = i + 1) {}
try {} except (f) {}
function g(h = a) { return h; }
let k = 1;
var l;
print(a, b, c, d, g(), k, l, m.pi, `${a}`, [b], {x: c}, a ? b : c, -a, !a, a[b], a[b:c:d], a.b, a || b, x => x, builtin.len(a));
)ml");
  const std::vector<Diagnostic> found = findings(
      "print([a1], {x: a2}, `${a3}`, -a4, a5 ? a6 : a7, a8[a9], b1[b2:b3:b4], b5.x, b6 && b7, x => b8, c1 + "
      "c2);"
      "c3.x = c4; c5[c6] = c7; c8[c9:1] = 1; for (x in d1) { throw d2; } while (d3) { [y] = d4; } f = (a = "
      "d5) => a;");
  CHECK(found.size() == 31);
  for (const Diagnostic& d : found) CHECK(code_name(d.code) == "ML0201");
}

TEST_CASE("names belong to functions, not to blocks") {
  check(R"ml(
if (true) { x = 1; } else { x = 2; }
print(x);
function f() { if (true) { y = 1; } else { y = 2; } return y; }
print(f(), y);
//         ^ ML0201
)ml");
}

TEST_CASE("the name of a function expression is visible inside only") {
  check(R"ml(
f = function inner(n) { return n < 1 ? 1 : inner(n - 1); };
print(f(1), inner);
//          ^^^^^ ML0201
)ml");
}

TEST_CASE("nonlocal leads to the nearest function that binds the name, else to the top level") {
  check(R"ml(
function f() { nonlocal zz; zz = 1; }
//                      ^^ ML0203
)ml");
  check(R"ml(
hits = 0;
function mk() { n = 0; return () => { nonlocal n, hits; n = n + 1; hits = hits + 1; return n; }; }
print(mk()(), hits);
)ml");
  // Assigning through `nonlocal` binds nothing by itself.
  CHECK(has_code(findings("function f() { nonlocal x; x = 1; } f(); print(x);"), "ML0203"));
  check(R"ml(
function f(a) { nonlocal a; return a; }
//                       ^ ML0208
)ml");
}

TEST_CASE("parameters are distinct") {
  check(R"ml(
function f(a, a) { return a; }
//            ^ ML0209 'a'
g = (b, c, b) => b + c;
//         ^ ML0209
)ml");
}

TEST_CASE("duplicate keys and pattern names") {
  check(R"ml(
o = {a: 1, "a": 2, 1: 3, 1.0: 4, 0x1: 5, "1": 6, b: 7};
//         ^^^ ML0210
//                       ^^^ ML0210
//                               ^^^ ML0210
[p, q, p] = [1, 2, 3];
//     ^ ML0212
)ml");
}

TEST_CASE("functions declared twice in one scope") {
  check(R"ml(
function r() { return 1; }
function r() { return 2; }
//       ^ ML0211
function o() {
  function r() { return 1; }
  return r();
  function r() { return 2; }
//         ^ ML0211
}
print(r(), o());
)ml");
}

TEST_CASE("hidden outer variables and built-ins are infos") {
  check_all(R"ml(
x = 1;
function f(x) { y = x; g = () => { y = 2; return y; }; return g() + y; }
//         ^ ML0213
//                                 ^ ML0213
function max(a, b) { return a + b; }
//       ^^^ ML0214
print(x, f(1), max(1, 2));
)ml");
  CHECK(severity_of("x = 1; function f(x) { return x; } f(x);", "ML0213") == "info");
  CHECK(severity_of("len = [1]; print(len);", "ML0214") == "info");
  CHECK(severity_of("len = 3; print(len([1]));", "ML0214") == "warning");
  CHECK(severity_of("xs = [1]; len = len(xs); print(len);", "ML0214") == "warning");
  CHECK(severity_of("function f(xs) { str = str(xs); return str; } f([1]);", "ML0214") == "warning");
  CHECK(severity_of("max = (a, b) => a + b; print(max(1, 2));", "ML0214") == "info");
}

TEST_CASE("what a function binds and nobody reads") {
  check_all(R"ml(
function f(a, _b) {
//         ^ ML0216 'a'
  x = 1;
//^ ML0215 'x'
  _y = 2;
  for (i in [1]) { print(1); }
  for (let k = 0; true; ) { break; }
  [p, q] = [1, 2];
//    ^ ML0215 'q'
  function helper() { return 1; }
//         ^^^^^^ ML0219 'helper'
  read_inside = 1;
  return () => read_inside + p;
}
f(1, 2);
)ml");
}

TEST_CASE("constants") {
  check(R"ml(
const k = 1;
k = 2;
^ ML0217
function f() { const c = 1; g = () => { nonlocal c, k; c = 2; k = 3; }; g(); return c; }
//                                                     ^ ML0217
//                                                            ^ ML0217
const c = 1;
print(k, c, f());
)ml");
}

TEST_CASE("unused imports") {
  check(R"ml(
import math;
//     ^^^^ ML0218 'math'
import json as j;
print(j.parse("1"));
)ml");
}

TEST_CASE("what the parser refused is reported once") {
  const auto codes = [](std::string_view source) { return codes_of(findings(source)); };
  CHECK(codes("x = 1; switch (x) { case 1: print(1); }") == std::vector<std::string>{"ML0124"});
  CHECK(codes("import math; function f(a) { b = ; } x += y;") ==
        std::vector<std::string>{"ML0100", "ML0120"});
  CHECK(codes("function f(a) { b = ; return a + c; }") == std::vector<std::string>{"ML0100", "ML0201"});
}

TEST_CASE("host names are top-level variables, a session knows every name") {
  sema::AnalyzeOptions host;
  host.host_names = {"config"};
  CHECK(
      findings("print(config); function f() { nonlocal config; config = 1; } f();", false, library_only, host)
          .empty());
  CHECK(findings("config = config + 1; print(config());", false, library_only, host).empty());
  sema::AnalyzeOptions session;
  session.interactive = true;
  CHECK(findings("anything; x = x + 1; f(1);", false, library_only, session).empty());
}
