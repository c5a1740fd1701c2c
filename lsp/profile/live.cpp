#include "lsp/profile/live.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "lsp/profile/session.h"
#include "profiler/format/capture.h"
#include "profiler/store/packing.h"

namespace ml::lsp {
namespace {

constexpr std::size_t kMostFunctions = 20'000;
constexpr std::uint64_t kMost = std::uint64_t{1} << 52;  // ns: what JSON numbers of any reader can hold

struct LiveRun {
  std::string started_at;
  struct Function {
    std::string file, name;
    json::object row;  // of a `.mlprof`, without costs
    std::uint64_t self_ns = 0, calls = 0;
  };
  std::vector<Function> functions;
};
struct LiveRuns {
  std::map<std::string, LiveRun> by_id;
};

std::string_view text_of(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? wire::sv(value->get_string()) : std::string_view();
}

std::uint64_t number_of(const json::object& object, const char* name, std::uint64_t most) {
  const auto* value = object.if_contains(name);
  const auto number = value ? wire::integer_of(*value) : std::nullopt;
  return number && *number > 0 ? std::min(static_cast<std::uint64_t>(*number), most) : 0;
}

// The line, from 1, at which a Range begins.
std::uint64_t line_of(const json::object& key, const char* range) {
  const auto* value = key.if_contains(range);
  const auto* start = value && value->is_object() ? value->get_object().if_contains("start") : nullptr;
  return start && start->is_object() ? number_of(start->get_object(), "line", 1u << 30) + 1 : 1;
}

// A FunctionKey.
LiveRun::Function function_of(const json::object& key) {
  LiveRun::Function f;
  f.file = text_of(key, "module");
  std::replace(f.file.begin(), f.file.end(), '.', '/');
  f.file += ".ml";
  json::array outer;
  if (const auto* path = key.if_contains("path"); path && path->is_array())
    for (const auto& part : path->get_array())
      if (part.is_string()) outer.push_back(part);
  for (const auto& part : outer)
    f.name += (f.name.empty() ? "" : ".") + std::string(wire::sv(part.get_string()));
  if (!outer.empty()) outer.pop_back();
  if (text_of(key, "kind") == "module" || f.name.empty()) f.name = "(top level)";
  f.row = {{"name", f.name},
           {"kind", "ml"},
           {"category", "ml_code"},
           {"line", f.name == "(top level)" ? 1 : line_of(key, "nameRange")},
           {"calls_exact", false},
           {"path", std::move(outer)},
           {"ordinal", number_of(key, "ordinal", 1u << 20)},
           {"arity", number_of(key, "arity", 1u << 16)},
           {"shape_hash", wire::sv(text_of(key, "shapeHash"))},
           {"body_hash", wire::sv(text_of(key, "bodyHash"))}};
  return f;
}

std::string mlprof_of(const std::string& id, const LiveRun& run) {
  std::map<std::string_view, std::pair<std::uint64_t, std::uint64_t>> costs;  // by file: ns, calls
  std::map<std::string_view, std::size_t> index;
  std::uint64_t total = 0, calls = 0;
  for (const LiveRun::Function& f : run.functions) {
    auto& [ns, count] = costs[f.file];
    ns += f.self_ns;
    count += f.calls;
    total += f.self_ns;
    calls += f.calls;
  }
  json::array files, functions, categories;
  for (const auto& [file, cost] : costs) {
    index[file] = files.size();
    files.push_back(json::object{{"path", wire::sv(file)},
                                 {"name", wire::sv(file)},
                                 {"sha256", std::string(64, '0')},
                                 {"self_ns", cost.first},
                                 {"calls", cost.second}});
  }
  for (const LiveRun::Function& f : run.functions) {
    json::object row = f.row;
    row["file"] = index[f.file];
    row["calls"] = f.calls;
    row["self_ns"] = row["cum_ns"] = f.self_ns;
    row["samples"] = 0;
    functions.push_back(std::move(row));
  }
  for (const std::string_view category : profiler::kCategoryIds)
    categories.push_back(json::object{
        {"id", wire::sv(category)}, {"self_ns", category == "ml_code" ? total : 0}, {"at_peak_bytes", 0}});
  return wire::write_json(json::object{
      {"format", "mlpy-profile"},
      {"version", 1},
      {"run",
       {{"id", live_id(id)},
        {"started_at", run.started_at},
        {"kind", "run"},
        {"program", files.empty() ? json::value("") : files[0].at("path")},
        {"exit_code", nullptr},
        {"transpile_cache", "off"}}},
      {"collection",
       {{"mode", "auto"},
        {"clock", "wall"},
        {"interval_ns", 0},
        {"time", "sampled"},
        {"calls", "estimated"},
        {"memory", "off"},
        {"complete", false}}},
      {"totals",
       {{"wall_ns", total}, {"ml_ns", total}, {"overhead_ns", 0}, {"stdlib_ns", 0}, {"calls", calls}}},
      {"categories", std::move(categories)},
      {"files", std::move(files)},
      {"functions", std::move(functions)},
      {"edges", json::array()},
      {"lines", json::array()},
      {"stacks", json::array()}});
}

std::string now_as_text() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return profiler::store::rfc3339(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()));
}

}  // namespace

std::string live_id(std::string_view run_id) { return std::string(run_id) + "-live"; }

void take_live_costs(Editor& editor, const json::object& params) {
  const std::string id(text_of(params, "runId"));
  if (id.empty() || profiles_of(editor.snapshot())->find(id)) return;  // it has ended
  const auto old = editor.snapshot().part<LiveRuns>();
  auto all = std::make_shared<LiveRuns>();
  if (old && old->by_id.contains(id)) all->by_id = {{id, old->by_id.at(id)}};  // those before have ended
  LiveRun& run = all->by_id[id];
  if (run.started_at.empty()) run.started_at = now_as_text();
  if (const auto* keys = params.if_contains("functions"); keys && keys->is_array()) {
    for (const auto& key : keys->get_array())
      if (key.is_object() && run.functions.size() < kMostFunctions)
        run.functions.push_back(function_of(key.get_object()));
  }
  if (const auto* delta = params.if_contains("delta"); delta && delta->is_array()) {
    for (const auto& row : delta->get_array()) {
      if (!row.is_object()) continue;
      const std::uint64_t function = number_of(row.get_object(), "fn", kMostFunctions);
      if (function >= run.functions.size()) continue;
      LiveRun::Function& f = run.functions[function];
      const std::uint64_t most = kMost / kMostFunctions;
      f.self_ns = std::min(f.self_ns + number_of(row.get_object(), "selfNs", most), most);
      f.calls = std::min(f.calls + number_of(row.get_object(), "calls", most), most);
    }
  }
  editor.set_part<LiveRuns>(all);
  RunResult result = load_run(mlprof_of(id, run), "", editor.snapshot().folders());
  if (!result.run) return editor.log(MessageType::Warning, "mlpy/profile/live: " + result.error);
  if (result.run->found) show_run(editor, std::move(result.run));
}

}  // namespace ml::lsp
