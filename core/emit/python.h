#pragma once

// AST and analysis of one module -> Python text and its positions (ARCHITECTURE.md, "Generated code").
//
// The Python is what CPython 3.11 and newer compile with the built-ins table of runtime/native. Plain
// operations stand wherever they give ML's result whenever they succeed; types inferred for the whole module
// (infer.h) decide how often that is. Only for modules without errors: `analysis.has_errors()` must be false.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/base/two_threads.h"
#include "core/sema/analysis.h"
#include "core/stdlib/catalogue.h"
#include "core/text/source_map.h"

namespace ml::emit {

struct EmitOptions {
  // Nobody outside calls the module's functions or changes its variables: the main program of `mlpy run`.
  // Types of top-level functions' parameters then come from their calls.
  bool closed_world = false;
  // Top-level variables that the host sets before the run: their type is unknown.
  std::span<const std::string> host_names;
  // Texts of this many bytes are written in two parts, each with numbers of its own in the names that the
  // generated code makes up, and by two threads where there are two.
  std::size_t long_text = kWorthThread;
};

struct Emitted {
  std::string python;
  SourceMap positions;               // sorted
  std::vector<std::string> imports;  // dotted names in order of first import, each once
  // Programs CPython cannot compile (nested too deeply): file offsets. `python` must not be used when there
  // are any.
  std::vector<Diagnostic> diagnostics;
};

// Pure. `ml_text` is the text `module` was built from.
Emitted emit(const ast::Module& module, const sema::Analysis& analysis, const Interner& names,
             const stdlib::Catalogue& library, std::string_view ml_text, const EmitOptions& options);

}  // namespace ml::emit
