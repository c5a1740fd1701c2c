// The shapes of language.md sections 2.1 and 2.2.

#include "tests/ast/support.h"

using namespace ml;
using namespace ml::test;

TEST_CASE("precedence") {
  CHECK(dump("x = -7 // 2;") == "Assign\n  Name x\n  Binary //\n    Unary -\n      Number 7\n    Number 2\n");
  CHECK(dump("!x == 0;") == "Expression\n  Binary ==\n    Unary !\n      Name x\n    Number 0\n");
  CHECK(dump("3 > 2 > 1;") ==
        "Expression\n  Binary >\n    Binary >\n      Number 3\n      Number 2\n    Number 1\n");
  CHECK(
      dump("a || b && c == 1 + 2 * 3;") ==
      "Expression\n  Logical ||\n    Name a\n    Logical &&\n      Name b\n      Binary ==\n        Name c\n"
      "        Binary +\n          Number 1\n          Binary *\n            Number 2\n            Number "
      "3\n");
  CHECK(dump("a ? b : c ? d : e;") ==
        "Expression\n  Ternary\n    Name a\n    Name b\n    Ternary\n      Name c\n      Name d\n      Name "
        "e\n");
}

TEST_CASE("a brace after an arrow") {
  CHECK(dump("f = x => {};") ==
        "Assign\n  Name f\n  Function arrow <anonymous>\n    Param x\n    result\n      Object\n");
  CHECK(dump("f = x => {value: x};") ==
        "Assign\n  Name f\n  Function arrow <anonymous>\n    Param x\n    result\n      Object\n        word "
        "\"value\"\n"
        "          Name x\n");
  CHECK(dump("f = x => { x; };") ==
        "Assign\n  Name f\n  Function arrow <anonymous>\n    Param x\n    body\n      Expression\n        "
        "Name x\n");
  CHECK(dump("f = x => { if (x) return 1; };") ==
        "Assign\n  Name f\n  Function arrow <anonymous>\n    Param x\n    body\n      If\n        condition\n"
        "          Name x\n        then\n          Return\n            Number 1\n");
}

TEST_CASE("a brace or bracket at the start of a statement") {
  CHECK(dump("{a, b} = o;") == "Unpack object\n  Bind a\n  Bind b\n  Name o\n");
  CHECK(dump("{a: 1};") == "Expression\n  Object\n    word \"a\"\n      Number 1\n");
  CHECK(dump("[a, b,] = o;") == "Unpack array\n  Bind a\n  Bind b\n  Name o\n");
  CHECK(dump("[1, 2];") == "Expression\n  Array\n    Number 1\n    Number 2\n");
  CHECK(dump("let [a] = o; const {b} = o;") ==
        "Unpack let array\n  Bind a\n  Name o\nUnpack const object\n  Bind b\n  Name o\n");
}

TEST_CASE("parentheses are parameters if an arrow follows") {
  CHECK(dump("f = (a, b = 1) => a;") ==
        "Assign\n  Name f\n  Function arrow <anonymous>\n    Param a\n    Param b\n      default\n        "
        "Number 1\n"
        "    result\n      Name a\n");
  CHECK(dump("(a);") == "Expression\n  Name a\n");
  CHECK(dump("a || fn(x) => x;") ==
        "Expression\n  Logical ||\n    Name a\n    Function fn <anonymous>\n      Param x\n      result\n    "
        "    Name x\n");
}

TEST_CASE("slices and ternaries share the colon") {
  CHECK(dump("a[c ? x : y];") ==
        "Expression\n  Index\n    Name a\n    Ternary\n      Name c\n      Name x\n      Name y\n");
  CHECK(dump("a[:2]; a[::-1];") ==
        "Expression\n  Slice\n    Name a\n    end\n      Number 2\n"
        "Expression\n  Slice\n    Name a\n    step\n      Unary -\n        Number 1\n");
}

TEST_CASE("dangling else belongs to the nearest if") {
  CHECK(dump("if (a) if (b) c(); else d();") ==
        "If\n  condition\n    Name a\n  then\n    If\n      condition\n        Name b\n      then\n        "
        "Expression\n"
        "          Call\n            Name c\n      else\n        Expression\n          Call\n            "
        "Name d\n");
  CHECK(dump("if (a) {} else if (b) {} elif (c) {} else {}") ==
        "If\n  condition\n    Name a\n  then\n  condition\n    Name b\n  then\n  condition\n    Name c\n  "
        "then\n  else\n");
}

TEST_CASE("the two kinds of for") {
  CHECK(
      dump("for (let x in xs) print(x);") ==
      "ForIn\n  Bind x\n  Name xs\n  body\n    Expression\n      Call\n        Name print\n        Name x\n");
  CHECK(dump("for (i = 0; i < 3; i = i + 1) {}") ==
        "ForC\n  Assign\n    Name i\n    Number 0\n  condition\n    Binary <\n      Name i\n      Number 3\n "
        " Assign\n"
        "    Name i\n    Binary +\n      Name i\n      Number 1\n  body\n");
  CHECK(dump("for (;;) {}") == "ForC\n  body\n");
}

TEST_CASE("contextual words are names elsewhere") {
  CHECK(
      dump("as = 9; let = 10; allow = system; o.in; yield = 3; yield;") ==
      "Assign\n  Name as\n  Number 9\nAssign\n  Name let\n  Number 10\nAssign\n  Name allow\n  Name system\n"
      "Expression\n  Member .in\n    Name o\nAssign\n  Name yield\n  Number 3\nExpression\n  Name yield\n");
  CHECK(dump("function* g() { yield; yield 1; f = () => yield; }") ==
        "Function function* g\n  body\n    Yield\n    Yield\n      Number 1\n    Assign\n      Name f\n"
        "      Function arrow <anonymous>\n        result\n          Name yield\n");
}

TEST_CASE("declarations of the top level") {
  CHECK(dump("import a.b as c; import d;") == "Import a.b as c\nImport d\n");
  CHECK(dump("capability x.y { resource \"a\"; allow read; allow write 'b' }") ==
        "Capability x.y\n  resource \"a\"\n  allow read \n  allow write \"b\"\n");
}

TEST_CASE("functions know their parts") {
  const std::string source = "function* gen(a: t, b = 2): u { yield a; }";
  Interner names;
  const ast::Module module = ast::build(syntax::parse(source), source, names);
  REQUIRE(module.items.size() == 1);
  const auto& f = *ast::as<ast::FunctionStmt>(module.items[0].item->stmt).function;
  CHECK(f.is_generator);
  CHECK(source.substr(f.header.begin, f.header.size()) == "function* gen(a: t, b = 2): u");
  CHECK(source.substr(f.body_span.begin, f.body_span.size()) == "{ yield a; }");
  CHECK(names.text(f.name.name) == "gen");
  CHECK(source.substr(f.params[1].binding.span.begin, 1) == "b");
}

TEST_CASE("node ids are dense within an item") {
  const std::string source = "x = [1, a + b]; f(x).y = {k: `t${z}`};";
  Interner names;
  const ast::Module module = ast::build(syntax::parse(source), source, names);
  REQUIRE(module.items.size() == 2);
  CHECK(module.items[0].item->node_count == 6);
  CHECK(module.items[1].item->node_count == 7);
  CHECK(module.items[1].start == 16);
}

TEST_CASE("items that an edit did not touch are shared") {
  std::string text = "a = 1;\nfunction f() { return a; }\nb = 2;\nc = 3;\n";
  Interner names;
  const syntax::Tree before = syntax::parse(text);
  const ast::Module first = ast::build(before, text, names);
  text.insert(4, "2");
  const syntax::Tree after = syntax::reparse(text, before, {4, 4, 5});
  const ast::Module second = ast::build(after, text, names, &first);
  REQUIRE(second.items.size() == 4);
  CHECK(second.items[0].item != first.items[0].item);
  CHECK(second.items[1].item == first.items[1].item);
  CHECK(second.items[2].item == first.items[2].item);
  CHECK(second.items[3].item == first.items[3].item);
  CHECK(second.items[2].start == first.items[2].start + 1);
}

TEST_CASE("a long text gives the items that a short one would") {
  std::string text;
  for (int i = 0; text.size() < 200'000; ++i) {
    const std::string n = std::to_string(i);
    text += "// " + n + "\nfunction f" + n + "(a, b) { return a.m" + n + " + `${b}`; }\nx" + n + " = f" + n +
            "(1);\n";
    if (i % 500 == 3) text += "y = 1 2;\n";
  }
  Interner names;
  const syntax::Tree tree = syntax::parse(text);
  const ast::Module nothing;
  const ast::Module module = ast::build(tree, text, names);
  const ast::Module in_turn = ast::build(tree, text, names, &nothing);  // one thread
  REQUIRE(module.items.size() == in_turn.items.size());
  REQUIRE(module.items.chunks().size() == in_turn.items.chunks().size());
  CHECK((ast::print(module, names) == ast::print(in_turn, names)));
  CHECK(module.diagnostics.size() == in_turn.diagnostics.size());
  CHECK(!module.diagnostics.empty());
  // What an edit needs to know of the chunks is there, too.
  const auto at = static_cast<ByteOffset>(text.rfind("a.m"));
  text.insert(at, "b + ");
  const syntax::Tree after = syntax::reparse(text, tree, {at, at, at + 4});
  CHECK((ast::print(ast::build(after, text, names, &module), names) ==
         ast::print(ast::build(after, text, names, &nothing), names)));
}

TEST_CASE("hostile nesting ends in a finding") {
  const auto repeat = [](std::string_view part, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) out += part;
    return out;
  };
  for (const std::string& source :
       {repeat("(", 20000) + "1" + repeat(")", 20000) + ";",
        "x = " + repeat("[", 5000) + repeat("]", 5000) + ";", "x = " + repeat("-", 5000) + "1;",
        repeat("if (a) ", 5000) + ";", repeat("x => ", 5000) + "1;", "x = " + repeat("a + ", 5000) + "1;",
        "x = a" + repeat(".b", 5000) + ";", repeat("(", 50000), repeat("function f() {", 5000),
        "x = " + repeat("`${", 3000), "x = " + repeat("a ? b : ", 5000) + "c;", repeat("{", 5000),
        "x = " + repeat("`${", 3000) + "1" + repeat("}`", 3000) + ";", repeat("}", 5000),
        repeat("[a, ", 5000) + " = 3;", repeat("a = ", 5000) + ";", "f" + repeat("()", 5000) + ";"}) {
    INFO(source.substr(0, 30));
    CHECK_FALSE(syntax_findings(source).empty());
  }
  CHECK(codes_of(syntax_findings("x = " + repeat("!", 5000) + "1;")) ==
        std::vector<std::string>{"ML0140", "SEC115"});
  CHECK(syntax_findings("x = " + repeat("(", 100) + "1" + repeat(")", 100) + repeat(" + 1", 500) + ";")
            .empty());
}
