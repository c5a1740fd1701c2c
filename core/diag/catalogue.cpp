#include "core/diag/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ml {
namespace {

constexpr std::array kCatalogue = {
#define ML_DIAG(name, number, severity, slug, text, ...) \
  DiagInfo{DiagCode{number}, #name, Severity::severity, slug, text},
#include "core/diag/catalogue.def"
#undef ML_DIAG
};

constexpr bool all_different() {
  for (std::size_t i = 0; i < kCatalogue.size(); ++i) {
    for (std::size_t j = i + 1; j < kCatalogue.size(); ++j) {
      if (kCatalogue[i].code == kCatalogue[j].code || kCatalogue[i].slug == kCatalogue[j].slug) return false;
    }
  }
  return true;
}
static_assert(all_different(), "two entries of catalogue.def share a number or a slug");

constexpr std::uint32_t kSecurity = 100000;

}  // namespace

std::span<const DiagInfo> catalogue() { return kCatalogue; }

const DiagInfo* find_code(DiagCode code) {
  const auto* found =
      std::find_if(kCatalogue.begin(), kCatalogue.end(), [&](const DiagInfo& d) { return d.code == code; });
  return found == kCatalogue.end() ? nullptr : found;
}

std::string code_name(DiagCode code) {
  const auto number = static_cast<std::uint32_t>(code);
  if (number < kSecurity || number >= kSecurity + 1000) return fmt::format("ML{:04}", number % 10000);
  return fmt::format("SEC{}", number - kSecurity);
}

std::optional<DiagCode> parse_code(std::string_view text) {
  for (const DiagInfo& info : kCatalogue) {
    if (info.slug == text || code_name(info.code) == text) return info.code;
  }
  return std::nullopt;
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Info: return "info";
  }
  return "error";
}

std::string docs_page(DiagCode code) { return "docs/diagnostics/" + code_name(code) + ".md"; }

}  // namespace ml
