#include "cli/findings.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/diag/catalogue.h"
#include "core/diag/security.h"
#include "core/text/line_index.h"

namespace ml::cli {
namespace json = boost::json;
namespace {

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
  const SecurityInfo* security = security_info(finding.code);
  const std::string_view hint =
      finding.hint.empty() && security != nullptr ? security->advice : std::string_view(finding.hint);
  out["cwe"] = security ? json::value(fmt::format("CWE-{}", security->cwe)) : json::value(nullptr);
  out["hint"] = hint.empty() ? json::value(nullptr) : json::value(json::string(hint));
  return out;
}

}  // namespace

json::array findings_json(const Program& program, Severity lowest) {
  json::array list;
  for (const auto& module : program.modules) {
    const LineIndex lines(module->text);
    for (const Diagnostic& finding : module->analysis.diagnostics)
      if (finding.severity <= lowest) list.push_back(to_json(finding, *module, lines));
  }
  return list;
}

}  // namespace ml::cli
