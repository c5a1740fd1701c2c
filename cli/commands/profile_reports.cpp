#include "cli/commands/profile_reports.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <unordered_map>

#include "cli/files.h"
#include "core/text/line_index.h"
#include "core/text/nearest.h"
#include "profiler/format/reader.h"
#include "profiler/model/profile.h"
#include "profiler/report/report.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kReports[] = {"ml-summary"};

// Lines of source files, each file read once.
class SourceLines {
 public:
  std::string operator()(std::string_view path, std::uint32_t line) {
    auto it = files_.find(std::string(path));
    if (it == files_.end()) {
      auto file = std::make_unique<File>(read_file(fs::path(path)).value_or(""));
      it = files_.emplace(path, std::move(file)).first;
    }
    const File& file = *it->second;
    return line == 0 || line > file.lines.line_count() ? "" : std::string(file.lines.line_text(line));
  }

 private:
  struct File {
    explicit File(std::string content) : text(std::move(content)), lines(text) {}
    std::string text;
    LineIndex lines;
  };
  std::unordered_map<std::string, std::unique_ptr<File>> files_;
};

std::string how_it_died(int status) {
  return status > 128 && status < 128 + 65 ? fmt::format("killed by signal {}", status - 128) : "";
}

}  // namespace

bool reports_can_be_written(const RunOptions& options) {
  for (const std::string& report : options.reports) {
    if (std::find(std::begin(kReports), std::end(kReports), report) != std::end(kReports)) continue;
    fmt::print(stderr, "mlpy: unknown report '{}'; known: {}\n", report, fmt::join(kReports, ", "));
    return false;
  }
  if (options.profile_output.empty()) return true;
  std::error_code failed;
  const fs::path output = fs::absolute(options.profile_output, failed);
  fs::create_directories(output.parent_path(), failed);
  if (!failed && fs::is_directory(output))
    errno = EISDIR;
  else if (!failed && ::access(output.parent_path().c_str(), W_OK) == 0)
    return true;
  fmt::print(stderr, "mlpy: cannot write '{}': {}\n", options.profile_output,
             failed ? failed.message() : std::strerror(errno));
  return false;
}

bool write_reports(const std::string& capture_file, int status, const RunOptions& options) {
  profiler::report::ReportOptions report;
  report.ascii = options.ascii;
  report.program = options.source.file;
  report.died = how_it_died(status);
  std::string text;
  const auto bytes = read_file(capture_file);
  const auto result = profiler::read_capture(bytes ? *bytes : std::string());
  if (result.capture) {
    SourceLines lines;
    const auto source = [&lines](std::string_view path, std::uint32_t line) { return lines(path, line); };
    text = profiler::report::ml_summary(profiler::model::build(*result.capture, source), report);
  } else {
    text = profiler::report::ml_summary_missing(report);
  }
  if (options.profile_output.empty()) {
    fmt::print("\n=== PERFORMANCE PROFILING REPORTS ===\n{}", text);
    return true;
  }
  if (!write_file_atomically(options.profile_output, text)) {
    fmt::print(stderr, "mlpy: cannot write '{}': {}\n", options.profile_output, std::strerror(errno));
    return false;
  }
  fmt::print("Profiling report saved to {}\n", options.profile_output);
  return true;
}

}  // namespace ml::cli
