#include <catch2/catch.hpp>

#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;
using sema::NameUse;
using sema::VariableKind;

namespace {

// What every name of the program that leads somewhere leads to, in order of nodes.
std::vector<NameUse> uses(const Analysed& program) {
  std::vector<NameUse> out;
  for (const auto& item : program.analysis.items) {
    for (const sema::NameRef& ref : item->names) {
      if (ref.use != NameUse::Unknown) out.push_back(ref.use);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("module variables tell how they are bound") {
  const Analysed p = analyse(R"(
a = 1; function f() { return a; } f = 2; function g() { return g; } h = x => x; const k = 1;
for (i in [1]) {} try {} except (e) {} import math; len = 5; if (a) { function late() { return 1; } }
)");
  REQUIRE(p.module_variable("a") != nullptr);
  CHECK(p.module_variable("a")->captured);
  CHECK(p.module_variable("a")->bindings == 1);
  CHECK(p.module_variable("f")->bindings == 2);
  CHECK(p.module_variable("f")->hoisted);
  CHECK(p.module_variable("f")->function == nullptr);
  CHECK(p.module_variable("g")->function != nullptr);
  CHECK(p.module_variable("h")->function != nullptr);
  CHECK_FALSE(p.module_variable("h")->hoisted);
  CHECK_FALSE(p.module_variable("h")->captured);
  CHECK(p.module_variable("k")->is_const);
  CHECK(p.module_variable("i")->kind == VariableKind::Loop);
  CHECK(p.module_variable("e")->kind == VariableKind::Except);
  CHECK(p.module_variable("math")->kind == VariableKind::Import);
  CHECK(p.module_variable("len")->hides_builtin);
  CHECK(p.module_variable("late")->kind == VariableKind::Function);
  CHECK_FALSE(p.module_variable("late")->hoisted);
}

TEST_CASE("hoisting follows the textually first binding") {
  CHECK(analyse("function o() { return inner(); function inner() { return 1; } }").local("inner")->hoisted);
  CHECK_FALSE(analyse("function o() { inner = 1; function inner() { return 1; } return inner; }")
                  .local("inner")
                  ->hoisted);
  CHECK_FALSE(
      analyse("function o(inner) { function inner() { return 1; } return inner; }").local("inner")->hoisted);
  CHECK_FALSE(analyse("function o() { if (1) { function inner() { return 1; } } return inner; }")
                  .local("inner")
                  ->hoisted);
}

TEST_CASE("closures, nonlocal and parameters") {
  const Analysed p = analyse(R"(
function outer(p, q) { x = p; function inner() { nonlocal x, top; x = x + 1; top = x; return q; } return inner; }
top = 0;
)");
  REQUIRE(p.analysis.items.size() == 2);
  const sema::ItemFacts& facts = *p.analysis.items[0];
  REQUIRE(facts.functions.size() == 3);
  CHECK(facts.functions[0].function == nullptr);
  const sema::FunctionScope &outer = facts.functions[1], &inner = facts.functions[2];
  CHECK_FALSE(static_cast<bool>(outer.parent));
  CHECK(inner.parent.raw == 1);
  REQUIRE(outer.variables.size() == 4);
  CHECK(outer.variables[0].kind == VariableKind::Parameter);
  CHECK_FALSE(outer.variables[0].captured);
  CHECK(outer.variables[1].captured);
  CHECK(outer.variables[2].captured);
  CHECK(outer.variables[2].bindings == 2);
  CHECK(inner.variables.empty());
  REQUIRE(inner.nonlocals.size() == 1);
  CHECK(p.names.text(inner.nonlocals[0]) == "x");
  REQUIRE(inner.globals.size() == 1);
  CHECK(p.names.text(inner.globals[0]) == "top");
  CHECK(p.module_variable("top")->bindings == 2);
  CHECK(p.module_variable("top")->captured);
  CHECK(facts.function_of[outer.function->id.raw].raw == 1);
}

TEST_CASE("names lead where the rules say") {
  const Analysed p = analyse("function f(a) { return g => [a, g, len, top, print(1)]; } top = 1;");
  std::map<NameUse, int> count;
  for (const NameUse use : uses(p)) ++count[use];
  CHECK(count[NameUse::Local] == 3);      // a, g bound; g read
  CHECK(count[NameUse::Enclosing] == 1);  // a read
  CHECK(count[NameUse::Builtin] == 2);
  CHECK(count[NameUse::Module] == 3);  // f, top bound; top read
}

TEST_CASE("the name of a function expression is a variable of the function") {
  const Analysed p =
      analyse("f = function me(n) { return me(n); }; g = function other() { other = 1; return other; };");
  const sema::FunctionScope& me = p.analysis.items[0]->functions[1];
  REQUIRE(me.variables.size() == 2);
  CHECK(me.variables[1].function == me.function);
  CHECK(me.variables[1].kind == VariableKind::Function);
  const sema::FunctionScope& other = p.analysis.items[1]->functions[1];
  REQUIRE(other.variables.size() == 1);
  CHECK(other.variables[0].kind == VariableKind::Variable);
}
