#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "lsp/documents/uri.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/types.h"

using namespace ml;
using namespace ml::lsp;

namespace {

// Files in a fresh folder; `|` marks the place asked about and is cut out.
struct Workspace {
  Workspace() {
    char name[] = "/tmp/mlpy-sema-XXXXXX";
    folder = std::filesystem::canonical(mkdtemp(name)).string();
    modules.set_places({}, {folder});
  }
  ~Workspace() { std::filesystem::remove_all(folder); }
  std::string disk(const std::string& file, const std::string& text) {
    const std::filesystem::path path = folder + "/" + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  std::shared_ptr<const Revision> open(const std::string& file, std::string text) {
    if (const std::size_t mark = text.find('|'); mark != text.npos) {
      at = static_cast<ByteOffset>(mark);
      text.erase(mark, 1);
    }
    const std::string path = folder + "/" + file;
    auto revision = std::make_shared<Revision>(std::make_shared<File>(path, uri_of_path(path), path),
                                               std::make_shared<DocumentText>(text), 1, modules, true);
    modules.set_open(path, revision);
    modules.set_facts(*revision);
    return revision;
  }
  // "name@offset" of what the questions found.
  std::string show(const std::string& file, Span span) {
    const auto revision = modules.revision(file);
    return std::filesystem::path(file).filename().string() + ":" +
           std::to_string(revision->text().line_of(span.begin) + 1) + ":" +
           std::string(revision->text().text().substr(span.begin, span.size()));
  }
  std::string definitions(const Revision& r) {
    std::string out;
    const auto found = symbol_at(r, at);
    if (!found) return "nothing";
    for (const Place& place : definitions_of(*found, r, modules))
      out += (out.empty() ? "" : " ") + show(place.file, place.span);
    return out;
  }
  std::string references(const Revision& r) {
    std::string out;
    const auto found = symbol_at(r, at);
    if (!found) return "nothing";
    const wire::StopFlag stop;
    for (const FileOccurrences& f : references_to(found->symbol, r, modules, stop)) {
      for (const Occurrence& o : f.occurrences)
        out += (out.empty() ? "" : " ") + show(f.file, o.span) + (o.declaration ? "!" : o.write ? "=" : "");
    }
    return out;
  }
  std::string folder;
  ModuleStore modules;
  ByteOffset at = 0;
};

}  // namespace

TEST_CASE("names lead to their bindings, scope by scope") {
  Workspace w;
  CHECK(w.definitions(*w.open("a.ml", "x = 1;\nfunction f(x) {\n  return |x;\n}\n")) == "a.ml:2:x");
  CHECK(w.definitions(*w.open("a.ml", "x = 1;\nfunction f(y) {\n  return x|;\n}\n")) == "a.ml:1:x");
  CHECK(w.definitions(*w.open(
            "a.ml", "function f() {\n  n = 1;\n  g = fn() => {\n    nonlocal n;\n    n| = 2;\n  };\n}\n")) ==
        "a.ml:2:n");
  CHECK(w.definitions(*w.open("a.ml", "pri|nt(1);\n")) == "");
}

TEST_CASE("references are exact in scope and tell writes from reads") {
  Workspace w;
  CHECK(w.references(*w.open("a.ml", "x| = 1;\nx = 2;\nprint(x);\nfunction f(x) { return x; }\n")) ==
        "a.ml:1:x! a.ml:2:x= a.ml:3:x");
}

TEST_CASE("members of modules lead into the other file and back") {
  Workspace w;
  w.disk("geo.ml", "function area(r) { return r * r; }\n");
  w.disk("other.ml", "import geo;\nprint(geo.area(2));\n");
  w.modules.find(w.folder + "/other.ml");
  const auto main = w.open("main.ml", "import geo;\nprint(geo.ar|ea(1));\n");
  CHECK(w.definitions(*main) == "geo.ml:1:area");
  CHECK(w.references(*main) == "geo.ml:1:area! main.ml:2:area other.ml:2:area");
  CHECK(w.definitions(*w.open("main.ml", "import ge|o;\n")) == "geo.ml:1:");
}

TEST_CASE("unsaved names of an open module are what importers see") {
  Workspace w;
  w.disk("geo.ml", "old = 1;\n");
  w.open("geo.ml", "fresh = 1;\n");
  const auto main = w.open("main.ml", "import geo;\nprint(geo.fresh);\nprint(geo.old);\n");
  std::string lines;
  for (const Diagnostic& d : main->analysis().diagnostics)
    lines += std::to_string(main->text().line_of(d.span.begin) + 1);
  CHECK(lines == "3");
}

TEST_CASE("library members and members of values come from the catalogue") {
  Workspace w;
  const auto entry = [&](const std::string& text) {
    const auto r = w.open("a.ml", text);
    const auto at = symbol_at(*r, w.at);
    return at && at->symbol.entry ? signature_of(*at->symbol.entry) : std::string("none");
  };
  CHECK(entry("import math;\nprint(math.sq|rt(2));\n").starts_with("sqrt(x"));
  CHECK(entry("s = \"a\";\nprint(s.toUp|perCase());\n").starts_with("toUpperCase("));
  CHECK(entry("pr|int(1);\n").starts_with("print("));
}

TEST_CASE("expressions have inferred types") {
  Workspace w;
  const auto type = [&](const std::string& text) {
    const auto r = w.open("a.ml", text);
    std::uint32_t item = 0;
    const ast::Expr* e = expression_at(*r, w.at, item);
    return e ? describe_types(r->types().of(item, e)) : std::string("nothing");
  };
  CHECK(type("x = 1;\nprint(|x);\n") == "number");
  CHECK(type("x = [1, 2];\nprint(|x);\n") == "array");
  CHECK(type("function f(a) { return |a; }\nf(\"x\");\n") == "string");
  CHECK(type("function f( { return 1 }\nx = \"a\";\nprint(|x);\n") == "string");  // broken elsewhere
  const auto r = w.open("a.ml", "o = {a: 1, b: \"x\"};\ny = |o.a + o.b;\n");
  std::uint32_t item = 0;
  const ast::Expr* e = expression_at(*r, w.at, item);
  REQUIRE(e);
  const auto fields = r->types().fields(item, e);
  REQUIRE(fields.size() == 2);
  CHECK(fields[0].name == "a");
  CHECK(describe_types(fields[0].types) == "number");
  CHECK(describe_types(fields[1].types) == "string");
}

TEST_CASE("imports in a circle are told, and nothing hangs") {
  Workspace w;
  w.disk("a.ml", "import b;\n");
  w.disk("b.ml", "import a;\n");
  const auto a = w.modules.revision(w.folder + "/a.ml");
  REQUIRE(a);
  REQUIRE(a->analysed().imports.size() == 1);
  CHECK(a->analysed().imports[0].kind == sema::ImportedModule::Kind::Cycle);
}

TEST_CASE("a module is wrong for its importers by its own errors only") {
  Workspace w;
  w.disk("good.ml", "import wrong;\nx = wrong.nothing;\n");  // what is wrong here is about an import
  w.disk("wrong.ml", "function f() { return 1; }\nbreak;\n");
  const auto main = w.modules.revision(w.disk("main.ml", "import good;\nimport wrong;\n"));
  CHECK(w.modules.find(w.folder + "/wrong.ml")->errors == ModuleFacts::Errors::Unknown);
  const auto& imports = main->analysed().imports;
  REQUIRE(imports.size() == 2);
  CHECK(imports[0].kind == sema::ImportedModule::Kind::User);
  CHECK(imports[1].kind == sema::ImportedModule::Kind::Broken);
  CHECK(w.modules.find(w.folder + "/wrong.ml")->errors == ModuleFacts::Errors::Some);
  CHECK(w.modules.find(w.folder + "/good.ml")->errors == ModuleFacts::Errors::None);
}

TEST_CASE("what a closed file uses of modules is what its analysis says") {
  Workspace w;
  w.disk("geo.ml", "function area(a) { return a; }\nK = 1;\n");
  w.disk("tools/list.ml", "function first(a) { return a[0]; }\n");
  int count = 0;
  for (const char* body : {"x = geo.area(geo.K);\n", "function f(geo) { return geo.area(1); }\ny = geo.K;\n",
                           "function f() { geo = {area: 1}; return geo.area; }\nz = geo.area(2);\n",
                           "function f() { nonlocal geo; geo = null; return geo.K; }\n",
                           "g = function geo(a) { return geo.K; };\n",
                           "function f() { function geo() { return 1; } return geo.K; }\n",
                           "for (geo in [1]) { print(geo.K); }\n", "geo = {K: 2};\nprint(geo.K);\n",
                           "function f(a) { return a.geo.K + tools.list.first(a); }\n",
                           "function f(list) { return list.first + tools.list.first(list); }\n",
                           "h = (tools) => tools.list.first([geo.area(1)]);\n"}) {
    const std::string file = w.disk("u" + std::to_string(count++) + ".ml",
                                    std::string("import geo;\nimport tools.list;\n") + body);
    const auto quick = w.modules.find(file);
    REQUIRE(quick);
    const ModuleFacts whole = facts_of(*w.modules.revision(file));
    INFO(body);
    const auto show = [](const ModuleFacts& facts) {
      std::string out;
      for (const ModuleUse& u : facts.uses)
        out += std::string(u.file) + "." + std::string(u.member) + "@" + std::to_string(u.span.begin) + " ";
      return out;
    };
    CHECK(show(*quick) == show(whole));
    CHECK(quick->uses.size() >= 2);
  }
}

TEST_CASE("long chains of imports are read once, and again when a file has changed") {
  Workspace w;
  constexpr int kFiles = 200;
  const auto name = [](int i) { return "m" + std::to_string(i); };
  std::string body;
  for (int i = 0; i < 100; ++i) body += "function f" + std::to_string(i) + "(a) { return a + 1; }\n";
  for (int i = 0; i < kFiles; ++i) w.disk(name(i) + ".ml", "import " + name(i + 1) + ";\n" + body);
  w.disk(name(kFiles) + ".ml", body);
  const auto kind = [&] { return w.modules.revision(w.folder + "/m0.ml")->analysed().imports.at(0).kind; };
  CHECK(kind() == sema::ImportedModule::Kind::User);
  w.disk(name(kFiles) + ".ml", "import m0;\n");
  w.modules.forget_all();
  CHECK(kind() == sema::ImportedModule::Kind::Cycle);
  w.disk(name(kFiles) + ".ml", "import math;\n");
  w.modules.forget_all();
  CHECK(kind() == sema::ImportedModule::Kind::User);
}

TEST_CASE("an import that leads nowhere is told apart from the library") {
  Workspace w;
  const auto main = w.open("main.ml", "import nowhere;\nimport math;\n");
  const auto facts = w.modules.find(w.folder + "/main.ml");
  REQUIRE(facts);
  REQUIRE(facts->imports.size() == 2);
  CHECK(facts->imports[0].kind == sema::ImportedModule::Kind::NotFound);
  CHECK(facts->imports[1].kind == sema::ImportedModule::Kind::Library);
}

TEST_CASE("values are followed to where they are made") {
  Workspace w;
  w.disk("geo.ml", "function make(n) { return {size: n}; }\n");
  const auto fields = [&](const std::string& text) {
    const auto r = w.open("main.ml", text);
    std::uint32_t item = 0;
    const ast::Expr* e = expression_at(*r, w.at, item);
    std::string out;
    if (e) {
      for (const ObjectField& f : fields_of(origins_of(r, item, e, w.modules))) out += f.name + " ";
    }
    return out;
  };
  CHECK(fields("o = {a: 1, b: 2};\nprint(|o);\n") == "a b ");
  CHECK(fields("function f(p) { return |p; }\nf({x: 1});\nf({y: 1});\n") == "x y ");
  CHECK(fields("import geo;\no = geo.make(1);\nprint(|o);\n") == "size ");
  CHECK(fields("list = [{a: 1}];\nfor (one in list) { print(|one); }\n") == "a ");
  CHECK(fields("o = {inner: {deep: 1}};\np = o.inner;\nprint(|p);\n") == "deep ");
  CHECK(fields("o = c ? {a: 1} : {b: 1};\nprint(|o);\n") == "a b ");
  CHECK(fields("function f(n) { return f(n); }\no = f(1);\nprint(|o);\n") == "");
  CHECK(fields("a = b;\nb = a;\nprint(|a);\n") == "");
}
