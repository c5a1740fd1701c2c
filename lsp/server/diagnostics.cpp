#include "lsp/server/diagnostics.h"

#include <algorithm>
#include <utility>

#include "core/diag/catalogue.h"
#include "core/diag/security.h"
#include "lsp/features/diagnostic/docs.h"
#include "lsp/features/registry.h"
#include "lsp/profile/surfaces.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

bool is_syntax(const Diagnostic& d) { return static_cast<std::uint32_t>(d.code) < 200; }

int level_named(std::string_view level, int otherwise) {
  if (level == "off" || level == "none") return 0;
  if (level == "error") return 1;
  if (level == "warning") return 2;
  if (level == "information" || level == "info") return 3;
  return level == "hint" ? 4 : otherwise;
}

// How careful the settings are: `low` shows what would stop a program, `high` takes the rest one step more
// seriously.
int security_level(const Diagnostic& d, int level, const Settings& settings) {
  if (!settings.flag("security.enable", true)) return 0;
  const std::string careful = settings.text("security.level", "medium");
  if (careful == "low" && !blocks(d, true)) return 0;
  return careful == "high" && level > 1 ? level - 1 : level;
}

int level_of(const Diagnostic& d, const Settings& settings) {
  const int own = d.severity == Severity::Error ? 1 : d.severity == Severity::Warning ? 2 : 3;
  const auto it = settings.severity.find(code_name(d.code));
  if (it != settings.severity.end()) return level_named(it->second, own);
  return is_security(d.code) ? security_level(d, own, settings) : own;
}

// No code at all means every one. Codes: capital letters and digits.
bool covers(std::string_view list, const std::string& code) {
  bool any = false;
  for (std::size_t i = 0; i < list.size();) {
    std::size_t end = i;
    while (end < list.size() && std::isalnum(static_cast<unsigned char>(list[end]))) ++end;
    const std::string_view word = list.substr(i, end - i);
    if (word == code) return true;
    any = any ||
          (!word.empty() && word[0] >= 'A' && word[0] <= 'Z' && word.back() >= '0' && word.back() <= '9');
    i = std::max(end, i + 1);
  }
  return !any;
}

}  // namespace

PlacedFinding placed(const Diagnostic& d, const DocumentText& text, Encoding encoding) {
  PlacedFinding out{d, text.range(d.span, encoding), {}};
  for (const RelatedPlace& place : d.related) out.related.push_back(text.range(place.span, encoding));
  return out;
}

std::optional<json::object> to_json(const PlacedFinding& placed, const Settings& settings,
                                    const std::string& uri, const ClientInfo& client) {
  const Diagnostic& d = placed.finding;
  const int level = level_of(d, settings);
  if (level == 0) return std::nullopt;
  const std::string code = code_name(d.code);
  json::object out{{"range", to_json(placed.range)},
                   {"severity", level},
                   {"code", code},
                   {"source", code.starts_with("SEC") ? "ml-security" : "ml"},
                   {"message", d.hint.empty() ? d.message : d.message + "\n" + d.hint}};
  if (!d.related.empty() && client.can("textDocument.publishDiagnostics.relatedInformation")) {
    json::array related;
    for (std::size_t i = 0; i < d.related.size(); ++i) {
      json::object location{{"uri", uri}, {"range", to_json(placed.related[i])}};
      related.push_back(json::object{{"location", std::move(location)}, {"message", d.related[i].text}});
    }
    out["relatedInformation"] = std::move(related);
  }
  if (client.can("textDocument.publishDiagnostics.codeDescriptionSupport") ||
      client.can("textDocument.diagnostic.codeDescriptionSupport")) {
    if (std::string page = docs_link(d.code); !page.empty())
      out["codeDescription"] = json::object{{"href", std::move(page)}};
  }
  const DiagInfo* info = find_code(d.code);
  const bool tagged = client.can("textDocument.publishDiagnostics.tagSupport") ||
                      client.can("textDocument.diagnostic.tagSupport");
  if (tagged && info &&
      (info->slug.find("unused") != std::string_view::npos ||
       info->slug.find("unreachable") != std::string_view::npos))
    out["tags"] = json::array{1};
  if (client.can("textDocument.publishDiagnostics.dataSupport") || client.pulls_diagnostics()) {
    json::object data{{"slug", info ? wire::sv(info->slug) : json::string_view()}};
    if (!d.hint.empty()) data["hint"] = d.hint;
    out["data"] = std::move(data);
  }
  return out;
}

bool Suppressions::hides(Span span, DiagCode code) const { return any_ && hides(span, code_name(code)); }

bool Suppressions::hides(Span span, const std::string& code) const {
  if (!any_) return false;
  const std::uint32_t line = text_.line_of(span.begin);
  return names(line, code, false) || (line > 0 && names(line - 1, code, true)) || in_file(code);
}

// A comment of its own line speaks of the next one.
bool Suppressions::names(std::uint32_t line, const std::string& code, bool alone) const {
  const std::string_view text = text_.line_text(line);
  const std::size_t at = text.find("ml: ignore");
  if (at == text.npos || text.substr(at).starts_with("ml: ignore-file")) return false;
  const std::size_t comment = text.rfind("//", at);
  if (comment == text.npos) return false;
  if (alone && text.find_first_not_of(" \t") != comment) return false;
  return covers(text.substr(at + 10), code);
}

bool Suppressions::in_file(const std::string& code) const {
  const std::size_t at = text_.text().find("// ml: ignore-file");
  if (at == std::string_view::npos) return false;
  const std::string_view rest = text_.text().substr(at + 18);
  return covers(rest.substr(0, rest.find_first_of("\r\n")), code);
}

ShownFindings::ShownFindings(const Revision& revision, const Snapshot& snapshot)
    : revision_(revision),
      settings_(snapshot.settings_of(revision.file().key)),
      suppressions_(revision.text()) {}

bool ShownFindings::shows(const Diagnostic& d) {
  if (level_of(d, settings_) == 0 || suppressions_.hides(d.span, d.code)) return false;
  if (!is_syntax(d) || d.severity != Severity::Error) return true;
  // A function is one item of many statements: only what follows on the same line is taken for a consequence.
  const auto item = item_at(revision_.module(), d.span.begin);
  return !item || broken_lines_.insert(revision_.text().line_of(d.span.begin)).second;
}

json::array diagnostics_of(const Revision& revision, const Snapshot& snapshot) {
  json::array out;
  const Settings& settings = snapshot.settings_of(revision.file().key);
  if (!settings.diagnostics || snapshot.is_silent(revision.file().key)) return out;
  ShownFindings findings(revision, snapshot);
  std::size_t left_out = 0;
  for (const Diagnostic& d : revision.analysis().diagnostics) {
    if (!findings.shows(d)) continue;
    if (out.size() >= kMostFindings) {
      ++left_out;
      continue;
    }
    auto shown = to_json(placed(d, revision.text(), snapshot.client().encoding), settings,
                         revision.file().uri, snapshot.client());
    if (shown) out.push_back(std::move(*shown));
  }
  for (CostFinding& f : cost_findings(snapshot, revision)) {
    const auto set = settings.severity.find(f.code);
    const int level = set == settings.severity.end() ? f.severity : level_named(set->second, f.severity);
    if (level == 0 || findings.suppressions().hides(f.span, f.code)) continue;
    out.push_back(json::object{{"range", to_json(revision.text().range(f.span, snapshot.client().encoding))},
                               {"severity", level},
                               {"code", f.code},
                               {"source", f.source},
                               {"message", std::move(f.message)},
                               {"data", std::move(f.data)}});
  }
  if (left_out > 0) {
    out.push_back(json::object{{"range", to_json(Range{})},
                               {"severity", 3},
                               {"source", "ml"},
                               {"message", std::to_string(left_out) + " more findings are not shown"}});
  }
  return out;
}

}  // namespace ml::lsp
