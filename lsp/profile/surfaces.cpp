#include "lsp/profile/surfaces.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "lsp/profile/budget.h"
#include "lsp/profile/static_hints.h"
#include "lsp/profile/wording.h"
#include "profiler/figures/wording.h"

namespace ml::lsp {

using profiler::Profile;

namespace {

constexpr const char* kDot = " \xC2\xB7 ";
constexpr std::size_t kMostHints = 10;

bool shows(const Profiles& profiles, const FileCosts& costs, const Placed& p, double least) {
  const LoadedRun& run = *costs.run;
  const std::uint64_t ns = run.function(p.function).self_ns;
  if (ns > 0 && run.percent(ns) >= least) return true;
  if (!profiles.comparison || profiles.comparison->head != costs.run) return false;
  const auto* change = change_of(*profiles.comparison, p.function);
  if (!change || change->before_at == kNone) return false;
  const LoadedRun& base = *profiles.comparison->base;
  return base.percent(base.function(change->before_at).self_ns) >= least;
}

json::object lens(const json::object& range, std::string title, std::string_view command,
                  json::object argument) {
  return {{"range", range},
          {"command",
           {{"title", std::move(title)},
            {"command", wire::sv(command)},
            {"arguments", json::array{std::move(argument)}}}}};
}

// Functions of the run before that this one does not have.
void add_gone(const Profiles& profiles, const FileCosts& costs, const json::object& top, double least,
              json::array& out) {
  const RunComparison& c = *profiles.comparison;
  for (const auto& change : c.result.changes) {
    if (change.after_at != kNone || change.before_at == kNone) continue;
    const auto& f = c.base->function(change.before_at);
    if (c.base->percent(f.self_ns) < least || f.file == kNone ||
        c.base->keys[f.file] != costs.run->keys[costs.file])
      continue;
    out.push_back(lens(top, fmt::format("{}: gone (was {})", f.name, share(*c.base, f.self_ns)),
                       "ml.profile.showDiff", {}));
  }
}

// The text of a finding, which names lines of the text that ran.
std::string at_line(const std::string& text, std::uint32_t ran, std::uint32_t now) {
  const std::string one = fmt::format("Line {} ", ran), two = fmt::format("Lines {} and ", ran);
  if (ran == now) return text;
  if (text.starts_with(one)) return fmt::format("Line {} {}", now, text.substr(one.size()));
  std::uint32_t other = 0;
  const char* end = text.data() + text.size();
  if (!text.starts_with(two)) return text;
  const auto [stop, failed] = std::from_chars(text.data() + two.size(), end, other);
  if (failed != std::errc()) return text;
  return fmt::format("Lines {} and {}{}", now, other - ran + now, std::string_view(stop, end));
}

std::string tooltip_of_line(const LoadedRun& run, std::span<const LineCost> all) {
  std::string out = "| function | self | with calls | executed |\n|---|---|---|---|";
  for (const LineCost& l : all)
    out += fmt::format("\n| {} | {} | {} | {} |", run.function(l.function).name, duration(l.self_ns),
                       duration(l.cum_ns), l.hits ? profiler::grouped(*l.hits) : "");
  return out + "\n\n" + source_text(run);
}

void add_budget_lens(const Ask& ask, const Revision& file, const FileCosts& costs, const Placed& p,
                     json::array& out) {
  if (std::string text = over_budget(file, costs, p); !text.empty())
    out.push_back(lens(ask.range(file, p.name), std::move(text), "", {}));
}

}  // namespace

void add_cost_lenses(const Ask& ask, const Revision& file, json::array& out) {
  if (!surface_of(ask.snapshot).lens || !ask.settings().flag("codeLens.performance", true)) return;
  const auto costs = costs_of(ask.snapshot, file);
  if (!costs) return;
  const auto profiles = profiles_of(ask.snapshot);
  const CostSettings settings = cost_settings(ask.settings());
  const LoadedRun& run = *costs->run;
  const bool compared = profiles->comparison && profiles->comparison->head == costs->run;
  const json::object top = ask.range(file, {0, 0});
  const json::object about{{"uri", file.file().uri}, {"runId", run.profile.run.id}};
  if (costs->file != kNone && run.profile.files[costs->file].self_ns > 0) {
    out.push_back(lens(top, file_text(*costs), "ml.profile.goToHottest", about));
    out.push_back(lens(top, "clear", "ml.profile.clear", {}));
    out.push_back(lens(top, "compare", "ml.profile.compare", {}));
    if (compared) add_gone(*profiles, *costs, top, settings.least_percent, out);
  }
  const bool budgets = file.text().text().find("@budget") != std::string_view::npos;
  for (const Placed& p : costs->placed) {
    ask.check();
    if (shows(*profiles, *costs, p, settings.least_percent)) {
      json::object argument = about;
      argument["name"] = run.function(p.function).name;
      json::object one =
          lens(ask.range(file, p.name), function_text(*profiles, *costs, p, settings.full),
               compared ? "ml.profile.showDiff" : "ml.profile.showCallers", std::move(argument));
      if (!p.was.empty()) one.at("command").get_object()["tooltip"] = "was `" + p.was + "`";
      out.push_back(std::move(one));
    }
    if (budgets && p.key) add_budget_lens(ask, file, *costs, p, out);
  }
}

void add_cost_hints(const Ask& ask, const Revision& file, Span range, json::array& out) {
  const Surface surface = surface_of(ask.snapshot);
  if (!surface.inlay && !surface.lines) return;
  const auto costs = costs_of(ask.snapshot, file);
  if (!costs) return;
  const auto profiles = profiles_of(ask.snapshot);
  const CostSettings settings = cost_settings(ask.settings());
  const LoadedRun& run = *costs->run;
  const DocumentText& text = file.text();
  const std::uint32_t first = text.line_of(range.begin), last = text.line_of(range.end);
  const auto add = [&](std::uint32_t line, std::string label, std::string tooltip) {
    ByteOffset end = text.line_span(line).end;
    out.push_back(json::object{{"position", to_json(text.position(end, ask.client().encoding))},
                               {"label", " " + std::move(label)},
                               {"paddingLeft", true},
                               {"data", {{"tooltip", std::move(tooltip)}}}});
  };
  if (surface.inlay) {
    for (const Placed& p : costs->placed)
      if (p.line >= first && p.line <= last && shows(*profiles, *costs, p, settings.least_percent))
        add(p.line, function_text(*profiles, *costs, p, settings.full),
            function_card(*profiles, *costs, p, true));
  }
  if (!surface.lines) return;
  const auto all = costs->between(first, last);
  for (std::size_t i = 0; i < all.size();) {
    ask.check();
    std::size_t end = i;
    std::uint64_t ns = 0, whole = run.ml_ns(), bytes = 0;
    std::optional<std::uint64_t> hits;
    bool edited = false;
    for (; end < all.size() && all[end].line == all[i].line; ++end) {
      ns += all[end].self_ns;
      bytes += all[end].bytes;
      edited = edited || all[end].edited;
      if (all[end].hits) hits = std::max(hits.value_or(0), *all[end].hits);
    }
    if (settings.of_function) whole = run.function(all[i].function).self_ns;
    const bool hot = whole > 0 && ns > 0 &&
                     static_cast<double>(ns) * 100 >= settings.line_percent * static_cast<double>(whole);
    if (hot)
      add(all[i].line, line_text(*costs, ns, whole, hits, edited),
          tooltip_of_line(run, all.subspan(i, end - i)));
    if (run.profile.has_memory() && run.profile.peak_bytes > 0 &&
        static_cast<double>(bytes) * 100 >=
            settings.line_percent * static_cast<double>(run.profile.peak_bytes))
      add(all[i].line, "+" + profiler::bytes_text(bytes), "held by this line at the peak of the run");
    i = end;
  }
}

std::string hover_costs(const Ask& ask, const Revision& file, ByteOffset function_begin, bool markdown) {
  if (surface_of(ask.snapshot).name == "off") return "";
  const auto costs = costs_of(ask.snapshot, file);
  const Placed* p = costs ? costs->begins_at(function_begin) : nullptr;
  return p ? function_card(*profiles_of(ask.snapshot), *costs, *p, markdown) : "";
}

std::string hover_line(const Ask& ask, const Revision& file, ByteOffset at) {
  if (surface_of(ask.snapshot).name == "off") return "";
  const auto costs = costs_of(ask.snapshot, file);
  if (!costs) return "";
  const std::uint32_t line = file.text().line_of(at);
  std::uint64_t ns = 0, with_calls = 0;
  std::optional<std::uint64_t> hits;
  bool edited = false;
  for (const LineCost& l : costs->between(line, line)) {
    ns += l.self_ns;
    with_calls += l.cum_ns;
    edited = edited || l.edited;
    if (l.hits) hits = std::max(hits.value_or(0), *l.hits);
  }
  const CostSettings settings = cost_settings(ask.settings());
  if (costs->run->percent(std::max(ns, with_calls)) < settings.line_percent || with_calls == 0) return "";
  std::string out = "This line: " + line_text(*costs, ns, costs->run->ml_ns(), hits, edited);
  if (with_calls > ns) out += kDot + ("with calls " + duration(with_calls));
  return out;
}

std::string short_share(const FileCosts& costs, ByteOffset function_begin) {
  const Placed* p = costs.begins_at(function_begin);
  if (!p || costs.run->function(p->function).self_ns == 0) return "";
  return (is_edited(p->state) ? "~" : "") + share(*costs.run, costs.run->function(p->function).self_ns);
}

std::string share_and_calls(const FileCosts& costs, const Placed& p) {
  const Profile::Function& f = costs.run->function(p.function);
  std::string out = (is_edited(p.state) ? "~" : "") + share(*costs.run, f.self_ns);
  if (f.calls > 0 && p.key) out += kDot + calls_of(f);
  return out;
}

std::map<std::string, int, std::less<>> heat_by_name(const FileCosts& costs, std::string_view text) {
  std::map<std::string, int, std::less<>> out;
  for (const Placed& p : costs.placed) {
    if (!p.key) continue;
    const double percent = costs.run->percent(costs.run->function(p.function).cum_ns);
    const int heat = percent >= 50 ? 4 : percent >= 20 ? 3 : percent >= 5 ? 2 : percent >= 1 ? 1 : 0;
    if (heat == 0) continue;
    std::string name = p.key->name;
    if (p.name.size() == 0) {
      // `name = fn(x) => ...`: the name before the `=`.
      ByteOffset end = p.whole.begin;
      const auto skip = [&](auto is) {
        while (end > 0 && is(text[end - 1])) --end;
      };
      const auto blank = [](char c) { return c == ' ' || c == '\t'; };
      skip(blank);
      if (end == 0 || text[end - 1] != '=') continue;
      --end;
      skip(blank);
      const ByteOffset last = end;
      skip([](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)); });
      name = text.substr(end, last - end);
    }
    if (!name.empty()) out[name] = std::max(out[name], heat);
  }
  return out;
}

std::vector<CostFinding> cost_findings(const Snapshot& snapshot, const Revision& file) {
  std::vector<CostFinding> out;
  const auto costs = costs_of(snapshot, file);
  if (!costs) return static_hints(snapshot, file);
  const LoadedRun& run = *costs->run;
  const DocumentText& text = file.text();
  if (snapshot.settings().flag("profile.findings", true)) {
    static constexpr std::string_view kRules[] = {"R4", "R5", "R6", "R7", "R9", "R12", "R13"};
    for (const Profile::Finding& f : run.profile.findings) {
      if (f.function == kNone || std::find(std::begin(kRules), std::end(kRules), f.rule) == std::end(kRules))
        continue;
      const Placed* p = costs->of(f.function);
      if (!p || is_edited(p->state)) continue;
      const Profile::Function& function = run.function(f.function);
      std::uint64_t ns = function.self_ns;
      for (const auto& l : function.lines)
        if (l.line == f.line) ns = std::max(ns, l.cum_ns);
      const double percent = run.percent(ns);
      if (percent < 1) continue;
      // The line as it is now: unchanged in a function that is unchanged.
      std::uint32_t line = p->line;
      if (f.line >= function.line) line = p->key ? p->line + (f.line - function.line) : f.line - 1;
      for (const LineCost& l : costs->lines_of(f.function))
        if (l.ran_line == f.line) line = l.line;
      if (line >= text.line_count()) continue;
      Span span = text.line_span(line);
      const std::string_view words = text.line_text(line);
      const auto begin = words.find_first_not_of(" \t");
      if (begin == words.npos) continue;
      span.end = span.begin + static_cast<ByteOffset>(words.find_last_not_of(" \t\r") + 1);
      span.begin += static_cast<ByteOffset>(begin);
      std::string message;
      for (const std::string& part : f.text)
        message += (message.empty() ? "" : "\n") + at_line(part, f.line, line + 1);
      message += fmt::format("\n{} takes {} of execution time", profiler::called(function),
                             share(run, function.self_ns));
      out.push_back({span,
                     percent >= 20  ? 2
                     : percent >= 5 ? 3
                                    : 4,
                     f.rule,
                     "ml-perf",
                     std::move(message),
                     {{"rule", f.rule}, {"percent", percent}}});
    }
  }
  if (surface_of(snapshot).hints) {
    std::vector<const Placed*> hot;
    const double least = cost_settings(snapshot.settings()).least_percent;
    for (const Placed& p : costs->placed)
      if (p.key && run.percent(run.function(p.function).self_ns) >= least) hot.push_back(&p);
    std::stable_sort(hot.begin(), hot.end(), [&](const Placed* a, const Placed* b) {
      return run.function(a->function).self_ns > run.function(b->function).self_ns;
    });
    if (hot.size() > kMostHints) hot.resize(kMostHints);
    for (const Placed* p : hot)
      out.push_back(
          {p->name, 4, "ML9001", "ml-perf", function_text(*profiles_of(snapshot), *costs, *p, true), {}});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.span.begin < b.span.begin; });
  return out;
}

}  // namespace ml::lsp
