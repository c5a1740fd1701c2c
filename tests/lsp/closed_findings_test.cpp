#include "lsp/server/closed_findings.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "lsp/server/diagnostics.h"
#include "wire/json.h"

using namespace ml;
using namespace ml::lsp;
namespace fs = std::filesystem;

namespace {

// Files on the disk, some of them open, as the server keeps them.
class Workspace {
 public:
  Workspace() {
    char name[] = "/tmp/mlpy-closed-XXXXXX";
    folder_ = fs::canonical(mkdtemp(name)).string();
    fs::create_directory(folder_ + "/pack");
    modules.set_places({}, {folder_});
    auto client = std::make_shared<ClientInfo>();
    client->capabilities = {
        {"textDocument", {{"publishDiagnostics", {{"relatedInformation", true}, {"dataSupport", true}}}}}};
    world_->client = client;
  }
  ~Workspace() { fs::remove_all(folder_); }

  std::string key(const std::string& name) const { return folder_ + "/" + name + ".ml"; }
  std::string name(const std::string& key) const {
    return key.substr(folder_.size() + 1, key.size() - folder_.size() - 4);
  }
  Snapshot snapshot(ModuleStore& of) const { return {world_, of}; }

  // The file is another one on the disk, or is no more there.
  void write(const std::string& name, const std::string& text) {
    std::ofstream(key(name)) << text;
    changed_on_disk(name);
  }
  void read_anew(const std::vector<std::string>& names) {
    modules.forget_all();
    for (const std::string& name : names) modules.find(key(name));
  }
  void remove(const std::string& name) {
    fs::remove(key(name));
    changed_on_disk(name);
  }
  // As it is checked: what its importers may see differently. It is open from now on.
  FactsChange edit(const std::string& name, const std::string& text) {
    open_[name] = text;
    auto& file = files_[name];
    if (!file) file = std::make_shared<File>(key(name), "file://" + key(name), key(name));
    const auto revision =
        std::make_shared<Revision>(file, std::make_shared<DocumentText>(text), 1, modules, true);
    modules.set_open(key(name), revision);
    revision->analysed();
    return modules.set_facts(*revision);
  }
  void close(const std::string& name) {
    open_.erase(name);
    files_.erase(name);
    modules.close(key(name));
    modules.find(key(name));
  }
  bool is_open(const std::string& name) const { return open_.contains(name); }

  json::array quick(const std::string& name) {
    SeenModules seen(modules);
    return closed.find(key(name), snapshot(modules), seen).value();
  }
  json::array full(const std::string& name) { return full(name, modules); }
  // By a store that has seen nothing before.
  json::array anew(const std::string& name) const {
    ModuleStore fresh;
    fresh.set_places({}, {folder_});
    std::vector<std::shared_ptr<const Revision>> revisions;
    for (const auto& [open, text] : open_) {
      const auto file = std::make_shared<File>(key(open), "file://" + key(open), key(open));
      revisions.push_back(
          std::make_shared<Revision>(file, std::make_shared<DocumentText>(text), 1, fresh, true));
      fresh.set_open(key(open), revisions.back());
    }
    for (const auto& revision : revisions) fresh.set_facts(*revision);
    return full(name, fresh);
  }

  ModuleStore modules;
  ClosedFindings closed;

 private:
  json::array full(const std::string& name, ModuleStore& of) const {
    const auto revision = of.revision(key(name));
    return revision ? diagnostics_of(*revision, snapshot(of)) : json::array();
  }
  void changed_on_disk(const std::string& name) {
    modules.forget(key(name));
    closed.forget(key(name));
    modules.find(key(name));
  }
  std::string folder_;
  std::shared_ptr<World> world_ = std::make_shared<World>();
  std::map<std::string, std::string> open_;
  std::map<std::string, std::shared_ptr<File>> files_;
};

// Lines of modules that import each other; some are wrong.
class Lines {
 public:
  explicit Lines(unsigned seed) : random_(seed) {}

  static const std::vector<std::string>& modules() {
    static const std::vector<std::string> names{"m0", "m1", "m2", "m3", "m4", "m5", "pack/n0", "pack/n1"};
    return names;
  }
  std::size_t number(std::size_t below) { return random_() % below; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[number(all.size())];
  }

  std::string line() {
    std::string module = one_of(modules());
    std::replace(module.begin(), module.end(), '/', '.');
    const std::string first = module.substr(0, module.find('.'));
    static const std::vector<std::string> names{"alpha", "alphas", "beta", "betas", "gamma", "x"};
    const std::string name = number(60) == 0 ? "_hidden" : one_of(names);
    switch (number(24)) {
      case 0:
      case 1:
      case 2: return "import " + module + ";";
      case 3: return "import " + module + " as short;";
      case 4: return number(8) == 0 ? "import nowhere;" : "import json;";
      case 5:
      case 6: return "function " + name + "(a) { return a; }";
      case 7:
      case 8: return name + " = 3;";
      case 9:
      case 10:
      case 11:
      case 12: return "print(" + module + "." + name + ");";
      case 13: return "print(" + module + "." + name + "); // ml: ignore ML0603";
      case 14: return module + "." + name + " = 4;";
      case 15: return "print(short." + name + "(1), short." + name + ".y);";
      case 16: return "function f(" + first + ") { return " + module + "." + name + "; }";
      case 17: return "s = \"é😀\"; print(" + module + "." + name + ");";
      case 18: return "print(gama);";
      case 19: return number(4) == 0 ? "// ml: ignore" : "// a comment";
      case 20: return number(3) == 0 ? "if (x {" : "x = [1, 2];";
      case 21:
        return number(4) == 0 ? first + " = 3;" : "while (x) { print(" + module + "." + name + "); break; }";
      case 22: return number(8) == 0 ? "// ml: ignore-file ML0608" : "1 + 2;";
      default: return "text = file.read(\"a\"); import file;";
    }
  }
  std::vector<std::string> text() {
    std::vector<std::string> out;
    for (std::size_t left = 2 + number(9); left > 0; --left) out.push_back(line());
    return out;
  }
  void edit(std::vector<std::string>& lines) {
    const std::size_t at = number(lines.size());
    switch (number(3)) {
      case 0: lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), line()); break;
      case 1: lines[at] = line(); break;
      default:
        if (lines.size() > 1) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

 private:
  std::mt19937 random_;
};

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

unsigned given_number(const char* name, unsigned otherwise) {
  const char* given = std::getenv(name);
  return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : otherwise;
}

}  // namespace

// MLPY_SEED repeats a failing run, MLPY_SAMPLES makes it longer.
TEST_CASE("findings of closed files that are kept are those of reading anew") {
  const unsigned first = given_number("MLPY_SEED", std::random_device()());
  std::size_t kept = 0, asked = 0;
  for (unsigned sample = 0; sample < given_number("MLPY_SAMPLES", 12); ++sample) {
    const unsigned seed = first + sample;
    INFO("MLPY_SEED=" << seed);
    Lines lines(seed);
    Workspace workspace;
    // Importers of what comes and goes on the disk are known as they were.
    const bool comes_and_goes = lines.number(3) == 0;
    std::map<std::string, std::vector<std::string>> texts, on_disk;
    for (const std::string& name : Lines::modules()) {
      texts[name] = on_disk[name] = lines.text();
      workspace.write(name, joined(texts[name]));
    }
    workspace.read_anew(Lines::modules());  // where imports lead is known when all are there
    std::map<std::string, json::array> before;
    for (int step = 0; step < 60; ++step) {
      INFO("step " << step);
      const std::string& name = lines.one_of(Lines::modules());
      // Whose findings may be others: nothing, everybody's.
      std::optional<std::set<std::string>> concerned;
      const std::size_t what = lines.number(20);
      if (workspace.is_open(name) ? what < 17 : what < 6) {
        const bool was_open = workspace.is_open(name);
        lines.edit(texts[name]);
        const auto facts = workspace.modules.find(workspace.key(name));
        std::vector<std::string> imported;
        if (facts)
          for (const KnownImport& i : facts->imports) imported.emplace_back(i.file);
        const FactsChange change = workspace.edit(name, joined(texts[name]));
        std::vector<std::string> imports_now;
        for (const KnownImport& i : workspace.modules.known(workspace.key(name))->imports)
          imports_now.emplace_back(i.file);
        // A circle may be far away; and who opens a file that is wrong has no facts of it yet.
        if (was_open && imported == imports_now) {
          concerned.emplace();
          for (const std::string& key : workspace.modules.closed_importers(workspace.key(name), change))
            concerned->insert(workspace.name(key));
        }
      } else if (workspace.is_open(name)) {
        texts[name] = on_disk[name];
        workspace.close(name);
      } else if (comes_and_goes && what < 9) {
        workspace.remove(name);
      } else {
        lines.edit(texts[name]);
        on_disk[name] = texts[name];
        workspace.write(name, joined(texts[name]));
      }
      if (lines.number(8) == 0) workspace.closed.pack();
      for (const std::string& other : Lines::modules()) {
        if (workspace.is_open(other)) {
          before.erase(other);
          continue;
        }
        ++asked;
        kept += workspace.closed.keeps(workspace.key(other)) ? 1 : 0;
        INFO(name << " changed, " << other << ":\n"
                  << joined(texts[other]) << "-- " << name << "\n"
                  << joined(texts[name]));
        const json::array quick = workspace.quick(other);
        REQUIRE(wire::write_json(quick) == wire::write_json(workspace.full(other)));
        if (!comes_and_goes) REQUIRE(wire::write_json(quick) == wire::write_json(workspace.anew(other)));
        if (concerned && other != name && before.contains(other) && !concerned->contains(other))
          REQUIRE(wire::write_json(quick) == wire::write_json(before.at(other)));
        before[other] = quick;
      }
    }
  }
  CHECK(kept * 4 > asked);  // else nothing is told by what is kept
}

TEST_CASE("what is kept of a closed file is not asked when the file is another one, or all is forgotten") {
  Workspace workspace;
  workspace.write("m0", "function alpha(a) { return a; }\n");
  workspace.write("m1", "import m0;\nprint(m0.alpha(1), m0.beta);\n");
  CHECK(workspace.quick("m1").size() == 1);
  CHECK(workspace.closed.keeps(workspace.key("m1")));
  workspace.edit("m0", "beta = 1;\n");
  CHECK(workspace.quick("m1").size() == 1);
  std::ofstream(workspace.key("m1")) << "import m0;\nprint(m0.beta);\n";  // nobody has told of it
  CHECK(workspace.quick("m1").empty());
  CHECK(workspace.closed.keeps(workspace.key("m1")));
  workspace.closed.forget_all();
  CHECK(!workspace.closed.keeps(workspace.key("m1")));
  workspace.remove("m1");
  CHECK(workspace.quick("m1").empty());
}

TEST_CASE("of a file that imports nothing, or what is not there, nothing is kept") {
  Workspace workspace;
  workspace.write("m0", "print(gamma);\nimport json;\n");
  workspace.write("m1", "import nowhere;\n");
  CHECK(workspace.quick("m0").size() >= 1);
  CHECK(workspace.quick("m1").size() >= 1);
  CHECK(!workspace.closed.keeps(workspace.key("m0")));
  CHECK(!workspace.closed.keeps(workspace.key("m1")));
}
