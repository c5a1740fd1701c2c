#include "lsp/profile/static_hints.h"

#include <algorithm>

#include "core/advice/hints.h"
#include "core/stdlib/catalogue.h"
#include "lsp/profile/profiles.h"

namespace ml::lsp {
namespace {

constexpr ByteOffset kLongest = 128 << 10;

bool wanted(const Snapshot& snapshot, const Revision& file) {
  return file.is_open() && file.text().size() <= kLongest && snapshot.settings().diagnostics &&
         snapshot.settings().flag("profile.findings", true) && !costs_of(snapshot, file);
}

const StaticHints::Entry* entry_of(const StaticHints* all, const Revision& file) {
  if (!all) return nullptr;
  const auto it = all->by_file.find(file.file().key);
  return it == all->by_file.end() ? nullptr : &it->second;
}

}  // namespace

bool is_imported(const Revision& file) {
  const auto all = file.modules().all();
  return std::any_of(all.begin(), all.end(), [&](const auto& facts) {
    return std::any_of(facts->imports.begin(), facts->imports.end(),
                       [&](const KnownImport& import) { return import.file == file.file().key; });
  });
}

bool wants_static_hints(const Snapshot& snapshot, const Revision& file) {
  const auto all = snapshot.part<StaticHints>();
  const StaticHints::Entry* known = entry_of(all.get(), file);
  return (!known || known->text != file.shared_text()) && wanted(snapshot, file);
}

std::vector<CostFinding> find_static_hints(const Revision& file) {
  std::vector<CostFinding> out;
  if (file.parsed().has_syntax_errors || file.analysis().has_errors()) return out;
  const advice::Subject subject{file.module(),       file.analysis(),    file.names(),
                                stdlib::catalogue(), file.text().text(), !is_imported(file)};
  for (const advice::Hint& hint : advice::hints(subject)) {
    // Whether these matter only a run knows.
    if (hint.rule == advice::Rule::copy || hint.rule == advice::Rule::temporaries) continue;
    const std::string rule(advice::rule_id(hint.rule));
    out.push_back({hint.span,
                   4,
                   rule,
                   "ml-perf",
                   advice::finding_text(hint) + "\nConsider: " + advice::consider_text(hint),
                   {{"rule", rule}}});
  }
  return out;
}

std::vector<CostFinding> static_hints(const Snapshot& snapshot, const Revision& file) {
  const auto all = snapshot.part<StaticHints>();
  const StaticHints::Entry* known = entry_of(all.get(), file);
  if (!known || known->findings.empty() || !wanted(snapshot, file)) return {};
  if (known->text == file.shared_text()) return known->findings;
  // Their text names lines: only what stands before the edit is surely still so.
  const TextEdit edit = difference(known->text->text(), file.text().text());
  std::vector<CostFinding> out;
  for (const CostFinding& finding : known->findings)
    if (finding.span.end < edit.begin) out.push_back(finding);
  return out;
}

}  // namespace ml::lsp
