#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <set>

#include "cli/commands/commands.h"
#include "cli/commands/compile_limits.h"
#include "cli/commands/source.h"
#include "cli/files.h"
#include "cli/findings.h"
#include "core/diag/security.h"

namespace ml::cli {
namespace json = boost::json;

int check_command(const CheckOptions& options) {
  json::array findings;
  std::uint64_t errors = 0, warnings = 0;
  bool blocked = false;
  const std::vector<std::string> files = programs_named(options.files);
  if (files.empty()) {
    fmt::print(stderr, "mlpy: no programs (*.ml) in '{}'\n", fmt::join(options.files, "', '"));
    return kUsage;
  }
  std::set<std::string> told;  // modules: several programs may import one
  for (const std::string& file : files) {
    auto source = load_source(file);
    if (!source) return kUsage;
    const auto compile = compile_options_with_extensions(options.source, source->file);
    if (!compile) return kUsage;
    Program program = compile_within_limits(source->file, std::move(source->text), *compile);
    std::erase_if(program.modules,
                  [&](const auto& module) { return !told.insert(module->shown_file).second; });
    const Severity lowest = options.all ? Severity::Info : Severity::Warning;
    for (const auto& module : program.modules) {
      for (const Diagnostic& finding : module->analysis.diagnostics) {
        if (finding.severity > lowest) continue;
        blocked = blocked || (finding.severity == Severity::Error && is_security(finding.code));
        errors += finding.severity == Severity::Error;
        warnings += finding.severity == Severity::Warning;
      }
    }
    if (options.json) {
      for (json::value& finding : findings_json(program, lowest)) findings.push_back(std::move(finding));
    } else {
      fmt::print("{}", render_findings(program, lowest));
    }
  }
  const bool failed = errors > 0 || (options.werror && warnings > 0);
  if (options.json) {
    fmt::print("{}\n", json::serialize(json::object{{"ok", !failed}, {"findings", std::move(findings)}}));
  } else if (errors + warnings > 0) {
    fmt::print(stderr, "{} error{}, {} warning{}\n", errors, errors == 1 ? "" : "s", warnings,
               warnings == 1 ? "" : "s");
  }
  return blocked ? kBlocked : failed ? kCompileError : kOk;
}

}  // namespace ml::cli
