#include <fmt/format.h>

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
  const ast::Module module = ast::build(tree, source->text, names, nullptr, nullptr);
  if (options.format == "sexp") {
    fmt::print("{}\n", tree.s_expression());
  } else {
    fmt::print("{}", ast::print(module, names, source->text));
  }
  const LineIndex lines(source->text);
  bool failed = false;
  for (const Diagnostic& finding : ast::syntax_findings(module)) {
    fmt::print(stderr, "{}", render(finding, shown_path(source->file), lines));
    failed = true;
  }
  return failed ? kCompileError : kOk;
}

}  // namespace ml::cli
