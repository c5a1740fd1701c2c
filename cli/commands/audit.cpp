#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/commands/commands.h"
#include "cli/commands/compile_limits.h"
#include "cli/commands/source.h"
#include "core/base/files.h"
#include "core/base/markup.h"
#include "core/diag/catalogue.h"
#include "core/diag/render.h"
#include "core/diag/security.h"
#include "core/text/line_index.h"

namespace ml::cli {
namespace {

namespace json = boost::json;

struct Issue {
  const CompiledModule* module;
  const Diagnostic* finding;
  SecurityInfo info;
  LineColumn begin, end;
  std::string code, message;

  std::string_view recommendation() const {
    return finding->hint.empty() || is_missing() ? info.advice : std::string_view(finding->hint);
  }
  bool is_missing() const { return !is_security(finding->code); }
};

// A module that is not there is an error of the language; an audit shows the same fact as SEC108.
bool is_missing_module(const Diagnostic& d) { return d.code == DiagCode{601}; }

Issue issue_of(const CompiledModule& module, const Diagnostic& d, const LineIndex& lines) {
  const DiagCode code = is_missing_module(d) ? DiagCode{100108} : d.code;
  Issue issue{&module,
              &d,
              *security_info(code),
              lines.line_column(d.span.begin),
              lines.line_column(d.span.end),
              code_name(code),
              d.message};
  if (!is_missing_module(d)) return issue;
  const std::string name = module.text.substr(d.span.begin, d.span.size());
  const std::size_t at = d.hint.find("did you mean '");
  const std::string near = at == d.hint.npos ? "none" : d.hint.substr(at + 14, d.hint.rfind('\'') - at - 14);
  issue.message = fmt::format("no module '{}'; nearest: {}", name, near);
  return issue;
}

std::vector<Issue> issues_of(const Program& program, SecurityLevel lowest) {
  std::vector<Issue> issues;
  for (const auto& module : program.modules) {
    const LineIndex lines(module->text);
    for (const Diagnostic& d : module->analysis.diagnostics) {
      if (!is_security(d.code) && !is_missing_module(d)) continue;
      Issue issue = issue_of(*module, d, lines);
      if (issue.info.level <= lowest) issues.push_back(std::move(issue));
    }
  }
  std::ranges::stable_sort(issues, {}, [](const Issue& i) { return i.info.level; });
  return issues;
}

json::string_view sv(std::string_view text) { return {text.data(), text.size()}; }

std::array<std::size_t, 4> count(const std::vector<Issue>& issues) {
  std::array<std::size_t, 4> by_level{};
  for (const Issue& i : issues) ++by_level[static_cast<std::size_t>(i.info.level)];
  return by_level;
}

constexpr std::array kLevels = {SecurityLevel::Critical, SecurityLevel::High, SecurityLevel::Medium,
                                SecurityLevel::Low};

std::string as_json(const AuditOptions& options, const std::vector<Issue>& issues) {
  json::array list;
  for (const Issue& i : issues) {
    json::object row{{"code", i.code},
                     {"severity", sv(level_name(i.info.level))},
                     {"category", sv(i.info.category)},
                     {"message", i.message},
                     {"file", i.module->shown_file},
                     {"line", i.begin.line},
                     {"column", i.begin.column},
                     {"end_line", i.end.line},
                     {"end_column", i.end.column},
                     {"cwe", fmt::format("CWE-{}", i.info.cwe)},
                     {"recommendation", sv(i.recommendation())}};
    json::array related;
    const LineIndex lines(i.module->text);
    for (const RelatedPlace& place : i.finding->related) {
      const LineColumn at = lines.line_column(place.span.begin);
      related.push_back(json::object{{"line", at.line}, {"column", at.column}, {"message", place.text}});
    }
    row["related"] = std::move(related);
    list.push_back(std::move(row));
  }
  json::object summary;
  const auto by_level = count(issues);
  for (const SecurityLevel level : kLevels)
    summary[sv(level_name(level))] = by_level[static_cast<std::size_t>(level)];
  return json::serialize(json::object{{"file", options.source.file},
                                      {"analysis_type", options.deep ? "deep" : "standard"},
                                      {"threat_level_filter", options.threat_level},
                                      {"issues_count", issues.size()},
                                      {"summary", std::move(summary)},
                                      {"issues", std::move(list)}}) +
         "\n";
}

std::string totals(const std::vector<Issue>& issues) {
  if (issues.empty()) return "No security issues found.";
  const auto by_level = count(issues);
  std::string parts;
  for (const SecurityLevel level : kLevels) {
    const std::size_t n = by_level[static_cast<std::size_t>(level)];
    if (n > 0) parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", n, level_name(level));
  }
  return fmt::format("{} security issue{} found: {}", issues.size(), issues.size() == 1 ? "" : "s", parts);
}

std::string excerpt(const Issue& i) { return render_excerpt(i.finding->span, LineIndex(i.module->text)); }

std::string as_text(const AuditOptions& options, const std::vector<Issue>& issues) {
  std::string out;
  if (options.report) out = fmt::format("Security analysis of {}\n\n", options.source.file);
  for (const Issue& i : issues) {
    out += fmt::format("{}:{}:{}: {} {}: {} (CWE-{}, {})\n{}", i.module->shown_file, i.begin.line,
                       i.begin.column, level_name(i.info.level), i.code, i.message, i.info.cwe,
                       i.info.category, excerpt(i));
    const LineIndex lines(i.module->text);
    for (const RelatedPlace& place : i.finding->related) {
      const LineColumn at = lines.line_column(place.span.begin);
      out += fmt::format("note: {} ({}:{}:{})\n", place.text, i.module->shown_file, at.line, at.column);
    }
    out += fmt::format("recommendation: {}\n", i.recommendation());
    if (options.report) out += '\n';
  }
  return out + totals(issues) + "\n";
}

// The ways data takes, one line for each finding that knows its origin.
std::string flow_diagram(const std::vector<Issue>& issues) {
  std::string out;
  for (const Issue& i : issues) {
    const LineIndex lines(i.module->text);
    for (const RelatedPlace& place : i.finding->related) {
      out += fmt::format("{}:{} {} --> {}:{} {}\n", i.module->shown_file,
                         lines.line_column(place.span.begin).line, place.text, i.module->shown_file,
                         i.begin.line, i.message);
    }
  }
  return out.empty() ? "no tainted data reaches a sensitive function\n" : out;
}

std::string as_html(const AuditOptions& options, const std::vector<Issue>& issues) {
  const std::string title = escaped_markup(options.source.file);
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Security analysis of "
      "{0}</title>\n"
      "<style>body{{font-family:sans-serif;margin:2em;max-width:70em}}pre{{background:#f4f4f4;padding:.6em}}"
      "section{{border-left:6px solid #999;padding:0 1em;margin:1em 0}}.critical{{border-color:#a00}}"
      ".high{{border-color:#d60}}.medium{{border-color:#db0}}.low{{border-color:#69c}}</style></head><body>\n"
      "<h1>Security analysis of {0}</h1>\n<p>{1}</p>\n",
      title, totals(issues));
  for (const Issue& i : issues) {
    out += fmt::format(
        "<section class=\"{0}\"><h2>{1} {0}: {2}</h2>\n<p>{3}:{4}:{5} &middot; CWE-{6} &middot; {7}</p>\n"
        "<pre>{8}</pre>\n<p>{9}</p></section>\n",
        level_name(i.info.level), i.code, escaped_markup(i.message), escaped_markup(i.module->shown_file),
        i.begin.line, i.begin.column, i.info.cwe, i.info.category, escaped_markup(excerpt(i)),
        escaped_markup(i.recommendation()));
  }
  if (options.flow_diagram)
    out += fmt::format("<h2>Data flow</h2>\n<pre>{}</pre>\n", escaped_markup(flow_diagram(issues)));
  return out + "</body></html>\n";
}

}  // namespace

int audit_command(const AuditOptions& options) {
  auto source = load_source(options.source.file);
  if (!source) return kUsage;
  auto compile = compile_options_with_extensions(options.source, source->file);
  if (!compile) return kUsage;
  compile->emit = false;
  compile->enforce = Enforce::Strict;  // whatever the project says: an audit shows how things are
  const Program program = compile_within_limits(source->file, std::move(source->text), *compile);
  SecurityLevel lowest = SecurityLevel::Low;
  for (const SecurityLevel level : kLevels) {
    if (level_name(level) == options.threat_level) lowest = level;
  }
  const std::vector<Issue> issues = issues_of(program, lowest);
  std::string text = options.format == "json"   ? as_json(options, issues)
                     : options.format == "html" ? as_html(options, issues)
                                                : as_text(options, issues);
  if (options.flow_diagram && options.format == "text") text += "\nData flow\n" + flow_diagram(issues);
  if (options.output.empty()) {
    fmt::print("{}", text);
  } else if (!write_file_atomically(options.output, text, true)) {
    fmt::print(stderr, "mlpy: cannot write '{}': {}\n", options.output, std::strerror(errno));
    return kUsage;
  }
  bool serious = false, syntax = false;
  for (const Issue& i : issues) serious = serious || i.info.level <= SecurityLevel::High;
  for (const auto& module : program.modules) {
    const LineIndex lines(module->text);
    for (const Diagnostic& d : module->analysis.diagnostics) {
      if (d.severity != Severity::Error || is_security(d.code) || is_missing_module(d)) continue;
      fmt::print(stderr, "{}", render(d, module->shown_file, lines));
      syntax = true;
    }
  }
  return serious ? kFailed : syntax ? kCompileError : kOk;
}

}  // namespace ml::cli
