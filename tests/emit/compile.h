#pragma once

// One ML text through all of core, as the tests of this folder need it.

#include <string>
#include <string_view>

#include "core/ast/build.h"
#include "core/emit/python.h"
#include "core/sema/analysis.h"
#include "core/syntax/tree.h"

namespace ml::test {

struct EmittedText {
  emit::Emitted emitted;
  std::vector<Diagnostic> findings;
  bool has_errors = false;  // then `emitted` is empty
};

// Every imported module exists; `geo` and `tools.geo` are the program's own.
inline EmittedText emit_text(std::string_view text, bool closed_world = true) {
  Interner names;
  const syntax::Tree tree = syntax::parse(text);
  const ast::Module module = ast::build(tree, text, names);
  const sema::ImportResolver resolve = [](std::string_view dotted) {
    sema::ImportedModule found;
    found.kind = stdlib::catalogue().module(dotted) ? sema::ImportedModule::Kind::Library
                                                    : sema::ImportedModule::Kind::User;
    found.exports = {"area", "UNIT", "count"};
    return found;
  };
  EmittedText out;
  const sema::Analysis analysis = sema::analyze(module, names, stdlib::catalogue(), resolve, {}, nullptr);
  out.findings = analysis.diagnostics;
  out.has_errors = analysis.has_errors();
  if (out.has_errors) return out;
  emit::EmitOptions options;
  options.closed_world = closed_world;
  out.emitted = emit::emit(module, analysis, names, stdlib::catalogue(), text, options);
  return out;
}

}  // namespace ml::test
