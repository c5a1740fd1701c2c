#include "lsp/profile/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "lsp/features/registry.h"
#include "lsp/profile/profiles.h"
#include "lsp/profile/wording.h"
#include "lsp/semantics/describe.h"

namespace ml::lsp {
namespace {

// Nanoseconds of "@budget 50 ms" in a comment; nothing when there is none, or no time behind it.
std::optional<double> budget_in(std::string_view doc) {
  const std::size_t tag = doc.find("@budget");
  if (tag == doc.npos) return std::nullopt;
  std::string_view rest = doc.substr(tag + 7, doc.find('\n', tag) - tag - 7);
  const auto skip = [&] { rest.remove_prefix(std::min(rest.find_first_not_of(" :\t"), rest.size())); };
  skip();
  double amount = 0;
  const auto [stop, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), amount);
  if (failed != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
  skip();
  const std::string_view unit = rest.substr(0, rest.find_first_of(" ,.;/)"));
  if (unit == "ns") return amount;
  if (unit == "us" || unit == "\xC2\xB5s") return amount * 1e3;
  if (unit == "ms") return amount * 1e6;
  if (unit == "s") return amount * 1e9;
  return std::nullopt;
}

double per_call(const profiler::Profile::Function& f) {
  return static_cast<double>(f.cum_ns) / static_cast<double>(std::max<std::uint64_t>(f.calls, 1));
}

}  // namespace

std::string over_budget(const Revision& file, const FileCosts& costs, const Placed& p) {
  const auto budget = budget_in(doc_above(file.text(), p.name.begin));
  if (!budget) return "";
  const double took = per_call(costs.run->function(p.function));
  if (took <= *budget) return "";
  return fmt::format("{}over budget: {} of {}", is_edited(p.state) ? "~" : "",
                     duration(static_cast<std::uint64_t>(took)),
                     duration(static_cast<std::uint64_t>(*budget)));
}

void tell_budgets(Editor& editor, const LoadedRun& run) {
  const Snapshot now = editor.snapshot();
  std::string worst;
  json::object place;
  double most = 0;
  std::size_t count = 0;
  for (const auto& [key, file] : now.open()) {
    if (!run.files.contains(key) || file->text().text().find("@budget") == std::string_view::npos) continue;
    const auto costs = costs_of(now, *file);
    if (!costs || costs->run.get() != &run) continue;
    for (const Placed& p : costs->placed) {
      if (!p.key) continue;
      const std::string text = over_budget(*file, *costs, p);
      if (text.empty()) continue;
      ++count;
      const double took = per_call(run.function(p.function));
      if (took <= most) continue;
      most = took;
      // Without the figures: the same function is told once, however many runs follow.
      worst = fmt::format("{} is over budget: a call may take {}", run.function(p.function).name,
                          text.substr(text.rfind(" of ") + 4));
      place = {{"uri", file->file().uri},
               {"takeFocus", true},
               {"selection", to_json(file->text().range(p.name, now.client().encoding))}};
    }
  }
  if (count == 0) return;
  if (count > 1) worst += fmt::format(", and {} more function{}", count - 1, count == 2 ? "" : "s");
  if (!now.client().can("window.showDocument.support")) return editor.show(MessageType::Warning, worst);
  editor.ask_user(MessageType::Warning, worst, {"Show", "Close"},
                  [&editor, place](const std::string& chosen) {
                    if (chosen == "Show")
                      editor.request("window/showDocument", place, [](wire::Response&&) {});
                  });
}

}  // namespace ml::lsp
