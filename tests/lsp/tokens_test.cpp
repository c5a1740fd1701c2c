#include <catch2/catch.hpp>

#include "lsp/documents/modules.h"
#include "lsp/features/semantic_tokens/segments.h"
#include "tests/lsp/versions.h"

using namespace ml;
using namespace ml::lsp;

namespace {

// Items of every kind that tokens tell apart, many chunks of them. Crowded: some chunks end within a line.
std::string program(int functions, bool crowded) {
  std::string out = "import math;\n// a comment\nlimit = 10;\n";
  for (int i = 0; i < functions; ++i) {
    const std::string n = std::to_string(i);
    out += "/* of\n   " + n + " */\nfunction work_" + n + "(rows, total = 0) {\n    for (row in rows) {\n" +
           "        total = total + row.price * limit + math.floor(2.5);\n    }\n    return total;\n}\n";
    if (i % 3 == 0) out += "const value_" + n + " = work_" + n + "([{price: 1, name: `é𝄞 ${limit}`}]);\n";
    if (crowded && i % 7 == 0)
      out += "  second_" + n + " = x => x + 1; third_" + n + " = second_" + n + "(2);\n\n";
  }
  return out;
}

TokenData applied(TokenData data, const std::optional<TokenEdit>& edit) {
  if (!edit) return data;
  const auto at = data.begin() + static_cast<std::ptrdiff_t>(edit->start);
  data.insert(data.erase(at, at + static_cast<std::ptrdiff_t>(edit->removed)), edit->data.begin(),
              edit->data.end());
  return data;
}

std::size_t shared(const TokenSegments& a, const TokenSegments& b) {
  std::size_t n = 0;
  for (const PlacedSegment& x : a)
    n += std::any_of(b.begin(), b.end(), [&](const PlacedSegment& y) { return x.segment == y.segment; });
  return n;
}

}  // namespace

TEST_CASE("Tokens after an edit are those of the whole text") {
  Versions versions;
  const TokenStyle style{ClientInfo()};
  std::string text = program(120, true);
  TokenSegments before = segments_of(*versions.revision(text), style, {}, {}, versions.stop);
  REQUIRE(before.size() > 5);
  RandomEdits edits(7,
                    {"q",
                     "\n",
                     "// c\n",
                     "/*",
                     "*/",
                     "limit",
                     "limit = 3;\n",
                     "{",
                     "}",
                     "\"",
                     "`",
                     "const ",
                     " ",
                     "rows",
                     ";",
                     "math",
                     "é",
                     "𝄞",
                     "x; y",
                     "\nfunction limit(a) { return a; }\n",
                     "=> ",
                     "import json;\n"},
                    60);
  for (int i = 0; i < 250; ++i) {
    const std::string last = text;
    const std::size_t at = edits.apply(text);
    const TokenHeat heat = i % 50 < 25 ? TokenHeat{} : TokenHeat{{"work_3", 2}};
    const auto revision = versions.revision(text);
    const TokenSegments now = segments_of(*revision, style, heat, before, versions.stop);
    std::vector<Token> all = tokens_of(*revision, {0, revision->text().size()}, versions.stop);
    heat_tokens(all, revision->text().text(), heat);
    const TokenData whole = encode_tokens(revision->text(), all, style, 0);
    INFO(i << ": " << text.substr(at, 20));
    REQUIRE(flat(now) == whole);
    std::string json;
    append_data(now, json);
    REQUIRE(json == wire::write_json(wire::json::array(whole.begin(), whole.end())));
    REQUIRE(applied(flat(before), difference(before, now)) == whole);
    before = now;
    if (i % 2 == 1) {  // mostly correct programs: undone
      text = last;
      before = segments_of(*versions.revision(text), style, {}, before, versions.stop);
    }
    if (i % 20 == 19) text = program(120, true);
  }
}

TEST_CASE("An edit makes the tokens of its own segment anew and no others") {
  Versions versions;
  const TokenStyle style{ClientInfo()};
  std::string text = program(200, false);
  const TokenSegments before = segments_of(*versions.revision(text), style, {}, {}, versions.stop);
  const std::size_t at = text.find("total + row", text.size() / 2);
  text.insert(at, "q");
  const TokenSegments now = segments_of(*versions.revision(text), style, {}, before, versions.stop);
  CHECK(shared(now, before) + 1 == now.size());
  const auto edit = difference(before, now);
  REQUIRE(edit);
  CHECK(edit->data.size() <= 10);
  text.insert(0, "\n");
  const TokenSegments moved = segments_of(*versions.revision(text), style, {}, now, versions.stop);
  CHECK(shared(moved, now) + 1 >= moved.size());
  // What the module says of a name is seen in every segment that says it.
  text.replace(text.find("limit = 10"), 5, "const limit");
  const TokenSegments constant = segments_of(*versions.revision(text), style, {}, moved, versions.stop);
  CHECK(shared(constant, moved) == 0);
}

TEST_CASE("The first binding of a top-level variable declares it, wherever it stands") {
  Versions versions;
  const auto revision = versions.revision("a = 1;\nb = 2;\nb = 3;\n");
  const auto tokens = tokens_of(*revision, {0, revision->text().size()}, versions.stop);
  std::vector<bool> declares;
  for (const Token& token : tokens)
    if (token.type == TokenType::Variable) declares.push_back((token.modifiers & kDeclaration) != 0);
  CHECK(declares == std::vector<bool>{true, true, false});
}
