#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>

#include "lsp/documents/index_cache.h"
#include "lsp/semantics/module_moves.h"

using namespace ml;
using namespace ml::lsp;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/mlpy-index-XXXXXX";
    path = fs::canonical(mkdtemp(name)).string();
    file("geo.ml", "// é\nfunction area(w, h) { return w * h; }\nK = 3;\n");
    file("main.ml", "import geo;\nimport json;\nx = geo.area(1, 2);\ns = \"é\"; y = geo.K;\n");
  }
  ~Folder() { fs::remove_all(path); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name) << text;
    return path + "/" + name;
  }
  std::vector<std::shared_ptr<const ModuleFacts>> read(ModuleStore& modules) const {
    modules.set_places({}, {path});
    for (const char* name : {"geo.ml", "main.ml"}) modules.find(path + "/" + name);
    return modules.closed_since().value();
  }
  std::string path;
};

std::string show(const ModuleFacts& f) {
  std::string out =
      fs::path(f.key).filename().string() + (f.errors == ModuleFacts::Errors::Some ? " wrong" : "");
  const auto place = [](Span s, Mark m) {
    return "@" + std::to_string(s.begin) + "-" + std::to_string(s.end) + ":" + std::to_string(m.line) + ":" +
           std::to_string(m.column) + (m.ascii ? "" : "?");
  };
  for (std::size_t i = 0; i < f.exports.size(); ++i)
    out += " " + std::string(f.exports[i].name()) + std::string(f.exports[i].detail()) +
           place(f.exports[i].span, f.export_marks[i]);
  for (const KnownImport& i : f.imports)
    out += " import " + std::string(i.dotted) + "=" + fs::path(i.file).filename().string();
  for (const ModuleUse& u : f.uses)
    out += " " + fs::path(u.file).filename().string() + "." + std::string(u.member) + place(u.span, u.mark);
  return out;
}

}  // namespace

TEST_CASE("the index is the same after it was on the disk") {
  const Folder folder;
  ModuleStore modules;
  const auto files = folder.read(modules);
  REQUIRE(files.size() == 2);
  CHECK(show(*files[0]) == "geo.ml area(w, h)@15-19:1:9 K@44-45:2:0");
  CHECK(show(*files[1]) ==
        "main.ml geo@7-10:0:7 json@19-23:1:7 x@25-26:2:0 s@45-46:3:0? y@55-56:3:10? import geo=geo.ml import "
        "json= geo.ml.@7-10:0:7 geo.ml.area@33-37:2:8 geo.ml.K@63-64:3:18?");
  const std::vector<ModuleFacts> back = read_index(write_index(files));
  REQUIRE(back.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(show(back[i]) == show(*files[i]));
    CHECK(back[i].key == files[i]->key);
    CHECK(back[i].path == files[i]->path);
    CHECK(back[i].stamp == files[i]->stamp);
  }
}

TEST_CASE("only what still holds is taken over") {
  const Folder folder;
  ModuleStore before;
  const std::string bytes = write_index(folder.read(before));
  const auto taken = [&](auto change) {
    ModuleStore modules;
    modules.set_places({}, {folder.path});
    change();
    return modules.take_known(read_index(bytes));
  };
  CHECK(taken([] {}) == 2);
  // The import leads elsewhere.
  fs::create_directory(folder.path + "/geo");
  CHECK(taken([&] { fs::rename(folder.path + "/geo.ml", folder.path + "/geo/__init__.ml"); }) == 0);
  CHECK(taken([&] { fs::rename(folder.path + "/geo/__init__.ml", folder.path + "/geo.ml"); }) == 2);
  CHECK(taken([&] { folder.file("main.ml", "x = 1;\n"); }) == 1);
  CHECK(taken([&] { fs::remove(folder.path + "/main.ml"); }) == 1);
}

TEST_CASE("a damaged index gives what came before the damage") {
  const Folder folder;
  ModuleStore modules;
  const std::string bytes = write_index(folder.read(modules));
  CHECK(read_index("").empty());
  CHECK(read_index("MLPYIDX0" + bytes.substr(8)).empty());
  for (std::size_t size = 8; size < bytes.size(); ++size) CHECK(read_index(bytes.substr(0, size)).size() < 2);
}

TEST_CASE("who asks again without news has nothing to write") {
  const Folder folder;
  ModuleStore modules;
  CHECK(!modules.closed_since());
  CHECK(folder.read(modules).size() == 2);
  CHECK(!modules.closed_since());
}

TEST_CASE("names of another workspace or version are in another file") {
  const auto file = index_cache_file("/cache", "1.0", {"/a", "/b"});
  CHECK(file.parent_path() == "/cache");
  CHECK(file == index_cache_file("/cache", "1.0", {"/a", "/b"}));
  CHECK(file != index_cache_file("/cache", "1.1", {"/a", "/b"}));
  CHECK(file != index_cache_file("/cache", "1.0", {"/a"}));
}

TEST_CASE("importers of a moved module that are closed: by the index, or by parsing where it does not tell") {
  const Folder folder;
  const std::map<std::string, std::pair<std::string, std::string>> files{
      {"plain.ml",
       {"import geo;\nimport json;\nx = geo.area(geo.K, 2);\n",
        "import ground;\nimport json;\nx = ground.area(ground.K, 2);\n"}},
      {"value.ml", {"import geo;\ng = geo;\nprint(g.K);\n", "import ground;\ng = ground;\nprint(g.K);\n"}},
      {"said.ml", {"import geo; // geo\nx = geo.K;\n", "import ground; // geo\nx = ground.K;\n"}},
      {"apart.ml", {"import geo\nx = geo . K;\n", "import ground\nx = ground . K;\n"}},
      {"alias.ml", {"import geo as g;\nx = g.K;\n", "import ground as g;\nx = g.K;\n"}},
      {"taken.ml",
       {"import geo;\nground = 1;\nx = geo.K + ground;\n",
        "import ground as geo;\nground = 1;\nx = geo.K + ground;\n"}}};
  ModuleStore modules;
  modules.set_places({}, {folder.path});
  for (const auto& [name, text] : files) modules.find(folder.file(name, text.first));
  const wire::StopFlag stop;
  const auto edits = edits_for_moves({{folder.path + "/geo.ml", folder.path + "/ground.ml"}}, modules, stop);
  for (const auto& [name, text] : files) {
    INFO(name);
    REQUIRE(edits.contains(folder.path + "/" + name));
    std::string now = text.first;
    const auto& all = edits.at(folder.path + "/" + name);
    for (auto edit = all.rbegin(); edit != all.rend(); ++edit)
      now.replace(edit->span.begin, edit->span.size(), edit->text);
    CHECK(now == text.second);
  }
}
