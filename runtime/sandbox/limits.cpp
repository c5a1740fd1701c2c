#include "runtime/sandbox/limits.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace ml::sandbox {
namespace {
constexpr std::uint64_t kKilo = 1024, kMega = kKilo * 1024, kGiga = kMega * 1024;
constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {{"GB", kGiga}, {"MB", kMega}, {"KB", kKilo}};
}  // namespace

Limits strict_limits() {
  Limits limits;
  limits.memory = 100 * kMega;
  limits.cpu = 30;
  limits.file = 10 * kMega;
  limits.written = 100 * kMega;
  limits.folder = 50 * kMega;
  limits.output = 10 * kMega;
  limits.requests = 100;
  limits.request_bytes = 50 * kMega;
  limits.descriptors = 64;
  limits.stack = 8 * kMega;
  limits.threads = 4;
  return limits;
}

void complete(Limits& limits, const Limits& defaults) {
  const auto set = [](auto& value, const auto& other) {
    if (!value) value = other;
  };
  set(limits.memory, defaults.memory);
  set(limits.cpu, defaults.cpu);
  set(limits.wall, defaults.wall);
  set(limits.file, defaults.file);
  set(limits.written, defaults.written);
  set(limits.folder, defaults.folder);
  set(limits.output, defaults.output);
  set(limits.requests, defaults.requests);
  set(limits.request_bytes, defaults.request_bytes);
  set(limits.descriptors, defaults.descriptors);
  set(limits.stack, defaults.stack);
  set(limits.threads, defaults.threads);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t factor = 1;
  for (const auto& [unit, size] : kUnits)
    if (text.ends_with(unit)) factor = size, text.remove_suffix(unit.size());
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const double bytes = number * static_cast<double>(factor);
  if (!(bytes >= 1) || bytes > 1e18) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::string shown_size(std::uint64_t bytes) {
  for (const auto& [unit, size] : kUnits)
    if (bytes >= size && bytes % size == 0) return fmt::format("{}{}", bytes / size, unit);
  return fmt::format("{} bytes", bytes);
}

std::string shown_seconds(double seconds) { return fmt::format("{:g} s", seconds); }

}  // namespace ml::sandbox
