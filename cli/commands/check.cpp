#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "cli/commands/commands.h"
#include "cli/commands/source.h"
#include "core/diag/catalogue.h"
#include "core/diag/security.h"
#include "core/text/line_index.h"

namespace ml::cli {
namespace {

namespace json = boost::json;

json::object to_json(const Diagnostic& finding, const CompiledModule& module, const LineIndex& lines) {
  const auto begin = lines.line_column(finding.span.begin), end = lines.line_column(finding.span.end);
  const std::string_view severity = shown_severity(finding);
  json::object out;
  out["file"] = module.shown_file;
  out["line"] = begin.line;
  out["column"] = begin.column;
  out["end_line"] = end.line;
  out["end_column"] = end.column;
  out["code"] = code_name(finding.code);
  out["severity"] = json::string_view(severity.data(), severity.size());
  out["message"] = finding.message;
  out["hint"] = finding.hint.empty() ? json::value(nullptr) : json::value(finding.hint);
  return out;
}

}  // namespace

int check_command(const CheckOptions& options) {
  json::array findings;
  std::uint64_t errors = 0, warnings = 0;
  bool blocked = false;
  for (const std::string& file : options.files) {
    auto source = load_source(file);
    if (!source) return kUsage;
    CompileOptions compile = compile_options_with_extensions(options.source, source->file);
    compile.enforce = options.enforce;
    const Program program = compile_program(source->file, std::move(source->text), compile);
    const Severity lowest = options.all ? Severity::Info : Severity::Warning;
    for (const auto& module : program.modules) {
      const LineIndex lines(module->text);
      for (const Diagnostic& finding : module->analysis.diagnostics) {
        if (finding.severity > lowest) continue;
        blocked = blocked || (finding.severity == Severity::Error && is_security(finding.code));
        errors += finding.severity == Severity::Error;
        warnings += finding.severity == Severity::Warning;
        if (options.json) findings.push_back(to_json(finding, *module, lines));
      }
    }
    if (!options.json) fmt::print("{}", render_findings(program, lowest));
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
