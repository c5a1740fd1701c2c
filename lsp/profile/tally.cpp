#include "lsp/profile/tally.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "core/text/hex.h"
#include "core/text/utf8.h"
#include "lsp/documents/uri.h"
#include "profiler/format/capture.h"
#include "profiler/store/packing.h"
#include "wire/json.h"

namespace ml::lsp {
namespace {

namespace json = wire::json;
using profiler::Category;

constexpr std::string_view id_of(Category category) {
  return profiler::kCategoryIds[static_cast<std::size_t>(category)];
}

constexpr std::uint64_t kMost = std::uint64_t{1} << 52;  // ns: what JSON numbers of any reader can hold

// Other tools write any bytes; a `.mlprof` holds UTF-8.
std::string as_utf8(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; const auto bad = find_invalid_utf8(std::string_view(out).substr(at)); ++at)
    out[at += *bad] = '?';
  return out;
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return std::min(a + std::min(b, kMost), kMost); }

}  // namespace

std::uint32_t Tally::frame(std::string_view name, std::string_view file, std::uint32_t line) {
  std::string path = as_utf8(file), title = as_utf8(name);
  if (file.starts_with("file:"))
    if (const auto local = path_of_uri(file)) path = as_utf8(local->string());
  const auto next = static_cast<std::uint32_t>(functions_.size());
  const auto [it, fresh] = ids_.try_emplace({title, path, line}, next);
  if (fresh) functions_.push_back({title.empty() ? "(anonymous)" : std::move(title), std::move(path), line});
  return it->second;
}

std::uint32_t Tally::frame_of_title(std::string_view title) {
  const std::size_t open = title.rfind(" (");
  if (open == title.npos || !title.ends_with(')')) return frame(title, "", 0);
  std::string_view place = title.substr(open + 2, title.size() - open - 3);
  std::uint32_t line = 0;
  if (const std::size_t colon = place.rfind(':'); colon != place.npos) {
    const char* end = place.data() + place.size();
    const auto [stop, failed] = std::from_chars(place.data() + colon + 1, end, line);
    if (failed != std::errc() || stop != end)
      line = 0;
    else
      place = place.substr(0, colon);
  }
  return place.ends_with(".ml") ? frame(title.substr(0, open), place, line) : frame(title, "", 0);
}

void Tally::stack(std::span<const std::uint32_t> frames, std::uint64_t ns, std::uint64_t samples) {
  if (frames.empty() || (ns == 0 && samples == 0)) return;
  std::set<std::uint32_t> seen;
  std::set<std::pair<std::uint32_t, std::uint32_t>> calls;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Function& f = functions_[frames[i]];
    if (seen.insert(frames[i]).second) f.cum_ns = sum(f.cum_ns, ns);
    const std::uint32_t caller = i == 0 ? UINT32_MAX : frames[i - 1];
    Edge& edge = edges_[{caller, frames[i], 0}];
    if (calls.insert({caller, frames[i]}).second) edge.ns = sum(edge.ns, ns);
    if (i + 1 < frames.size()) continue;
    edge.self_ns = sum(edge.self_ns, ns);
    f.self_ns = sum(f.self_ns, ns);
    f.samples = sum(f.samples, samples);
  }
  Stack& stack = stacks_[{frames.begin(), frames.end()}];
  stack.ns = sum(stack.ns, ns);
  stack.samples = sum(stack.samples, samples);
  total_ = sum(total_, ns);
}

void Tally::own(std::uint32_t frame, std::uint32_t line, std::uint64_t ns) {
  Function& f = functions_[frame];
  f.self_ns = sum(f.self_ns, ns);
  f.cum_ns = sum(f.cum_ns, ns);
  if (line != 0) lines_[{frame, line}] = sum(lines_[{frame, line}], ns);
  total_ = sum(total_, ns);
}

void Tally::call(std::uint32_t caller, std::uint32_t callee, std::uint32_t line, std::uint64_t calls,
                 std::uint64_t ns) {
  if (caller != callee) functions_[caller].cum_ns = sum(functions_[caller].cum_ns, ns);
  functions_[callee].calls = sum(functions_[callee].calls, calls);
  Edge& edge = edges_[{caller, callee, line}];
  edge.ns = sum(edge.ns, ns);
  edge.calls = sum(edge.calls, calls);
}

std::string Tally::mlprof(std::string_view tool) const {
  const auto is_ml = [](const Function& f) { return f.file.ends_with(".ml"); };
  struct File {
    std::uint64_t self_ns = 0, calls = 0, index = 0;
  };
  std::map<std::string_view, File> files;
  std::uint64_t ml = 0, calls = 0;
  for (const Function& f : functions_) {
    if (!is_ml(f)) continue;
    File& file = files[f.file];
    file.self_ns = sum(file.self_ns, f.self_ns);
    file.calls = sum(file.calls, f.calls);
    ml = std::min(sum(ml, f.self_ns), total_);
    calls = sum(calls, f.calls);
  }
  json::array file_rows, functions, edges, lines, stacks, categories;
  for (auto& [path, file] : files) {
    file.index = file_rows.size();
    file_rows.push_back(json::object{{"path", wire::sv(path)},
                                     {"name", wire::sv(path.substr(path.rfind('/') + 1))},
                                     {"sha256", std::string(64, '0')},
                                     {"self_ns", file.self_ns},
                                     {"calls", file.calls}});
  }
  for (const Function& f : functions_) {
    const json::value file = is_ml(f) ? json::value(files[f.file].index) : json::value(nullptr);
    functions.push_back(
        json::object{{"name", f.name},
                     {"file", file},
                     {"line", f.line},
                     {"kind", is_ml(f) ? "ml" : "library"},
                     {"category", wire::sv(id_of(is_ml(f) ? Category::ml_code : Category::python_stdlib))},
                     {"calls", f.calls},
                     {"calls_exact", false},
                     {"self_ns", f.self_ns},
                     {"cum_ns", std::min(std::max(f.cum_ns, f.self_ns), total_)},
                     {"samples", f.samples}});
  }
  for (const auto& [key, edge] : edges_) {
    const auto [caller, callee, line] = key;
    edges.push_back(
        json::object{{"caller", caller == UINT32_MAX ? json::value(nullptr) : json::value(caller)},
                     {"callee", callee},
                     {"line", line},
                     {"calls", edge.calls},
                     {"cum_ns", edge.ns}});
    if (!stacks_.empty()) edges.back().get_object()["self_ns"] = edge.self_ns;
  }
  for (const auto& [key, ns] : lines_) {
    if (is_ml(functions_[key.first]))
      lines.push_back(
          json::object{{"function", key.first}, {"line", key.second}, {"hits", nullptr}, {"self_ns", ns}});
  }
  std::uint64_t samples = 0;
  for (const auto& [frames, stack] : stacks_) {
    samples += stack.samples;
    stacks.push_back(json::object{{"frames", json::array(frames.begin(), frames.end())},
                                  {"self_ns", stack.ns},
                                  {"samples", stack.samples}});
  }
  for (const std::string_view id : profiler::kCategoryIds) {
    const std::uint64_t ns = id == id_of(Category::ml_code)         ? ml
                             : id == id_of(Category::python_stdlib) ? total_ - ml
                                                                    : 0;
    categories.push_back(json::object{{"id", wire::sv(id)}, {"self_ns", ns}, {"at_peak_bytes", 0}});
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto unix_ns =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  std::uint64_t hash = total_;
  for (const Function& f : functions_) hash = (hash ^ f.self_ns) * 0x9e3779b97f4a7c15ull + f.name.size();
  const std::string id = std::string(tool) + "-" + hexadecimal(hash);
  return wire::write_json(json::object{
      {"format", "mlpy-profile"},
      {"version", 1},
      {"run",
       {{"id", id},
        {"started_at", profiler::store::rfc3339(unix_ns)},
        {"kind", "run"},
        {"program", files.empty() ? std::string_view("") : files.begin()->first},
        {"exit_code", nullptr},
        {"transpile_cache", "off"},
        {"host", {{"mlpy", wire::sv(tool)}}}}},
      {"collection",
       {{"mode", "sample"},
        {"clock", "wall"},
        {"interval_ns", samples == 0 ? std::uint64_t{1} : std::max<std::uint64_t>(total_ / samples, 1)},
        {"samples", samples},
        {"time", "sampled"},
        {"calls", "estimated"},
        {"memory", "off"},
        {"complete", true}}},
      {"totals",
       {{"wall_ns", total_},
        {"ml_ns", ml},
        {"overhead_ns", 0},
        {"stdlib_ns", total_ - ml},
        {"calls", calls}}},
      {"categories", std::move(categories)},
      {"files", std::move(file_rows)},
      {"functions", std::move(functions)},
      {"edges", std::move(edges)},
      {"lines", std::move(lines)},
      {"stacks", std::move(stacks)}});
}

}  // namespace ml::lsp
