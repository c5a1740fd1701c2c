// Edits as clients send them, in batches, against the same text read anew (editor-protocols.md 9.2).
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "core/ast/print.h"
#include "tests/lsp/versions.h"

using namespace ml;
using namespace ml::lsp;

namespace {

constexpr int kBatches = 100, kEdits = 10;

std::string program() {
  std::string out = "import math;\r\n";
  for (int i = 0; i < 60; ++i) {
    const std::string n = std::to_string(i), end = i % 3 == 0 ? "\r\n" : "\n";
    out += "// \xC3\xA9t\xC3\xA9 \xF0\x9F\x98\x80 " + n + end + "function work_" + n + "(rows, total = 0) {" +
           end + "    for (row in rows) { total = total + row; }" + end + "    name = \"\xF0\x9F\x8E\x88 " +
           n + "\";" + end + "    return [total, name];" + end + "}" + end + "value_" + n + " = work_" + n +
           "([" + n + "]);" + end;
  }
  return out;
}

// Everything a version says, with its tree.
std::string said(const Revision& revision) {
  char* nodes = ts_node_string(revision.tree().root());
  std::string out = nodes + ast::print(revision.module(), revision.names());
  std::free(nodes);
  for (const Diagnostic& d : revision.analysis().diagnostics)
    out += std::to_string(d.span.begin) + "-" + std::to_string(d.span.end) + " " + d.message + "\n";
  return out;
}

}  // namespace

TEST_CASE("A thousand edits of several lines, undone and redone, leave what a fresh reading finds",
          "[property]") {
  static const std::string kPieces[] = {"x = 1;\r\ny = 2;\r\n",
                                        "function f(a) {\n    return a;\n}\n",
                                        "\"\xF0\x9F\x98\x80\"",
                                        "\r\n",
                                        "// \xF0\x9F\x8E\x88\xC3\xA9\n",
                                        "}",
                                        "if (true) {\n    print(\"a\");\r\n}\n",
                                        ""};
  std::mt19937 random(11);
  const auto pick = [&](std::size_t below) { return static_cast<std::uint32_t>(random() % below); };
  Versions versions;
  auto text = std::make_shared<DocumentText>(program());
  std::string model(text->text());
  std::vector<std::string> undo, redo;  // whole texts, as a client without memory for edits would keep
  const auto edit = [&](Range range, const std::string& by, Encoding encoding) {
    const Span span = text->span(range, encoding);
    model.replace(span.begin, span.size(), by);
    text->replace(span, by);
  };
  const auto go_to = [&](const std::string& to) {  // as one edit of everything that differs
    const TextEdit change = difference(text->text(), to);
    const auto encoding = static_cast<Encoding>(pick(3));
    const Range range = text->range({change.begin, change.old_end}, encoding);
    edit(range, to.substr(change.begin, change.new_end - change.begin), encoding);
  };
  for (int batch = 0; batch < kBatches; ++batch) {
    text = std::make_shared<DocumentText>(text->copy());
    for (int i = 0; i < kEdits; ++i) {
      if (!undo.empty() && pick(4) == 0) {
        redo.push_back(model);
        go_to(undo.back());
        undo.pop_back();
      } else if (!redo.empty() && pick(3) == 0) {
        undo.push_back(model);
        go_to(redo.back());
        redo.pop_back();
      } else {
        undo.push_back(model);
        redo.clear();
        const std::uint32_t line = pick(text->line_count());
        const Position from{line, pick(30)}, to{line + pick(4), pick(30)};
        edit({std::min(from, to), std::max(from, to)}, kPieces[pick(std::size(kPieces))],
             static_cast<Encoding>(pick(3)));
      }
      REQUIRE(text->text() == model);
    }
    const auto now =
        std::make_shared<Revision>(versions.file, text, ++versions.version, versions.modules, true);
    INFO("batch " << batch);
    REQUIRE(said(*now) == said(*Versions().revision(model)));
  }
}
