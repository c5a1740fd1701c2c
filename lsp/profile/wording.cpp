#include "lsp/profile/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>

#include "profiler/figures/wording.h"

namespace ml::lsp {

namespace history = profiler::history;
using profiler::Profile;

namespace {

constexpr const char* kDot = " \xC2\xB7 ";
constexpr const char* kTimes = "\xC3\x97";

bool compares(const Profiles& profiles, const FileCosts& costs) {
  return profiles.comparison && profiles.comparison->head == costs.run;
}

std::string change_text(const RunComparison& comparison, const history::Change& c, const std::string& now) {
  if (c.before_at == kNone) return now + " of execution time" + kDot + "new";
  const auto& base = *comparison.base;
  const std::string was = share(base, base.function(c.before_at).self_ns);
  std::string out = fmt::format("{} (was {}) of execution time{}", now, was, kDot);
  const std::string_view how = verdict(c);
  if (how != "faster" && how != "slower") return out + "within noise";
  const double before = static_cast<double>(c.before.value_or(0)),
               after = static_cast<double>(c.after.value_or(0));
  const double ratio = how == "faster" ? before / after : after / before;
  if (before == 0 || after == 0) return out + std::string(how);
  return out + fmt::format("{:.1f}{} {}", ratio, kTimes, how);
}

}  // namespace

std::string duration(std::uint64_t ns) {
  const double value = static_cast<double>(ns);
  if (value >= 999.5e6) return fmt::format("{:.2f} s", value / 1e9);
  if (value >= 9.95e6) return fmt::format("{:.0f} ms", value / 1e6);
  if (value >= 999.5e3) return fmt::format("{:.1f} ms", value / 1e6);
  return fmt::format("{:.0f} us", value / 1e3);
}

std::string share(const LoadedRun& run, std::uint64_t ns) { return profiler::whole_percent(ns, run.ml_ns()); }

std::string calls_of(const Profile::Function& f) {
  if (f.calls == 0 && !f.calls_exact) return "calls not counted";
  return profiler::calls_text(f.calls, f.calls_exact) + profiler::plural(f.calls, "call");
}

const history::Change* change_of(const RunComparison& comparison, std::uint32_t function) {
  if (function >= comparison.change_of.size() || comparison.change_of[function] == kNone) return nullptr;
  return &comparison.result.changes[comparison.change_of[function]];
}

std::string_view verdict(const history::Change& c) {
  if (c.within_noise()) return "noise";
  if (c.status == history::Status::improvement) return "faster";
  if (c.status == history::Status::regression) return "slower";
  return "same";
}

std::string function_text(const Profiles& profiles, const FileCosts& costs, const Placed& placed, bool full) {
  const LoadedRun& run = *costs.run;
  const Profile::Function& f = run.function(placed.function);
  const std::string now = (is_edited(placed.state) ? "~" : "") + share(run, f.self_ns);
  std::string out = now + " of execution time";
  if (compares(profiles, costs))
    if (const history::Change* change = change_of(*profiles.comparison, placed.function))
      out = change_text(*profiles.comparison, *change, now);
  if (is_edited(placed.state)) return out + " (edited since " + run.clock + ")";
  if (!full || compares(profiles, costs)) return out;
  if (f.calls > 0 && !run.is_top_level(placed.function)) out += kDot + calls_of(f);
  if (run.profile.has_memory() && f.at_peak_bytes > 0) out += kDot + profiler::bytes_text(f.at_peak_bytes);
  return out;
}

std::string file_text(const FileCosts& costs) {
  const LoadedRun& run = *costs.run;
  const std::uint64_t ns = run.profile.files[costs.file].self_ns;
  return fmt::format("{} of execution time in this file{}{}{}run {}", share(run, ns), kDot, duration(ns),
                     kDot, run.clock);
}

std::string line_text(const FileCosts&, std::uint64_t self_ns, std::uint64_t of,
                      std::optional<std::uint64_t> hits, bool edited) {
  std::string out = (edited ? "~" : "") + profiler::whole_percent(self_ns, of) + kDot + duration(self_ns);
  if (hits) out += kDot + profiler::grouped(*hits) + kTimes;
  return out;
}

std::string source_text(const LoadedRun& run) {
  const Profile& p = run.profile;
  const auto seconds = static_cast<std::time_t>(p.run.started_unix_ns / 1'000'000'000);
  const std::time_t now = std::time(nullptr);
  std::tm then{}, today{};
  localtime_r(&seconds, &then);
  localtime_r(&now, &today);
  char day[32];
  std::strftime(day, sizeof day, "%Y-%m-%d", &then);
  const bool is_today = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
  std::string out = fmt::format("Run {}, {} {}, mlpy {} {}, {} mode, {}", p.run.id, run.clock,
                                is_today ? "today" : day, p.run.kind, p.run.program, id_of(p.collection.mode),
                                profiler::seconds(p.elapsed_ns / 1'000'000));
  if (!p.complete) out += ", partial: the program was killed";
  if (p.run.error) out += fmt::format(", program failed at {}:{}", p.run.error->file, p.run.error->line);
  if (p.run.debugged) out += ", stopped in a debugger";
  return out;
}

std::string function_card(const Profiles& profiles, const FileCosts& costs, const Placed& placed,
                          bool markdown) {
  const LoadedRun& run = *costs.run;
  const Profile::Function& f = run.function(placed.function);
  const std::string code = markdown ? "`" : "", end = markdown ? "  \n" : "\n";
  std::string out =
      fmt::format("{}{} of execution time{}self {}{}total {}", is_edited(placed.state) ? "~" : "",
                  share(run, f.self_ns), kDot, duration(f.self_ns), kDot, duration(f.cum_ns));
  if (f.calls > 0) out += kDot + calls_of(f);
  if (run.profile.has_memory() && f.at_peak_bytes > 0)
    out += kDot + ("peak " + profiler::bytes_text(f.at_peak_bytes));
  out += kDot + ("run " + run.clock);
  std::vector<std::string> more;
  if (f.calls > 1) more.push_back(profiler::per_call(f.cum_ns, f.calls) + " per call");
  if (f.wait_ns > 0) more.push_back("waiting " + duration(f.wait_ns));
  if (f.own_peak_bytes > 0) more.push_back("own peak " + profiler::bytes_text(f.own_peak_bytes));
  if (f.alloc_count > 0)
    more.push_back(profiler::grouped(f.alloc_count) + profiler::plural(f.alloc_count, "allocation"));
  for (std::size_t i = 0; i < more.size(); ++i) out += (i == 0 ? end : kDot) + more[i];
  if (compares(profiles, costs))
    if (const auto* change = change_of(*profiles.comparison, placed.function))
      out += end + change_text(*profiles.comparison, *change, share(run, f.self_ns));
  std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> callers;
  for (const Profile::Caller& c : f.callers)
    if (c.function != kNone) callers[c.function].first += c.cum_ns, callers[c.function].second += c.calls;
  std::vector<std::pair<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>>> top(callers.begin(),
                                                                                     callers.end());
  std::stable_sort(top.begin(), top.end(),
                   [](const auto& a, const auto& b) { return a.second.first > b.second.first; });
  if (top.size() > 3) top.resize(3);
  for (const auto& [from, cost] : top)
    out += fmt::format("{}called by {}{}{}{}{}", end, code, run.function(from).name, code, kDot,
                       share(run, cost.first)) +
           (cost.second > 0 ? kDot + profiler::calls_text(cost.second, f.calls_exact) +
                                  profiler::plural(cost.second, "call")
                            : std::string());
  for (const Profile::Finding& finding : run.profile.findings) {
    if (finding.function != placed.function || is_edited(placed.state)) continue;
    for (const std::string& line : finding.text) out += end + line;
  }
  if (placed.state == MatchState::Edited) out += end + "Edited since it was measured at " + run.clock;
  if (placed.state == MatchState::Likely) out += end + ("Measured as " + code + f.name + code);
  if (!placed.was.empty()) out += end + ("was " + code + placed.was + code);
  return out + end + source_text(run);
}

std::string callers_text(const LoadedRun& run, std::uint32_t function) {
  const Profile::Function& f = run.function(function);
  std::string out =
      fmt::format("# {}\n\n{} of execution time{}self {}{}total {}{}{}\n\n", f.name, share(run, f.self_ns),
                  kDot, duration(f.self_ns), kDot, duration(f.cum_ns), kDot, calls_of(f));
  const auto row = [&](const std::string& name, const std::string& place, std::uint64_t ns,
                       std::uint64_t calls) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", name, place, share(run, ns), duration(ns),
                       profiler::grouped(calls));
  };
  const char* head = "| function | line | share | time | calls |\n|---|---|---|---|---|\n";
  out += std::string("## Called by\n\n") + head;
  for (const Profile::Caller& c : f.callers) {
    const std::string file =
        c.function == kNone ? "" : profiler::place_of(run.profile, run.function(c.function));
    row(c.function == kNone ? "(outside)" : run.function(c.function).name,
        file.substr(0, file.rfind(':')) + ":" + std::to_string(c.line), c.cum_ns, c.calls);
  }
  out += std::string("\n## Calls\n\n") + head;
  for (const auto& c : run.callees[function])
    row(run.function(c.function).name, profiler::place_of(run.profile, run.function(c.function)), c.cum_ns,
        c.calls);
  return out + "\n" + source_text(run) + "\n";
}

std::string comparison_page(const RunComparison& comparison) {
  return "```\n" + history::comparison_text(comparison.result) + "```\n";
}

}  // namespace ml::lsp
