#include <catch2/catch.hpp>

#include "lsp/documents/modules.h"
#include "lsp/semantics/cursor.h"
#include "lsp/semantics/imports.h"

using namespace ml;
using namespace ml::lsp;

namespace {

// A file that is nowhere; `|` marks the place and is cut out.
struct Text {
  explicit Text(std::string text) {
    if (const std::size_t mark = text.find('|'); mark != text.npos) {
      at = static_cast<ByteOffset>(mark);
      text.erase(mark, 1);
    }
    revision = std::make_shared<Revision>(std::make_shared<File>("untitled:a", "untitled:a", ""),
                                          std::make_shared<DocumentText>(text), 1, modules, true);
  }
  Cursor cursor() const { return cursor_at(*revision, at); }
  std::string call() const {
    const Cursor c = cursor();
    OpenCall open;
    return find_open_call(c, open) ? std::string(open.callee->text) + " " + std::to_string(open.commas)
                                   : "none";
  }
  ModuleStore modules;
  ByteOffset at = 0;
  std::shared_ptr<const Revision> revision;
};

Cursor::Where where(const std::string& text) { return Text(text).cursor().where; }

}  // namespace

TEST_CASE("a place is in code, a comment or a string") {
  using enum Cursor::Where;
  CHECK(where("|") == Code);
  CHECK(where("x = |1;") == Code);
  CHECK(where("x = 1; // a|") == Comment);
  CHECK(where("x = 1; # a|\ny = 2;") == Comment);
  CHECK(where("// a\n|x = 1;") == Code);
  CHECK(where("/* a\n b|\n c */ x = 1;") == Comment);
  CHECK(where("/* a */ |x = 1;") == Code);
  CHECK(where("/* never closed\n|") == Comment);
  CHECK(where("y = x // |2;") == Code);  // floor division
  CHECK(where("s = \"a|b\";") == String);
  CHECK(where("s = \"a // b|\";") == String);
  CHECK(where("s = \"ab\"|;") == Code);
  CHECK(where("s = \"never closed|\nx = 1;") == String);
  CHECK(where("s = `a|b`;") == String);
  CHECK(where("s = `a\nb|\nc`;") == String);
  CHECK(where("s = `a${x|}b`;") == Code);
  CHECK(where("s = `a${x}b|`;") == String);
  CHECK(where("function f() {\n  // a|\n") == Comment);
}

TEST_CASE("the word at a place and the tokens before it") {
  const Text text("a.bc|de(1)");
  const Cursor c = text.cursor();
  CHECK(c.word == Span{2, 6});
  CHECK(c.prefix == Span{2, 4});
  CHECK(c.previous_is("."));
  CHECK(c.previous_is("a", 1));
  CHECK(c.previous(2) == nullptr);
  CHECK(Text("x = 12|").cursor().in_number);
}

TEST_CASE("the call around a place") {
  CHECK(Text("f(1, 2|)").call() == "f 1");
  CHECK(Text("f(1, |").call() == "f 1");
  CHECK(Text("f(1, [2, 3|").call() == "f 1");
  CHECK(Text("f({a: 1, b: |").call() == "f 0");
  CHECK(Text("f(1, g(|").call() == "g 0");
  CHECK(Text("f(1, g(2), |").call() == "f 2");
  CHECK(Text("f(1)|").call() == "none");
  CHECK(Text("f(\"a, b|\", 1)").call() == "f 0");
  CHECK(Text("if (x|)").call() == "none");
  CHECK(Text("function f(a, |").call() == "none");
  CHECK(Text("f(fn(x) => { y = 1; |").call() == "none");
  CHECK(Text("o.in(|").call() == "in 0");
  CHECK(Text("f(1) ; (|").call() == "none");
}

TEST_CASE("imports are added behind the others, else behind the comment at the top") {
  const auto added = [](const std::string& text) {
    const Text t(text);
    const Insertion i = import_insertion(*t.revision, "math");
    std::string out = text;
    return out.insert(i.at, i.text);
  };
  CHECK(added("") == "import math;\n");
  CHECK(added("x = 1;\n") == "import math;\nx = 1;\n");
  CHECK(added("// top\n\nx = 1;\n") == "// top\nimport math;\n\nx = 1;\n");
  CHECK(added("import json;\nx = 1;\n") == "import json;\nimport math;\nx = 1;\n");
  CHECK(added("import json;\r\nx = 1;\r\n") == "import json;\r\nimport math;\r\nx = 1;\r\n");
}

TEST_CASE("fuzzy matches are ranked by where the letters stand") {
  CHECK(fuzzy_score("xyz", "area") == 0);
  CHECK(fuzzy_score("ar", "area") > fuzzy_score("ar", "solar"));
  CHECK(fuzzy_score("area", "area") > fuzzy_score("area", "compute_area"));
  CHECK(fuzzy_score("ca", "computeArea") > fuzzy_score("ca", "pecan"));
}
