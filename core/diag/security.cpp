#include "core/diag/security.h"

#include <algorithm>
#include <array>

#include "core/diag/catalogue.h"

namespace ml {
namespace {

// Ascending.
constexpr SecurityInfo kTable[] = {
    {101, SecurityLevel::Critical, 470, "dunder_identifier",
     "choose a name that does not start with two underscores"},
    {102, SecurityLevel::Critical, 470, "dunder_member_access",
     "use what the value offers in ML; methods(value) lists it"},
    {103, SecurityLevel::Critical, 470, "dunder_identifier",
     "choose a name that does not start with two underscores"},
    {104, SecurityLevel::Critical, 95, "code_injection",
     "write the computation as an ML function, or read data with json.parse"},
    {105, SecurityLevel::High, 470, "dangerous_builtin", "use what ML offers instead"},
    {106, SecurityLevel::High, 470, "reflection_abuse",
     "use what the value offers in ML; methods(value) lists it"},
    {107, SecurityLevel::High, 862, "unsafe_import", "use a module of the standard library"},
    {108, SecurityLevel::High, 862, "unsafe_import",
     "check the spelling, or add the folder with --import-paths"},
    {109, SecurityLevel::High, 22, "unsafe_import", "keep modules inside the folders that are searched"},
    {110, SecurityLevel::High, 470, "reflection_abuse", "use the documented members"},
    {111, SecurityLevel::High, 94, "suspicious_string", "write a plain path or host pattern"},
    {112, SecurityLevel::High, 250, "dangerous_permission", "remove it: programs cannot start processes"},
    {114, SecurityLevel::High, 1007, "suspicious_string", "delete the character, or write it as an escape"},
    {115, SecurityLevel::High, 400, "resource_limit", "split the source into functions or modules"},
    {116, SecurityLevel::High, 732, "dangerous_permission", "write it as module.word"},
    {117, SecurityLevel::High, 20, "dangerous_builtin", "remove the annotation or name an ML type"},
    {201, SecurityLevel::Medium, 95, "suspicious_string", "nothing to do if this is prose"},
    {202, SecurityLevel::Medium, 89, "suspicious_string", "pass values as parameters of the query"},
    {203, SecurityLevel::Medium, 78, "suspicious_string", "programs cannot start commands"},
    {204, SecurityLevel::Medium, 22, "suspicious_string", "name a path inside the granted directory"},
    {205, SecurityLevel::Low, 94, "suspicious_string", "escape values before they enter a template"},
    {206, SecurityLevel::Low, 1321, "suspicious_string",
     "choose another key if the object leaves this program"},
    {207, SecurityLevel::Medium, 470, "suspicious_string", "name the member directly if it is one of ML"},
    {208, SecurityLevel::Low, 470, "reflection_abuse", "use a fixed member name, or an object as a table"},
    {209, SecurityLevel::Low, 1108, "unsafe_import", "rename the file"},
    {210, SecurityLevel::Low, 328, "weak_cryptography", "use crypto.sha256"},
    {211, SecurityLevel::Medium, 798, "hardcoded_secret", "read it from the environment: env.require(...)"},
    {212, SecurityLevel::Medium, 1333, "resource_limit",
     "rewrite the pattern so that no part can match in two ways"},
    {213, SecurityLevel::Low, 390, "error_handling",
     "handle the error, or say in a comment why it may be ignored"},
    {214, SecurityLevel::Low, 835, "resource_limit", "add a condition, a break or a return"},
    {215, SecurityLevel::Low, 1236, "data_flow", "prefix cells that start with =, +, - or @ with a quote"},
    {216, SecurityLevel::Low, 1109, "unsafe_import", "use another name"},
    {301, SecurityLevel::Medium, 732, "overly_broad_capability", "name the files or hosts the program needs"},
    {302, SecurityLevel::Low, 272, "overly_broad_capability", "remove the declaration"},
    {303, SecurityLevel::Medium, 862, "dangerous_permission", "declare it, or remove the use"},
    {304, SecurityLevel::Medium, 732, "overly_broad_capability", "name the files the program writes"},
    {305, SecurityLevel::Medium, 200, "overly_broad_capability", "restrict both to what the program needs"},
    {306, SecurityLevel::Medium, 319, "information_disclosure", "use https"},
    {401, SecurityLevel::High, 22, "data_flow", "check the value against a list, or use path.basename"},
    {402, SecurityLevel::Medium, 22, "data_flow", "use path.basename, or check the value against a list"},
    {403, SecurityLevel::Medium, 918, "data_flow", "check the value against a list of addresses"},
    {404, SecurityLevel::Medium, 200, "information_disclosure", "leave out what nobody else may see"},
    {405, SecurityLevel::Medium, 1333, "data_flow", "use regex.escape"},
    {1035, SecurityLevel::Low, 79, "suspicious_string", "escape what a page shows"},
    {1036, SecurityLevel::Low, 200, "suspicious_string", "nothing to do if this is prose"},
    {1045, SecurityLevel::Low, 15, "data_flow", "check the value against a list"},
    {11036, SecurityLevel::High, 200, "information_disclosure", "read files that belong to the program"},
    {11045, SecurityLevel::Low, 134, "data_flow", "choose among formats of the program"},
};

}  // namespace

const SecurityInfo* security_info(DiagCode code) {
  if (!is_security(code)) return nullptr;
  const std::uint32_t number = static_cast<std::uint32_t>(code) - 100000;
  const auto* found = std::ranges::lower_bound(kTable, number, {}, &SecurityInfo::number);
  return found != std::end(kTable) && found->number == number ? found : nullptr;
}

std::string_view level_name(SecurityLevel level) {
  static constexpr std::array<std::string_view, 4> kNames = {"critical", "high", "medium", "low"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string_view shown_severity(const Diagnostic& finding) {
  const SecurityInfo* info = security_info(finding.code);
  return info ? level_name(info->level) : severity_name(finding.severity);
}

bool blocks(const Diagnostic& finding, bool strict) {
  const SecurityInfo* info = security_info(finding.code);
  // Those from 1000 on tell: the grants decide (language.md 6.6, attack C15).
  return info && info->number < 1000 &&
         info->level <= (strict ? SecurityLevel::High : SecurityLevel::Critical);
}

bool any_blocks(const std::vector<Diagnostic>& findings, bool strict) {
  return std::ranges::any_of(findings, [&](const Diagnostic& d) { return blocks(d, strict); });
}

}  // namespace ml
