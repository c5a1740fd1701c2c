#pragma once

// Costs as lenses, hints, diagnostics and details of what other features say (editor-protocols.md 3.3
// to 3.8).

#include "lsp/features/registry.h"
#include "lsp/profile/profiles.h"

namespace ml::lsp {

void add_cost_lenses(const Ask& ask, const Revision& file, json::array& out);
void add_cost_hints(const Ask& ask, const Revision& file, Span range, json::array& out);

// What a hover on a name, or elsewhere on a line, says; empty: nothing.
std::string hover_costs(const Ask& ask, const Revision& file, ByteOffset function_begin, bool markdown);
std::string hover_line(const Ask& ask, const Revision& file, ByteOffset at);

// "30%" for outlines, "30% · 10,000 calls" for call hierarchies; by the begin of the function in the file.
std::string short_share(const FileCosts& costs, ByteOffset function_begin);
std::string share_and_calls(const FileCosts& costs, const Placed& placed);

// 1 to 4 for at least 1, 5, 20 and 50 % of the time with what it calls; 0: cold. By name of function in the
// file.
std::map<std::string, int, std::less<>> heat_by_name(const FileCosts& costs, std::string_view text);

// Findings of the run about functions that are as they ran, and costs for clients that show nothing else. Of
// a file that no loaded run knows: static hints (static_hints.h), once they were found.
struct CostFinding {
  Span span;
  int severity;  // of the protocol
  std::string code, source, message;
  json::object data;
};
std::vector<CostFinding> cost_findings(const Snapshot& snapshot, const Revision& file);

}  // namespace ml::lsp
