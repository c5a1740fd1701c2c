// Over every program of the project: formatting keeps the syntax tree and the comments, and formatting again
// changes nothing. Also with lines that are much too short, and with programs that mutation has broken.

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "core/ast/build.h"
#include "core/ast/print.h"
#include "core/format/format.h"
#include "core/syntax/symbols.h"

namespace {

using namespace ml;

std::vector<std::filesystem::path> programs() {
  std::vector<std::filesystem::path> out;
  for (const char* folder : {"examples", "bench/programs", "tests/conformance/cases", "tests/seeds/blocks",
                             "tests/stdlib", "tests/emit", "core/syntax/corpus", "tests/profiler"}) {
    const std::filesystem::path root = std::string(MLPY_SOURCE_DIR) + "/" + folder;
    if (!std::filesystem::exists(root)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      const auto ending = entry.path().extension();
      if (entry.is_regular_file() && (ending == ".ml" || ending == ".txt" || ending == ".case"))
        out.push_back(entry.path());
    }
  }
  return out;
}

std::string read(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::string meaning(const std::string& text) {
  Interner names;
  const ast::Module module = ast::build(syntax::parse(text), text, names);
  std::string out = ast::print(module, names);
  for (const Diagnostic& finding : module.diagnostics) out += finding.message + "\n";
  return out;
}

void collect(TSNode node, std::string_view text, std::string& out) {
  if (ts_node_symbol(node) == syntax::sym::Comment) {
    std::string comment(
        text.substr(ts_node_start_byte(node), ts_node_end_byte(node) - ts_node_start_byte(node)));
    while (!comment.empty() && std::isspace(static_cast<unsigned char>(comment.back()))) comment.pop_back();
    out += comment + "\n";
  }
  for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i) collect(ts_node_child(node, i), text, out);
}
std::string comments(const std::string& text) {
  const syntax::Tree tree = syntax::parse(text);
  std::string out;
  collect(tree.root(), text, out);
  return out;
}

void check(const std::string& text, const format::Options& options) {
  const std::string once = format::formatted(text, options);
  INFO("source:\n" << text << "\nformatted:\n" << once);
  const bool same = meaning(text) == meaning(once);
  CHECK(same);
  const bool same_comments = comments(text) == comments(once);
  CHECK(same_comments);
  CHECK(format::formatted(once, options) == once);
}

std::vector<format::Options> all_options() {
  format::Options narrow, tabs;
  narrow.line_width = 30;
  narrow.indent = 2;
  narrow.quotes = format::Quotes::Double;
  tabs.tabs = true;
  tabs.line_width = 60;
  tabs.quotes = format::Quotes::Single;
  return {{}, narrow, tabs};
}

}  // namespace

TEST_CASE("every program keeps its meaning, and is formatted once") {
  const auto files = programs();
  CHECK(files.size() > 180);
  for (const auto& file : files) {
    INFO(file);
    const std::string text = read(file);
    for (const auto& options : all_options()) check(text, options);
  }
}

TEST_CASE("what the generator of the benchmarks writes") {
  for (const char* seed : {"1", "2"}) {
    const std::string command = std::string("python3 '" MLPY_SOURCE_DIR "/bench/generate.py' 1500 ") + seed;
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    char bytes[4096];
    for (std::size_t count = 0; (count = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;)
      text.append(bytes, count);
    CHECK(pclose(pipe) == 0);
    CHECK(text.size() > 20000);
    for (const auto& options : all_options()) check(text, options);
  }
}

TEST_CASE("programs without their layout") {
  std::mt19937 random(7);
  for (const auto& file : programs()) {
    if (file.extension() != ".ml") continue;
    std::string text = read(file);
    // Blanks that are not in a line with quotes or comments may change as they like.
    std::istringstream lines(text);
    std::string line, loose;
    while (std::getline(lines, line)) {
      const bool plain = line.find_first_of("\"'`/#") == std::string::npos;
      for (const char c : line) {
        if (plain && c == ' ' && random() % 2 == 0) loose += random() % 3 == 0 ? "\n" : "  ";
        loose += c;
      }
      loose += '\n';
    }
    INFO(file);
    for (const auto& options : all_options()) check(loose, options);
  }
}

TEST_CASE("broken programs") {
  std::mt19937 random(11);
  for (const auto& file : programs()) {
    if (file.extension() != ".ml" || random() % 4 != 0) continue;
    std::string text = read(file);
    if (text.size() > 6000) text.resize(6000);
    for (int round = 0; round < 3 && text.size() > 10; ++round) {
      std::string broken = text;
      const std::size_t at = random() % (broken.size() - 4);
      if (random() % 2 == 0)
        broken.erase(at, 1 + random() % 3);
      else
        broken.insert(at, std::string(1, "(){}[];,.:\"'`=+x/"[random() % 17]));
      INFO(file << " round " << round);
      check(broken, {});
    }
  }
}
