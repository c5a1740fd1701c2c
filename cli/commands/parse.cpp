#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "cli/commands/commands.h"
#include "cli/commands/source.h"
#include "cli/files.h"
#include "core/ast/build.h"
#include "core/ast/print.h"
#include "core/diag/render.h"
#include "core/syntax/tree.h"

namespace ml::cli {

int parse_command(const ParseOptions& options) {
  const auto source = load_source(options.file);
  if (!source) return kUsage;
  Interner names;
  const syntax::Tree tree = syntax::parse(source->text);
  const ast::Module module = ast::build(tree, source->text, names);
  const LineIndex lines(source->text);
  if (options.format == "sexp") {
    const std::unique_ptr<char, decltype(&std::free)> text(ts_node_string(tree.root()), std::free);
    fmt::print("{}\n", text.get());
  } else {
    fmt::print("{}", ast::print(module, names, &lines));
  }
  bool failed = false;
  for (const Diagnostic& finding : module.diagnostics) {
    fmt::print(stderr, "{}", render(finding, shown_path(source->file), lines));
    failed = true;
  }
  return failed ? kCompileError : kOk;
}

}  // namespace ml::cli
