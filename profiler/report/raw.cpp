#include <cstdio>
#include <tuple>

#include "profiler/figures/wording.h"
#include "profiler/report/sections.h"

namespace ml::profiler::report {
namespace {

// `file:line(name)` as pstats writes a function.
std::string frame(const Page& page, const Profile::Function& f) {
  PythonPlace place = python_place(page.profile, f);
  if (is_ml(f) && f.file < page.profile.files.size() && page.options.raw_frames)
    std::tie(place.file, place.line) =
        page.options.raw_frames(page.profile.files[f.file].path, f.line, f.name);
  return place.file + ':' + std::to_string(place.line) + '(' + place.name + ')';
}

void number(std::string& text, std::uint64_t ns, std::uint64_t divisor) {
  char cell[48] = "        ";
  if (divisor != 0)
    snprintf(cell, sizeof cell, "%8.3f", static_cast<double>(ns) / 1e9 / static_cast<double>(divisor));
  text += cell;
  text += ' ';
}

}  // namespace

std::string raw(const Page& page) {
  const Profile& p = page.profile;
  std::uint64_t calls = 0, primitive = 0;
  const std::vector<std::uint32_t> order = functions_of(p, [](const auto& f) { return !f.idle(); });
  for (const std::uint32_t i : order) {
    calls += p.functions[i].calls;
    primitive += p.functions[i].primitive_calls;
  }
  std::string text = "         " + std::to_string(calls) + " function calls ";
  if (primitive != calls) text += '(' + std::to_string(primitive) + " primitive calls) ";
  text += "in ";
  char total[48];
  snprintf(total, sizeof total, "%.3f", static_cast<double>(p.total_ns) / 1e9);
  text += total;
  text += " seconds\n\n   Ordered by: internal time\n\n";
  text += "   ncalls  tottime  percall  cumtime  percall filename:lineno(function)\n";
  for (const std::uint32_t i : order) {
    const Profile::Function& f = p.functions[i];
    std::string count = std::to_string(f.calls);
    if (f.primitive_calls != f.calls) count += '/' + std::to_string(f.primitive_calls);
    if (count.size() < 9) text.append(9 - count.size(), ' ');
    text += count + ' ';
    number(text, f.self_ns, 1);
    number(text, f.self_ns, f.calls);
    number(text, f.cum_ns, 1);
    number(text, f.cum_ns, f.primitive_calls);
    text += frame(page, f) + '\n';
  }
  return text + "\n\n";
}

}  // namespace ml::profiler::report
