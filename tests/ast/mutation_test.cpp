// Programs with one token deleted, doubled or swapped with the next: building never crashes or hangs, is told
// by a finding exactly when the parser refused, and gives after an edit what it gives for the new text alone.

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "core/ast/explain.h"
#include "core/ast/tokens.h"
#include "tests/ast/support.h"

using namespace ml;
using namespace ml::test;

namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// main.ml of each conformance case: the lines up to the first that is no program line.
std::vector<std::string> programs() {
  std::vector<std::string> out;
  const std::filesystem::path root = MLPY_SOURCE_DIR;
  for (const auto& entry : std::filesystem::directory_iterator(root / "tests/conformance/cases")) {
    std::istringstream lines(read(entry.path()));
    std::string program, line;
    std::getline(lines, line);
    while (std::getline(lines, line) && !line.starts_with("--- ")) {
      if (!line.starts_with(">>>") && !line.starts_with("!!!") && !line.starts_with("???"))
        program += line + "\n";
    }
    out.push_back(program);
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "examples")) {
    if (entry.path().extension() == ".ml") out.push_back(read(entry.path()));
  }
  std::sort(out.begin(), out.end());  // the order of directories is not that of the seed
  return out;
}

struct Mutation {
  std::string text;
  TextEdit edit;
};

Mutation mutate(const std::string& source, const std::vector<ast::Token>& tokens, std::size_t at, int how) {
  const Span a = tokens[at].span, b = tokens[at + 1].span;
  const std::string first = source.substr(a.begin, a.size()), second = source.substr(b.begin, b.size());
  const std::string gap = source.substr(a.end, b.begin - a.end);
  std::string replacement;
  Span old = a;
  if (how == 1) replacement = first + " " + first;
  if (how == 2) {
    replacement = second + gap + first;
    old.end = b.end;
  }
  Mutation out{source, {old.begin, old.end, old.begin + static_cast<ByteOffset>(replacement.size())}};
  out.text.replace(old.begin, old.size(), replacement);
  return out;
}

}  // namespace

TEST_CASE("correct programs have nothing to explain") {
  for (const std::string& source : programs()) {
    if (!syntax_findings(source).empty()) continue;
    DiagSink sink;
    ast::explain(source, {0, static_cast<ByteOffset>(source.size())}, sink);
    INFO(write_marks(source, sink.found()));
    CHECK(sink.found().empty());
  }
}

TEST_CASE("one token deleted, doubled or swapped") {
  const std::uint32_t seed = std::random_device{}();
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  std::size_t unexplained = 0, mutations = 0;
  for (const std::string& source : programs()) {
    DiagSink ignored;
    const auto tokens =
        ast::scan(source, {0, static_cast<ByteOffset>(source.size())}, ast::ScanMode::File, ignored).tokens;
    if (tokens.size() < 3) continue;
    Interner names;
    const syntax::Tree tree = syntax::parse(source);
    const ast::Module before = ast::build(tree, source, names);
    for (int round = 0; round < 12; ++round) {
      const Mutation changed = mutate(source, tokens, pick(tokens.size() - 2), static_cast<int>(pick(3)));
      INFO("seed " << seed << "\n" << changed.text);
      const syntax::Tree reparsed = syntax::reparse(changed.text, tree, changed.edit);
      const ast::Module after = ast::build(reparsed, changed.text, names, &before);
      const ast::Module fresh = ast::build(syntax::parse(changed.text), changed.text, names);
      CHECK(write_marks(changed.text, after.diagnostics) == write_marks(changed.text, fresh.diagnostics));
      const LineIndex lines(changed.text);
      CHECK(ast::print(after, names, &lines) == ast::print(fresh, names, &lines));
      bool refused = reparsed.has_errors();
      for (const ast::PlacedItem& item : after.items) refused |= item.item->refused;
      CHECK(refused == !after.diagnostics.empty());
      for (const Diagnostic& finding : after.diagnostics)
        unexplained += finding.hint == "the grammar refuses this place";
      ++mutations;
    }
  }
  // The explanation knows the same language as the grammar.
  CHECK(mutations > 1000);
  CHECK(unexplained == 0);
}
