#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/base/markup.h"
#include "profiler/export/frames.h"
#include "profiler/export/writers.h"

namespace ml::profiler::exports {
namespace {

namespace json = boost::json;

constexpr std::string_view kPage =
#include "profiler/export/page.html.inc"
    ;
constexpr std::string_view kStyle =
#include "profiler/export/style.css.inc"
    ;
constexpr std::string_view kScript =
#include "profiler/export/script.js.inc"
    ;

constexpr std::uint32_t kMostLines = 600;  // of one function that are shown

// Lines of `f` as [line, self, cumulative, hits or -1, text]: all of its source where that is known, else
// those that took time.
json::array lines_of(const Profile::Function& f, const std::vector<std::string_view>& text) {
  const auto row = [](const Profile::Line& l, std::string_view source) {
    return json::array{l.line, l.self_ns, l.cum_ns, l.hits ? json::value(*l.hits) : json::value(-1), source};
  };
  json::array rows;
  if (f.end_line < f.line || f.line == 0 || f.end_line > text.size()) {
    for (const Profile::Line& l : f.lines) rows.push_back(row(l, l.source));
    return rows;
  }
  auto measured = f.lines.begin();
  for (std::uint32_t n = f.line; n <= f.end_line && rows.size() < kMostLines; ++n) {
    while (measured != f.lines.end() && measured->line < n) ++measured;
    const bool known = measured != f.lines.end() && measured->line == n;
    Profile::Line unmeasured;
    unmeasured.line = n;
    rows.push_back(row(known ? *measured : unmeasured, text[n - 1]));
  }
  return rows;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string facts(const Profile& p) {
  std::string text = fmt::format(
      "{:.3f}s, {:.1f}% in ML code", static_cast<double>(p.total_ns) / 1e9,
      p.total_ns == 0 ? 0.0 : 100.0 * static_cast<double>(p.ml_ns()) / static_cast<double>(p.total_ns));
  if (p.has_memory())
    text += fmt::format(", peak memory {:.1f} MB", static_cast<double>(p.peak_bytes) / (1 << 20));
  if (p.samples != 0) text += fmt::format(", {} samples", p.samples);
  if (!p.run.id.empty()) text += fmt::format(", run {}", p.run.id);
  return text;
}

json::object data_of(const Profile& p) {
  json::array functions, categories, parent, fn, self, allocated;
  std::vector<std::vector<std::string_view>> texts;
  for (const Profile::File& file : p.files) texts.push_back(split_lines(file.text));
  for (const Profile::Function& f : p.functions) {
    json::object row{{"name", f.name},
                     {"shown", frame_name(p, f)},
                     {"category", static_cast<unsigned>(f.category)},
                     {"self", f.self_ns},
                     {"cumulative", f.cum_ns},
                     {"calls", f.calls},
                     {"exact", f.calls_exact},
                     {"atPeak", f.at_peak_bytes}};
    if (f.kind == FunctionKind::ml)
      row["lines"] = lines_of(f, f.file == kNone ? std::vector<std::string_view>{} : texts[f.file]);
    functions.push_back(std::move(row));
  }
  for (const std::string_view id : kCategoryIds) categories.push_back(json::value(id));
  for (const Profile::Node& n : p.tree) {
    parent.push_back(n.parent == kNone ? json::value(-1) : json::value(n.parent));
    fn.push_back(n.function);
    self.push_back(n.self_ns);
    allocated.push_back(n.alloc_bytes);
  }
  return {{"program", p.run.program},
          {"facts", facts(p)},
          {"total", p.total_ns},
          {"memory", p.has_memory()},
          {"categories", std::move(categories)},
          {"functions", std::move(functions)},
          {"nodes",
           {{"parent", std::move(parent)},
            {"fn", std::move(fn)},
            {"self", std::move(self)},
            {"allocated", std::move(allocated)}}}};
}

}  // namespace

std::string flame_page(const Profile& profile) {
  std::string data = json::serialize(data_of(profile));
  // Inside a script element only `</` and `<!--` could be taken for markup.
  for (std::size_t at = 0; (at = data.find('<', at)) != std::string::npos; at += 6)
    data.replace(at, 1, "\\u003c");
  const std::pair<std::string_view, std::string> parts[] = {
      {"@TITLE@", escaped_markup(profile.run.program) + " - flame graph"},
      {"@STYLE@", std::string(kStyle)},
      {"@DATA@", std::move(data)},
      {"@SCRIPT@", std::string(kScript)}};
  std::string page;
  std::string_view rest = kPage;
  for (const auto& [mark, text] : parts) {
    const std::size_t at = rest.find(mark);
    page.append(rest.substr(0, at)).append(text);
    rest.remove_prefix(at + mark.size());
  }
  return page.append(rest);
}

}  // namespace ml::profiler::exports
