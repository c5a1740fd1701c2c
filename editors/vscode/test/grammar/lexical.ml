// SYNTAX TEST "source.ml" "comments, numbers, strings, words"

x = 7 // 2;
//    ^^ keyword.operator.arithmetic.floor.ml
x = a[1] // len(q);
//       ^^ keyword.operator.arithmetic.floor.ml
x = 5; // five
//     ^^^^^^^ comment.line.double-slash.ml
} // end
//^^^^^^ comment.line.double-slash.ml
p = {age: 3, // the age
//           ^^^^^^^^^^ comment.line.double-slash.ml
}
n = 1; # a note
//     ^^^^^^^^ comment.line.number-sign.ml
n = 1 /* between */ + 2;
//    ^^^^^^^^^^^^^ comment.block.ml
//                    ^ constant.numeric.decimal.ml
n = 0xFF + 0b101 + 0o17 + 2.5E-3;
//  ^^^^ constant.numeric.hex.ml
//         ^^^^^ constant.numeric.binary.ml
//                 ^^^^ constant.numeric.octal.ml
//                        ^^^^^^ constant.numeric.decimal.ml
s = "a\n\d";
//  ^^^^^^^ string.quoted.double.ml
//    ^^ constant.character.escape.ml
//      ^^ - constant.character.escape.ml
s = `sum ${a // b} of`;
//  ^^^^^ string.template.ml
//         ^ variable.other.readwrite.ml
//           ^^ keyword.operator.arithmetic.floor.ml
t = [true, null];
//   ^^^^ constant.language.ml
//         ^^^^ constant.language.ml
