#include "lsp/profile/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "lsp/documents/uri.h"
#include "lsp/profile/protocol.h"
#include "lsp/profile/session.h"
#include "lsp/profile/wording.h"
#include "profiler/history/archive.h"

namespace ml::lsp {

using RunPointer = std::shared_ptr<const LoadedRun>;

namespace {

[[noreturn]] void refuse(std::string why) { throw Refusal{wire::code::RequestFailed, std::move(why)}; }

std::optional<std::string> text_if(const Ask& ask, std::string_view path) {
  const json::value* value = ask.find(path);
  if (!value || value->is_null()) return std::nullopt;
  return ask.text(path);
}

bool flag(const Ask& ask, std::string_view path) {
  const json::value* value = ask.find(path);
  return value && value->is_bool() && value->get_bool();
}

std::size_t size_of(const Ask& ask, std::string_view path, std::size_t otherwise) {
  const json::value* value = ask.find(path);
  if (!value || value->is_null()) return otherwise;
  const std::int64_t number = ask.integer(path);
  if (number < 0) throw Refusal{wire::code::InvalidParams, std::string(path) + ": is negative"};
  return static_cast<std::size_t>(number);
}

RunPointer shown(const Ask& ask) {
  const auto profiles = profiles_of(ask.snapshot);
  if (const auto id = text_if(ask, "/runId")) {
    if (auto run = profiles->find(*id)) return run;
    refuse("there is no loaded run " + *id);
  }
  if (profiles->runs.empty()) refuse("no profile is loaded");
  return profiles->runs.front();
}

RunPointer checked(RunResult result) {
  if (!result.run) refuse(result.error);
  if (!result.run->found && !result.run->files.empty())
    refuse("the profile is from another program: none of its files is here");
  return std::move(result.run);
}

std::string path_from(const std::string& uri) {
  if (const auto path = path_of_uri(uri)) return path->string();
  throw Refusal{wire::code::InvalidParams, "/uri: not the URI of a file: " + uri};
}

// The newest profile of the workspace, for `load` without arguments.
std::string newest(const Snapshot& snapshot) {
  const auto profiles = profiles_of(snapshot);
  std::string best;
  std::filesystem::file_time_type when{};
  std::vector<std::string> all = profiles->watching;
  for (const std::string& folder : snapshot.folders())
    all.push_back(folder + "/.mlpy/profiles/latest.mlprof");
  for (const std::string& file : all) {
    std::error_code failed;
    const auto time = std::filesystem::last_write_time(file, failed);
    if (failed || (!best.empty() && time <= when)) continue;
    best = file;
    when = time;
  }
  if (best.empty()) refuse("there is no profile yet: run the program with --profile");
  return best;
}

// A run named by its id, path or URI: loaded, or saved in a project of the loaded ones.
RunPointer run_named(const Ask& ask, const std::string& name) {
  const auto profiles = profiles_of(ask.snapshot);
  if (auto run = profiles->find(name)) return run;
  if (name.starts_with("file:")) return checked(load_run_file(path_from(name), ask.snapshot.folders()));
  std::error_code failed;
  if (name.starts_with("/") && std::filesystem::exists(name, failed))
    return checked(load_run_file(name, ask.snapshot.folders()));
  std::vector<std::string> roots = ask.snapshot.folders();
  for (const auto& run : profiles->runs) roots.push_back(run->root);
  for (const std::string& root : roots) {
    if (name.find('/') != name.npos) break;
    const std::string file = root + "/.mlpy/profiles/" + name + ".mlprof";
    if (std::filesystem::exists(file, failed)) return checked(load_run_file(file, ask.snapshot.folders()));
  }
  refuse("there is no run " + name);
}

// The saved run of the same program before this one.
RunPointer run_before(const Ask& ask, const LoadedRun& head) {
  RunPointer best;
  profiler::history::Archive archive(head.root + "/.mlpy");
  const auto runs = archive.runs();
  for (auto it = runs.rbegin(); it != runs.rend() && !best; ++it) {
    if (it->program != head.profile.run.program || it->started_unix_ns >= head.profile.run.started_unix_ns)
      continue;
    best = load_run_file(archive.file_of(it->id).string(), ask.snapshot.folders()).run;
  }
  if (!best) refuse("there is no earlier run of " + head.profile.run.program + " to compare with");
  return best;
}

json::object delta(std::uint64_t base, std::uint64_t head, std::string_view verdict) {
  const double ratio = base == 0 ? 0 : static_cast<double>(head) / static_cast<double>(base);
  return {{"base", base}, {"head", head}, {"ratio", ratio}, {"verdict", wire::sv(verdict)}};
}

std::string_view plain_verdict(std::uint64_t base, std::uint64_t head, double threshold) {
  const double before = static_cast<double>(base), after = static_cast<double>(head);
  if (after > before * (1 + threshold / 100)) return "slower";
  return after < before * (1 - threshold / 100) ? "faster" : "same";
}

std::uint64_t hot(const LoadedRun& run, std::uint32_t function, std::string_view by) {
  const auto& f = run.function(function);
  return by == "total" ? f.cum_ns : by == "memory" ? f.at_peak_bytes : by == "calls" ? f.calls : f.self_ns;
}

std::vector<PlacedFunction> hottest(const Ask& ask, const RunPointer& run, const std::string& key,
                                    std::string_view by) {
  auto all = all_functions(ask.snapshot, run, key);
  std::stable_sort(all.begin(), all.end(), [&](const PlacedFunction& a, const PlacedFunction& b) {
    return hot(*run, a.function, by) > hot(*run, b.function, by);
  });
  return all;
}

// Looks at the open texts while the profile is read.
class Preparation {
 public:
  explicit Preparation(const Ask& ask) : matches_(profiles_of(ask.snapshot)->matches) {
    constexpr std::size_t kLong = 100'000;  // bytes: less is not worth a thread
    std::vector<std::shared_ptr<const Revision>> texts;
    for (const auto& [key, revision] : ask.snapshot.open())
      if (revision->text().size() > kLong) texts.push_back(revision);
    if (!texts.empty())
      thread_ = std::thread([matches = matches_, texts = std::move(texts)] {
        try {
          for (const auto& text : texts) matches->prepare(*text);
        } catch (const std::exception&) {
          // What is not prepared is found when it is asked for, and that says why it cannot be.
        }
      });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  ~Preparation() {
    join();
    matches_->forget(nullptr);
  }

 private:
  std::shared_ptr<Matches> matches_;
  std::thread thread_;
};

}  // namespace

json::value profile_load(const Ask& ask) {
  Preparation preparation(ask);
  RunPointer run;
  if (const json::value* given = ask.find("/inline"); given && given->is_object()) {
    RunResult result = load_run(wire::write_json(*given), "", ask.snapshot.folders());
    if (!result.run) refuse("the profile cannot be read: " + result.error);
    run = checked(std::move(result));
  } else {
    const auto uri = text_if(ask, "/uri"), path = text_if(ask, "/path");
    const std::string file = uri ? path_from(*uri) : path ? *path : newest(ask.snapshot);
    run = checked(load_run_file(file, ask.snapshot.folders()));
  }
  preparation.join();
  std::int64_t matched = 0, edited = 0, unmatched = 0;
  // Matched as it will be asked for: with the matches of the session.
  for (const PlacedFunction& p : all_functions(ask.snapshot, run)) {
    ask.check();
    ++(!p.placed ? unmatched : is_edited(p.placed->state) ? edited : matched);
  }
  json::array warnings;
  if (!run->profile.complete) warnings.emplace_back("the run was killed: the numbers stop before its end");
  if (run->profile.run.debugged) warnings.emplace_back("the run was stopped in a debugger");
  for (const auto& [key, file] : run->files) {
    if (!ask.snapshot.file_of_key(key))
      warnings.emplace_back("there is no file " + run->profile.files[file].path);
  }
  ask.post([run, baseline = flag(ask, "/makeBaseline")](Editor& e) { show_run(e, run, baseline); });
  return json::object{{"run", run_info(*run)},
                      {"matched", matched},
                      {"edited", edited},
                      {"unmatched", unmatched},
                      {"warnings", std::move(warnings)}};
}

json::value profile_clear(const Ask& ask) {
  const auto profiles = profiles_of(ask.snapshot);
  const auto id = text_if(ask, "/runId");
  const bool baseline = flag(ask, "/baseline");
  std::int64_t count = 0;
  if (baseline) {
    count = profiles->baseline ? 1 : 0;
  } else {
    for (const auto& run : profiles->runs) count += !id || run->profile.run.id == *id;
  }
  ask.post([id = id.value_or(""), baseline](Editor& e) { clear_runs(e, id, baseline); });
  return json::object{{"cleared", count}};
}

json::value profile_compare(const Ask& ask) {
  const auto profiles = profiles_of(ask.snapshot);
  RunPointer head;
  if (const json::value* given = ask.find("/head"); given && given->is_array()) {
    if (given->get_array().empty() || !given->get_array().front().is_string())
      throw Refusal{wire::code::InvalidParams, "/head: runs are expected"};
    head = run_named(ask, std::string(wire::sv(given->get_array().front().get_string())));
  } else if (const auto name = text_if(ask, "/head")) {
    head = run_named(ask, *name);
  } else {
    head = shown(ask);
  }
  const auto base_name = text_if(ask, "/base");
  const RunPointer base = base_name ? run_named(ask, *base_name) : run_before(ask, *head);
  profiler::history::CompareOptions options;
  if (const json::value* noise = ask.find("/noisePct"); noise && noise->is_number())
    options.threshold = noise->to_number<double>();
  const std::string metric = text_if(ask, "/metric").value_or("time");
  if (metric == "statements") refuse("statements are not counted: compare time, memory or calls");
  if (metric != "time" && metric != "memory" && metric != "calls")
    throw Refusal{wire::code::InvalidParams, "/metric: time, statements, memory or calls are expected"};
  if (metric != "time") options.metric = *profiler::history::metric_of(metric);
  const auto comparison = compare_runs(base, head, options);

  std::vector<PlacedFunction> placed = all_functions(ask.snapshot, head);
  std::map<std::uint32_t, const PlacedFunction*> now;
  for (const PlacedFunction& p : placed) now[p.function] = &p;
  json::array functions, added, removed;
  std::int64_t within = 0;
  for (const auto& change : comparison->result.changes) {
    ask.check();
    if (change.before_at == kNone) {
      added.push_back(fn_cost(ask.snapshot, *head, *now.at(change.after_at)));
      continue;
    }
    if (change.after_at == kNone) {
      removed.push_back(fn_cost(ask.snapshot, *base, change.before_at, nullptr, nullptr));
      continue;
    }
    const auto &a = base->function(change.before_at), &b = head->function(change.after_at);
    json::object row = fn_cost(ask.snapshot, *head, *now.at(change.after_at));
    for (const char* name : {"callsExact", "avgNs", "samples", "errPct"}) row.erase(name);
    row["self"] = delta(a.self_ns, b.self_ns, verdict(change));
    row["total"] = delta(a.cum_ns, b.cum_ns, plain_verdict(a.cum_ns, b.cum_ns, options.threshold));
    row["calls"] = delta(a.calls, b.calls, plain_verdict(a.calls, b.calls, options.threshold));
    if (base->profile.has_memory() && head->profile.has_memory())
      row["mem"] = delta(a.at_peak_bytes, b.at_peak_bytes,
                         plain_verdict(a.at_peak_bytes, b.at_peak_bytes, options.threshold));
    within += change.within_noise();
    functions.push_back(std::move(row));
  }
  ask.post([comparison](Editor& e) { show_comparison(e, comparison); });
  return json::object{{"base", run_info(*base)},
                      {"head", run_info(*head)},
                      {"totals", delta(base->ml_ns(), head->ml_ns(),
                                       plain_verdict(base->ml_ns(), head->ml_ns(), options.threshold))},
                      {"functions", std::move(functions)},
                      {"added", std::move(added)},
                      {"removed", std::move(removed)},
                      {"withinNoise", within}};
}

json::value profile_status(const Ask& ask) {
  const auto profiles = profiles_of(ask.snapshot);
  json::array loaded;
  for (const auto& run : profiles->runs) loaded.push_back(run_info(*run));
  json::object out{{"loaded", std::move(loaded)},
                   {"mode", profiles->comparison     ? "compare"
                            : profiles->runs.empty() ? "none"
                                                     : "single"},
                   {"surface", surface_of(ask.snapshot).name},
                   {"watching", json::array(profiles->watching.begin(), profiles->watching.end())}};
  if (profiles->baseline) out["baseline"] = run_info(*profiles->baseline);
  return out;
}

json::value profile_hotspots(const Ask& ask) {
  const std::string by = text_if(ask, "/by").value_or("self");
  if (by != "self" && by != "total" && by != "memory" && by != "calls")
    throw Refusal{wire::code::InvalidParams, "/by: self, total, memory or calls are expected"};
  const auto uri = text_if(ask, "/uri");
  const std::string key = uri ? key_of_uri(*uri) : "";
  RunPointer run = uri ? profiles_of(ask.snapshot)->run_of(key) : nullptr;
  if (!uri) run = shown(ask);
  json::array rows;
  if (!run) return json::object{{"rows", std::move(rows)}, {"total", 0}};
  const auto all = hottest(ask, run, key, by);
  const std::size_t offset = size_of(ask, "/offset", 0), limit = size_of(ask, "/limit", 100);
  for (std::size_t i = offset; i < all.size() && i - offset < limit; ++i)
    rows.push_back(fn_cost(ask.snapshot, *run, all[i]));
  return json::object{{"rows", std::move(rows)}, {"total", all.size()}};
}

json::value profile_lookup(const Ask& ask) {
  const auto file = ask.document();
  json::object out{{"lines", json::array{}}, {"callers", json::array{}}, {"callees", json::array{}}};
  Span span;
  if (ask.find("/range")) {
    span = ask.bytes(*file);
  } else {
    const ByteOffset at = ask.offset(*file);
    span = {at, at};
  }
  const auto costs = costs_of(ask.snapshot, *file);
  if (!costs) return out;
  const LoadedRun& run = *costs->run;
  for (const LineCost& l : costs->between(file->text().line_of(span.begin), file->text().line_of(span.end))) {
    json::object line{
        {"line", l.line}, {"self", share_json(run, l.self_ns)}, {"state", l.edited ? "edited" : "fresh"}};
    if (l.hits) line["hits"] = *l.hits;
    if (run.profile.has_memory()) line["mem"] = l.bytes;
    out.at("lines").get_array().push_back(std::move(line));
  }
  const Placed* placed = costs->around(span.begin);
  if (!placed) return out;
  out["fn"] = fn_cost(ask.snapshot, run, placed->function, placed, file.get());
  for (const auto& c : run.function(placed->function).callers)
    out.at("callers").get_array().push_back(
        edge_json(ask.snapshot, run, c.function, c.line, c.calls, c.cum_ns));
  for (const auto& c : run.callees[placed->function])
    out.at("callees").get_array().push_back(
        edge_json(ask.snapshot, run, c.function, c.line, c.calls, c.cum_ns));
  return out;
}

json::value go_to_hottest(const Ask& ask) {
  const RunPointer run = shown(ask);
  auto all = hottest(ask, run, "", "self");
  std::erase_if(all, [](const PlacedFunction& p) { return !p.placed; });
  std::erase_if(all, [&](const PlacedFunction& p) { return run->function(p.function).self_ns == 0; });
  if (all.empty()) return nullptr;
  const std::size_t place = profiles_of(ask.snapshot)->next_hottest % all.size();
  const PlacedFunction& to = all[place];
  json::object where = ask.location(*to.file, to.placed->name);
  json::object out{{"name", run->function(to.function).name},
                   {"self", share_json(*run, run->function(to.function).self_ns)}};
  for (const auto& [name, value] : where) out[name] = value;
  const std::string text =
      fmt::format("{}:{}: {} {}", to.file->file().path, to.placed->line + 1, run->function(to.function).name,
                  function_text(*profiles_of(ask.snapshot), *to.costs, *to.placed, true));
  ask.post([where, text, place, show = ask.client().can("window.showDocument.support")](Editor& e) {
    Profiles now = *profiles_of(e.snapshot());
    now.next_hottest = place + 1;
    e.set_part<Profiles>(std::make_shared<const Profiles>(std::move(now)));
    if (show)
      e.request("window/showDocument",
                json::object{{"uri", where.at("uri")}, {"takeFocus", true}, {"selection", where.at("range")}},
                [](wire::Response&&) {});
    else
      e.notify("window/showMessage", json::object{{"type", 3}, {"message", text}});
  });
  return out;
}

json::value show_callers(const Ask& ask) {
  RunPointer run;
  std::uint32_t function = kNone;
  if (ask.find("/textDocument") && ask.find("/position")) {
    const auto file = ask.document();
    const auto costs = costs_of(ask.snapshot, *file);
    const Placed* placed = costs ? costs->around(ask.offset(*file)) : nullptr;
    if (placed) run = costs->run, function = placed->function;
  } else if (const auto name = text_if(ask, "/name")) {
    run = shown(ask);
    for (std::uint32_t i = 0; i < run->profile.functions.size() && function == kNone; ++i)
      if (run->function(i).name == *name) function = i;
  }
  if (function == kNone) refuse("nothing was measured here");
  return json::object{{"uri", fmt::format("ml-callers:{}/{}", run->profile.run.id, function)},
                      {"text", callers_text(*run, function)}};
}

json::value show_diff(const Ask& ask) {
  const auto profiles = profiles_of(ask.snapshot);
  if (!profiles->comparison) refuse("no runs are compared");
  return json::object{{"uri", "ml-diff:"}, {"text", comparison_page(*profiles->comparison)}};
}

std::string profile_page(const Snapshot& snapshot, std::string_view uri) {
  const auto profiles = profiles_of(snapshot);
  if (uri == "ml-diff:" && profiles->comparison) return comparison_page(*profiles->comparison);
  constexpr std::string_view kCallers = "ml-callers:";
  if (!uri.starts_with(kCallers)) return "";
  const std::string_view rest = uri.substr(kCallers.size());
  const auto slash = rest.find('/');
  const auto run = profiles->find(rest.substr(0, slash));
  if (!run || slash == rest.npos) return "";
  std::uint32_t function = 0;
  for (const char c : rest.substr(slash + 1)) {
    if (c < '0' || c > '9' || function > 100'000'000) return "";
    function = function * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return function < run->profile.functions.size() ? callers_text(*run, function) : "";
}

}  // namespace ml::lsp
