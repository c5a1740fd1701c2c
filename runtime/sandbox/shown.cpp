#include "runtime/sandbox/shown.h"

#include <fmt/format.h>

namespace ml::sandbox {
namespace {
constexpr char kLead = '\xc2';  // of U+0080 to U+00BF; up to U+009F they are controls
}

std::string Shown::text(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + 1);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (lead_) {
      lead_ = false;
      if (byte >= 0x80 && byte < 0xa0) {
        text += fmt::format("\\x{:02x}", byte);
        continue;
      }
      text += kLead;
    }
    if (c == kLead)
      lead_ = true;
    else if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f)
      text += fmt::format("\\x{:02x}", byte);
    else
      text += c;
  }
  return text;
}

std::string Shown::rest() {
  const bool lead = lead_;
  lead_ = false;
  return lead ? std::string(1, kLead) : std::string();
}

}  // namespace ml::sandbox
