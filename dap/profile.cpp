#include "dap/profile.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "core/base/files.h"
#include "profiler/export/export.h"
#include "profiler/report/report.h"
#include "profiler/store/store.h"
#include "wire/uri.h"

namespace ml::dap {

namespace fs = std::filesystem;
namespace json = wire::json;
using profiler::Profile;

namespace {

constexpr std::size_t kMostTop = 20;
constexpr double kSampleNs = 25'000;  // what a sample costs the program, about

double percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return 0;
  return static_cast<double>(part * 1000 / whole) / 10;
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return text.ends_with(end); });
}

// In the form its extension asks for; nothing for an unknown one.
std::optional<std::string> content_for(const Profile& profile, const std::vector<std::string>& reports,
                                       std::string_view path) {
  if (ends_with_any(path, {".txt", ".md"})) {
    std::vector<profiler::report::Kind> kinds;
    for (const std::string& report : reports)
      if (const auto kind = profiler::report::kind_of(report)) kinds.push_back(*kind);
    const std::string text = profiler::report::render(profile, kinds);
    return path.ends_with(".md") ? "```text\n" + text + "```\n" : text;
  }
  // The longest extension first: .speedscope.json is no .json.
  for (const auto& format : profiler::exports::kFormats)
    if (path.ends_with(format.extension)) return profiler::exports::write(format.format, profile);
  if (path.ends_with(".json")) return profiler::write_mlprof(profile);
  return std::nullopt;
}

}  // namespace

std::optional<Measured> read_measured(const std::string& path, std::string& problem) {
  const auto bytes = read_file(path);
  if (!bytes) {
    problem = path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  auto result = profiler::read_mlprof(*bytes);
  if (result.profile) return Measured{std::move(*result.profile), path};
  problem = path + ": " + result.error;
  return std::nullopt;
}

json::object run_info(const Profile& p, bool debugged, std::uint64_t paused_ns) {
  const auto started = static_cast<std::time_t>(p.run.started_unix_ns / 1'000'000'000);
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  json::object run{{"runId", wire::sv(p.run.id)},
                   {"program", wire::sv(p.run.program)},
                   {"startedAt", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(started))},
                   {"wallNs", p.elapsed_ns},
                   {"cpuNs", p.cpu_ns},
                   {"mode", id_of(p.collection.mode)},
                   {"samples", p.samples},
                   {"partial", !p.collection.complete},
                   {"debugged", debugged || p.run.debugged},
                   {"pausedNs", paused_ns},
                   {"host", host},
                   {"python", wire::sv(p.run.python)}};
  if (p.collection.interval_ns > 0)
    run["rateHz"] = static_cast<std::int64_t>(1'000'000'000 / p.collection.interval_ns);
  if (p.has_memory()) run["peakBytes"] = p.peak_bytes;
  run["overheadPct"] = p.elapsed_ns == 0
                           ? 0.0
                           : std::min(100.0, static_cast<double>(static_cast<std::uint64_t>(
                                                 1000 * static_cast<double>(p.samples) * kSampleNs /
                                                 static_cast<double>(p.elapsed_ns))) /
                                                 10);
  return run;
}

json::array top_functions(const Profile& p, const Place& place) {
  json::array top;
  for (const Profile::Function& f : p.functions) {  // most own time first
    if (f.kind != profiler::FunctionKind::ml || f.file == profiler::kNone) continue;
    if (top.size() == kMostTop) break;
    json::object row{{"name", wire::sv(f.name)},
                     {"uri", wire::sv(wire::uri_of_path(place(p.files[f.file].path)))},
                     {"line", f.line},
                     {"selfPct", percent(f.self_ns, p.ml_ns())},
                     {"totalPct", percent(std::min(f.cum_ns, p.total_ns), p.ml_ns())}};
    if (f.calls > 0 && f.calls_exact) row["calls"] = f.calls;
    if (p.has_memory()) row["peakBytes"] = f.at_peak_bytes;
    top.push_back(std::move(row));
  }
  return top;
}

std::vector<ReportLine> report_lines(const Profile& profile, std::string_view report) {
  std::vector<ReportLine> lines;
  const auto kind = profiler::report::kind_of(report);
  if (!kind) return lines;
  const std::string text = profiler::report::render(profile, *kind);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    ReportLine line{text.substr(at, end - at), {}, 0};
    at = end;
    // `sales.ml:42`
    const std::size_t colon = line.text.find(".ml:");
    if (colon != line.text.npos) {
      const char* digits = line.text.data() + colon + 4;
      const auto [behind, bad] = std::from_chars(digits, line.text.data() + line.text.size(), line.line);
      std::size_t begin = colon;
      while (begin > 0 && !std::isspace(static_cast<unsigned char>(line.text[begin - 1])) &&
             line.text[begin - 1] != '(')
        --begin;
      if (bad == std::errc()) line.file = line.text.substr(begin, colon + 3 - begin);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Written> write_outputs(const Profile& profile, const std::vector<std::string>& reports,
                                   const json::value& output, const std::string& folder,
                                   std::string& problem) {
  std::vector<Written> written;
  const auto put = [&](const std::vector<std::string>& which, const fs::path& path) {
    const auto content = content_for(profile, which, path.string());
    if (!content) {
      problem = "profileOutput: unknown form of file: " + path.filename().string();
    } else if (!write_file_atomically(path, *content, true)) {
      problem = "cannot write " + path.string() + ": " + std::strerror(errno);
    } else {
      written.push_back({which.size() == 1 ? which.front() : std::string(), path.string()});
    }
  };
  if (const auto* by_report = output.if_object()) {
    for (const auto& [report, path] : *by_report)
      if (path.is_string())
        put({std::string(report)}, fs::path(folder) / std::string(wire::sv(path.get_string())));
  } else if (output.is_string()) {
    const std::string name(wire::sv(output.get_string()));
    const fs::path path = fs::path(folder) / name;
    if (!name.ends_with("/")) {
      put(reports, path);
    } else {
      for (const std::string& report : reports) put({report}, path / (report + ".txt"));
    }
  }
  return written;
}

}  // namespace ml::dap
