// Tainted data (security.md section 4).

#include <catch2/catch.hpp>

#include "core/diag/security.h"
#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

namespace {

// SEC215 and SEC4nn.
std::vector<Diagnostic> flows(std::string_view source) {
  std::vector<Diagnostic> found = findings(source, true);
  std::erase_if(found, [](const Diagnostic& d) {
    const auto number = static_cast<std::uint32_t>(d.code);
    return number != 100215 && number < 100400;
  });
  return found;
}

void check_flows(std::string_view marked) { check_marks(marked, flows); }

}  // namespace

TEST_CASE("from every source to every sink") {
  check_flows(R"ml(
import args;
import csv;
import env;
import file;
import http;
import json;
import log;
import path;
import regex;
file.delete(input("f"));
//          ^^^^^^^^^^ SEC401
print(file.exists(args.rest()[0]));
//                ^^^^^^^^^^^^^^ SEC402
http.get(input());
//       ^^^^^^^ SEC403
print(env.get("KEY"));
//    ^^^^^^^^^^^^^^ SEC404
log.info(file.read("a"));
//       ^^^^^^^^^^^^^^ SEC404
print(regex.test(input(), "x"));
//               ^^^^^^^ SEC405
csv.write("o.csv", [[input()]]);
//                 ^^^^^^^^^^^ SEC215
path.removeDirRecursive(http.get("https://a.example/").body());
//                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ SEC401
file.move("a", json.parse(input()).target);
//             ^^^^^^^^^^^^^^^^^^^^^^^^^^ SEC401
http.post("https://a.example/", {"body": env.all()});
//                              ^^^^^^^^^^^^^^^^^^^ SEC404
)ml");
}

TEST_CASE("through variables, containers and operators") {
  check_flows(R"ml(
import file;
name = input();
parts = ["data", name];
o = {path: "x" + parts[1]};
o.other = name.upper();
rows = [];
rows.push(`dir/${name}`);
print(file.size(o.path), file.size(o["other"]), file.size(rows[0]), file.size(name == "a" ? name : "b"));
//              ^^^^^^ SEC402
//                                 ^^^^^^^^^^ SEC402
//                                                        ^^^^^^^ SEC402
for (row in rows) {
    print(file.size(row));
    //              ^^^ SEC402
}
{a, b} = o;
print(file.size(a), b);
//              ^ SEC402
)ml");
}

TEST_CASE("what cleans") {
  check_flows(R"ml(
import file;
import path;
import regex;
import http;
raw = input();
n = int(raw);
print(file.size("f" + n), file.size(path.basename(raw)), regex.test(regex.escape(raw), "x"));
http.get("https://a.example/?q=" + http.encodeURI(raw));
if (raw == "a" || raw == "b") {
    print(file.size(raw));
}
if (["a", "b"].includes(raw)) {
    print(file.size(raw));
} else {
    print(file.size(raw));
    //              ^^^ SEC402
}
function safe(p) {
    if (p != "one") {
        throw "no";
    }
    return file.size(p);
}
print(safe(raw), raw.length > 3);
raw = "constant";
print(file.size(raw));
)ml");
}

TEST_CASE("through functions") {
  check_flows(R"ml(
import file;
function same(x) {
    return x;
}
function remove(p) {
    file.delete(p);
    //          ^ SEC401
}
function ask() {
    return input("? ");
}
clean = same("a");
print(file.size(clean));
print(file.size(same(ask())));
//              ^^^^^^^^^^^ SEC402
remove(ask());
remove("fixed");
function outer() {
    let secret = ask();
    function inner() {
        return file.size(secret);
        //               ^^^^^^ SEC402
    }
    return inner;
}
print(outer()());
print(ask().split(",").map(fn(part) => file.size(part)));
//                                               ^^^^ SEC402
)ml");
}

TEST_CASE("through loops and branches") {
  check_flows(R"ml(
import file;
last = "";
next = "a";
for (i in [1, 2, 3]) {
    print(file.size(last));
    //              ^^^^ SEC402
    last = next;
    next = input();
}
choice = "x";
if (next == "") {
    choice = input();
}
print(file.size(choice));
//              ^^^^^^ SEC402
try {
    choice = "safe";
} except (e) {
    print(e);
}
while (choice != "") {
    choice = "";
}
)ml");
}

TEST_CASE("a finding names the place the data comes from") {
  const auto found = flows("import file;\nname = input();\nfile.delete(name);\n");
  REQUIRE(found.size() == 1);
  REQUIRE(found[0].related.size() == 1);
  CHECK(found[0].related[0].text == "comes from input");
  CHECK(found[0].related[0].span.begin == 20);
}

TEST_CASE("a logger writes where it is told to") {
  check_flows(R"ml(
import log;
l = log.create_logger("a");
l.add_file(input());
//         ^^^^^^^ SEC402
)ml");
}

TEST_CASE("settings and formats are followed, too") {
  check_flows(R"ml(
import env;
name = input();
env.set(name, input());
//      ^^^^ ML1045 unchecked input changes an environment variable
//            ^^^^^^^ ML1045
print(format(1.5, name));
//                ^^^^ ML1045 unchecked input used as format
env.set("A", "b");
)ml");
}
