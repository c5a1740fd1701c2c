#pragma once

// The whole compiler on one text, in process: parse, build, analyse and, if there are no errors, emit.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ast/build.h"
#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/emit/python.h"
#include "core/sema/analysis.h"
#include "core/stdlib/catalogue.h"
#include "core/syntax/tree.h"

namespace ml::test {

// Every module exists: library modules as they are, any other with the exports that `exports` names for it.
inline sema::ImportResolver resolver_of(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& exports) {
  return [&exports](std::string_view dotted) {
    sema::ImportedModule found;
    found.kind = stdlib::catalogue().module(dotted) ? sema::ImportedModule::Kind::Library
                                                    : sema::ImportedModule::Kind::User;
    for (const auto& [name, names] : exports) {
      if (name == dotted) found.exports = names;
    }
    return found;
  };
}

struct Compiled {
  Interner names;
  bool tree_has_errors = false;
  ast::Module module;
  sema::Analysis analysis;
  std::optional<std::string> python;  // only of a program without errors
};

// `long_text`: see emit::EmitOptions.
inline Compiled compile(std::string_view text, const sema::ImportResolver& resolve,
                        std::size_t long_text = emit::EmitOptions{}.long_text) {
  Compiled out;
  {
    const syntax::Tree tree = syntax::parse(text);
    out.tree_has_errors = tree.has_errors();
    out.module = ast::build(tree, text, out.names);
  }
  out.analysis = sema::analyze(out.module, out.names, stdlib::catalogue(), resolve, {}, nullptr);
  if (out.analysis.has_errors()) return out;
  emit::EmitOptions options;
  options.closed_world = true;
  options.long_text = long_text;
  emit::Emitted emitted = emit::emit(out.module, out.analysis, out.names, stdlib::catalogue(), text, options);
  if (emitted.diagnostics.empty()) out.python = std::move(emitted.python);
  return out;
}

}  // namespace ml::test
