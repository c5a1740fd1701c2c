// mlpy/profile/flame and mlpy/profile/export.

#include <filesystem>
#include <map>

#include "core/base/files.h"
#include "lsp/documents/uri.h"
#include "lsp/profile/profiles.h"
#include "lsp/profile/requests.h"
#include "profiler/export/export.h"
#include "profiler/report/report.h"

namespace ml::lsp {

namespace exports = profiler::exports;
namespace report = profiler::report;

namespace {

constexpr std::size_t kMostNodes = 20'000;

std::shared_ptr<const LoadedRun> run_of(const Ask& ask) {
  const auto profiles = profiles_of(ask.snapshot);
  std::shared_ptr<const LoadedRun> run;
  if (const json::value* id = ask.find("/runId"); id && !id->is_null())
    run = profiles->find(ask.text("/runId"));
  else if (!profiles->runs.empty())
    run = profiles->runs.front();
  if (!run) throw Refusal{wire::code::RequestFailed, "no such profile is loaded"};
  return run;
}

double number(const Ask& ask, std::string_view path, double otherwise) {
  const json::value* value = ask.find(path);
  return value && value->is_number() ? value->to_number<double>() : otherwise;
}

struct Node {
  std::uint32_t parent = kNone, function = 0, line = 0, depth = 0;
  std::uint64_t self = 0, total = 0;
};

}  // namespace

// Ids are places in the merged tree of the run: they stay what they are while the run is loaded.
json::value profile_flame(const Ask& ask) {
  const auto run = run_of(ask);
  const profiler::Profile& p = run->profile;
  const json::value* metric = ask.find("/metric");
  const bool memory = metric && metric->is_string() && metric->get_string() == "memory";
  std::vector<Node> nodes;
  std::vector<std::uint32_t> merged(p.tree.size());
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> known;
  for (std::size_t i = 0; i < p.tree.size(); ++i) {
    const auto& from = p.tree[i];
    const std::uint32_t parent = from.parent == kNone ? kNone : merged[from.parent];
    const auto [at, fresh] =
        known.try_emplace({parent, from.function}, static_cast<std::uint32_t>(nodes.size()));
    if (fresh)
      nodes.push_back({parent, from.function, run->function(from.function).line,
                       parent == kNone ? 0 : nodes[parent].depth + 1, 0, 0});
    merged[i] = at->second;
    nodes[at->second].self += memory ? from.alloc_bytes : from.self_ns;
  }
  ask.check();
  for (std::size_t i = nodes.size(); i-- > 0;) {
    nodes[i].total += nodes[i].self;
    if (nodes[i].parent != kNone) nodes[nodes[i].parent].total += nodes[i].total;
  }
  std::uint64_t whole = 0;
  for (const Node& n : nodes)
    if (n.parent == kNone) whole += n.total;
  std::uint32_t root = kNone;
  if (const json::value* given = ask.find("/root"); given && !given->is_null()) {
    const std::int64_t id = ask.integer("/root");
    if (id < 0 || static_cast<std::size_t>(id) >= nodes.size())
      throw Refusal{wire::code::InvalidParams, "/root: there is no such node"};
    root = static_cast<std::uint32_t>(id);
  }
  const double least = number(ask, "/minPct", 0) / 100 * static_cast<double>(whole);
  const double depth = number(ask, "/depth", 1e9);
  const std::uint32_t base = root == kNone ? 0 : nodes[root].depth;
  std::vector<bool> shown(nodes.size());
  json::array out;
  bool truncated = false;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const Node& n = nodes[i];
    const bool inside = root == kNone ? n.parent == kNone || shown[n.parent]
                                      : i == root || (n.parent != kNone && shown[n.parent]);
    if (!inside) continue;
    if (n.depth - base > depth || static_cast<double>(n.total) < least || out.size() >= kMostNodes) {
      truncated = true;
      continue;
    }
    shown[i] = true;
    const auto& f = run->function(n.function);
    json::object node{{"id", i},
                      {"parent", n.parent == kNone || i == root ? std::int64_t{-1} : std::int64_t{n.parent}},
                      {"name", f.name},
                      {"self", n.self},
                      {"total", n.total}};
    if (f.file != kNone && !run->keys[f.file].empty()) {
      node["uri"] = ask.snapshot.uri_of(run->keys[f.file]);
      if (n.line > 0) node["line"] = n.line - 1;
    }
    out.push_back(std::move(node));
  }
  return json::object{{"nodes", std::move(out)}, {"truncated", truncated}};
}

json::value profile_export(const Ask& ask) {
  const auto run = run_of(ask);
  const std::string format = ask.text("/format");
  std::filesystem::path path = ask.text("/path");
  if (path.native().starts_with("file:"))
    if (const auto plain = path_of_uri(path.native())) path = *plain;
  if (path.is_relative()) path = std::filesystem::path(run->root) / path;
  std::string bytes;
  const std::string name = format == "folded" ? "collapsed" : format == "html" ? "flamegraph" : format;
  if (const auto kind = report::kind_of(format))
    bytes = report::render(run->profile, *kind);
  else if (const auto known = exports::format_of(name))
    bytes = exports::write(*known, run->profile);
  else
    throw Refusal{wire::code::InvalidParams, "/format: unknown format " + format};
  if (!write_file_atomically(path, bytes))
    throw Refusal{wire::code::RequestFailed, "cannot write " + path.string()};
  return json::object{{"path", path.string()}, {"bytes", bytes.size()}};
}

}  // namespace ml::lsp
