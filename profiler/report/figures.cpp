#include "profiler/report/figures.h"

#include <cstdio>

#include "profiler/model/shares.h"

namespace ml::profiler::report {

__extension__ using Wide = unsigned __int128;

Figures::Figures(const Profile& p) {
  total = (p.total_ns + 500'000) / 1'000'000;
  const std::array<std::uint64_t, 3> parts{p.ml_ns(), p.overhead_ns(), p.of(Category::python_stdlib)};
  const auto times = split(total, parts), percents = split(p.total_ns == 0 ? 0 : 1000, parts);
  ml = times[0];
  overhead = times[1];
  library = times[2];
  ml_percent = percents[0];
  overhead_percent = percents[1];
  library_percent = percents[2];

  std::vector<std::uint64_t> five;
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < kCategories; ++i) {
    const auto c = static_cast<Category>(i);
    if (c == Category::ml_code || c == Category::python_stdlib) continue;
    five.push_back(p.of(c));
    which.push_back(i);
  }
  const auto overheads = split(overhead, five);
  for (std::size_t i = 0; i < which.size(); ++i) categories[which[i]] = overheads[i];
  categories[static_cast<std::size_t>(Category::ml_code)] = ml;
  categories[static_cast<std::size_t>(Category::python_stdlib)] = library;

  std::vector<std::uint64_t> file_ns;
  for (const Profile::File& f : p.files) file_ns.push_back(f.self_ns);
  files = split(ml, file_ns);
  file_percents = split(p.ml_ns() == 0 ? 0 : 1000, file_ns);
  functions.resize(p.functions.size());
  for (std::uint32_t file = 0; file < p.files.size(); ++file) {
    std::vector<std::uint64_t> ns;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < p.functions.size(); ++i) {
      if (p.functions[i].file != file || p.functions[i].category != Category::ml_code) continue;
      ns.push_back(p.functions[i].self_ns);
      rows.push_back(i);
    }
    const auto share = split(files[file], ns);
    for (std::size_t i = 0; i < rows.size(); ++i) functions[rows[i]] = share[i];
  }
}

std::string seconds(std::uint64_t ms) {
  char text[32];
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

std::string per_call(std::uint64_t ns, std::uint64_t calls) {
  const double value = calls == 0 ? 0.0 : static_cast<double>(ns) / static_cast<double>(calls);
  struct Unit {
    double ns;
    const char* name;
  };
  char text[48];
  for (const Unit& unit : {Unit{1e9, "s"}, Unit{1e6, "ms"}, Unit{1e3, "us"}, Unit{1, "ns"}}) {
    if (value < unit.ns && unit.ns > 1) continue;
    snprintf(text, sizeof text, "%.1f%s", value / unit.ns, unit.name);
    break;
  }
  return text;
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

bool at_least(std::uint64_t part, std::uint64_t whole, std::uint64_t percent) {
  return whole != 0 && Wide{part} * 100 >= Wide{whole} * percent;
}

}  // namespace ml::profiler::report
