#include "profiler/figures/wording.h"

#include <algorithm>
#include <cstdio>

namespace ml::profiler {
namespace {

__extension__ using Wide = unsigned __int128;

// value / divisor to the nearest, halves up.
std::uint64_t nearest(Wide value, Wide divisor) {
  return static_cast<std::uint64_t>((2 * value + divisor) / (2 * divisor));
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u; }

}  // namespace

std::string seconds(std::uint64_t ms) {
  char text[40];
  snprintf(text, sizeof text, "%llu.%03llus", static_cast<unsigned long long>(ms / 1000),
           static_cast<unsigned long long>(ms % 1000));
  return text;
}

std::string tenths(std::uint64_t value) {
  return std::to_string(value / 10) + '.' + std::to_string(value % 10);
}

std::string grouped(std::uint64_t n) {
  std::string text = std::to_string(n);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string calls_text(std::uint64_t n, bool exact) {
  if (n == 0 && !exact) return "-";
  return (exact ? "" : "~") + grouped(n);
}

std::string plural(std::uint64_t n, std::string_view noun) {
  return ' ' + std::string(noun) + (n == 1 ? "" : "s");
}

std::string average_ms(std::uint64_t ns, std::uint64_t calls) {
  if (calls == 0) return "-";
  const std::uint64_t us = nearest(ns, Wide{calls} * 1000);
  if (us >= 100'000) return tenths(nearest(ns, Wide{calls} * 100'000)) + "ms";
  char text[40];
  snprintf(text, sizeof text, "%llu.%03llums", static_cast<unsigned long long>(us / 1000),
           static_cast<unsigned long long>(us % 1000));
  return text;
}

std::string per_call(std::uint64_t ns, std::uint64_t calls) {
  if (calls == 0) return "0.0us";
  struct Unit {
    std::uint64_t tenth_ns;
    const char* name;
  };
  for (const Unit& unit : {Unit{100, "us"}, Unit{100'000, "ms"}}) {
    const std::uint64_t value = nearest(ns, Wide{calls} * unit.tenth_ns);
    if (value < 10'000) return tenths(value) + unit.name;
  }
  return tenths(nearest(ns, Wide{calls} * 100'000'000)) + 's';
}

std::string whole_percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0%";
  const Wide scaled = Wide{part} * 200;  // half percents
  const Wide halves = scaled / whole;
  auto rounded = static_cast<std::uint64_t>((halves + 1) / 2);
  const bool tie = halves % 2 == 1 && scaled % whole == 0;
  if (tie && rounded % 2 == 1) --rounded;
  if (rounded == 0) return part == 0 ? "0%" : "<1%";
  return std::to_string(rounded) + '%';
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  std::uint64_t unit = 1024;
  for (const char* name : {" KB", " MB", " GB"}) {
    const std::uint64_t value = nearest(Wide{bytes} * 10, unit);
    if (value < 10'240 || unit == 1024ull * 1024 * 1024) return tenths(value) + name;
    unit *= 1024;
  }
  return {};
}

bool at_least(std::uint64_t part, std::uint64_t whole, std::uint64_t percent) {
  return whole != 0 && Wide{part} * 100 >= Wide{whole} * percent;
}

std::size_t characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string cut(std::string_view text, std::size_t width) {
  if (text.size() <= width || characters(text) <= width) return std::string(text);
  const std::size_t keep = width < 3 ? 0 : width - 3;
  std::size_t end = 0;
  for (std::size_t n = 0; end < text.size(); ++end) {
    if (continues(text[end])) continue;
    if (n++ == keep) break;
  }
  return std::string(text.substr(0, end)) + "...";
}

std::string trimmed(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(), [&](char c) { return blank(c) || c == '\x7f'; }, ' ');
  return clean;
}

std::string called(const Profile::Function& function) {
  return function.name.ends_with(')') ? function.name : function.name + "()";
}

std::string place_of(const Profile& p, const Profile::Function& f) {
  return (f.file < p.files.size() ? p.files[f.file].name : "?") + ':' + std::to_string(f.line);
}

PythonPlace python_place(const Profile& p, const Profile::Function& f) {
  constexpr std::string_view kImport = "import ";
  PythonPlace place{"<mlpy>", f.line, f.name};
  if (f.category == Category::ml_code && f.name == "(top level)") place.name = "<module>";
  if (f.file < p.files.size()) {
    place.file = p.files[f.file].name;
  } else if (f.kind == FunctionKind::guard) {
    place.file = "mlpy/runtime/guards.py";
  } else if (f.kind == FunctionKind::import) {
    place.file = "<import>";
    place.line = 0;
    if (place.name.starts_with(kImport)) place.name.erase(0, kImport.size());
  } else if (f.kind == FunctionKind::phase) {
    place.line = 0;
  } else if (f.kind == FunctionKind::library) {
    place.file = "<library>";
  }
  return place;
}

std::string source_of(const Profile& p, const Profile::Function& f, std::uint32_t line) {
  for (const Profile::Line& row : f.lines)
    if (row.line == line && !row.source.empty()) return trimmed(row.source);
  if (f.file >= p.files.size() || line == 0) return {};
  std::string_view text = p.files[f.file].text;
  for (std::uint32_t n = 1; n < line; ++n) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return trimmed(text.substr(0, text.find('\n')));
}

}  // namespace ml::profiler
