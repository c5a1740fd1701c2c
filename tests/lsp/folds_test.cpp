#include <catch2/catch.hpp>

#include "lsp/documents/modules.h"
#include "lsp/features/folding_range/folds.h"
#include "tests/lsp/versions.h"

using namespace ml;
using namespace ml::lsp;

namespace {

std::string program(int functions) {
  std::string out = "import math;\nimport json;\n\n// a\n// run\n";
  for (int i = 0; i < functions; ++i) {
    const std::string n = std::to_string(i);
    if (i % 9 == 0) out += "// #region part " + n + "\n";
    out += "/* of\n   " + n + " */\nfunction work_" + n + "(\n    rows\n) {\n    for (row in rows) {\n" +
           "        // inside\n        // of it\n        total = [\n            row.price,\n            "
           "`a\n${n}`\n" +
           "        ];\n    }\n    return total;\n}\n";
    if (i % 9 == 5) out += "// #endregion\n";
  }
  return out;
}

using Row = std::tuple<std::uint32_t, std::uint32_t, ByteOffset, ByteOffset, std::string>;
std::vector<Row> rows(const Revision& file, const FoldPieces& pieces) {
  std::vector<Row> out;
  for (const Fold& fold : folds_of(file, pieces))
    out.emplace_back(fold.start, fold.end, fold.span.begin, fold.span.end, fold.kind ? fold.kind : "");
  return out;
}

}  // namespace

TEST_CASE("Folds after an edit are those of the whole text") {
  Versions versions;
  std::string text = program(100);
  FoldPieces before = fold_pieces(*versions.revision(text), {}, versions.stop);
  REQUIRE(before.size() > 4);
  RandomEdits edits(3,
                    {"q", "\n", "// c\n", "/*", "*/", "{", "}", "`", "\"", "(", ")", "x;y", "é",
                     "import a;\n", "// #region\n", "// #endregion\n"},
                    60);
  std::size_t taken_over = 0;
  for (int i = 0; i < 150; ++i) {
    const std::string last = text;
    const std::size_t at = edits.apply(text);
    const auto revision = versions.revision(text);
    const FoldPieces now = fold_pieces(*revision, before, versions.stop);
    INFO(i << ": " << text.substr(at, 20));
    REQUIRE(rows(*revision, now) == rows(*revision, fold_pieces(*revision, {}, versions.stop)));
    for (const auto& piece : now)
      taken_over += std::find(before.begin(), before.end(), piece) != before.end();
    before = now;
    if (i % 2 == 1) {
      text = last;
      before = fold_pieces(*versions.revision(text), before, versions.stop);
    }
    if (i % 20 == 19) text = program(100);
  }
  CHECK(taken_over > 30);
}
