#pragma once

// What security findings (codes SECnnn, security.md section 4) carry besides their text.

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/diag/diagnostic.h"

namespace ml {

enum class SecurityLevel : std::uint8_t { Critical, High, Medium, Low };

struct SecurityInfo {
  std::uint32_t number = 0;  // 104 for SEC104, 1035 for ML1035
  SecurityLevel level = SecurityLevel::Low;
  std::uint32_t cwe = 0;
  std::string_view category;  // "code_injection"
  std::string_view advice;    // what to do, when the finding has no hint of its own
};

constexpr bool is_security(DiagCode code) { return static_cast<std::uint32_t>(code) >= 100000; }

// Null for codes that are not about security.
const SecurityInfo* security_info(DiagCode code);

std::string_view level_name(SecurityLevel level);  // "critical"

// How people see a finding's severity: "critical", "high", "medium", "low"; else "error", "warning", "info".
std::string_view shown_severity(const Diagnostic& finding);

// Whether the finding stops a program: critical ones always, high ones (SECnnn) under `strict`.
bool blocks(const Diagnostic& finding, bool strict);
bool any_blocks(const std::vector<Diagnostic>& findings, bool strict);

}  // namespace ml
