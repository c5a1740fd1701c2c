#pragma once

// The sentences about costs (editor-protocols.md 3.6 to 3.8, profiler-reports.md 9.1).

#include <string>
#include <string_view>

#include "lsp/profile/profiles.h"

namespace ml::lsp {

std::string duration(std::uint64_t ns);                    // "2.45 s", "340 ms", "1.2 ms", "12 us"
std::string share(const LoadedRun&, std::uint64_t ns);     // "30%", "<1%"
std::string calls_of(const profiler::Profile::Function&);  // "10,000 calls", "~1 call"

// "30% of execution time · 10,000 calls · 12.5 MB", or what it is after an edit or in a comparison.
std::string function_text(const Profiles& profiles, const FileCosts& costs, const Placed& placed, bool full);
// "62% of execution time in this file · 2.45 s · run 14:02"
std::string file_text(const FileCosts& costs);
// "12% · 340 ms · 10,000×". `of`: what the share is of, in ns.
std::string line_text(const FileCosts& costs, std::uint64_t self_ns, std::uint64_t of,
                      std::optional<std::uint64_t> hits, bool edited);
// What hovers show, without the signature; markdown or plain.
std::string function_card(const Profiles& profiles, const FileCosts& costs, const Placed& placed,
                          bool markdown);
// "Run 20261121-091502-7f3a, 09:15 today, mlpy run stock_report.ml, auto mode, 3.000s", and what was special.
std::string source_text(const LoadedRun& run);

// Callers and callees of a function, for a virtual document.
std::string callers_text(const LoadedRun& run, std::uint32_t function);
std::string comparison_page(const RunComparison& comparison);

// How a function of the head did in the comparison; null when it is not in it.
const profiler::history::Change* change_of(const RunComparison& comparison, std::uint32_t function);
// "faster", "slower", "same", "noise".
std::string_view verdict(const profiler::history::Change& change);

}  // namespace ml::lsp
