// SYNTAX TEST "source.ml" "statements"

function add(a, b) { return a + b; }
// ^^^^^ storage.type.function.ml
//       ^^^ entity.name.function.ml
//                   ^^^^^^ keyword.control.ml
g = function* () { yield 1; };
//                 ^^^^^ keyword.control.ml
import tools.geo as geo;
// ^^^ keyword.control.import.ml
//     ^^^^^^^^^ entity.name.namespace.ml
//               ^^ keyword.control.import.ml
//                  ^^^ entity.name.namespace.ml
f = fn(x) => x * 2;
//  ^^ storage.type.function.ml
//        ^^ storage.type.function.arrow.ml
ys = xs.map(x => x * 2);
//      ^^^ entity.name.function.member.ml
//          ^ variable.parameter.ml
if (a) { b = 1; } elif (c) { b = 2; } else { b = 3; }
// <-- keyword.control.ml
//                ^^^^ keyword.control.ml
//                                    ^^^^ keyword.control.ml
for (x in o.in) { }
//     ^^ keyword.control.ml
//          ^^ variable.other.property.ml
try { throw e; } except (e) { } finally { }
// <-- keyword.control.ml
//    ^^^^^ keyword.control.ml
//               ^^^^^^ keyword.control.ml
//                              ^^^^^^^ keyword.control.ml
capability Files {
// <---------- storage.type.capability.ml
//         ^^^^^ entity.name.type.capability.ml
    resource "data/*";
//  ^^^^^^^^ keyword.other.capability.ml
    allow read;
//  ^^^^^ keyword.other.capability.ml
//        ^^^^ keyword.other.capability.ml
}
