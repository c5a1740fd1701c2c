#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/figures/figures.h"
#include "profiler/model/profile.h"
#include "profiler/report/report.h"
#include "profiler/report/table.h"

namespace ml::profiler::report {

// What a report is made from, and what it finds out on its way.
struct Page {
  const Profile& profile;
  const Figures& figures;
  const ReportOptions& options;
  bool estimated = false;  // an estimated number was printed: a footnote follows

  bool memory() const { return profile.has_memory(); }
};

std::string_view category_name(Category category);  // "ML Code Execution"

// A function as tables show it, at most `width` characters: with its place, or without if it has none.
std::string function_name(const Profile& profile, const Profile::Function& function, std::size_t width);

void sort_by_time(const Profile& profile, std::vector<std::uint32_t>& functions);

// Indices of functions for which `wanted` holds, most self time first, ties by name, then line.
template <class Wanted>
std::vector<std::uint32_t> functions_of(const Profile& profile, Wanted wanted) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < profile.functions.size(); ++i)
    if (wanted(profile.functions[i])) order.push_back(i);
  sort_by_time(profile, order);
  return order;
}

bool is_ml(const Profile::Function& function);

// Sums for a row "(N other functions)".
struct Others {
  std::uint64_t rows = 0, time = 0, calls = 0, memory = 0, percent = 0;
  bool exact = true;
  void add(const Page& page, std::uint32_t function);
  std::string name(std::string_view noun) const;  // "(12 other functions)"
};

// Whether a table of times and memory has nothing to say of the function.
bool nothing_to_show(const Page& page, std::uint32_t function);

// "10,000" or "~10,000", which the page then explains.
std::string calls_cell(Page& page, std::uint64_t calls, bool exact);

// " (83.3%)\n"
std::string share(std::uint64_t percent);

std::string total_line(const Page& page);           // Total Execution Time
std::string ml_line(const Page& page);              // ML Code Execution Time
std::string remarks(const Page& page);              // Program failed, Only N samples; may be empty
std::string files_table(Page& page);                // of ML files; empty if there are none
std::string ml_recommendations(Page& page);         // section 4.2, heading to assessment
std::string developer_recommendations(Page& page);  // section 4.3

// What to print in place of an ML report, or before it, when the run left little or nothing (3.6).
struct Absence {
  std::string text;
  bool nothing_else = false;
};
Absence absence(const Page& page);

// The bodies, without title block and footnote.
std::string ml_summary(Page& page);
std::string ml_details(Page& page);
std::string dev_summary(Page& page);
std::string dev_details(Page& page);
std::string raw(const Page& page);

}  // namespace ml::profiler::report
