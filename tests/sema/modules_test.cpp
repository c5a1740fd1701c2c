#include <catch2/catch.hpp>

#include "tests/sema/support.h"

using namespace ml;
using namespace ml::test;

namespace {

std::vector<Diagnostic> of(std::string_view text) {
  std::vector<Diagnostic> found = Program(text).findings();
  std::erase_if(found, [](const Diagnostic& d) { return d.severity == Severity::Info; });
  return found;
}

std::vector<std::string> codes(std::string_view text) { return codes_of(of(text)); }
using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("imports that cannot be found or loaded") {
  CHECK(codes("import nosuch; print(nosuch.x, nosuch.a.b());") == Codes{"ML0601"});
  CHECK(codes("if (1) { import nosuch; }") == Codes{"ML0104"});
  CHECK(
      codes("import ca; print(ca.a);\n--- ca.ml\nimport cb; x = cb.y;\n--- cb.ml\nimport ca; y = ca.x;\n") ==
      Codes{"ML0602"});
  CHECK(codes("import bad; print(bad.x);\n--- bad.ml\nx = totl;\n") == Codes{"ML0608"});
  CHECK(of("import bad; print(bad.x);\n--- bad.ml\nx = totl;\n")[0].hint.find("totl") != std::string::npos);
  CHECK(codes("import math; print(math.pi);\n--- math.ml\npi = 3;\n") == Codes{"ML0604"});
}

TEST_CASE("members of modules") {
  const std::string files = "--- util.ml\ncount = 0;\nfunction inc() { return 1; }\n_p = 1;\n";
  CHECK(codes("import util; print(util.count, util.inc(), util.nope);\n" + files) == Codes{"ML0603"});
  CHECK(of("import util as u; print(u.cont);\n" + files)[0].hint == "did you mean 'count'?");
  CHECK(of("import util; print(util.nope);\n" + files)[0].severity == Severity::Error);
  CHECK(of("import math; print(math.sqroot(2));")[0].severity == Severity::Warning);
  CHECK(codes("import util; print(util._p);\n" + files) == Codes{"ML0605"});
  CHECK(codes("import util; function f(util) { return util.nope; } print(f(util));\n" + files).empty());
  CHECK(codes("import util; function f() { return util.nope; } print(f());\n" + files) == Codes{"ML0603"});
  CHECK(codes("import util; x = util; util.count = 1; print(util.count.nope);\n" + files).empty());
  CHECK(codes("print(builtin.len([1]), builtin.lenn([1]));") == Codes{"ML0603"});
}

TEST_CASE("dotted imports share their root") {
  const std::string files =
      "--- tools/geo.ml\nUNIT = 1;\n--- tools/text.ml\nfunction shout(s) { return s; }\n";
  CHECK(codes("import tools.geo; import tools.text; print(tools.geo.UNIT, tools.text.shout(1));\n" + files)
            .empty());
  CHECK(codes("import tools.geo; import tools.geo as g; print(tools.geo.UNIT, g.UNIT);\n" + files).empty());
  CHECK(codes("import tools.geo; print(tools.geo.NOPE, tools.text.x);\n" + files) ==
        Codes{"ML0603", "ML0603"});
}

TEST_CASE("an import that is also something else") {
  CHECK(codes("import math; math = 5; print(math);") == Codes{"ML0606"});
  CHECK(codes("import math as m; import json as m; print(m);") == Codes{"ML0606", "ML0606"});
  CHECK(codes("import math; import math; print(math.pi);").empty());
  // Then nothing is said about its members.
  CHECK(codes("import math; if (math.pi > 3) { math = {nope: 1}; } print(math.nope);") == Codes{"ML0606"});
}
