#pragma once

#include <catch2/catch.hpp>

#include "core/ast/build.h"
#include "core/ast/print.h"
#include "core/diag/render.h"
#include "core/syntax/tree.h"
#include "tests/support/marks.h"

namespace ml::test {

inline std::vector<Diagnostic> syntax_findings(std::string_view source) {
  Interner names;
  return ast::build(syntax::parse(source), source, names).diagnostics;
}

// The dump without places.
inline std::string dump(std::string_view source) {
  Interner names;
  const ast::Module module = ast::build(syntax::parse(source), source, names);
  std::string out = ast::print(module, names);
  for (const Diagnostic& finding : module.diagnostics)
    out += code_name(finding.code) + " " + finding.message + "\n";
  return out;
}

inline void check_syntax(std::string_view marked) { check_marks(marked, syntax_findings); }

}  // namespace ml::test
