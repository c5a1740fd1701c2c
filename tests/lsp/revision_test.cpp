#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/ast/print.h"
#include "core/diag/catalogue.h"
#include "tests/lsp/versions.h"

using namespace ml;
using namespace ml::lsp;
namespace fs = std::filesystem;

namespace {

std::string program(int functions) {
  std::string out = "import math;\nlimit = 10;\n";
  for (int i = 0; i < functions; ++i) {
    const std::string n = std::to_string(i);
    out += "function work_" + n +
           "(rows, total = 0) {\n    for (row in rows) {\n        total = total + row * " +
           "limit;\n    }\n    return total;\n}\nvalue_" + n + " = work_" + n + "([" + n + "]);\n";
  }
  return out;
}

// Everything a version says, with texts for names: ids depend on what came before.
std::string said(const Revision& revision) {
  std::string out = ast::print(revision.module(), revision.names());
  for (const Diagnostic& d : revision.analysis().diagnostics)
    out += code_name(d.code) + " " + std::to_string(d.span.begin) + "-" + std::to_string(d.span.end) + " " +
           d.message + "\n";
  return out + (revision.tree().has_errors() ? "broken" : "whole");
}

}  // namespace

TEST_CASE("Versions made from one at rest are those of their text") {
  Versions versions;
  std::string text = program(150);
  RandomEdits edits(3,
                    {"q", ";", "}", "{", "\n", "x = 1;\n", "limit", "\"", "return ",
                     "function f(a) { return a; }\n", "import json;\n", "work_3(1, 2, 3);"},
                    300);
  for (int i = 0; i < 150; ++i) {
    const std::string last = text;
    const std::size_t at = edits.apply(text);
    std::shared_ptr<const Revision> now = versions.revision(text);
    const std::string alone = said(*Versions().revision(text));
    INFO(i << ": " << text.substr(at, 20));
    REQUIRE(said(*now) == alone);
    if (edits.number(2) == 0) {
      const auto rested = now->at_rest();
      REQUIRE(rested);
      CHECK(now->at_rest() == nullptr);  // there is a newer one
      now = rested;
      if (edits.number(2) == 0) {
        CHECK(now->at_rest() == nullptr);  // nothing to give up
        REQUIRE(said(*now) == alone);      // makes the tree again
      }
    }
    if (i % 2 == 1) text = last;  // mostly correct programs
  }
}

TEST_CASE("After a rest an edit makes its own item anew and no others") {
  Versions versions;
  std::string text = program(200);
  const auto before = versions.revision(text);
  before->analysed();
  const auto rested = before->at_rest();
  REQUIRE(rested);
  text.insert(text.find("total + row", text.size() / 2), "q");
  const auto after = versions.revision(text);
  std::size_t items = 0, facts = 0;
  REQUIRE(after->module().items.size() == before->module().items.size());
  for (std::size_t i = 0; i < after->module().items.size(); ++i) {
    items += after->module().items[i].item != before->module().items[i].item;
    facts += after->analysis().items[i] != before->analysis().items[i];
  }
  CHECK(items == 1);
  CHECK(facts == 1);
}

TEST_CASE("Files that import each other are read although their functions take the modules' names") {
  char name[] = "/tmp/mlpy-circle-XXXXXX";
  const std::string folder = fs::canonical(mkdtemp(name)).string();
  std::ofstream(folder + "/a.ml") << "import b;\nfunction f(b) { return b.x; }\nprint(f(b.y));\n";
  std::ofstream(folder + "/b.ml") << "import a;\nfunction f(a) { return a.x; }\nprint(f(a.y));\n";
  ModuleStore modules;
  modules.set_places({}, {folder});
  const auto facts = modules.find(folder + "/a.ml");
  REQUIRE(facts->uses.size() == 2);  // the import, and the member of what is surely the module
  CHECK(facts->uses[1].member == "y");
  CHECK(modules.find(folder + "/b.ml")->uses.size() == 2);
  fs::remove_all(folder);
}
