#include <catch2/catch.hpp>

#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

TEST_CASE("argument counts of user functions") {
  check(R"ml(
function f(a) { return a; }
f();
^^^ ML0401 f() missing 1 required positional argument: 'a'
f(1, 2);
^^^^^^^ ML0401 f() takes 1 positional argument but 2 were given
g = (a, b = 1) => a + b;
print(g(), g(1), g(1, 2), g(1, 2, 3));
//    ^^^ ML0401
//                        ^^^^^^^^^^ ML0401 g() takes from 1 to 2 positional arguments but 3 were given
function h(a, b, c) { function k() { return 1; } return k(a) + b + c; }
//                                                      ^^^^ ML0401
h(1);
^^^^ ML0401 h() missing 2 required positional arguments: 'b' and 'c'
)ml");
  check(R"ml(
function f(a) { return a; }
if (f(1)) { f = x => x; }
f();
function max(a, b, c) { return a + b + c; }
max(1);
^^^^^^ ML0401
function two(cb) { return cb(); }
two(f);
min = x => x;
min(1, 2);
)ml");
  CHECK(severity_of("function f(a) { return a; } f();", "ML0401") == "error");
  CHECK(severity_of("function f(a) { return a; } try { f(); } except (e) { print(e); }", "ML0401") ==
        "warning");
}

TEST_CASE("argument counts of the library") {
  check(R"ml(
print(len(), len(1, 2), len(3));
//    ^^^^^ ML0402 len(
//           ^^^^^^^^^ ML0402
import math;
import math as m;
print(math.sqrt(), m.sqrt(1, 2), math.sqrt(1));
//    ^^^^^^^^^^^ ML0402 math.sqrt
//                 ^^^^^^^^^^^^ ML0402
s = "a";
print("a".upper(1), s.upper(2), s.upper(), [1].map(), builtin.len());
//    ^^^^^^^^^^^^ ML0402 string.upper
//                  ^^^^^^^^^^ ML0402
//                                         ^^^^^^^^^ ML0402 array.map
//                                                    ^^^^^^^^^^^^^ ML0402
function len2(len) { return len(); }
len2(print);
)ml");
  CHECK(severity_of("try { len(); } except { print(1); }", "ML0402") == "warning");
}

TEST_CASE("unknown members of known values") {
  check(R"ml(
print("a".foo(), "a".uper(), [1].size, 5.toFixed(1), true.x, null.y, (() => 1).name);
//        ^^^ ML0403 string has no method 'foo'
//                   ^^^^ ML0403 did you mean 'upper'
//                               ^^^^ ML0403 array has no property 'size'
//                                                        ^ ML0403
//                                                                ^ ML0403 null has no property 'y'
s = "x"; t = "y"; t = 5;
print(s.foo, t.foo, {a: 1}.foo, {a: 1}.foo());
//      ^^^ ML0403
function f(p) { q = [1]; return [p.foo, q.foo, q.map(x => x.foo), s.bar]; }
//                                        ^^^ ML0403
//                                                                  ^^^ ML0403
f(1);
)ml");
}

TEST_CASE("operators on literal types") {
  check(R"ml(
x = 1;
print("a" - 1, null < 1, [1] + 1, {} * 2, -"a", x - "b", "a" % 2);
//        ^ ML0404 '-' always fails for string and number
//                  ^ ML0404 '<' always fails for null and number
//                           ^ ML0404
//                                   ^ ML0404
//                                        ^ ML0404 string
//                                                ^ ML0404
//                                                           ^ ML0404
print("a" + 1, 1 + "a", null + "a", [1] + [2], "a" * 2, 2 * [1], true + 1, -true, "a" < "b", [1] < [2], 1 < 2.5);
function f(p) { return p - "a" + (p < null); }
f(1);
)ml");
}

TEST_CASE("calls of what is no function") {
  check(R"ml(
n = 5;
n();
^ ML0405 'n'
print("a"(), [1](2), (x => x)(1));
//    ^^^ ML0405 string
//           ^^^ ML0405 array
m = 5;
m = () => 1;
m();
function f() { k = "a"; k = "b"; return k(); }
//                                      ^ ML0405
f();
)ml");
}

TEST_CASE("indexes, divisors, comparisons") {
  check(R"ml(
a = [1, 2];
o = {};
print(a[1.5], a["x"], a[2.0], a[1], a[true], o["x"], "abc"["b"], [1][null]);
//      ^^^ ML0406 fraction
//              ^^^ ML0406 array
//                                                         ^^^ ML0406 string
//                                                                   ^^^^ ML0406
print(o / a / 0, 1 // 0.0, 1 % 0, 1 / 0x0, 1 / 0.5);
//      ^ ML0404
//          ^ ML0407
//                 ^^ ML0407
//                           ^ ML0407
//                                  ^ ML0407
print(1 == "1", true == 1, null != 0, 1 == 1.0, a == null, "a" == "b", a == "x");
//      ^^ ML0408 number with string
//                   ^^ ML0408 counts as 1
//                              ^^ ML0408
//                                                                       ^^ ML0408
)ml");
}

TEST_CASE("what cannot be iterated or unpacked") {
  check(R"ml(
for (x in 5) { print(x); }
//        ^ ML0409 cannot iterate over number
for (x in null) { print(x); }
//        ^^^^ ML0409
for (x in "ab") { print(x); }
for (x in {a: 1}) { print(x); }
[a, b] = [1];
//       ^^^ ML0409 expected 2, got 1
[c, d] = "hé";
[e] = 5;
//    ^ ML0409
{f} = [1];
//    ^^^ ML0409
{g} = {h: 1};
list = [1];
list.push(2);
[i, j] = list;
print(a, b, c, d, e, f, g, i, j);
)ml");
}

TEST_CASE("what is not known is not reported") {
  check(R"ml(
function f(p) {
  for (v in [1]) { v.foo(); v(); v - "a"; }
//                               ^^^^^^^ ML0312
  p.foo(); p(); r = p(); r.x(1, 2, 3);
  if (p) { s = "a"; } else { s = p; }
  s.toFixed(1);
  return s();
}
f(1);
)ml");
}
