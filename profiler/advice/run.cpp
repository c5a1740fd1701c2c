#include <algorithm>
#include <iterator>

#include "profiler/advice/rules.h"
#include "profiler/figures/wording.h"
#include "profiler/model/shares.h"

namespace ml::profiler::advice {
namespace {

constexpr std::size_t kTop = 3;
constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t phases_ns(const Profile& p) {
  return p.of(Category::parsing) + p.of(Category::security_analysis) + p.of(Category::transpilation) +
         p.of(Category::sandbox_startup);
}

// Library time by the library function that was entered: what it has its helpers do is its own.
std::vector<std::uint64_t> library_times(const Profile& p) {
  std::vector<std::uint64_t> times(p.functions.size());
  for (const Profile::Node& node : p.tree) {
    std::uint32_t entered = kNone;
    for (const Profile::Node* at = &node; p.functions[at->function].category == Category::python_stdlib;
         at = &p.tree[at->parent]) {
      entered = at->function;
      if (at->parent == kNone) break;
    }
    if (entered != kNone) times[entered] += node.self_ns;
  }
  return times;
}

Found library_time(const Subject& s) {
  const Profile& p = s.profile;
  if (!at_least(p.of(Category::python_stdlib), p.total_ns, 25)) return std::nullopt;
  const std::vector<std::uint64_t> times = library_times(p);
  std::vector<const Profile::Function*> libraries;
  std::uint64_t samples = 0;
  for (std::size_t i = 0; i < p.functions.size(); ++i) {
    if (p.functions[i].category != Category::python_stdlib) continue;
    samples += p.functions[i].samples;
    if (times[i] != 0) libraries.push_back(&p.functions[i]);
  }
  if (!s.firm(samples)) return std::nullopt;
  std::stable_sort(libraries.begin(), libraries.end(), [&](const auto* a, const auto* b) {
    return times[static_cast<std::size_t>(a - p.functions.data())] >
           times[static_cast<std::size_t>(b - p.functions.data())];
  });
  if (libraries.size() > kTop) libraries.resize(kTop);
  Profile::Finding found{.rule = "R14"};
  for (const Profile::Function* f : libraries) {
    std::string line = f->name + ": " + calls_text(f->calls, f->calls_exact) + plural(f->calls, "call");
    const auto callers = calling_functions(*f);
    if (!callers.empty() && callers.front().first < p.functions.size()) {
      const Profile::Function& caller = p.functions[callers.front().first];
      line += " from " + called(caller) + " (" + place_of(p, caller) + ')';
    }
    found.text.push_back(std::move(line));
    if (!f->calls_exact && found.data.empty()) found.data.emplace_back("calls_exact", "false");
  }
  found.text.push_back("Consider: fewer, larger library calls");
  found.data.emplace_back("stdlib_ns", json(p.of(Category::python_stdlib)));
  found.data.emplace_back("total_ns", json(p.total_ns));
  return found;
}

Found conversion(const Subject& s) {
  const Profile& p = s.profile;
  std::uint64_t ns = 0, samples = 0, values = 0;
  std::vector<bool> converts(p.functions.size());
  bool exact = true;
  for (std::size_t i = 0; i < p.functions.size(); ++i) {
    const Profile::Function& f = p.functions[i];
    converts[i] = f.kind == FunctionKind::guard && (f.name == "to_ml" || f.name == "from_ml");
    if (!converts[i]) continue;
    ns += f.self_ns;
    samples += f.samples;
    values += f.calls;
    exact = exact && f.calls_exact;
  }
  if (!at_least(ns, p.total_ns, 10) || !s.firm(samples)) return std::nullopt;
  const auto places = ml_places(p, converts);
  if (places.empty()) return std::nullopt;
  const auto most = std::max_element(places.begin(), places.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (places.size() > 1) {  // which of them is known by time only
    std::vector<std::uint64_t> weights;
    for (const auto& [place, time] : places) weights.push_back(time);
    values = split(values, weights)[static_cast<std::size_t>(std::distance(places.begin(), most))];
    exact = false;
  }
  const Profile::Function& caller = p.functions[most->first.first];
  const std::uint32_t line = most->first.second;
  const std::string file = caller.file < p.files.size() ? p.files[caller.file].name : "?";
  Profile::Finding found{.rule = "R15", .line = line};
  found.text = {calls_text(values, exact) + plural(values, "value") + " converted at " + file + ':' +
                    std::to_string(line),
                "Consider: passing the data once, in batches of 1,000"};
  found.data = {{"conversion_ns", json(ns)}, {"total_ns", json(p.total_ns)}, {"values", json(values)}};
  if (!exact) found.data.emplace_back("calls_exact", "false");
  return found;
}

Found start_up(const Subject& s) {
  const Profile& p = s.profile;
  if (!at_least(phases_ns(p), p.total_ns, 50) || p.ml_ns() >= kSecond) return std::nullopt;
  Profile::Finding found{.rule = "R16"};
  found.text = {"The program itself ran only " + per_call(p.ml_ns(), 1) +
                "; profile a longer run for firm shares"};
  found.data = {
      {"phases_ns", json(phases_ns(p))}, {"total_ns", json(p.total_ns)}, {"ml_ns", json(p.ml_ns())}};
  return found;
}

// Steps of the phases run once for each file.
std::uint64_t files_transpiled(const Profile& p) {
  std::uint64_t files = 0;
  for (const Profile::Function& f : p.functions)
    if (f.kind == FunctionKind::phase && (f.name == "generate_python" || f.name == "parse_file"))
      files = std::max(files, f.calls);
  return files;
}

Found cold_transpile(const Subject& s) {
  const Profile& p = s.profile;
  const std::uint64_t ns = p.of(Category::parsing) + p.of(Category::transpilation);
  if (!at_least(ns, p.total_ns, 20) || p.run.transpile_cache != "miss") return std::nullopt;
  std::uint64_t files = files_transpiled(p);
  if (files == 0)
    files = static_cast<std::uint64_t>(
        std::count_if(p.files.begin(), p.files.end(), [](const auto& f) { return f.ml; }));
  Profile::Finding found{.rule = "R17"};
  found.text = {grouped(files) + plural(files, "file") + (files == 1 ? " was" : " were") +
                " transpiled in this run (cache miss)"};
  const Profile::File* longest = nullptr;
  for (const Profile::File& f : p.files)
    if (f.ml && f.line_count > 10'000 && (longest == nullptr || f.line_count > longest->line_count))
      longest = &f;
  if (longest != nullptr)
    found.text.push_back(longest->name + " has " + grouped(longest->line_count) + " lines");
  found.text.push_back("Consider: running again (cached) or transpiling at build time");
  if (longest != nullptr) found.text.push_back("Consider: splitting it into modules");
  found.data = {{"compile_ns", json(ns)}, {"total_ns", json(p.total_ns)}, {"files", json(files)}};
  return found;
}

constexpr RunRule kRules[] = {library_time, conversion, start_up, cold_transpile};

}  // namespace

void run_findings(const Subject& subject, std::vector<Profile::Finding>& all) {
  for (const RunRule rule : kRules)
    if (auto found = rule(subject)) all.push_back(std::move(*found));
}

}  // namespace ml::profiler::advice
