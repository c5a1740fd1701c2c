// Functions of a run are found again after what people do to a text (editor-protocols.md 4.1, 9.2).
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "lsp/documents/modules.h"
#include "lsp/documents/uri.h"
#include "lsp/profile/line_map.h"
#include "lsp/profile/match.h"
#include "profiler/store/store.h"

using namespace ml;
using namespace ml::lsp;

namespace {

const std::string kFolder = "/nowhere/project";

struct Part {
  int id;
  std::string name, params;
  std::vector<std::string> lines;
};

// Functions, one of them with an inner one, and a program that calls them.
struct Model {
  std::vector<Part> parts;
  std::vector<std::string> top;
  int next_id = 0;

  std::string text(int indent = 4, const char* header = " {\n") const {
    std::string out = "import math;\n";
    for (const Part& p : parts) {
      out += "// About " + std::to_string(p.id % 3) + ".\nfunction " + p.name + "(" + p.params + ")" + header;
      for (const std::string& line : p.lines)
        out += std::string(static_cast<std::size_t>(indent), ' ') + line + "\n";
      out += "}\n\n";
    }
    for (const std::string& line : top) out += line + "\n";
    return out;
  }
};

using Random = std::mt19937;
int pick(Random& random, int below) { return std::uniform_int_distribution<int>(0, below - 1)(random); }

std::string some_line(Random& random) {
  static const char* kNames[] = {"a", "b", "total", "row", "count"};
  const std::string x = kNames[pick(random, 5)], y = kNames[pick(random, 5)],
                    n = std::to_string(pick(random, 90));
  switch (pick(random, 6)) {
    case 0: return x + " = " + y + " + " + n + ";";
    case 1: return "if (" + x + " > " + n + ") { " + y + " = " + x + " * 2; }";
    case 2: return "for (i in range(" + n + ")) { " + x + " = " + y + " - i; }";
    case 3: return x + " = math.floor(" + y + " / " + n + ");";
    case 4: return "while (" + x + " > " + n + ") { " + x + " = " + x + " - 1; }";
    default: return x + " = [" + y + ", " + n + "];";
  }
}

Model make_model(Random& random) {
  Model m;
  for (int i = 0; i < 20; ++i) {
    Part p{m.next_id++,
           "work_" + std::to_string(i),
           i % 3 == 0 ? "a" : "a, b",
           {"total = 0;", "row = 1;", "count = 2;"}};
    if (i % 3 == 0) p.lines.push_back("b = 1;");
    for (int k = 3 + pick(random, 9); k > 0; --k) p.lines.push_back(some_line(random));
    if (i % 5 == 4) p.lines.push_back("total = total + " + p.name + "(" + (i % 3 == 0 ? "a" : "a, b") + ");");
    if (i > 0 && pick(random, 2) == 0)
      p.lines.push_back("row = " + m.parts[static_cast<std::size_t>(pick(random, i))].name + "(1, 2);");
    p.lines.push_back("return total;");
    m.parts.push_back(std::move(p));
  }
  m.top = {"print(work_0(1));", "print(work_1(1, 2));"};
  return m;
}

std::shared_ptr<const LoadedRun> run_of(const std::string& text) {
  profiler::Profile p;
  p.run.id = "20260101-000000-aaaa";
  p.run.program = "main.ml";
  p.files.push_back({.path = "main.ml", .name = "main.ml", .text = text});
  p.files[0].sha256 = std::string(64, '0');
  for (const ast::FunctionKey& key : ast::function_keys(syntax::parse(text), text)) {
    profiler::Profile::Function f;
    for (const std::string& part : key.path) f.name += part + ".";
    f.name += key.name;
    f.file = 0;
    f.line = key.line;
    f.calls = 1;
    f.self_ns = f.cum_ns = 1'000'000;
    p.functions.push_back(std::move(f));
  }
  p.category_ns[0] = p.total_ns = p.functions.size() * 1'000'000;
  RunResult result = load_run(profiler::write_mlprof(p), "", {kFolder});
  REQUIRE(result.error == "");
  return result.run;
}

class Editing {
 public:
  explicit Editing(const std::string& text) : run(run_of(text)) { look(text); }

  std::shared_ptr<const FileCosts> look(const std::string& text, const std::string& name = "main.ml") {
    auto& file = files_[name];
    if (!file)
      file = std::make_shared<File>(kFolder + "/" + name, "file://" + kFolder + "/" + name,
                                    kFolder + "/" + name);
    open_[file->key] = std::make_shared<Revision>(file, std::make_shared<const DocumentText>(text),
                                                  ++version_, modules_, true);
    return matches.costs(run, *open_[file->key],
                         [this](const std::string& key) -> std::shared_ptr<const Revision> {
                           const auto it = open_.find(key);
                           return it == open_.end() ? nullptr : it->second;
                         });
  }

  const std::shared_ptr<const LoadedRun> run;
  Matches matches;

 private:
  ModuleStore modules_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::map<std::string, std::shared_ptr<const Revision>> open_;
  std::int64_t version_ = 0;
};

// Function of the run -> the name it has now.
std::map<std::string, std::string> places(const FileCosts& costs) {
  std::map<std::string, std::string> out;
  for (const Placed& p : costs.placed)
    if (p.key) out[costs.run->function(p.function).name] = p.key->name;
  return out;
}

std::string state_of(const FileCosts& costs, const std::string& name) {
  for (const Placed& p : costs.placed)
    if (costs.run->function(p.function).name == name) return std::string(word(p.state));
  return "unmatched";
}

void rename_everywhere(Model& m, const std::string& from, const std::string& to) {
  const auto in = [&](std::string& line) {
    for (std::size_t at = 0; (at = line.find(from + "(", at)) != std::string::npos; at += to.size())
      line.replace(at, from.size(), to);
  };
  for (Part& p : m.parts) {
    if (p.name == from) p.name = to;
    for (std::string& line : p.lines) in(line);
  }
  for (std::string& line : m.top) in(line);
}

}  // namespace

TEST_CASE("two hundred refactorings leave costs on their functions") {
  int right = 0, all = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    Random random(seed);
    const Model original = make_model(random);
    std::map<std::string, int> ids;
    for (const Part& p : original.parts) ids[p.name] = p.id;
    for (int kind = 0; kind < 5; ++kind) {
      Model m = original;
      Editing editing(original.text());
      const auto which = static_cast<std::size_t>(pick(random, static_cast<int>(m.parts.size())));
      int indent = 4;
      const char* header = " {\n";
      switch (kind) {
        case 0: rename_everywhere(m, m.parts[which].name, "other_" + std::to_string(seed)); break;
        case 1: {  // moved within the file
          Part p = m.parts[which];
          m.parts.erase(m.parts.begin() + static_cast<std::ptrdiff_t>(which));
          m.parts.insert(m.parts.begin() + pick(random, static_cast<int>(m.parts.size())), std::move(p));
          break;
        }
        case 2: {  // a function and a line inserted above
          Part p{m.next_id++, "fresh", "a, b", {some_line(random), some_line(random), "return a;"}};
          m.parts.insert(m.parts.begin() + static_cast<std::ptrdiff_t>(which), std::move(p));
          m.parts[which + 1].lines.insert(m.parts[which + 1].lines.begin() + 2, some_line(random));
          break;
        }
        case 3:  // laid out anew
          indent = 2;
          header = "\n{\n\n";
          break;
        default: {  // lines taken out into a function of their own
          Part& from = m.parts[which];
          Part p{m.next_id++, "part_of_it", "a, b", {from.lines.begin() + 3, from.lines.begin() + 6}};
          p.lines.push_back("return a;");
          from.lines.erase(from.lines.begin() + 3, from.lines.begin() + 6);
          from.lines.insert(from.lines.begin() + 3, "a = part_of_it(a, 2);");
          m.parts.push_back(std::move(p));
        }
      }
      const auto found = places(*editing.look(m.text(indent, header)));
      for (const Part& p : m.parts) {
        const auto was =
            std::find_if(ids.begin(), ids.end(), [&](const auto& e) { return e.second == p.id; });
        if (was == ids.end()) continue;
        ++all;
        const auto now = found.find(was->first);
        if (now == found.end()) continue;
        INFO("seed " << seed << " kind " << kind << ": " << was->first << " on " << now->second);
        CHECK(now->second == p.name);
        right += now->second == p.name;
      }
      for (const auto& [was, now] : found) CHECK(ids.contains(was));
    }
  }
  WARN(right << " of " << all << " costs stand on their functions, the others nowhere");
  CHECK(right * 100 >= all * 98);
}

TEST_CASE("an edit here and there, undone, leaves nothing behind") {
  Random random(7);
  const Model m = make_model(random);
  Editing editing(m.text());
  const auto first = editing.look(m.text());
  for (int i = 0; i < 100; ++i) {
    std::string text = m.text();
    for (int k = 0; k < 3; ++k) {
      const auto at = static_cast<std::size_t>(pick(random, static_cast<int>(text.size())));
      if (pick(random, 2) == 0)
        text.insert(at, std::string(1, "{}();x \n\"/"[pick(random, 10)]));
      else
        text.erase(at, static_cast<std::size_t>(1 + pick(random, 30)));
    }
    const auto broken = editing.look(text);
    for (const Placed& p : broken->placed) {
      CHECK(p.whole.end <= text.size());
      CHECK(p.name.end <= text.size());
    }
    for (const LineCost& l : broken->lines)
      CHECK(l.line <= static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')));
  }
  const auto last = editing.look(m.text());
  REQUIRE(last->placed.size() == first->placed.size());
  for (std::size_t i = 0; i < last->placed.size(); ++i) {
    CHECK(last->placed[i].function == first->placed[i].function);
    CHECK(last->placed[i].state == MatchState::Fresh);
    CHECK(last->placed[i].whole == first->placed[i].whole);
  }
}

TEST_CASE("a state for each kind of change") {
  const std::string outer =
      "function outer(a) {\n    function inner(b) { return b + a; }\n    return inner(a) * 2;\n}\n";
  const std::string fib =
      "function fib(n) {\n    if (n < 2) { return n; }\n    return fib(n - 1) + fib(n - 2);\n}\n";
  Editing editing(outer + fib + "print(outer(1), fib(3));\n");
  const auto state = [&](const std::string& text, const std::string& name) {
    return state_of(*editing.look(text), name);
  };

  CHECK(state(outer + "// more\n\n" + fib, "fib") == "fresh");
  CHECK(state(outer + fib, "(top level)") == "edited");
  // Inner functions are known by the outer one.
  CHECK(state("function outer(a) {\n    function inner(b) { return b - a; }\n    return inner(a) * 2;\n}\n" +
                  fib,
              "outer.inner") == "edited");
  CHECK(state("function outer(a) {\n    function inner(b) { return b - a; }\n    return inner(a) * 2;\n}\n" +
                  fib,
              "fib") == "fresh");
  // Renamed while we looked, also where the function calls itself: as before.
  std::string other = fib;
  for (std::size_t at = 0; (at = other.find("fib", at)) != std::string::npos; at += 9)
    other.replace(at, 3, "fibonacci");
  CHECK(state(outer + other, "fib") == "fresh");
  // Taken out of its function: moved.
  CHECK(state("function inner(b) { return b + a; }\n" + fib, "outer.inner") == "moved");
  // Nothing like it is there.
  CHECK(state("x = 1;\n", "fib") == "unmatched");

  // In a session that never saw the old name.
  Matches fresh;
  const auto run = editing.run;
  ModuleStore modules;
  const auto file =
      std::make_shared<File>(kFolder + "/main.ml", "file://" + kFolder + "/main.ml", kFolder + "/main.ml");
  const auto revision =
      std::make_shared<Revision>(file, std::make_shared<const DocumentText>(outer + other), 1, modules, true);
  const auto costs = fresh.costs(run, *revision, [](const std::string&) { return nullptr; });
  CHECK(state_of(*costs, "fib") == "moved");
}

TEST_CASE("functions of one name are told apart by what they do, or not at all") {
  const std::string two = "a = [1].map(x => x + 1);\nb = [2].map(x => x * 2);\n";
  Editing editing(two);
  const auto names = [&](const std::string& text) {
    std::string out;
    const auto costs = editing.look(text);
    for (const Placed& p : costs->placed)
      if (p.key)
        out += std::to_string(p.function) + ":" + std::string(word(p.state)) + "@" + std::to_string(p.line) +
               " ";
    return out;
  };
  CHECK(names(two) == "1:fresh@0 2:fresh@1 ");
  CHECK(names("b = [2].map(x => x * 2);\na = [1].map(x => x + 1);\n") == "2:fresh@0 1:fresh@1 ");
  // One is gone: the other is not taken for it.
  CHECK(names("b = [2].map(x => x * 2);\n") == "2:fresh@0 ");
  CHECK(names("c = [3].map(x => x - 3);\n" + two) == "1:fresh@1 2:fresh@2 ");
  // Both changed in a literal: none came or went.
  CHECK(names("a = [1].map(x => x + 5);\nb = [2].map(x => x * 6);\n") == "1:edited@0 2:edited@1 ");
  CHECK(names("a = [1].map(x => x - 5);\n") == "");
}

TEST_CASE("a function that moved to another file is found there only when it is gone here") {
  const std::string work = "function work(a) {\n    b = a * 2;\n    return b + 1;\n}\n";
  Editing editing(work + "print(work(1));\n");
  CHECK(editing.look(work, "other.ml") == nullptr);
  editing.look("print(1);\n");
  const auto there = editing.look(work, "other.ml");
  REQUIRE(there);
  CHECK(state_of(*there, "work") == "moved");
  CHECK(there->placed[0].was == "work");
}

TEST_CASE("lines follow their text") {
  const auto map = [](std::vector<std::uint64_t> before, std::vector<std::uint64_t> now) {
    std::string out;
    for (const LineNow& l : map_lines(before, now))
      out += l.there ? std::to_string(l.line) + (l.edited ? "~ " : " ") : "- ";
    return out;
  };
  CHECK(map({1, 2, 3}, {1, 2, 3}) == "0 1 2 ");
  CHECK(map({1, 2, 3}, {9, 1, 2, 3}) == "1 2 3 ");
  CHECK(map({1, 2, 3}, {1, 8, 3}) == "0 1~ 2 ");
  CHECK(map({1, 2, 3}, {1, 0, 8, 0, 3}) == "0 2~ 4 ");
  CHECK(map({1, 2, 3}, {1, 3}) == "0 - 1 ");
  CHECK(map({1, 2, 3, 4}, {1, 7, 3, 8, 9, 4}) == "0 1~ 2 5 ");
  CHECK(map({1, 2}, {}) == "- - ");
  CHECK(similarity(std::vector<std::uint64_t>{1, 2, 0, 3}, std::vector<std::uint64_t>{1, 0, 2, 4}) ==
        Approx(2.0 / 3));
}

TEST_CASE("Functions of a profile without hashes are known by name and line") {
  const std::string text =
      "function f(a) {\n    function g() { return a; }\n    return g();\n}\n"
      "function h() {\n    function g(x) { return x + 1; }\n    return g(2);\n}\nprint(f(1));\n";
  const auto run = run_of(text);
  const auto keys = ast::function_keys(syntax::parse(text), text);
  REQUIRE(run->profile.functions.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    INFO(run->profile.functions[i].name);
    CHECK(run->body[i] == keys[i].body_hash);
    CHECK(run->shape[i] == keys[i].shape_hash);
    CHECK(run->profile.functions[i].path == keys[i].path);
    CHECK(run->profile.functions[i].end_line == keys[i].end_line);
  }
  profiler::Profile other = run->profile;
  for (auto& f : other.functions) f.line += 100, f.end_line = 0, f.path.clear(), f.body_hash.clear();
  const auto elsewhere = load_run(profiler::write_mlprof(other), "", {kFolder}).run;
  REQUIRE(elsewhere);
  for (std::uint32_t i = 0; i < keys.size(); ++i)
    CHECK((elsewhere->body[i] != 0) == (keys[i].name == "(top level)"));
}
