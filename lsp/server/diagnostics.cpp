#include "lsp/server/diagnostics.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/diag/catalogue.h"
#include "core/diag/security.h"
#include "lsp/features/diagnostic/docs.h"
#include "lsp/features/registry.h"
#include "lsp/profile/surfaces.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {
namespace {

constexpr std::size_t kMostFindings = 200;

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

// Lines whose findings a comment switches off.
class Suppressions {
 public:
  explicit Suppressions(const DocumentText& text)
      : text_(text), any_(text.text().find("ml: ignore") != std::string_view::npos) {}

  bool hides(const Diagnostic& d) const { return any_ && hides(d.span, code_name(d.code)); }
  bool hides(Span span, const std::string& code) const {
    if (!any_) return false;
    const std::uint32_t line = text_.line_of(span.begin);
    return names(line, code, false) || (line > 0 && names(line - 1, code, true)) || in_file(code);
  }

 private:
  // A comment of its own line speaks of the next one.
  bool names(std::uint32_t line, const std::string& code, bool alone) const {
    const std::string_view text = text_.line_text(line);
    const std::size_t at = text.find("ml: ignore");
    if (at == text.npos || text.substr(at).starts_with("ml: ignore-file")) return false;
    const std::size_t comment = text.rfind("//", at);
    if (comment == text.npos) return false;
    if (alone && text.find_first_not_of(" \t") != comment) return false;
    return covers(text.substr(at + 10), code);
  }
  bool in_file(const std::string& code) const {
    const std::size_t at = text_.text().find("// ml: ignore-file");
    if (at == std::string_view::npos) return false;
    const std::string_view rest = text_.text().substr(at + 18);
    return covers(rest.substr(0, rest.find_first_of("\r\n")), code);
  }
  // No code at all means every one. Codes: capital letters and digits.
  static bool covers(std::string_view list, const std::string& code) {
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
  const DocumentText& text_;
  bool any_;
};

json::object to_json(const Diagnostic& d, int level, const Revision& revision, const Snapshot& snapshot) {
  const Encoding encoding = snapshot.client().encoding;
  const std::string code = code_name(d.code);
  json::object out{{"range", to_json(revision.text().range(d.span, encoding))},
                   {"severity", level},
                   {"code", code},
                   {"source", code.starts_with("SEC") ? "ml-security" : "ml"},
                   {"message", d.hint.empty() ? d.message : d.message + "\n" + d.hint}};
  if (!d.related.empty() && snapshot.client().can("textDocument.publishDiagnostics.relatedInformation")) {
    json::array related;
    for (const RelatedPlace& place : d.related) {
      json::object location{{"uri", revision.file().uri},
                            {"range", to_json(revision.text().range(place.span, encoding))}};
      related.push_back(json::object{{"location", std::move(location)}, {"message", place.text}});
    }
    out["relatedInformation"] = std::move(related);
  }
  const ClientInfo& client = snapshot.client();
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
  if (snapshot.client().can("textDocument.publishDiagnostics.dataSupport") ||
      snapshot.client().pulls_diagnostics()) {
    json::object data{{"slug", info ? wire::sv(info->slug) : json::string_view()}};
    if (!d.hint.empty()) data["hint"] = d.hint;
    out["data"] = std::move(data);
  }
  return out;
}

}  // namespace

json::array diagnostics_of(const Revision& revision, const Snapshot& snapshot) {
  json::array out;
  const Settings& settings = snapshot.settings_of(revision.file().key);
  if (!settings.diagnostics || snapshot.is_silent(revision.file().key)) return out;
  const Suppressions suppressions(revision.text());
  std::set<std::uint32_t> broken_items;
  std::size_t left_out = 0;
  for (const Diagnostic& d : revision.analysis().diagnostics) {
    const int level = level_of(d, settings);
    if (level == 0 || suppressions.hides(d)) continue;
    if (is_syntax(d) && d.severity == Severity::Error) {
      const auto item = item_at(revision.module(), d.span.begin);
      // A function is one item of many statements: only what follows on the same line is taken for a
      // consequence.
      const std::uint32_t line = revision.text().line_of(d.span.begin);
      if (item && !broken_items.insert(line).second) continue;
    }
    if (out.size() >= kMostFindings) {
      ++left_out;
      continue;
    }
    out.push_back(to_json(d, level, revision, snapshot));
  }
  for (CostFinding& f : cost_findings(snapshot, revision)) {
    const auto set = settings.severity.find(f.code);
    const int level = set == settings.severity.end() ? f.severity : level_named(set->second, f.severity);
    if (level == 0 || suppressions.hides(f.span, f.code)) continue;
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
