#include "core/syntax/tree.h"

#include <catch2/catch.hpp>

#include "core/syntax/symbols.h"
#include "tests/syntax/print.h"
#include "tests/syntax/sample_texts.h"

using namespace ml::syntax;

TEST_CASE("symbols.h belongs to the parser") {
  const TSLanguage* ml = language();
  auto length = [](const char* name) { return static_cast<std::uint32_t>(std::string_view(name).size()); };
  auto named = [&](const char* name) { return ts_language_symbol_for_name(ml, name, length(name), true); };
  auto token = [&](const char* name) { return ts_language_symbol_for_name(ml, name, length(name), false); };
  auto field_of = [&](const char* name) { return ts_language_field_id_for_name(ml, name, length(name)); };
  CHECK(sym::Program == named("program"));
  CHECK(sym::IfStatement == named("if_statement"));
  CHECK(sym::InvalidOperator == named("invalid_operator"));
  CHECK(sym::String == named("string"));
  CHECK(sym::DeclareWord == named("declare_word"));
  CHECK(tok::OpenBrace == token("{"));
  CHECK(tok::SlashSlash == token("//"));
  CHECK(tok::Question == token("?"));
  CHECK(field::Condition == field_of("condition"));
  CHECK(field::Value == field_of("value"));
}

TEST_CASE("aliased tokens have the symbol of what they stand for") {
  const Tree tree = parse("f = (a) => { return a ** \"x\" // y\n; };");
  const TSNode arrow = ts_node_child_by_field_id(ts_node_named_child(tree.root(), 0), field::Value);
  REQUIRE(ts_node_symbol(arrow) == sym::ArrowFunction);
  CHECK(ts_node_symbol(ts_node_child(ts_node_child_by_field_id(arrow, field::Params), 0)) == tok::OpenParen);
  const TSNode block = ts_node_child_by_field_id(arrow, field::Body);
  CHECK(ts_node_symbol(ts_node_child(block, 0)) == tok::OpenBrace);
  const TSNode power = ts_node_child_by_field_id(ts_node_named_child(block, 0), field::Value);
  CHECK(ts_node_symbol(ts_node_child_by_field_id(power, field::Operator)) == sym::InvalidOperator);
  CHECK(ts_node_symbol(ts_node_child_by_field_id(power, field::Right)) == sym::String);
}

TEST_CASE("a missing semicolon stands right behind the token before it") {
  const Tree tree = parse("x = 5\nprint(x);");
  const TSNode first = ts_node_named_child(tree.root(), 0);
  const TSNode missing = ts_node_child(first, ts_node_child_count(first) - 1);
  REQUIRE(ts_node_symbol(missing) == sym::MissingSemicolon);
  CHECK(span(missing) == ml::Span{5, 5});
  CHECK(ts_node_named_child_count(tree.root()) == 2);
}

TEST_CASE("the queries compile") {
  const auto folder = std::filesystem::path(MLPY_SOURCE_DIR) / "core/syntax/queries";
  for (const std::string name : {"highlights", "folds", "locals"}) {
    const std::string text = read_file(folder / (name + ".scm"));
    REQUIRE(!text.empty());
    std::uint32_t offset = 0;
    TSQueryError error = TSQueryErrorNone;
    TSQuery* query =
        ts_query_new(language(), text.data(), static_cast<std::uint32_t>(text.size()), &offset, &error);
    INFO(name << ": error " << error << " at "
              << text.substr(std::min<std::size_t>(offset, text.size()), 60));
    CHECK(query != nullptr);
    if (query) ts_query_delete(query);
  }
}

TEST_CASE("hostile texts are parsed, however deep") {
  const int n = 5000;
  auto repeated = [&](std::string_view piece) {
    std::string text;
    for (int i = 0; i < n; i++) text += piece;
    return text;
  };
  for (const char* piece : {"(",     "[",        "{",    "{a:",    "`${",  "if (x) ",   "x => ",
                            "!",     "a ? b : ", "f(",   "(a = ",  "a[",   "fn(x) => ", "function f() {",
                            "/*",    "\"",       "'\n",  "`",      "1 + ", "a.",        "a // ",
                            "# c\n", "x\n",      "}",    ")",      "\\",   "${",        "capability A {",
                            "try {", "else ",    "let ", "yield ", "not ", "a b ",      "a = ",
                            "x => {"}) {
    INFO(piece);
    const std::string text = repeated(piece);
    const Tree tree = parse(text);
    CHECK_FALSE(tree.refused());
    CHECK(span(tree.root()).end <= text.size());
    const auto half = static_cast<ml::ByteOffset>(text.size() / 2);
    std::string edited = text;
    edited.insert(half, ";");
    CHECK(reparse(edited, tree, {half, half, half + 1}));
  }
}

// These leak by design: see core/syntax/allocator.h.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("a text whose tree tree-sitter cannot hold is refused") {
  std::string text;
  for (int i = 0; i < 70000; i++) text += "{a:";
  const Tree tree = parse(text);
  CHECK(tree.refused());
  CHECK(ts_node_child_count(tree.root()) == 0);
  CHECK_FALSE(reparse("x", tree, {0, static_cast<ml::ByteOffset>(text.size()), 1}).refused());
}
#endif

TEST_CASE("any number of comments and unexpected characters may stand in a row") {
  const auto many = [](std::string_view piece) {
    std::string text;
    for (int i = 0; i < 150'000; i++) text += piece;
    return text;
  };
  for (const std::string_view piece :
       {"# c\n", "// c\n", "/* c */", "/*\n*/ // c\n", "@", "@ ", "& ", "\\\n", "\xFF", "€", "~@# c\n"}) {
    INFO(piece);
    const std::string text = "x = 1;\n" + many(piece) + "\ny = 2;";
    const Tree tree = parse(text);
    CHECK_FALSE(tree.refused());
    const TSNode last = ts_node_named_child(tree.root(), ts_node_named_child_count(tree.root()) - 1);
    CHECK(span(last).end == text.size());
    // In the middle of them.
    const auto half = static_cast<ml::ByteOffset>(text.size() / 2);
    std::string edited = text;
    edited.insert(half, "\nz;\n");
    CHECK_FALSE(reparse(edited, tree, {half, half, half + 4}).refused());
  }
}

TEST_CASE("texts that are not text") {
  CHECK(parse("").root().id != nullptr);
  CHECK_FALSE(parse("\xEF\xBB\xBFx = 1;").has_errors());
  CHECK(ts_node_symbol(ts_node_named_child(parse(std::string_view("\0", 1)).root(), 0)) ==
        sym::UnexpectedCharacter);
  CHECK(ts_node_symbol(ts_node_named_child(parse("\xFF\xFE").root(), 0)) == sym::UnexpectedCharacter);
}

TEST_CASE("a tree outlives the handle it was copied from") {
  Tree copy;
  CHECK_FALSE(copy);
  {
    const Tree tree = parse("x = 1;");
    copy = tree;
  }
  CHECK(outline(copy.root()).find("assign_statement") != std::string::npos);
}
