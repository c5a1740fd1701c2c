// Every syntax finding at its place (language.md 2.3, 6.2).

#include "tests/ast/support.h"

using namespace ml;
using namespace ml::test;

TEST_CASE("lexical findings") {
  check_syntax(R"ml(
x = "a\u{110000}b";
//    ^^^^^^^^^^ ML0006 code point \u{110000}
y = 12px + 0x + 1_000 + 0b102;
//  ^^^^ ML0005 malformed number '12px'
//         ^^ ML0005
//              ^^^^^ ML0005
//                      ^^^^^ ML0005
z = a $ b;
//    ^ ML0002 unexpected character '$'
w = a @ b;
//    ^ ML0002 unexpected character '@'
)ml");
  check_syntax("x = a\xC2\xA0+ b;\n//   ^ ML0002 U+00A0 NO-BREAK SPACE\n");
  check_syntax("total = “12”;\n//      ^ ML0002 U+201C\n//         ^ ML0002 U+201D\n");
  CHECK(codes_of(syntax_findings("x = 1;\n/* never\nclosed")) == std::vector<std::string>{"ML0004"});
  CHECK(codes_of(syntax_findings("x = \"\xFF\";")) == std::vector<std::string>{"ML0001"});
}

TEST_CASE("unterminated strings do not spoil the next lines") {
  check_syntax(R"ml(
print("abc);
//    ^^^^^^ ML0003
print("next");
x = 1
//   ^ ML0101
y = `open ${x};
//  ^^^^^^^^^^^ ML0003 unterminated template
)ml");
  check_syntax(R"ml(
a = 'it's';
//      ^ ML0101
//       ^^ ML0003
)ml");
}

TEST_CASE("missing terminators stand behind the token before") {
  check_syntax(R"ml(
x = 5
//   ^ ML0101 insert ;
print(x)   // a comment
//      ^ ML0101
let y = 2
//       ^ ML0101
if (x) { return }
while (x) break
//             ^ ML0101
z = 1 w = 2;
//   ^ ML0101
)ml");
}

TEST_CASE("what was expected is said in terms of the language") {
  check_syntax(R"ml(
x = (1 + );
//       ^ ML0100 expected an expression, found ')'
f(1 2);
//  ^ ML0100 expected ',' or ')', found '2'
y = [1, , 2];
//      ^ ML0100 expected an expression, found ','
o = {a 1};
//     ^ ML0100 expected ':', found '1'
p = o.;
//    ^ ML0100 expected a member name, found ';'
function (a { }
//       ^ ML0102 '(' is never closed
)ml");
  check_syntax(R"ml(
for (j = 0, k = 0; false;) {}
//        ^ ML0100 expected ';', found ','
if x > 1 { y = 1; }
// ^ ML0100 expected '(', found 'x'
for (x of xs) {}
//     ^^ ML0100 write for (x in xs)
z = c ? 1;
//       ^ ML0100 expected ':', found ';'
w = a ?? b;
//     ^ ML0100 ML has no
else { }
^^^^ ML0100 expected a statement, found 'else'
)ml");
  check_syntax(R"ml(
retrun x;
//    ^ ML0101 did you mean 'return'?
whlie (x) { y = 1; }
//        ^ ML0100 did you mean 'while'?
def f(x) { }
// ^ ML0101 functions are declared with function
)ml");
}

TEST_CASE("brackets that are never closed") {
  check_syntax(R"ml(
print("a";
//   ^ ML0102 '(' is never closed
x = [1, 2;
//  ^ ML0102
y = {a: 1;
//  ^ ML0102
z = (1 + 2;
//  ^ ML0102
)ml");
  check_syntax(R"ml(
function f(x) {
  if (x) {
//       ^ ML0102 '{' is never closed
    return 1;
  return 2;
}
function g() { return 3; }
)ml");
  check_syntax(R"ml(
function f() {
//           ^ ML0102
  x = 1;
)ml");
  check_syntax(R"ml(
x = 1;
}
^ ML0100 expected a statement, found '}'
y = 2;
)ml");
}

TEST_CASE("targets, declarations and their places") {
  check_syntax(R"ml(
f() = 1;
^^^ ML0103 cannot assign to a call
1 = x;
^ ML0103 cannot assign to a number
a + b = c;
^^^^^ ML0103 cannot assign to an expression
(a) = 1;
^^^ ML0103 cannot assign to an expression in parentheses
function g() { import math; capability X { } }
//             ^^^^^^ ML0104
//                          ^^^^^^^^^^ ML0104
nonlocal x;
^^^^^^^^ ML0105
if (a) function h() { }
//     ^^^^^^^^^^ ML0106
if (a) import b;
//     ^^^^^^^^ ML0106
function i(a = 1, b) { }
//                ^ ML0107 parameter 'b'
s[1:2:3:4];
//     ^ ML0108
)ml");
  check_syntax(R"ml(
function* g() { x = yield 1; }
//                  ^^^^^ ML0109
function while() { }
//       ^^^^^ ML0110
[in] = [1];
 ^^ ML0110
null = 1;
^^^^ ML0110
x = a + if;
//      ^^ ML0110
capability A { allow fly; resource x; what; allow read "a" }
//             ^^^^^^^^^ ML0111 an action is
//                        ^^^^^^^^ ML0111
//                                    ^^^^ ML0111
y = `a ${} ${1 2} ${ /* */ }`;
//     ^^^ ML0112
//             ^ ML0112
//                ^^^^^^^^^^ ML0112
if (x = 1) { }
//    ^ ML0113 compare with ==
a = b = c;
//    ^ ML0113
)ml");
}

TEST_CASE("constructs of other languages") {
  check_syntax(R"ml(
x += 1; x -= 2; x++; x--;
//^^ ML0120 write x = x +
//        ^^ ML0120
//               ^^ ML0120 write x = x + 1
//                    ^^ ML0120
x //= 2;
//^^^ ML0120
y = a ** b;
//    ^^ ML0121
z = a === b || a !== c;
//    ^^^ ML0122
//               ^^^ ML0122
try { } catch (e) { }
//      ^^^^^ ML0123
switch (x) { case 1: y(); break; default: z(); }
^^^^^^ ML0124
match x { }
^^^^^ ML0124
class A extends B { f() { } }
^^^^^^^ ML0125
p = new A(1);
//  ^^^ ML0125
f(name = 1);
//^^^^^^ ML0126
f(...xs);
//^^^ ML0127
function r(...rest) { }
//         ^^^ ML0127
l = [e for e in xs];
//  ^^^^^^^^^^^^^^^ ML0128
)ml");
  check_syntax(R"ml(
async function f() { }
^^^^^ ML0129
x = await g();
//  ^^^^^ ML0129
yield x;
^^^^^ ML0130
import {a} from "b";
^^^^^^^^ ML0131
import a, b;
^^^^^^^^^ ML0131
from a import b;
^^^^^^^^^^^^^ ML0131
export function h() { }
^^^^^^ ML0131
{ x = 1; }
^ ML0132
o = {[k]: v};
//   ^^^ ML0133
o = {x};
//   ^ ML0133 write {x: x}
o = {...p};
//   ^^^ ML0133
o = {m() { }};
//   ^ ML0133
do { x = 1; } while (x);
^^ ML0134
b = 1 & 2 | ~3 << 1;
//    ^ ML0135
//        ^ ML0135
//          ^ ML0135
//             ^^ ML0135
)ml");
  check_syntax(R"ml(
if (a) { } elseif (b) { }
//         ^^^^^^ ML0136
if (a) { } elif { }
//         ^^^^ ML0136
@decorated
^^^^^^^^^^ ML0137
function f() { }
[a, [b]] = c;
//  ^^^ ML0138
{a: b} = c;
 ^^^^ ML0138
x = a and b or not c;
//    ^^^ ML0139
//          ^^ ML0139
//             ^^^ ML0139
)ml");
}
