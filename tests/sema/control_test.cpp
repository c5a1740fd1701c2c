#include <catch2/catch.hpp>

#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

TEST_CASE("jumps need a loop of the same function") {
  check(R"ml(
break;
^^^^^ ML0301 'break'
function f() { continue; }
//             ^^^^^^^^ ML0301 'continue'
x = f();
for (y in [1]) { g = () => { break; }; print(y, g); break; }
//                           ^^^^^ ML0301
while (f()) { if (x) { continue; } break; }
)ml");
  CHECK(severity_of("break;", "ML0301") == "error");
}

TEST_CASE("return needs a function") {
  check(R"ml(
return 5;
^^^^^^ ML0302
)ml");
}

TEST_CASE("unreachable statements are reported once per block") {
  check(R"ml(
function f(c) {
  if (c) { return 1; print(1); print(2); }
//                   ^^^^^^^^^ ML0303
  while (true) { if (c) { throw "x"; } }
  print(3);
//^^^^^^^^^ ML0303
}
function g() { return h(); function h() { return 1; } }
function k(c) { if (c) { return 1; } else { return 2; } print(1); }
//                                                      ^^^^^^^^^ ML0303
throw "end";
print(1);
^^^^^^^^^ ML0303
print(2);
)ml");
}

TEST_CASE("mixed returns") {
  check(R"ml(
function f(c) { if (c) { return 1; } }
//       ^ ML0304 'f'
function g(c) { if (c) { return 1; } return; }
//       ^ ML0304
function h(c) { if (c) { return 1; } return null; }
function k(c) { while (true) { if (c) { return 1; } } }
function m(c) { try { return c(); } except (e) { throw e; } }
function* n(c) { if (c) { return 1; } yield 1; }
function o(c) { if (c) { return; } print(1); }
)ml");
}

TEST_CASE("endless loops") {
  check(R"ml(
function f() { while (true) print(1); }
//             ^^^^^ ML0305
function g() { for (;;) { while (g()) { break; } } }
//             ^^^ ML0305
function h() { while (true) { if (h()) { break; } } for (;;) { return 1; } }
function* k() { while (true) { yield 1; } }
function m() { while (true) { x = () => { return 1; }; x(); } }
//             ^^^^^ ML0305
)ml");
}

TEST_CASE("constant conditions are infos") {
  check_all(R"ml(
if (0) { print(1); }
//  ^ ML0306
if (!true) { print(1); }
//  ^^^^^ ML0306
x = "" ? 1 : 2;
//  ^^ ML0306
while (true) { if (x) { break; } }
for (;;) { if (x) { break; } }
while (null) { print(x); }
//     ^^^^ ML0306
)ml");
  CHECK(severity_of("if (0) { print(1); }", "ML0306") == "info");
}

TEST_CASE("try statements") {
  check(R"ml(
try { print(1); } except (e) { print(e); } except (f) { print(f); }
//                                         ^^^^^^ ML0308
try { print(1); } except (ValueError) { print(ValueError); }
//                        ^^^^^^^^^^ ML0309
try { print(1); }
^^^ ML0311
function f(x) {
  for (i in x) {
    try { print(i); } finally { break; }
//                              ^^^^^ ML0310 'break'
  }
  try { print(1); } finally { for (i in x) { if (i) { break; } continue; } }
  try { print(1); } finally { g = () => { return 1; }; g(); return 2; }
//                                                          ^^^^^^ ML0310 'return'
}
)ml");
}

TEST_CASE("expression statements without effect") {
  check(R"ml(
x = input();
x == 3;
^^^^^^ ML0312
x;
^ ML0312
[x.y, () => x()];
^^^^^^^^^^^^^^^^ ML0312
x.f() == 3;
`${x.f()}`;
)ml");
}
