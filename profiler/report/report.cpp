#include "profiler/report/report.h"

#include <algorithm>

#include "profiler/figures/figures.h"
#include "profiler/report/sections.h"

namespace ml::profiler::report {
namespace {

struct Row {
  Kind kind;
  std::string_view name, title;
  bool of_ml_code;  // shows nothing else, and says so when there is none
  std::string (*body)(Page&);
};

constexpr Row kRows[] = {
    {Kind::ml_summary, "ml-summary", "ML CODE PERFORMANCE SUMMARY", true, ml_summary},
    {Kind::ml_details, "ml-details", "ML CODE DETAILED ANALYSIS", true, ml_details},
    {Kind::dev_summary, "dev-summary", "MLPY PERFORMANCE SUMMARY REPORT (Developer View)", false,
     dev_summary},
    {Kind::dev_details, "dev-details", "MLPY INTERNAL PERFORMANCE ANALYSIS", false, dev_details},
    {Kind::raw, "raw", "RAW PROFILE DATA", false, [](Page& page) { return raw(page); }},
};

const Row& row_of(Kind kind) { return kRows[static_cast<std::size_t>(kind)]; }

std::string title_block(std::string_view text) {
  const std::string rule(70, '=');
  return rule + '\n' + std::string(text) + '\n' + rule + "\n\n";
}

std::string one(const Row& row, const Profile& profile, const Figures& figures, const ReportOptions& options,
                bool alone) {
  Page page{profile, figures, options};
  std::string text;
  if (row.kind != Kind::raw || !alone) text += title_block(row.title);
  if (row.kind == Kind::raw) return text + row.body(page);
  const Absence absent = absence(page);
  if (row.of_ml_code || (absent.nothing_else && profile.functions.empty() && profile.total_ns == 0)) {
    text += absent.text;
    if (absent.nothing_else) return text;
    if (!absent.text.empty()) text += '\n';
  }
  text += row.body(page);
  if (page.estimated) text += "\n~ = estimated\n";
  return text;
}

}  // namespace

std::string_view name_of(Kind kind) { return row_of(kind).name; }

std::optional<Kind> kind_of(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name) return row.kind;
  return std::nullopt;
}

std::string_view title(Kind kind) { return row_of(kind).title; }

std::string render(const Profile& profile, std::span<const Kind> kinds, const ReportOptions& options) {
  std::vector<Kind> once;
  for (const Kind kind : kinds)
    if (std::find(once.begin(), once.end(), kind) == once.end()) once.push_back(kind);
  const Figures figures(profile);
  std::string text;
  for (const Kind kind : once) {
    if (!text.empty()) text += '\n' + std::string(70, '-') + "\n\n";
    text += one(row_of(kind), profile, figures, options, once.size() == 1);
  }
  return text;
}

std::string render(const Profile& profile, Kind kind, const ReportOptions& options) {
  return render(profile, std::span(&kind, 1), options);
}

}  // namespace ml::profiler::report
