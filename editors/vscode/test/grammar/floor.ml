// SYNTAX TEST "source.ml" "// as operator and as comment: the table of language.md 1.3"

x = a // b;
//    ^^ keyword.operator.arithmetic.floor.ml
x = f(a) // 2; // half
//       ^^ keyword.operator.arithmetic.floor.ml
//             ^^^^^^^ comment.line.double-slash.ml
i = a[1] // len(q) + 1;
//       ^^ keyword.operator.arithmetic.floor.ml
x = a // -3;
//    ^^ keyword.operator.arithmetic.floor.ml
x = 7 // 2 // 3;
//    ^^ keyword.operator.arithmetic.floor.ml
//         ^^ keyword.operator.arithmetic.floor.ml
if (n // 2 == k) { }
//    ^^ keyword.operator.arithmetic.floor.ml
function g() { return // nothing
//                    ^^^^^^^^^^ comment.line.double-slash.ml
}
if (n <= 1) // base case
//          ^^^^^^^^^^^^ comment.line.double-slash.ml
    { }
x = a
    // add b
//  ^^^^^^^^ comment.line.double-slash.ml
    + b;
o = {
    age: 3, // the age
//          ^^^^^^^^^^ comment.line.double-slash.ml
    n: get(), // Expensive!
//            ^^^^^^^^^^^^^ comment.line.double-slash.ml
    k: n, // don't
//        ^^^^^^^^ comment.line.double-slash.ml
    name: "Al" // label
//             ^^^^^^^^ comment.line.double-slash.ml
};
p = {age: 3 // the age
//          ^^^^^^^^^^ comment.line.double-slash.ml
};
p = {v: w // (or null)
//        ^^^^^^^^^^^^ comment.line.double-slash.ml
};
p = {u: v // done.
//        ^^^^^^^^ comment.line.double-slash.ml
};
p = {q: r // NEVER log!
//        ^^^^^^^^^^^^^ comment.line.double-slash.ml
};
/* over
   lines */ y = 1;
// <-------- comment.block.ml
//          ^ variable.other.readwrite.ml
s = "no // comment # here";
//  ^^^^^^^^^^^^^^^^^^^^^^ string.quoted.double.ml
