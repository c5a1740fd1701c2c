#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/base/markup.h"
#include "profiler/export/frames.h"
#include "profiler/export/writers.h"

namespace ml::profiler::exports {
namespace {

constexpr std::string_view kScript =
#include "profiler/export/picture.js.inc"
    ;

// Shown by the script, without which they would do nothing.
constexpr std::string_view kTools =
    "<g id=\"tools\" style=\"display:none\"><text id=\"found\" x=\"900\" y=\"27\" text-anchor=\"end\"></text>"
    "<g id=\"reset\" style=\"display:none;cursor:pointer\"><rect x=\"910\" y=\"12\" width=\"76\" "
    "height=\"22\" "
    "rx=\"4\" fill=\"#e4e4e4\"/><text x=\"922\" y=\"27\">Reset zoom</text></g>"
    "<foreignObject x=\"996\" y=\"11\" width=\"194\" height=\"26\"><input "
    "xmlns=\"http://www.w3.org/1999/xhtml\" "
    "id=\"find\" type=\"search\" placeholder=\"Search\" style=\"width:186px\"/></foreignObject></g>\n";

constexpr double kWidth = 1200, kMargin = 10, kRow = 18, kTop = 44, kSmallest = 0.3, kLetter = 6.6;

std::string colour_of(const Profile::Function& f) {
  if (f.category == Category::python_stdlib) return "#8db7d9";
  if (f.category == Category::runtime_overhead) return "#b9a5d8";
  if (f.category != Category::ml_code) return "#a9bfa3";
  std::uint32_t hash = 7;
  for (const char c : f.name) hash = hash * 31 + static_cast<unsigned char>(c);
  return fmt::format("hsl({}, {}%, 68%)", 10 + hash % 34, 74 + (hash >> 8) % 18);
}

// As many letters as fit, never half a UTF-8 character.
std::string_view fitting(std::string_view text, double width) {
  auto most = static_cast<std::size_t>(std::max(0.0, width / kLetter));
  if (text.size() <= most) return text;
  if (most < 3) return {};
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

std::string flame_picture(const Profile& profile) {
  const Stacks stacks(profile);
  const std::uint64_t total = std::max<std::uint64_t>(profile.total_ns, 1);
  const double scale = (kWidth - 2 * kMargin) / static_cast<double>(total);
  struct Open {
    std::uint32_t node;
    double x;
    std::uint32_t depth;
  };
  const auto name_less = [&](std::uint32_t a, std::uint32_t b) {
    return profile.functions[stacks.nodes[a].function].name <
           profile.functions[stacks.nodes[b].function].name;
  };
  std::vector<Open> open;
  const auto push = [&](std::vector<std::uint32_t> nodes, double x, std::uint32_t depth) {
    std::stable_sort(nodes.begin(), nodes.end(), name_less);
    for (const std::uint32_t n : nodes) {
      const double width = static_cast<double>(stacks.nodes[n].below_ns) * scale;
      if (width >= kSmallest) open.push_back({n, x, depth});
      x += width;
    }
  };
  push(stacks.roots, kMargin, 0);
  std::string frames;
  std::uint32_t deepest = 0;
  while (!open.empty()) {
    const Open now = open.back();
    open.pop_back();
    const Stacks::Node& node = stacks.nodes[now.node];
    const Profile::Function& f = profile.functions[node.function];
    const double width = static_cast<double>(node.below_ns) * scale, y = kTop + now.depth * kRow;
    const std::string name = frame_name(profile, f);
    deepest = std::max(deepest, now.depth);
    fmt::format_to(std::back_inserter(frames),
                   "<g class=\"f\" data-n=\"{0}\" data-w=\"{1:.3f}\"><title>{0} - {2:.3f}s, {3:.1f}% of "
                   "total</title><rect x=\"{4:.2f}\" y=\"{5:.0f}\" width=\"{6:.2f}\" height=\"{7:.0f}\" "
                   "fill=\"{8}\" rx=\"1.5\"/>",
                   escaped_markup(name), width, static_cast<double>(node.below_ns) / 1e9,
                   100.0 * static_cast<double>(node.below_ns) / static_cast<double>(total), now.x, y,
                   std::max(width - 0.5, kSmallest), kRow - 1, colour_of(f));
    if (const std::string_view text = fitting(name, width - 6); !text.empty())
      fmt::format_to(std::back_inserter(frames), "<text x=\"{:.1f}\" y=\"{:.0f}\">{}{}</text>", now.x + 3,
                     y + kRow - 5.5, escaped_markup(text), text.size() < name.size() ? ".." : "");
    frames += "</g>\n";
    push(stacks.children[now.node], now.x, now.depth + 1);
  }
  const double height = kTop + (deepest + 1) * kRow + kMargin;
  std::string picture = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" data-left=\"{2:.0f}\" data-right=\"{3:.0f}\" "
      "font-family=\"system-ui, 'DejaVu Sans', sans-serif\" font-size=\"11.5\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
      "<text x=\"{2:.0f}\" y=\"27\" font-size=\"16\">{4} - {5:.3f}s</text>\n",
      kWidth, height, kMargin, kWidth - kMargin, escaped_markup(profile.run.program),
      static_cast<double>(profile.total_ns) / 1e9);
  picture += kTools;
  picture += frames;
  picture += "<script><![CDATA[\n";
  picture += kScript;
  return picture + "]]></script>\n</svg>\n";
}

}  // namespace ml::profiler::exports
