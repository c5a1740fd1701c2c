// SYNTAX TEST "source.ml" "expressions"

n = 007 + 1. + .5 + 1e3 + 5.toFixed(1) - 5-3;
//  ^^^ constant.numeric.decimal.ml
//        ^^ constant.numeric.decimal.ml
//             ^^ constant.numeric.decimal.ml
//                  ^^^ constant.numeric.decimal.ml
//                        ^ constant.numeric.decimal.ml
//                          ^^^^^^^ entity.name.function.member.ml
//                                        ^ keyword.operator.arithmetic.ml
c = a && b || !d ? 1 : -2 % 3;
//    ^^ keyword.operator.logical.ml
//         ^^ keyword.operator.logical.ml
//            ^ keyword.operator.logical.ml
//               ^ keyword.operator.logical.ml
//                     ^ keyword.operator.arithmetic.ml
//                        ^ keyword.operator.arithmetic.ml
c = a == b != (d <= e) >= f;
//    ^^ keyword.operator.comparison.ml
//         ^^ keyword.operator.comparison.ml
//               ^^ keyword.operator.comparison.ml
//                     ^^ keyword.operator.comparison.ml
s = list[1:n - 1:2];
//  ^^^^ variable.other.readwrite.ml
//       ^ constant.numeric.decimal.ml
//         ^ variable.other.readwrite.ml
m = xs.map(fn(x) => x * 2).filter((a, b) => a);
//     ^^^ entity.name.function.member.ml
//         ^^ storage.type.function.ml
//               ^^ storage.type.function.arrow.ml
//                         ^^^^^^ entity.name.function.member.ml
//                                       ^^ storage.type.function.arrow.ml
[a, b] = pair();
//       ^^^^ entity.name.function.ml
{q, r} = o;
// <- punctuation.section.braces.begin.ml
f = function inner(x, y = [1, 2], z: number = 3): string { return x; };
//  ^^^^^^^^ storage.type.function.ml
//           ^^^^^ entity.name.function.ml
//                         ^ constant.numeric.decimal.ml
//                                            ^ constant.numeric.decimal.ml
//                                                         ^^^^^^ keyword.control.ml
function* count(n) { yield n; }
//      ^ keyword.generator.asterisk.ml
//        ^^^^^ entity.name.function.ml
//                   ^^^^^ keyword.control.ml
g = fn() => { return {}; };
//  ^^ storage.type.function.ml
//            ^^^^^^ keyword.control.ml
t = `a ${ {k: `in ${x}`} } z`;
//  ^^^ string.template.ml
//     ^^ punctuation.section.embedded.begin.ml
//         ^ meta.object-literal.key.ml
//            ^^^^ string.template.ml
//                  ^ variable.other.readwrite.ml
//                         ^^ string.template.ml
u = 'it\'s' + "\x41\u0042\u{43}\U00000044" + "\q";
//  ^^^^^^^ string.quoted.single.ml
//     ^^ constant.character.escape.ml
//             ^^^^ constant.character.escape.ml
//                 ^^^^^^ constant.character.escape.ml
//                       ^^^^^^ constant.character.escape.ml
//                             ^^^^^^^^^^ constant.character.escape.ml
//                                            ^^ - constant.character.escape.ml
r = "over
lines"; after = 1;
// <----- string.quoted.double.ml
//      ^^^^^ variable.other.readwrite.ml
