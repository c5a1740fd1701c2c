// SYNTAX TEST "source.ml" "reserved, contextual and ordinary words"

while (x) { break; }
// <----- keyword.control.ml
//          ^^^^^ keyword.control.ml
for (let i = 0; i < 3; i = i + 1) { continue; }
//   ^^^ storage.type.ml
//       ^ variable.other.readwrite.ml
//                                  ^^^^^^^^ keyword.control.ml
for (const k in o) { }
//   ^^^^^ storage.type.ml
//           ^^ keyword.control.ml
;; let y = 1; const z = 2; var w;
// ^^^ storage.type.ml
//            ^^^^^ storage.type.ml
//                         ^^^ storage.type.ml
let [a, b] = v;
// <--- storage.type.ml
var {q, r} = v;
// <--- storage.type.ml
let = 10;
// <--- variable.other.readwrite.ml
function f() { nonlocal n, m; n = 1; }
//             ^^^^^^^^ keyword.control.ml
x = undefined;
//  ^^^^^^^^^ constant.language.ml
t = trueish + iffy + inner;
//  ^^^^^^^ variable.other.readwrite.ml
//            ^^^^ variable.other.readwrite.ml
//                   ^^^^^ variable.other.readwrite.ml
read = 1; allow = 2; system = 3;
// <---- variable.other.readwrite.ml
//        ^^^^^ variable.other.readwrite.ml
//                   ^^^^^^ variable.other.readwrite.ml
class = 4; not = 5; catch = 6; switch = async;
// <----- variable.other.readwrite.ml
//         ^^^ variable.other.readwrite.ml
//                  ^^^^^ variable.other.readwrite.ml
//                             ^^^^^^ variable.other.readwrite.ml
as = 9;
// <-- variable.other.readwrite.ml
capability = 1;
// <---------- variable.other.readwrite.ml
o = {if: 1, in: 2, class: 3, true: 4, "s p": 5, 7: 6};
//   ^^ meta.object-literal.key.ml
//          ^^ meta.object-literal.key.ml
//                 ^^^^^ meta.object-literal.key.ml
//                           ^^^^ meta.object-literal.key.ml
//                                    ^^^^^ string.quoted.double.ml
//                                              ^ constant.numeric.decimal.ml
p = o.in + o.class + o.true + o.function;
//    ^^ variable.other.property.ml
//           ^^^^^ variable.other.property.ml
//                     ^^^^ variable.other.property.ml
//                              ^^^^^^^^ variable.other.property.ml
if (a) { } else if (b) { }
//         ^^^^ keyword.control.ml
//              ^^ keyword.control.ml
import a.b.c;
// <------ keyword.control.import.ml
//     ^^^^^ entity.name.namespace.ml
capability tools.Files {
// <---------- storage.type.capability.ml
//         ^^^^^^^^^^^ entity.name.type.capability.ml
    allow network "api.example.com"; // why
//  ^^^^^ keyword.other.capability.ml
//        ^^^^^^^ keyword.other.capability.ml
//                ^^^^^^^^^^^^^^^^^ string.quoted.double.ml
//                                   ^^^^^^ comment.line.double-slash.ml
}
x = 1;
// <- variable.other.readwrite.ml
