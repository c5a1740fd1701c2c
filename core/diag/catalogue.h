#pragma once

// Looking findings up by number or printed name: for rendering, `mlpy explain`, the manual and tests.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/diag/diagnostic.h"

namespace ml {

// One line of catalogue.def.
struct DiagInfo {
  DiagCode code{};
  std::string_view name;  // "UnknownName"
  Severity severity = Severity::Error;
  std::string_view slug;  // "unknown-name"
  std::string_view text;  // the message with its `{}` holes
};

// The whole catalogue in the order of catalogue.def.
std::span<const DiagInfo> catalogue();

// The entry of a code, or null.
const DiagInfo* find_code(DiagCode code);

// "ML0201", "SEC104".
std::string code_name(DiagCode code);

// The code written "ML0201", "SEC104" or as slug "unknown-name"; nothing when the catalogue has no such
// entry.
std::optional<DiagCode> parse_code(std::string_view text);

// "error", "warning", "info".
std::string_view severity_name(Severity severity);

// "docs/diagnostics/ML0201.md", relative to the root of the project.
std::string docs_page(DiagCode code);

}  // namespace ml
