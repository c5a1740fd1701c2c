#include "cli/profile_run.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>

#include "cli/project.h"
#include "core/ast/function_keys.h"
#include "core/base/files.h"
#include "core/base/sha256.h"
#include "core/syntax/tree.h"
#include "core/text/line_index.h"
#include "profiler/advice/advice.h"
#include "profiler/advice/identity.h"
#include "profiler/format/reader.h"
#include "profiler/history/archive.h"
#include "profiler/store/store.h"

namespace ml::cli {
namespace fs = std::filesystem;
using profiler::Profile;
namespace {

// `shown` (relative to the current folder or absolute) as an absolute path.
fs::path absolute(const std::string& shown) {
  std::error_code failed;
  return fs::absolute(shown, failed).lexically_normal();
}

// Below the root: relative to it. Elsewhere: the path itself, unless going up a little reaches it.
std::string below(const fs::path& root, const fs::path& file) {
  const fs::path relative = file.lexically_relative(root);
  return relative.empty() ? file.string() : relative.generic_string();
}

std::uint64_t now_unix_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
}

void describe_run(Profile& p, const RunFacts& facts, const fs::path& root) {
  Profile::Run& run = p.run;
  if (run.started_unix_ns == 0) run.started_unix_ns = now_unix_ns();
  run.id = profiler::history::new_run_id(run.started_unix_ns);
  run.kind = facts.kind;
  run.program = below(root, facts.main_file);
  run.command = facts.command;
  run.exit_code = facts.exit_code;
  run.transpile_cache = facts.transpile_cache;
  utsname system{};
  if (::uname(&system) == 0) run.os = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
  run.cpu_count = std::thread::hardware_concurrency();
  run.mlpy = run.core = MLPY_VERSION;
}

// Paths relative to the project; sources and their hashes.
void describe_files(Profile& p, const RunFacts& facts, const fs::path& root) {
  std::map<std::string, int> names;
  for (Profile::File& f : p.files) {
    if (!f.ml) continue;  // Python's own: a name, no place in the project
    const fs::path file = absolute(f.path);
    f.path = below(root, file);
    ++names[file.filename().string()];
    const auto source = facts.sources.find(file);
    if (source == facts.sources.end()) continue;
    f.text = source->second;
    f.sha256 = sha256(f.text);
    f.line_count = LineIndex(f.text).line_count();
  }
  for (Profile::File& f : p.files) {
    if (!f.ml) continue;
    const std::string base = fs::path(f.path).filename().string();
    f.name = names[base] == 1 ? base : f.path;
  }
}

// Gives the ML functions what makes them known again after an edit: those of the file's text with the same
// line and name, or with the same line where there is only one.
void identify_functions(Profile& p) {
  for (std::uint32_t file = 0; file < p.files.size(); ++file) {
    const std::string& text = p.files[file].text;
    if (text.empty()) continue;
    const std::vector<ast::FunctionKey> keys = ast::function_keys(syntax::parse(text), text);
    std::multimap<std::uint32_t, const ast::FunctionKey*> by_line;
    for (std::size_t i = 1; i < keys.size(); ++i) by_line.emplace(keys[i].line, &keys[i]);
    for (Profile::Function& f : p.functions) {
      if (f.file != file || f.kind != profiler::FunctionKind::ml) continue;
      const std::string_view name = std::string_view(f.name).substr(f.name.rfind('.') + 1);
      const ast::FunctionKey* key = f.name == "(top level)" ? &keys[0] : nullptr;
      const auto [begin, end] = by_line.equal_range(f.line);
      for (auto it = begin; key == nullptr && it != end; ++it)
        if (it->second->name == name) key = it->second;
      if (key == nullptr && std::distance(begin, end) == 1) key = begin->second;
      if (key == nullptr) continue;
      profiler::take_identity(f, *key);
    }
  }
}

}  // namespace

std::map<fs::path, std::string> sources_of(const fs::path& main_file, const std::string& main_text,
                                           const std::vector<Dependency>& dependencies) {
  std::map<fs::path, std::string> sources;
  sources[main_file] = main_text;
  for (const Dependency& d : dependencies)
    if (!d.hash.empty())
      if (auto text = read_file(d.file)) sources[d.file] = std::move(*text);
  return sources;
}

std::optional<Profile> profile_of(const std::string& bytes, const RunFacts& facts) {
  auto result = profiler::read_capture(bytes);
  if (!result.capture) return std::nullopt;
  profiler::Capture& capture = *result.capture;
  std::vector<profiler::capture::Phase> phases;
  for (const PhaseStep& step : facts.steps)
    if (const auto category = profiler::category_of(step.category))
      phases.push_back({*category, static_cast<std::uint64_t>(step.time.count()), std::string(step.name)});
  capture.phases.insert(capture.phases.begin(), phases.begin(), phases.end());
  const std::uint64_t measured_until = capture.header.started_ns + capture.wall_ns;
  if (capture.complete && facts.kind != "debug" && facts.ended_ns > measured_until)
    capture.phases.push_back(
        {profiler::Category::sandbox_startup, facts.ended_ns - measured_until, "collect_result"});

  std::map<fs::path, LineIndex> lines;
  for (const auto& [file, text] : facts.sources) lines.try_emplace(file, text);
  const auto source = [&](std::string_view path, std::uint32_t line) -> std::string {
    const auto it = lines.find(absolute(std::string(path)));
    if (it == lines.end() || line == 0 || line > it->second.line_count()) return {};
    return std::string(it->second.line_text(line));
  };
  Profile p = profiler::model::build(capture, source);
  const fs::path root = project_root(facts.main_file);
  p.run.started_unix_ns = capture.header.started_unix_ns;
  const std::string& interpreter = capture.header.interpreter;
  p.run.python = interpreter.substr(0, interpreter.find(' '));
  describe_run(p, facts, root);
  describe_files(p, facts, root);
  identify_functions(p);
  if (!p.outcome.error.empty()) {
    if (!p.outcome.file.empty()) p.outcome.file = below(root, absolute(p.outcome.file));
    const std::string& text = p.outcome.error;
    const std::size_t colon = text.find(": ");
    Profile::Error error{text.substr(0, colon), colon == std::string::npos ? "" : text.substr(colon + 2),
                         p.outcome.file, p.outcome.line, p.outcome.column};
    p.run.error = std::move(error);
  }
  p.findings = profiler::advice::findings(p);
  return p;
}

Profile profile_without_program(const RunFacts& facts, bool finished) {
  profiler::Capture capture;
  capture.complete = finished;
  for (const PhaseStep& step : facts.steps)
    if (const auto category = profiler::category_of(step.category))
      capture.phases.push_back(
          {*category, static_cast<std::uint64_t>(step.time.count()), std::string(step.name)});
  Profile p = profiler::model::build(capture);
  describe_run(p, facts, project_root(facts.main_file));
  p.collection.time = profiler::How::exact;
  p.collection.interval_ns = 0;
  return p;
}

void note_compile_error(Profile& p, const FirstError& error, const RunFacts& facts) {
  const std::string file = below(project_root(facts.main_file), error.file);
  p.outcome = {error.message, file, error.place.line, error.place.column};
  p.run.error = Profile::Error{"CompileError", error.message, file, error.place.line, error.place.column};
}

std::optional<fs::path> save_profile(const Profile& profile, const fs::path& main_file,
                                     const std::string& file, int keep) {
  const std::string bytes = profiler::write_mlprof(profile);
  if (!file.empty()) {
    if (write_file_atomically(file, bytes, true)) return file;
    fmt::print(stderr, "mlpy: cannot write '{}': {}\n", file, std::strerror(errno));
    return std::nullopt;
  }
  profiler::history::Keep retention;
  if (keep > 0) retention.per_program = static_cast<std::size_t>(keep);
  const auto try_in = [&](const fs::path& folder, const Profile& named, const std::string& content,
                          std::string& why) -> std::optional<fs::path> {
    profiler::history::Archive archive(folder);
    why = archive.save(named, content, retention);
    for (const std::string& note : archive.notes()) fmt::print(stderr, "mlpy: {}\n", note);
    if (!why.empty()) return std::nullopt;
    remember_archive(folder);
    return archive.file_of(profile.run.id);
  };
  std::string why, again;
  if (auto saved = try_in(project_root(main_file) / ".mlpy", profile, bytes, why)) return saved;
  if (const auto folder = fallback_archive()) {
    Profile away = profile;
    away.run.program = absolute(main_file.string()).string();  // there is no project to find it from
    if (auto saved = try_in(*folder, away, profiler::write_mlprof(away), again)) return saved;
  }
  fmt::print(stderr, "mlpy: the profile was not saved: {}\n", why);
  return std::nullopt;
}

}  // namespace ml::cli
