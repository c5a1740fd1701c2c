// Takes real programs, spoils one token, and asks the compiler: it must always come back, and what it accepts
// must be a program. MLPY_SEED chooses the mutations ("random" for new ones), MLPY_SAMPLES their number.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "tests/support/own_names.h"
#include "tests/support/pipeline.h"

namespace fs = std::filesystem;
namespace {

struct Program {
  std::string name, text;
};

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

const fs::path kRoot = MLPY_SOURCE_DIR;

void add_folder(std::vector<Program>& programs, const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
    if (entry.path().extension() == ".ml") programs.push_back({entry.path().string(), read(entry.path())});
  }
}

// The program lines of a conformance case; its further files become programs of their own.
void add_case(std::vector<Program>& programs, const fs::path& path) {
  std::istringstream lines(read(path));
  std::string line;
  std::getline(lines, line);
  Program program{path.string(), ""};
  while (std::getline(lines, line)) {
    if (line.starts_with(">>>") || line.starts_with("!!!")) continue;
    if (line.starts_with("--- ")) {
      programs.push_back(program);
      program = {path.string() + line, ""};
      continue;
    }
    program.text += line + "\n";
  }
  programs.push_back(program);
}

std::vector<Program> all_programs() {
  std::vector<Program> programs;
  add_folder(programs, "examples");
  add_folder(programs, "bench/programs");
  add_folder(programs, "tests/seeds/blocks");
  for (const auto& entry : fs::directory_iterator(kRoot / "tests/conformance/cases")) {
    if (entry.path().extension() == ".case") add_case(programs, entry.path());
  }
  std::sort(programs.begin(), programs.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return programs;
}

// What the modules of examples/orders bind, so that programs that import them are accepted before they are
// spoilt.
std::vector<std::pair<std::string, std::vector<std::string>>> exports_of_examples() {
  std::vector<std::pair<std::string, std::vector<std::string>>> out;
  for (const auto& entry : fs::directory_iterator(kRoot / "examples/orders")) {
    std::istringstream lines(read(entry.path()));
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);) {
      const std::string function = "function ";
      const std::size_t start = line.starts_with(function) ? function.size() : 0;
      std::size_t end = start;
      while (end < line.size() && (std::isalnum(static_cast<unsigned char>(line[end])) || line[end] == '_'))
        ++end;
      if (end > start) names.push_back(line.substr(start, end - start));
    }
    out.emplace_back(entry.path().stem().string(), names);
  }
  return out;
}

struct Piece {
  std::size_t begin, end;
};

// Words, numbers, strings and operators; white space and comments lie between them. Rough, but it never
// disagrees with the language so badly that a mutation would be more than one token.
std::vector<Piece> tokens_of(const std::string& text) {
  std::vector<Piece> out;
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c < 0;
  };
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::size_t end = at + 1;
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
      continue;
    }
    if (text.compare(at, 2, "//") == 0) {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '"' || c == '\'' || c == '`') {
      while (end < text.size() && text[end] != c) end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
    } else if (is_word(c)) {
      while (end < text.size() && is_word(text[end])) ++end;
    } else if (const std::string two = text.substr(at, 2); two == "==" || two == "!=" || two == "<=" ||
                                                           two == ">=" || two == "&&" || two == "||" ||
                                                           two == "=>") {
      end = at + 2;
    }
    out.push_back({at, end});
    at = end;
  }
  return out;
}

enum class Mutation { Delete, Double, Swap };
const char* name_of(Mutation m) {
  return m == Mutation::Delete ? "deleted" : m == Mutation::Double ? "doubled" : "swapped with the next";
}

std::string mutated(const std::string& text, const std::vector<Piece>& tokens, std::size_t i,
                    Mutation mutation) {
  const Piece& token = tokens[i];
  const std::string word = text.substr(token.begin, token.end - token.begin);
  switch (mutation) {
    case Mutation::Delete: return text.substr(0, token.begin) + text.substr(token.end);
    case Mutation::Double: return text.substr(0, token.end) + " " + word + text.substr(token.end);
    case Mutation::Swap: {
      if (i + 1 >= tokens.size()) return text;
      const Piece& next = tokens[i + 1];
      return text.substr(0, token.begin) + text.substr(next.begin, next.end - next.begin) +
             text.substr(token.end, next.begin - token.end) + word + text.substr(next.end);
    }
  }
  return text;
}

std::uint64_t seed() {
  const char* given = std::getenv("MLPY_SEED");
  if (!given) return 20240229;
  return std::string_view(given) == "random" ? std::random_device{}() : std::strtoull(given, nullptr, 10);
}

std::size_t samples() {
  const char* given = std::getenv("MLPY_SAMPLES");
  return given ? std::strtoull(given, nullptr, 10) : 4000;
}

// Lets Python parse and compile every text; returns what it says of those it rejects. Names are not looked
// up.
std::string rejected_by_python(const std::vector<std::pair<std::string, std::string>>& programs) {
  const fs::path file =
      fs::temp_directory_path() / ("mlpy-property-" + std::to_string(std::random_device{}()));
  {
    std::ofstream out(file, std::ios::binary);
    for (const auto& [title, python] : programs) out << title << '\0' << python << '\0';
  }
  const std::string command =
      "python3 -W ignore -c \"\n"
      "import sys\n"
      "parts = open(sys.argv[1], 'rb').read().split(b'\\0')\n"
      "for title, text in zip(parts[0::2], parts[1::2]):\n"
      "    try: compile(text, '<emitted>', 'exec')\n"
      "    except Exception as e: print(title.decode(), e, text.decode(errors='replace'), sep='\\n')\n"
      "print(len(parts) // 2, 'read')\n"
      "\" " +
      file.string();
  FILE* pipe = popen(command.c_str(), "r");
  std::string said;
  for (int c; (c = std::fgetc(pipe)) != EOF;) said += static_cast<char>(c);
  const int status = pclose(pipe);
  fs::remove(file);
  if (status != 0) return "python3 ended with " + std::to_string(status);
  const std::string all_read = std::to_string(programs.size()) + " read\n";
  return said == all_read ? "" : said;
}

}  // namespace

TEST_CASE("a program with one spoilt token is refused or gives Python that compiles") {
  const std::uint64_t chosen = seed();
  std::printf("MLPY_SEED=%llu\n", static_cast<unsigned long long>(chosen));
  std::fflush(stdout);
  std::mt19937_64 random(chosen);
  const std::vector<Program> programs = all_programs();
  REQUIRE(programs.size() > 100);
  const auto exports = exports_of_examples();
  const ml::sema::ImportResolver resolve = ml::test::resolver_of(exports);
  std::vector<std::vector<Piece>> tokens;
  for (const Program& program : programs) tokens.push_back(tokens_of(program.text));

  std::vector<std::pair<std::string, std::string>> accepted;
  std::size_t refused = 0;
  for (std::size_t n = 0, wanted = samples(); n < wanted; ++n) {
    const std::size_t p = random() % programs.size();
    if (tokens[p].empty()) continue;
    const std::size_t i = random() % tokens[p].size();
    const auto mutation = static_cast<Mutation>(random() % 3);
    const std::string text = mutated(programs[p].text, tokens[p], i, mutation);
    const std::string title = programs[p].name + ": token " + std::to_string(i) + " at byte " +
                              std::to_string(tokens[p][i].begin) + " " + name_of(mutation);
    INFO(title);
    if (std::getenv("MLPY_TRACE")) std::fprintf(stderr, "%s\n", title.c_str());
    const ml::test::Compiled compiled = ml::test::compile(text, resolve);
    if (compiled.python) {
      accepted.emplace_back(title, *compiled.python);
    } else {
      ++refused;
    }
    if (compiled.tree_has_errors) REQUIRE(compiled.analysis.has_errors());
    for (const ml::Diagnostic& finding : compiled.analysis.diagnostics) {
      REQUIRE(finding.span.begin <= finding.span.end);
      REQUIRE(finding.span.end <= text.size());
      REQUIRE_FALSE(finding.message.empty());
    }
  }
  // A compiler that accepts or refuses everything has proved nothing.
  CHECK(accepted.size() > samples() / 20);
  CHECK(refused > samples() / 5);
  CHECK(rejected_by_python(accepted) == "");
}

TEST_CASE("programs as they are give Python that compiles") {
  const auto exports = exports_of_examples();
  const ml::sema::ImportResolver resolve = ml::test::resolver_of(exports);
  std::vector<std::pair<std::string, std::string>> accepted;
  for (const Program& program : all_programs()) {
    const ml::test::Compiled compiled = ml::test::compile(program.text, resolve);
    if (compiled.python) accepted.emplace_back(program.name, *compiled.python);
    const bool is_example = program.name.find("/examples/") != std::string::npos;
    INFO(program.name);
    if (is_example) CHECK(compiled.python);
  }
  CHECK(accepted.size() > 100);
  CHECK(rejected_by_python(accepted) == "");
}

TEST_CASE("programs written in two parts are the programs written in one") {
  const auto exports = exports_of_examples();
  const ml::sema::ImportResolver resolve = ml::test::resolver_of(exports);
  std::size_t compared = 0;
  for (const Program& program : all_programs()) {
    INFO(program.name);
    const ml::test::Compiled whole = ml::test::compile(program.text, resolve);
    const ml::test::Compiled parts = ml::test::compile(program.text, resolve, 0);
    REQUIRE(whole.python.has_value() == parts.python.has_value());
    if (!whole.python) continue;
    CHECK(ml::test::without_numbers(*whole.python) == ml::test::without_numbers(*parts.python));
    ++compared;
  }
  CHECK(compared > 100);
}
