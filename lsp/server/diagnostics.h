#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lsp/server/snapshot.h"

namespace ml::lsp {

inline constexpr std::size_t kMostFindings = 200;  // that are shown of one file

// The findings of a file as the protocol writes them (editor-protocols.md 3.3): in source order, severities
// as the settings say, `// ml: ignore` honoured, at most one syntax error per statement and 200 per file.
json::array diagnostics_of(const Revision& revision, const Snapshot& snapshot);

// Lines whose findings a comment switches off.
class Suppressions {
 public:
  explicit Suppressions(const DocumentText& text)
      : text_(text), any_(text.text().find("ml: ignore") != std::string_view::npos) {}

  bool hides(Span span, DiagCode code) const;
  bool hides(Span span, const std::string& code) const;

 private:
  bool names(std::uint32_t line, const std::string& code, bool alone) const;
  bool in_file(const std::string& code) const;
  const DocumentText& text_;
  bool any_;
};

// Which findings of the language in one file are shown. They have to be asked for in their order.
class ShownFindings {
 public:
  ShownFindings(const Revision& revision, const Snapshot& snapshot);
  bool shows(const Diagnostic& finding);
  const Suppressions& suppressions() const { return suppressions_; }

 private:
  const Revision& revision_;
  const Settings& settings_;
  Suppressions suppressions_;
  std::set<std::uint32_t> broken_lines_;
};

// A finding that is shown, for who has no text at hand: the places instead of its spans.
struct PlacedFinding {
  Diagnostic finding;
  Range range;
  std::vector<Range> related;
};
PlacedFinding placed(const Diagnostic& finding, const DocumentText& text, Encoding encoding);
// `uri`: of the file. Nothing: the settings do not want it.
std::optional<json::object> to_json(const PlacedFinding& placed, const Settings& settings,
                                    const std::string& uri, const ClientInfo& client);

}  // namespace ml::lsp
