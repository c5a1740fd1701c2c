#include "lsp/profile/protocol.h"

#include <fmt/format.h>

#include <cmath>
#include <ctime>

#include "core/text/hex.h"
#include "lsp/documents/uri.h"
#include "lsp/features/registry.h"

namespace ml::lsp {

using profiler::Profile;

namespace {

std::string rfc3339(std::uint64_t unix_ns) {
  const auto seconds = static_cast<std::time_t>(unix_ns / 1'000'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, unix_ns / 1'000'000 % 1000);
}

json::object key_json(const LoadedRun& run, std::uint32_t function, const Placed* placed,
                      const json::value& name_range, const json::value& body_range) {
  const Profile::Function& f = run.function(function);
  const ast::FunctionKey* now = placed ? placed->key : nullptr;
  json::array path;
  const bool top = run.is_top_level(function);
  if (now) {
    for (const std::string& part : now->path) path.emplace_back(part);
    path.emplace_back(now->name);
  } else if (!top) {
    for (const std::string& part : f.path) path.emplace_back(part);
    path.emplace_back(wire::sv(run.own_name(function)));
  }
  const bool arrow = now ? now->arrow || now->name == "(anonymous)" : run.own_name(function) == "(anonymous)";
  std::string module = f.file == kNone ? std::string() : run.profile.files[f.file].path;
  if (module.ends_with(".ml")) module.resize(module.size() - 3);
  for (char& c : module)
    if (c == '/') c = '.';
  return {{"module", module},
          {"path", std::move(path)},
          {"kind", top     ? "module"
                   : arrow ? "arrow"
                           : "function"},
          {"ordinal", placed && placed->key ? placed->ordinal : f.ordinal},
          {"arity", now ? now->arity : f.arity},
          {"shapeHash", now ? hexadecimal(now->shape_hash) : f.shape_hash},
          {"bodyHash", now ? hexadecimal(now->body_hash) : f.body_hash},
          {"nameRange", name_range},
          {"bodyRange", body_range},
          {"textHash", f.file == kNone ? std::string() : run.profile.files[f.file].sha256}};
}

}  // namespace

json::object run_info(const LoadedRun& run) {
  const Profile& p = run.profile;
  json::object out{{"runId", p.run.id},
                   {"program", p.run.program},
                   {"startedAt", rfc3339(p.run.started_unix_ns)},
                   {"wallNs", p.elapsed_ns != 0 ? p.elapsed_ns : p.total_ns},
                   {"cpuNs", p.cpu_ns},
                   {"mode", wire::sv(id_of(p.collection.mode))},
                   {"partial", !p.complete},
                   {"debugged", p.run.debugged},
                   {"pausedNs", 0},
                   {"host", p.run.os}};
  if (p.collection.interval_ns > 0) out["rateHz"] = 1'000'000'000 / p.collection.interval_ns;
  if (p.samples > 0) out["samples"] = p.samples;
  if (!p.run.python.empty()) out["python"] = p.run.python;
  if (p.has_memory()) out["peakBytes"] = p.peak_bytes;
  return out;
}

json::object share_json(const LoadedRun& run, std::uint64_t ns) {
  return {{"pct", run.percent(ns)}, {"ns", ns}};
}

json::object fn_cost(const Snapshot& snapshot, const LoadedRun& run, std::uint32_t function,
                     const Placed* placed, const Revision* file) {
  const Profile::Function& f = run.function(function);
  const std::uint32_t line = f.line > 0 ? f.line - 1 : 0;
  json::object range = to_json(Range{{line, 0}, {line, 0}}), body = range;
  std::string uri = f.file == kNone || run.keys[f.file].empty() ? "" : snapshot.uri_of(run.keys[f.file]);
  if (placed && file) {
    const Encoding encoding = snapshot.client().encoding;
    range = to_json(file->text().range(placed->name, encoding));
    body = to_json(file->text().range(placed->whole, encoding));
    uri = snapshot.uri_of(file->file().key);
  }
  json::object out{{"key", key_json(run, function, placed, range, body)},
                   {"name", f.name},
                   {"uri", uri},
                   {"range", range},
                   {"state", wire::sv(word(placed ? placed->state : MatchState::Unmatched))},
                   {"self", share_json(run, f.self_ns)},
                   {"total", share_json(run, f.cum_ns)},
                   {"callsExact", f.calls_exact}};
  if (f.calls > 0) {
    out["calls"] = f.calls;
    out["avgNs"] = f.cum_ns / f.calls;
  }
  if (run.profile.has_memory())
    out["mem"] = {{"peakBytes", f.at_peak_bytes}, {"allocBytes", f.alloc_bytes}, {"netBytes", f.end_bytes}};
  if (f.samples > 0) {
    out["samples"] = f.samples;
    if (run.profile.collection.interval_ns > 0)
      out["errPct"] = run.percent(f.self_ns) / std::sqrt(static_cast<double>(f.samples));
  }
  return out;
}

json::object fn_cost(const Snapshot& snapshot, const LoadedRun& run, const PlacedFunction& p) {
  return fn_cost(snapshot, run, p.function, p.placed, p.file.get());
}

std::vector<PlacedFunction> all_functions(const Snapshot& snapshot,
                                          const std::shared_ptr<const LoadedRun>& run,
                                          const std::string& only_key) {
  std::vector<PlacedFunction> out;
  std::vector<bool> seen(run->profile.functions.size());
  const auto profiles = profiles_of(snapshot);
  const auto other = [&](const std::string& key) { return snapshot.file_of_key(key); };
  const auto look = [&](const std::string& key) {
    const auto file = snapshot.file_of_key(key);
    const auto costs = file ? profiles->matches->costs(run, *file, other) : nullptr;
    if (!costs) return;
    for (const Placed& p : costs->placed) {
      if (seen[p.function]) continue;
      seen[p.function] = true;
      out.push_back({p.function, costs, &p, file});
    }
  };
  for (const auto& [key, index] : run->files)
    if (only_key.empty() || key == only_key) look(key);
  if (!only_key.empty()) {
    if (!run->files.contains(only_key)) look(only_key);
  } else {
    for (const auto& [key, file] : snapshot.open())
      if (!run->files.contains(key)) look(key);
  }
  for (std::uint32_t file = 0; file < run->functions.size(); ++file) {
    if (!only_key.empty() && run->keys[file] != only_key) continue;
    for (const std::uint32_t f : run->functions[file])
      if (!seen[f]) out.push_back({f, nullptr, nullptr, nullptr});
  }
  return out;
}

json::object edge_json(const Snapshot& snapshot, const LoadedRun& run, std::uint32_t other,
                       std::uint32_t line, std::uint64_t calls, std::uint64_t cum_ns) {
  json::object out{{"name", other == kNone ? std::string("(outside)") : run.function(other).name},
                   {"total", share_json(run, cum_ns)}};
  if (other != kNone && run.function(other).file != kNone && !run.keys[run.function(other).file].empty())
    out["uri"] = snapshot.uri_of(run.keys[run.function(other).file]);
  if (line > 0) out["line"] = line - 1;
  if (calls > 0) out["calls"] = calls;
  return out;
}

}  // namespace ml::lsp
