#include <algorithm>
#include <boost/json.hpp>
#include <unordered_map>

#include "profiler/store/fields.h"
#include "profiler/store/fill.h"
#include "profiler/store/names.h"
#include "profiler/store/packing.h"
#include "profiler/store/store.h"

namespace ml::profiler {
namespace {

namespace json = boost::json;
using namespace store;

constexpr std::size_t kMaxText = std::size_t{1} << 29;    // of the file, unpacked
constexpr std::size_t kMaxSource = std::size_t{1} << 26;  // of one source

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

void read_run(const Fields& from, Profile& p) {
  Profile::Run& r = p.run;
  r.id = from.text("id");
  const std::string started = from.text("started_at");
  const auto time = from_rfc3339(started);
  if (!time && !started.empty()) from.fail("started_at", "is not a time like 2026-11-21T09:15:02Z");
  r.started_unix_ns = time.value_or(0);
  r.kind = from.text("kind");
  r.program = from.text("program");
  r.command = from.texts("command");
  r.exit_code = from.exit_code("exit_code");
  r.transpile_cache = from.text("transpile_cache");
  r.debugged = from.flag("debugged", false);
  if (from.has("error")) {
    const Fields error = from.object("error");
    r.error = Profile::Error{error.text("type", ""), error.text("message", ""), error.text("file", ""),
                             error.small("line", 0), error.small("column", 0)};
  }
  if (from.has("host")) {
    const Fields host = from.object("host");
    r.os = host.text("os", "");
    r.cpu_count = host.small("cpu_count", 0);
    r.python = host.text("python", "");
    r.mlpy = host.text("mlpy", "");
    r.core = host.text("core", "");
  }
  if (from.has("outcome")) {
    const Fields outcome = from.object("outcome");
    p.outcome = {outcome.text("error", ""), outcome.text("file", ""), outcome.small("line", 0),
                 outcome.small("column", 0)};
  } else if (r.error) {
    const bool both = !r.error->type.empty() && !r.error->message.empty();
    p.outcome = {r.error->type + (both ? ": " : "") + r.error->message, r.error->file, r.error->line,
                 r.error->column};
  }
}

void read_collection(const Fields& from, Profile& p) {
  Profile::Collection& c = p.collection;
  c.mode = from.word<Mode>("mode", kModeIds);
  c.interval_ns = from.number("interval_ns");
  c.lost_samples = from.number("lost_samples", 0);
  c.time = from.word<How>("time", kHows);
  c.calls = from.word<How>("calls", kHows);
  c.memory = from.word<How>("memory", kHows);
  c.memory_period_bytes = from.number("memory_period_bytes", 0);
  c.lines = from.flag("lines", false);
  c.complete = from.flag("complete", true);
  p.complete = c.complete;
  p.samples = from.number("samples", 0);
  p.counting =
      from.word<Counting>("counting", kCountings, c.calls == How::exact ? Counting::slot : Counting::none);
}

void read_totals(const Fields& from, Profile& p) {
  p.elapsed_ns = from.number("elapsed_ns", from.number("wall_ns"));
  p.cpu_ns = from.number("cpu_ns", 0);
  p.peak_bytes = from.number("peak_bytes", 0);
  p.end_bytes = from.number("end_bytes", 0);
  p.alloc_bytes = from.number("alloc_bytes", 0);
  p.alloc_count = from.number("alloc_count", 0);
  p.threads = from.small("threads", 1);
}

void read_files(const json::array& rows, Profile& p) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Fields from(rows[i], "files", i);
    Profile::File& f = p.files.emplace_back();
    f.path = from.text("path");
    f.name = from.text("name", "");
    f.sha256 = from.text("sha256");
    if (f.sha256 == kUnknownSha256) f.sha256.clear();
    f.line_count = from.small("line_count", 0);
    f.self_ns = from.number("self_ns");
    f.calls = from.number("calls");
    f.at_peak_bytes = from.number("at_peak_bytes", 0);
    f.ml = from.flag("ml", true);
    if (!from.has("text_zstd")) continue;
    auto text = unpack_text(from.text("text_zstd"), kMaxSource);
    if (!text) from.fail("text_zstd", "is damaged");
    f.text = std::move(*text);
  }
  std::unordered_map<std::string_view, int> names;
  for (const Profile::File& f : p.files) ++names[base_name(f.path)];
  for (Profile::File& f : p.files)
    if (f.name.empty()) f.name = names[base_name(f.path)] == 1 ? std::string(base_name(f.path)) : f.path;
}

void read_functions(const json::array& rows, Profile& p, Given& given) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Fields from(rows[i], "functions", i);
    Profile::Function& f = p.functions.emplace_back();
    f.name = from.text("name");
    f.file = from.index_or_null("file", p.files.size());
    f.line = from.small("line");
    f.end_line = from.small("end_line", 0);
    f.kind = from.word<FunctionKind>("kind", kKinds);
    f.category = from.word<Category>("category", kCategoryIds);
    f.calls = from.number("calls");
    f.primitive_calls = from.number("primitive_calls", f.calls);
    f.calls_exact = from.flag("calls_exact", true);
    f.self_ns = from.number("self_ns");
    f.cum_ns = from.number("cum_ns");
    f.wait_ns = from.number("wait_ns", 0);
    given.samples = given.samples || from.has("samples");
    f.samples = from.number("samples", 0);
    f.at_peak_bytes = from.number("at_peak_bytes", 0);
    f.own_peak_bytes = from.number("own_peak_bytes", 0);
    f.end_bytes = from.number("end_bytes", 0);
    f.alloc_bytes = from.number("alloc_bytes", 0);
    f.alloc_count = from.number("alloc_count", 0);
    f.path = from.texts("path");
    f.ordinal = from.small("ordinal", 0);
    f.arity = from.small("arity", 0);
    f.shape_hash = from.text("shape_hash", "");
    f.body_hash = from.text("body_hash", "");
  }
}

void read_edges(const json::array& rows, Profile& p, Given& given) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Fields from(rows[i], "edges", i);
    Profile::Caller caller;
    caller.function = from.index_or_null("caller", p.functions.size());
    caller.line = from.small("line", 0);
    caller.calls = from.number("calls");
    caller.cum_ns = from.number("cum_ns");
    given.edge_times = given.edge_times || from.has("self_ns");
    caller.self_ns = from.number("self_ns", 0);
    caller.samples = from.number("samples", 0);
    p.functions[from.index("callee", p.functions.size())].callers.push_back(caller);
  }
}

// Lines of the files that have their text; a line's end is not part of it.
class Sources {
 public:
  explicit Sources(const std::vector<Profile::File>& files) : files_(files), starts_(files.size()) {}

  std::string_view line(std::uint32_t file, std::uint32_t number) {
    if (file == kNone || number == 0) return {};
    const std::string_view text = files_[file].text;
    std::vector<std::size_t>& starts = starts_[file];
    if (starts.empty()) {
      starts.push_back(0);
      for (std::size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos;) starts.push_back(++at);
    }
    if (number > starts.size()) return {};
    std::string_view line = text.substr(starts[number - 1]);
    line = line.substr(0, line.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

 private:
  const std::vector<Profile::File>& files_;
  std::vector<std::vector<std::size_t>> starts_;
};

void read_lines(const json::array& rows, Profile& p) {
  Sources sources(p.files);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Fields from(rows[i], "lines", i);
    Profile::Function& f = p.functions[from.index("function", p.functions.size())];
    Profile::Line& line = f.lines.emplace_back();
    line.line = from.small("line");
    if (from.has("hits") && (from.flag("hits_exact", true) || p.collection.lines))
      line.hits = from.number("hits");
    line.self_ns = from.number("self_ns");
    line.cum_ns = std::max(from.number("cum_ns", 0), line.self_ns);
    line.samples = from.number("samples", 0);
    line.at_peak_bytes = from.number("at_peak_bytes", 0);
    line.alloc_bytes = from.number("alloc_bytes", 0);
    line.source = from.has("source") ? from.text("source") : std::string(sources.line(f.file, line.line));
  }
}

struct Step {
  std::uint32_t parent, function, line;
  bool operator==(const Step&) const = default;
};

struct StepHash {
  std::size_t operator()(const Step& s) const {
    std::uint64_t h = (std::uint64_t{s.parent} << 32 | s.function) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 29 ^ s.line) * 0xd6e8feb86659fd93u;
    return static_cast<std::size_t>(h ^ h >> 32);
  }
};

// Gives the node of each stack.
std::vector<std::uint32_t> read_stacks(const json::array& rows, Profile& p, Given& given) {
  std::vector<std::uint32_t> ends;
  std::unordered_map<Step, std::uint32_t, StepHash> children;
  std::vector<std::uint32_t> path;  // of the stack before: neighbours share most of theirs
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Fields from(rows[i], "stacks", i);
    const std::vector<std::uint32_t> frames = from.numbers("frames");
    std::vector<std::uint32_t> lines = from.numbers("lines");
    if (frames.empty()) from.fail("frames", "is missing or empty");
    if (lines.empty()) lines.resize(frames.size());
    if (lines.size() != frames.size()) from.fail("lines", "is not as long as frames");
    std::size_t shared = 0;
    while (shared < path.size() && shared < frames.size()) {
      const Profile::Node& node = p.tree[path[shared]];
      if (node.function != frames[shared] || node.line != lines[shared]) break;
      ++shared;
    }
    path.resize(shared);
    for (std::size_t k = shared; k < frames.size(); ++k) {
      if (frames[k] >= p.functions.size()) from.fail("frames", "name a function beyond the table's end");
      const Step step{path.empty() ? kNone : path.back(), frames[k], lines[k]};
      const auto [at, fresh] = children.try_emplace(step, static_cast<std::uint32_t>(p.tree.size()));
      if (fresh) p.tree.push_back({step.parent, step.function, step.line, 0, 0, 0});
      path.push_back(at->second);
    }
    ends.push_back(path.back());
    Profile::Node& node = p.tree[path.back()];
    given.stack_times = given.stack_times || from.has("self_ns");
    node.self_ns += from.number("self_ns", 0);
    node.samples += from.number("samples", 0);
    node.alloc_bytes += from.number("alloc_bytes", 0);
  }
  return ends;
}

void read_timeline(const json::array& rows, const std::vector<std::uint32_t>& ends, Profile& p) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Fields from(rows[i], "timeline", i);
    Profile::Moment& m = p.timeline.emplace_back();
    m.at_ns = from.number("at_ns");
    m.dur_ns = from.number("dur_ns");
    const std::uint32_t stack = from.small("stack");
    if (stack >= ends.size()) from.fail("stack", "is beyond the table's end");
    m.node = ends[stack];
    m.thread = from.small("thread", 0);
  }
}

void read_findings(const json::array& rows, Profile& p) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Fields from(rows[i], "recommendations", i);
    Profile::Finding& f = p.findings.emplace_back();
    f.rule = from.text("rule");
    f.function = from.index_or_null("function", p.functions.size());
    f.line = from.small("line", 0);
    f.text = from.texts("text");
    const json::value* data = from.find("data");
    if (data == nullptr) continue;
    if (!data->is_object()) from.fail("data", "is not an object");
    for (const auto& [name, value] : data->get_object())
      f.data.emplace_back(std::string(name.data(), name.size()), json::serialize(value));
  }
}

Profile read(const json::value& document) {
  const Fields root(document, "");
  if (root.text("format", "") != kProfileFormat) throw Invalid{"this is not an mlpy profile"};
  const std::uint64_t version = root.number("version");
  if (version > kProfileVersion)
    throw Invalid{"this profile was written by a newer mlpy (format version " + std::to_string(version) +
                  "; this one reads version " + std::to_string(kProfileVersion) + ")"};
  if (version == 0) throw Invalid{"version is 0: there is no such format"};
  Profile p;
  Given given;
  read_run(root.object("run"), p);
  read_collection(root.object("collection"), p);
  read_totals(root.object("totals"), p);
  const json::array& categories = root.rows("categories");
  for (std::size_t i = 0; i < categories.size(); ++i) {
    const Fields from(categories[i], "categories", i);
    const auto c = static_cast<std::size_t>(from.word<Category>("id", kCategoryIds));
    p.category_ns[c] = from.number("self_ns");
    p.category_bytes[c] = from.number("at_peak_bytes", 0);
  }
  for (const std::uint64_t ns : p.category_ns) p.total_ns += ns;
  read_files(root.rows("files"), p);
  read_functions(root.rows("functions"), p, given);
  read_edges(root.rows("edges"), p, given);
  read_lines(root.rows("lines"), p);
  const std::vector<std::uint32_t> ends = read_stacks(root.rows("stacks"), p, given);
  if (const json::array* timeline = root.rows_if("timeline")) read_timeline(*timeline, ends, p);
  if (const json::array* phases = root.rows_if("phases")) {
    given.phases = true;
    for (std::size_t i = 0; i < phases->size(); ++i) {
      const Fields from((*phases)[i], "phases", i);
      p.phases.push_back(
          {from.word<Category>("category", kCategoryIds), from.number("ns"), from.text("step")});
    }
  }
  if (const json::array* findings = root.rows_if("recommendations")) read_findings(*findings, p);
  fill(p, given);
  return p;
}

}  // namespace

ProfileResult read_mlprof(std::string_view bytes) {
  ProfileResult result;
  std::string unpacked;
  try {
    if (bytes.size() > kMaxText) throw Invalid{"the file is too large"};
    if (is_gzip(bytes)) {
      auto text = gunzip(bytes, kMaxText);
      if (!text) throw Invalid{"its compressed data is damaged"};
      unpacked = std::move(*text);
      bytes = unpacked;
    }
    json::monotonic_resource memory;
    json::error_code error;
    const json::value document = json::parse(json::string_view(bytes.data(), bytes.size()), error, &memory);
    if (error) throw Invalid{"it is not JSON: " + error.message()};
    result.profile = read(document);
  } catch (const Invalid& invalid) {
    result.error = invalid.why;
  }
  return result;
}

}  // namespace ml::profiler
