#include "core/stdlib/catalogue.h"

#include <algorithm>
#include <map>
#include <string>

#include <catch2/catch.hpp>

using namespace ml::stdlib;

TEST_CASE("find gives members of modules, classes and value types") {
  const Entry* log = catalogue().find("math", "", "log");
  REQUIRE(log != nullptr);
  CHECK(log->label == "log(x: number, base: number = 10) -> float");
  CHECK(log->doc == "Logarithm to a base.");
  CHECK(log->params.size() == 2);
  CHECK(log->params[1].default_value == "10");
  CHECK(log->params[1].optional);
  CHECK(log->min_arguments == 1);
  CHECK(log->max_arguments == 2);
  REQUIRE(log->capabilities.size() == 1);
  CHECK(log->capabilities[0] == "math.compute");

  REQUIRE(catalogue().find("math", "", "pi") != nullptr);
  CHECK(catalogue().find("math", "", "pi")->kind == EntryKind::Constant);
  CHECK(catalogue().find("math", "", "pi")->value == "3.141592653589793");
  REQUIRE(catalogue().find("regex", "Match", "group") != nullptr);
  CHECK(catalogue().find("regex", "Match", "group")->label ==
        "group(group_id: integer|string = 0) -> string|null");
  CHECK(catalogue().find("regex", "Pattern", "flags")->kind == EntryKind::Property);
  REQUIRE(catalogue().find("$array", "", "map") != nullptr);
  CHECK(catalogue().find("random", "", "set_seed")->alias_of == "setSeed");
}

TEST_CASE("what is not a member is not found") {
  CHECK(catalogue().find("math", "", "sqroot") == nullptr);
  CHECK(catalogue().find("nothing", "", "log") == nullptr);
  CHECK(catalogue().find("regex", "", "Pattern") == nullptr);
  CHECK(catalogue().find("regex", "", "group") == nullptr);
  CHECK(catalogue().module("nothing") == nullptr);
}

TEST_CASE("several forms of a function share one arity") {
  const Entry* range = catalogue().find("builtin", "", "range");
  REQUIRE(range != nullptr);
  CHECK(range->label == "range(stop: integer) -> array");
  CHECK(range->min_arguments == 1);
  CHECK(range->max_arguments == 3);
  CHECK(catalogue().find("builtin", "", "print")->max_arguments == 65535);
}

TEST_CASE("names are told apart") {
  CHECK(catalogue().is_builtin("available_modules"));
  CHECK(catalogue().is_builtin("zip"));
  CHECK_FALSE(catalogue().is_builtin("sqrt"));
  CHECK_FALSE(catalogue().is_builtin("push"));
  CHECK(catalogue().is_member_name("push"));
  CHECK(catalogue().is_member_name("toFixed"));
  CHECK_FALSE(catalogue().is_member_name("price"));
  CHECK_FALSE(catalogue().is_member_name("sqrt"));
}

TEST_CASE("tables are sorted and every entry can be found") {
  CHECK(std::ranges::is_sorted(catalogue().modules(), {}, &Module::name));
  for (const Module& module : catalogue().modules()) {
    for (const Entry& entry : module.entries) {
      INFO(module.name << " " << entry.owner << " " << entry.name);
      if (entry.kind != EntryKind::Class) {
        CHECK(catalogue().find(module.name, entry.owner, entry.name) == &entry);
      }
      if (!entry.alias_of.empty()) {
        CHECK(catalogue().find(module.name, entry.owner, entry.alias_of) != nullptr);
      }
    }
  }
}

TEST_CASE("the counts of the specification hold") {
  std::map<std::string, int> counts;
  for (const Module& module : catalogue().modules()) {
    for (const Entry& entry : module.entries) {
      const std::string owner = entry.owner.empty() ? std::string(module.name) : std::string(entry.owner);
      if (entry.kind == EntryKind::Constant || entry.kind == EntryKind::Property) {
        ++counts[owner + " values"];
      } else if (entry.kind != EntryKind::Class) {
        ++counts[owner];
      }
    }
  }
  CHECK(counts["builtin"] == 46);
  CHECK(counts["console"] == 5);
  CHECK(counts["math"] == 27);
  CHECK(counts["math values"] == 2);
  CHECK(counts["json"] == 16);
  CHECK(counts["random"] == 24);
  CHECK(counts["datetime"] == 24);
  CHECK(counts["DateTimeObject"] == 42);
  CHECK(counts["Date"] == 9);
  CHECK(counts["Time"] == 3);
  CHECK(counts["TimeDelta"] == 11);
  CHECK(counts["collections"] == 30);
  CHECK(counts["functional"] == 37);
  CHECK(counts["regex"] == 19);
  CHECK(counts["Pattern"] == 13);
  CHECK(counts["Pattern values"] == 2);
  CHECK(counts["Match"] == 11);
}

TEST_CASE("the catalogue as JSON holds every entry") {
  const std::string_view json = catalogue_json();
  CHECK(json.starts_with("{\n\"catalogueVersion\": 1"));
  std::size_t entries = 0, rows = 0;
  for (const Module& module : catalogue().modules()) entries += module.entries.size();
  for (std::size_t at = 0; (at = json.find("\n{\"module\": ", at)) != std::string_view::npos; ++at) ++rows;
  CHECK(rows == entries);
}
