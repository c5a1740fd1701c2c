// Security findings of one place: names, members, imports, texts, calls, capabilities (security.md section
// 4).

#include <catch2/catch.hpp>

#include "core/diag/security.h"
#include "core/sema/checks/security_text.h"
#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

namespace {

// Only what is about security, infos included.
void check_security(std::string_view marked) {
  check_marks(marked, [](std::string_view source) {
    std::vector<Diagnostic> found = findings(source, true);
    std::erase_if(found, [](const Diagnostic& d) { return !is_security(d.code); });
    return found;
  });
}

}  // namespace

TEST_CASE("names of the host are refused where nobody binds them") {
  check(R"ml(
eval("1");
^^^^ SEC104 'eval' runs host code
x = open;
//  ^^^^ SEC105 'open' is a host function; use file.read or file.write
throw {message: exec("1")};
//              ^^^^ SEC104
)ml");
  check(R"ml(
function open(p) {
    return p;
}
dir = "logs";
print(open(dir));
function r() {
    function breakpoint() {
        return 0;
    }
    return breakpoint;
}
print(r());
breakpoint();
^^^^^^^^^^ SEC104
)ml");
}

TEST_CASE("names with two underscores cannot be read or bound") {
  check(R"ml(
x = __name__;
//  ^^^^^^^^ SEC101
print(x);
__x = 1;
^^^ SEC103
[__a, b] = [1, 2];
 ^^^ SEC103
print(b);
for (__i in [1]) { print(1); }
//   ^^^ SEC103
function __f(__p) { return 1; }
//       ^^^ SEC103
//           ^^^ SEC103
try { print(1); } except (__e) { print(2); }
//                        ^^^ SEC103
g = function __self() { return 1; };
//           ^^^^^^ SEC103
print(g());
)ml");
}

TEST_CASE("members of the host's objects are refused, texts are not") {
  check(R"ml(
x = "a";
y = x.__class__;
//    ^^^^^^^^^ SEC102
o = {};
o.__class__ = 1;
//^^^^^^^^^ SEC102
it = iter([1]);
print(it.gi_frame, it.co_code, y);
//       ^^^^^^^^ SEC106
//                    ^^^^^^^ SEC106
print(getattr(x, "f_globals"));
//               ^^^^^^^^^^^ SEC106
print(o["__class__"], hasattr(x, "__class__"), o.f_number);
)ml");
}

TEST_CASE("modules of the host are no modules of ML") {
  check(R"ml(
import os;
//     ^^ SEC107 module 'os' is not available to ML; see file, path and env
import os.path as p;
//     ^^^^^^^ SEC107
print(os, p);
)ml");
  std::vector<Diagnostic> found = findings("import nowhere;\nprint(nowhere);", true, [](std::string_view) {
    sema::ImportedModule module;
    module.leaves_roots = true;
    return module;
  });
  CHECK(has_code(found, "SEC109"));
  CHECK_FALSE(has_code(found, "ML0601"));
}

TEST_CASE("private members of library modules and objects") {
  check(R"ml(
import file;
import log;
print(file._ml_module_metadata);
//         ^^^^^^^^^^^^^^^^^^^ SEC110
g = log.create_logger("a");
print(g._logger);
//      ^^^^^^^ SEC110
print(log.create_logger("b")._x);
//                           ^^ SEC110
function own(o) {
    return o._hidden;
}
print(own({_hidden: 1}));
)ml");
}

TEST_CASE("capability declarations") {
  check_security(R"ml(
capability a { allow system; }
//             ^^^^^^^^^^^^^ SEC112
//         ^ SEC302
capability b { resource 'x", y'; allow read; }
//             ^^^^^^^^^^^^^^^^^ SEC111
//         ^ SEC302
capability c { resource "**"; allow read; }
//             ^^^^^^^^^^^^^^ SEC301
//         ^ SEC302
capability d { allow write; }
//         ^ SEC301
//             ^^^^^^^^^^^^ SEC304
//         ^ SEC302
)ml");
  check_security(R"ml(
import file;
import http;
capability a { resource "in/*"; allow read; }
file.delete("in/x");
//   ^^^^^^ SEC303 'file.delete' needs 'file.delete', not declared
print(file.exists("in/y"));
print(http.get("https://h.example/").status());
//         ^^^ SEC303
//         ^^^ SEC305
)ml");
}

TEST_CASE("texts that look like something else") {
  check_security(R"ml(
dir = "logs"; print(dir, "eval(1)", "rm -rf /");
//                       ^^^^^^^^^ SEC201
//                                  ^^^^^^^^^^ SEC203
print("retrieval(1)", "open (the box)", "shutdown complete");
print("{{ a }}", "SELECT a FROM b");
//    ^^^^^^^^^ SEC205
n = 1;
print("SELECT * FROM t WHERE n=" + n);
//    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ SEC202
print(`DELETE FROM t WHERE n=${n}`, "DROP TABLE ?".replace("?", str(n)));
//    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ SEC202
//                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ SEC202
print({"__proto__": 1});
//     ^^^^^^^^^^^ SEC206
print("__cl" + "ass__", "".join(["__", "dict__"]), chr(95) + "_code__");
//    ^^^^^^^^^^^^^^^^ SEC207
//                      ^^^^^^^^^^^^^^^^^^^^^^^^^ SEC207
//                                                 ^^^^^^^^^^^^^^^^^^^ SEC207
api_key = "abc";
//        ^^^^^ SEC211
print("AKIAIOSFODNN7EXAMPLE", api_key, {"password": ""}, "_" + "_____");
//    ^^^^^^^^^^^^^^^^^^^^^^ SEC211
)ml");
}

TEST_CASE("calls of library functions") {
  check_security(R"ml(
import crypto;
import file;
import http;
import regex;
key = "upper";
print(getattr("a", key), call([print][0], 1));
//                 ^^^ SEC208
//                            ^^^^^^^^^^ SEC208
print(file.exists("../x"), crypto.md5("x"));
//                ^^^^^^ SEC204
//                         ^^^^^^^^^^ SEC210
print(regex.test("(a|ab)*c", "x"), regex.test("(ab)+", "x"));
//               ^^^^^^^^^^ SEC212
http.get("http://a.example/", {"Authorization": "k"});
//   ^^^ SEC305
//                                              ^^^ SEC306
)ml");
}

TEST_CASE("patterns that may take for ever") {
  using sema::may_backtrack_for_ever;
  for (const char* slow : {"(a+)+$", "(a*)*", "(a+)*b", "((a+))+", "(a|a)*", "(a|ab)*", "(.*)+x", "(\\d+)+$",
                           "(?:x+)+y", "([a-z]+)*$", "(a{2,})+"}) {
    CAPTURE(slow);
    CHECK(may_backtrack_for_ever(slow));
  }
  for (const char* fine : {"a+", "(ab)+", "(a+b)*c", "(\\w+,)*\\w+", "[(a+)+]", "(a|b)*", "\\((a+)\\)+",
                           "(a+)?", "^(\\d{1,3}\\.){3}\\d{1,3}$", "(a", "a)+", "(?P<x>a+)b"}) {
    CAPTURE(fine);
    CHECK_FALSE(may_backtrack_for_ever(fine));
  }
}

TEST_CASE("other habits") {
  check_security(R"ml(
import math;
try { print(math.pi); } except (e) { }
//                      ^^^^^^^^^^^^^^ SEC213
function f(x: open) { return x; }
//            ^^^^ SEC117
math = f(1);
^^^^ SEC216
while (true) { print(1); }
^^^^^ SEC214
)ml");
  check_security(
      "x = \u202e1;\n"
      "//  ^ SEC114 hidden control character U+202E\n"
      "// a\u2066b\n"
      "//  ^ SEC114\n"
      "s = \"a\u200bb\";\n");
}

TEST_CASE("what is too large") {
  const auto has = [](const std::string& source) { return has_code(findings(source, true), "SEC115"); };
  CHECK(has("x = \"" + std::string(1100000, 'a') + "\";"));
  std::string sum = "x = 1", deep = "x = ";
  for (int i = 0; i < 6000; ++i) sum += " + 1";
  CHECK(has(sum + ";"));
  for (int i = 0; i < 150; ++i) deep += "[";
  deep += std::string(150, ']');
  CHECK_FALSE(has(deep + ";"));
}

TEST_CASE("a security finding is no error of the language, but stands for one where a name is missing") {
  CHECK_FALSE(analyse("x = \"a\".__class__; print(x);").analysis.has_errors());
  CHECK_FALSE(analyse("eval(\"1\");").analysis.has_errors());
  CHECK(analyse("x = open; print(x);").analysis.has_errors());
  CHECK(analyse("import os; print(os);").analysis.has_errors() == false);
}

TEST_CASE("every finding about security says how bad it is") {
  std::size_t count = 0;
  for (const DiagInfo& info : catalogue()) {
    if (!is_security(info.code)) continue;
    const SecurityInfo* security = security_info(info.code);
    CAPTURE(code_name(info.code));
    REQUIRE(security != nullptr);
    const Severity expected = security->level <= SecurityLevel::High     ? Severity::Error
                              : security->level == SecurityLevel::Medium ? Severity::Warning
                                                                         : Severity::Info;
    // Those from 1000 on stop nothing (core/diag/security.h).
    CHECK((info.severity == expected || (security->number >= 1000 && info.severity == Severity::Warning)));
    CHECK(security->cwe > 0);
    CHECK_FALSE(security->advice.empty());
    ++count;
  }
  CHECK(count > 40);
}

TEST_CASE("in a session names of the host are refused, other unknown names are not") {
  sema::AnalyzeOptions options;
  options.interactive = true;
  CHECK(has_code(findings("eval(\"1\");", true, library_only, options), "SEC104"));
  CHECK(has_code(findings("x = open;", true, library_only, options), "SEC105"));
  CHECK(findings("x = totl;", false, library_only, options).empty());
}

TEST_CASE("markup and sensitive files are named") {
  check_security(R"ml(
a = "<script>x</script>";
//  ^^^^^^^^^^^^^^^^^^^^ ML1035
b = "JavaScript:go()";
//  ^^^^^^^^^^^^^^^^^ ML1035
c = "read /etc/shadow";
//  ^^^^^^^^^^^^^^^^^^ ML1036 text names a sensitive file
import file;
d = file.exists("/home/u/.ssh/config");
//              ^^^^^^^^^^^^^^^^^^^^^ ML1036 sensitive file of the system
e = file.exists("data/a.txt");
f = "scripts/passwd";
)ml");
  CHECK(sema::names_sensitive_file("C:\\Windows\\System32\\x"));
  CHECK_FALSE(sema::names_sensitive_file("C:/data"));
  // They tell; the grants decide.
  const std::vector<Diagnostic> found = findings("import file;\nfile.read(\"/etc/passwd\");\n", true);
  CHECK(std::ranges::any_of(found, [](const Diagnostic& d) { return shown_severity(d) == "high"; }));
  CHECK_FALSE(any_blocks(found, true));
}
