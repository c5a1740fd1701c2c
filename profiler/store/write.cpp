#include <boost/json.hpp>
#include <cstddef>

#include "core/text/utf8.h"
#include "profiler/model/tree.h"
#include "profiler/store/fit.h"
#include "profiler/store/names.h"
#include "profiler/store/packing.h"
#include "profiler/store/store.h"

namespace ml::profiler {
namespace {

namespace json = boost::json;
using namespace store;

// JSON has no other text: one bad byte would make the whole file unreadable.
std::string clean(std::string_view text) {
  if (!find_invalid_utf8(text)) return std::string(text);
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const DecodedPoint point = decode_utf8(text, at);
    append_utf8(result, point.valid ? point.point : U'\uFFFD');
    at += point.size;
  }
  return result;
}

json::value index(std::uint32_t i) { return i == kNone ? json::value(nullptr) : json::value(i); }

json::array texts(const std::vector<std::string>& from) {
  json::array list;
  for (const std::string& text : from) list.emplace_back(clean(text));
  return list;
}

// Appends the document piece by piece, so that only one row at a time exists as a JSON value.
class Document {
 public:
  template <class Value>
  void member(std::string_view name, const Value& value) {
    begin(name);
    put(value);
  }

  // `fill(row)` calls `row(object)` for every row.
  template <class Fill>
  void table(std::string_view name, Fill fill) {
    begin(name);
    text_ += '[';
    bool first = true;
    fill([&](const json::object& row) {
      text_ += first ? "\n" : ",\n";
      first = false;
      put(row);
    });
    text_ += first ? "]" : "\n]";
  }

  std::string finish() && {
    text_ += "\n}\n";
    return std::move(text_);
  }

 private:
  void begin(std::string_view name) {
    text_ += text_.empty() ? "{\n\"" : ",\n\"";
    text_ += name;
    text_ += "\": ";
  }
  template <class Value>
  void put(const Value& value) {
    serializer_.reset(&value);
    char buffer[4096];
    while (!serializer_.done()) text_ += std::string_view(serializer_.read(buffer, sizeof buffer));
  }

  std::string text_;
  json::serializer serializer_;
};

// Memory for one row, taken back when the next one begins.
class RowMemory {
 public:
  json::storage_ptr next() {
    resource_.emplace(buffer_, sizeof buffer_);  // release() would keep the size of its next block growing
    return &*resource_;
  }

 private:
  std::byte buffer_[1 << 15];
  std::optional<json::monotonic_resource> resource_;
};

json::object run_of(const Profile& p) {
  const Profile::Run& r = p.run;
  json::object run{{"id", clean(r.id)},
                   {"started_at", rfc3339(r.started_unix_ns)},
                   {"kind", clean(r.kind)},
                   {"program", clean(r.program)},
                   {"command", texts(r.command)},
                   {"exit_code", nullptr},
                   {"error", nullptr},
                   {"transpile_cache", clean(r.transpile_cache)},
                   {"host", json::object{{"os", clean(r.os)},
                                         {"cpu_count", r.cpu_count},
                                         {"python", clean(r.python)},
                                         {"mlpy", clean(r.mlpy)},
                                         {"core", clean(r.core)}}},
                   {"debugged", r.debugged}};
  if (r.exit_code) run["exit_code"] = *r.exit_code;
  if (r.error)
    run["error"] = json::object{{"type", clean(r.error->type)},
                                {"message", clean(r.error->message)},
                                {"file", clean(r.error->file)},
                                {"line", r.error->line},
                                {"column", r.error->column}};
  if (!p.outcome.error.empty())
    run["outcome"] = json::object{{"error", clean(p.outcome.error)},
                                  {"file", clean(p.outcome.file)},
                                  {"line", p.outcome.line},
                                  {"column", p.outcome.column}};
  return run;
}

json::object collection_of(const Profile& p) {
  const Profile::Collection& c = p.collection;
  return {{"mode", id_of(c.mode)},
          {"clock", "wall"},
          {"interval_ns", c.interval_ns},
          {"samples", p.samples},
          {"lost_samples", c.lost_samples},
          {"time", word(kHows, c.time)},
          {"calls", word(kHows, c.calls)},
          {"memory", word(kHows, c.memory)},
          {"memory_period_bytes", c.memory_period_bytes},
          {"lines", c.lines},
          {"complete", c.complete && p.complete},
          {"counting", word(kCountings, p.counting)}};
}

json::object totals_of(const Profile& p) {
  std::uint64_t calls = 0;
  for (const Profile::Function& f : p.functions) calls += f.calls;
  return {{"wall_ns", p.total_ns},
          {"elapsed_ns", p.elapsed_ns},
          {"cpu_ns", p.cpu_ns},
          {"ml_ns", p.ml_ns()},
          {"overhead_ns", p.overhead_ns()},
          {"stdlib_ns", p.of(Category::python_stdlib)},
          {"calls", calls},
          {"peak_bytes", p.peak_bytes},
          {"end_bytes", p.end_bytes},
          {"alloc_bytes", p.alloc_bytes},
          {"alloc_count", p.alloc_count},
          {"threads", p.threads}};
}

json::object file_row(const Profile::File& f) {
  json::object row{{"path", clean(f.path)},
                   {"name", clean(f.name)},
                   {"sha256", f.sha256.empty() ? std::string(kUnknownSha256) : clean(f.sha256)},
                   {"line_count", f.line_count},
                   {"self_ns", f.self_ns},
                   {"calls", f.calls},
                   {"at_peak_bytes", f.at_peak_bytes}};
  if (!f.ml) row["ml"] = false;
  if (!f.text.empty()) row["text_zstd"] = pack_text(f.text);
  return row;
}

json::object function_row(const Profile& p, const Profile::Function& f) {
  return {{"name", clean(f.name)},
          {"file", index(f.file)},
          {"line", f.line},
          {"end_line", f.end_line},
          {"kind", word(kKinds, f.kind)},
          {"category", word(kCategoryIds, f.category)},
          {"calls", f.calls},
          {"primitive_calls", f.primitive_calls},
          {"calls_exact", f.calls_exact},
          {"self_ns", f.self_ns},
          {"cum_ns", f.cum_ns},
          {"wait_ns", f.wait_ns},
          {"samples", f.samples},
          {"at_peak_bytes", f.at_peak_bytes},
          {"own_peak_bytes", f.own_peak_bytes},
          {"end_bytes", f.end_bytes},
          {"alloc_bytes", f.alloc_bytes},
          {"alloc_count", f.alloc_count},
          {"path", texts(f.path)},
          {"ordinal", f.ordinal},
          {"arity", f.arity},
          {"shape_hash", clean(f.shape_hash)},
          {"body_hash", clean(f.body_hash)},
          {"low_confidence", p.collection.time != How::exact && f.low_confidence()}};
}

// Line texts of a file, to leave out of the rows what the file's text says already.
class LinesOf {
 public:
  explicit LinesOf(const Profile::File& file) {
    if (file.text.empty()) return;
    std::string_view rest = file.text;
    while (true) {
      const std::size_t end = rest.find('\n');
      lines_.push_back(rest.substr(0, end));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
  std::string_view operator[](std::uint32_t line) const {
    if (line == 0 || line > lines_.size()) return {};
    std::string_view text = lines_[line - 1];
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
  }

 private:
  std::vector<std::string_view> lines_;
};

void write_lines(Document& to, const Profile& p) {
  std::vector<LinesOf> texts_of;
  for (const Profile::File& file : p.files) texts_of.emplace_back(file);
  RowMemory memory;
  to.table("lines", [&](auto&& put) {
    for (std::uint32_t f = 0; f < p.functions.size(); ++f)
      for (const Profile::Line& line : p.functions[f].lines) {
        json::object row(memory.next());
        row["function"] = f;
        row["line"] = line.line;
        row["hits"] = line.hits ? json::value(*line.hits) : json::value(nullptr);
        row["hits_exact"] = line.hits.has_value();
        row["self_ns"] = line.self_ns;
        row["cum_ns"] = line.cum_ns;
        row["samples"] = line.samples;
        row["at_peak_bytes"] = line.at_peak_bytes;
        row["alloc_bytes"] = line.alloc_bytes;
        const std::uint32_t file = p.functions[f].file;
        if (line.source != (file == kNone ? std::string_view{} : texts_of[file][line.line]))
          row["source"] = clean(line.source);
        put(row);
      }
  });
}

void write_edges(Document& to, const Profile& p) {
  RowMemory memory;
  to.table("edges", [&](auto&& put) {
    for (std::uint32_t f = 0; f < p.functions.size(); ++f)
      for (const Profile::Caller& caller : p.functions[f].callers) {
        json::object row(memory.next());
        row["caller"] = index(caller.function);
        row["callee"] = f;
        row["line"] = caller.line;
        row["calls"] = caller.calls;
        row["cum_ns"] = caller.cum_ns;
        row["self_ns"] = caller.self_ns;
        row["samples"] = caller.samples;
        put(row);
      }
  });
}

void write_stacks(Document& to, const std::vector<Profile::Node>& tree) {
  RowMemory memory;
  std::vector<std::uint32_t> path;
  const std::vector<std::uint32_t> order = model::depth_first(tree);
  const std::vector<bool> listed = model::stack_ends(tree);
  to.table("stacks", [&](auto&& put) {
    for (const std::uint32_t i : order) {
      if (!listed[i]) continue;
      const Profile::Node& node = tree[i];
      path.clear();
      for (std::uint32_t at = i; at != kNone; at = tree[at].parent) path.push_back(at);
      json::object row(memory.next());
      json::array frames(row.storage()), lines(row.storage());
      frames.reserve(path.size());
      lines.reserve(path.size());
      for (std::size_t k = path.size(); k-- > 0;) {
        frames.emplace_back(tree[path[k]].function);
        lines.emplace_back(tree[path[k]].line);
      }
      row["frames"] = std::move(frames);
      row["lines"] = std::move(lines);
      row["self_ns"] = node.self_ns;
      row["samples"] = node.samples;
      row["alloc_bytes"] = node.alloc_bytes;
      put(row);
    }
  });
}

// `stack` is the index in `stacks`: of what is not listed there, nobody could say what it was.
void write_timeline(Document& to, const Profile& p) {
  std::vector<std::uint32_t> stack(p.tree.size(), kNone);
  const std::vector<bool> listed = model::stack_ends(p.tree);
  std::uint32_t next = 0;
  for (const std::uint32_t i : model::depth_first(p.tree))
    if (listed[i]) stack[i] = next++;
  RowMemory memory;
  to.table("timeline", [&](auto&& put) {
    for (const Profile::Moment& m : p.timeline) {
      if (stack[m.node] == kNone) continue;
      json::object row(memory.next());
      row["at_ns"] = m.at_ns;
      row["dur_ns"] = m.dur_ns;
      row["stack"] = stack[m.node];
      row["thread"] = m.thread;
      put(row);
    }
  });
}

void write_findings(Document& to, const Profile& p) {
  to.table("recommendations", [&](auto&& put) {
    for (const Profile::Finding& finding : p.findings) {
      json::object data;
      for (const auto& [name, value] : finding.data) {
        json::error_code error;
        json::value parsed = json::parse(value, error);
        data[clean(name)] = error ? json::value(clean(value)) : std::move(parsed);
      }
      put(json::object{{"rule", clean(finding.rule)},
                       {"function", index(finding.function)},
                       {"line", finding.line},
                       {"text", texts(finding.text)},
                       {"data", std::move(data)}});
    }
  });
}

std::string write(const Profile& p) {
  Document to;
  to.member("format", json::value(json::string_view(kProfileFormat)));
  to.member("version", json::value(kProfileVersion));
  to.member("run", run_of(p));
  to.member("collection", collection_of(p));
  to.member("totals", totals_of(p));
  to.table("categories", [&](auto&& put) {
    for (std::size_t i = 0; i < kCategories; ++i)
      put(json::object{
          {"id", kCategoryIds[i]}, {"self_ns", p.category_ns[i]}, {"at_peak_bytes", p.category_bytes[i]}});
  });
  to.table("files", [&](auto&& put) {
    for (const Profile::File& f : p.files) put(file_row(f));
  });
  to.table("functions", [&](auto&& put) {
    for (const Profile::Function& f : p.functions) put(function_row(p, f));
  });
  write_edges(to, p);
  write_lines(to, p);
  write_stacks(to, p.tree);
  if (!p.timeline.empty()) write_timeline(to, p);
  to.table("phases", [&](auto&& put) {
    for (const capture::Phase& phase : p.phases)
      put(json::object{
          {"step", clean(phase.step)}, {"category", word(kCategoryIds, phase.category)}, {"ns", phase.ns}});
  });
  write_findings(to, p);
  return std::move(to).finish();
}

}  // namespace

std::string write_mlprof(const Profile& profile) {
  std::optional<Profile> smaller;
  if (!model::fits(profile.tree)) model::fold(smaller.emplace(profile));
  std::string text = write(smaller ? *smaller : profile);
  for (unsigned level = 1; text.size() > kMostBytes && level <= 10; ++level) {
    if (!smaller) smaller = profile;
    shrink(*smaller, level);
    text = write(*smaller);
  }
  return text;
}

}  // namespace ml::profiler
