#include "lsp/features/hover/keywords.h"

namespace ml::lsp {
namespace {

constexpr Keyword kKeywords[] = {
    {"if", "Runs a block when a condition is true.", "if (n > 0) { print(n); }"},
    {"elif", "Another condition, tried when those before are false.", "if (n > 0) { } elif (n < 0) { }"},
    {"else", "Runs when no condition before is true.", "if (ok) { } else { }"},
    {"while", "Repeats a block as long as a condition is true.", "while (n > 0) { n = n - 1; }"},
    {"for", "Repeats a block for each element, or counts.", "for (item in list) { print(item); }"},
    {"in", "The values a loop goes through.", "for (key in object) { }"},
    {"break", "Leaves the innermost loop.", "while (true) { break; }"},
    {"continue", "Goes on with the next round of the innermost loop.", "for (x in list) { continue; }"},
    {"function", "Declares a function; `function*` makes a generator.",
     "function add(a, b) { return a + b; }"},
    {"fn", "A function as a value.", "double = fn(x) => x * 2;"},
    {"return", "Ends the function with a value, or null.", "return total;"},
    {"try", "Runs a block whose errors can be caught.", "try { risky(); } except (e) { print(e.message); }"},
    {"except", "Takes an error thrown in the try block.", "try { } except (e) { }"},
    {"finally", "Runs whether or not there was an error.", "try { } finally { close(); }"},
    {"throw", "Raises an error: a text, an object or a caught error.", "throw \"no such file\";"},
    {"import", "Makes a module of the library or another file available.", "import math;"},
    {"nonlocal", "Lets assignments reach a variable of an outer scope.", "nonlocal count;"},
    {"true", "The boolean value true.", "ready = true;"},
    {"false", "The boolean value false.", "ready = false;"},
    {"null", "No value; also what a missing key gives.", "x = null;"},
    {"undefined", "The same as null.", "x = null;"},
    {"yield", "Gives the next value of a generator.", "function* count() { yield 1; yield 2; }"},
    {"capability", "Says which files, hosts and programs this program needs.",
     "capability Reports { allow read \"data/*.csv\"; }"},
    {"let", "Declares a variable; a plain assignment does the same.", "let x = 1;"},
    {"const", "Declares a variable that is not assigned again.", "const LIMIT = 10;"},
    {"var", "Declares a variable; a plain assignment does the same.", "var x = 1;"},
};

}  // namespace

const Keyword* find_keyword(std::string_view word) {
  for (const Keyword& keyword : kKeywords) {
    if (keyword.word == word) return &keyword;
  }
  return nullptr;
}

}  // namespace ml::lsp
