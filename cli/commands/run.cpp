#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/cache.h"
#include "cli/commands/commands.h"
#include "cli/commands/compile_limits.h"
#include "cli/commands/profile_reports.h"
#include "cli/commands/run_json.h"
#include "cli/commands/run_summary.h"
#include "cli/commands/source.h"
#include "cli/commands/write_python.h"
#include "cli/extensions.h"
#include "cli/files.h"
#include "cli/generated_places.h"
#include "cli/launch.h"
#include "cli/profile_run.h"
#include "cli/project.h"
#include "core/base/files.h"
#include "core/base/sha256.h"
#include "dap/relay.h"
#include "runtime/link/bundle.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

// Changes with every build of this program.
std::string compiler_identity() {
  struct stat info {};
  ::stat("/proc/self/exe", &info);
  return fmt::format("{}:{}:{}.{}", MLPY_VERSION, static_cast<long long>(info.st_size),
                     static_cast<long long>(info.st_mtim.tv_sec), info.st_mtim.tv_nsec);
}

std::string cache_key(const LoadedSource& source, const CompileOptions& options, const Interpreter& python) {
  std::string key = compiler_identity() + '\n' + python.identity + '\n' + source.file.string() + '\n' +
                    shown_path(source.file) + '\n';
  for (const fs::path& path : options.import_paths) key += path.string() + '\n';
  if (!options.own_folder) key += "-\n";
  for (const std::string& name : options.host_names) key += '$' + name + '\n';
  key += options.extension_signature + '\n' + std::to_string(static_cast<int>(options.enforce)) + '\n';
  return sha256(key + source.text);
}

// Notes the time its part of source maps takes, by module.
std::string make_bundle(const Program& program, std::vector<PhaseStep>& steps) {
  std::vector<link::BundleModule> modules;
  std::vector<std::string> positions(program.modules.size());
  for (std::size_t i = 0; i < program.modules.size(); ++i) {
    const CompiledModule& m = *program.modules[i];
    {
      const PhaseTimer timer(steps, "transpilation", "write_source_map");
      positions[i] = m.emitted.positions.to_bytes();
    }
    modules.push_back({m.name, m.shown_file, m.file.string(), m.emitted.python, positions[i], m.imports,
                       declared_capabilities(m)});
  }
  return link::write_bundle(modules);
}

// The monotonic clock.
std::uint64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

// For the profiler in the program's process (runtime/python/mlpy/runtime/profiling.py).
std::string launcher_options(const ProfileOptions& options) {
  std::string text = "mode=" + options.mode;
  if (options.no_memory) text += ",memory=off";
  if (options.lines) text += ",lines=1";
  if (options.timeline) text += ",timeline=1";
  if (options.interval_ms > 0)
    text += fmt::format(",interval_ns={}", static_cast<long long>(options.interval_ms * 1e6));
  return text + fmt::format(",started={}", now_ns());
}

// Where the capture of a profiled run goes until its reports are printed; removed with this value. Where
// there is no place for it this is said, and the name is empty.
class CaptureFile {
 public:
  CaptureFile() {
    const char* folder = std::getenv("TMPDIR");
    for (const std::string place : {folder && *folder ? folder : "/tmp", "/tmp"}) {
      name_ = place + "/mlpy-XXXXXX";
      const int fd = ::mkstemp(name_.data());
      if (fd >= 0) {
        ::close(fd);
        return;
      }
    }
    fmt::print(stderr, "mlpy: the run is not measured: cannot make a file in /tmp: {}\n",
               std::strerror(errno));
    name_.clear();
  }
  ~CaptureFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

// What the project says where the command line is silent. What gives rights is in TrustedProject.
SandboxArguments with_limits_of(const ProjectFile& file, const TrustedProject& project,
                                SandboxArguments arguments) {
  if (project.untrusted) return arguments;
  if (arguments.memory.empty()) arguments.memory = file.text_of("sandbox.memory_limit");
  if (!arguments.cpu) arguments.cpu = file.number("sandbox.cpu_timeout");
  if (!arguments.wall) arguments.wall = file.number("sandbox.timeout");
  return arguments;
}

// There is one library; programs reach modules written in Python as extension modules only. False after
// telling the user of a request that cannot be met.
bool library_is_ours(const RunOptions& options, const ProjectFile& project) {
  const std::string& asked = options.source.stdlib_mode;
  const bool python = (asked.empty() ? project.text_of("stdlib_mode") : asked) == "python";
  if (python && options.sandbox.mode == "strict") {
    fmt::print(stderr, "mlpy: --stdlib-mode python is refused in the strict sandbox\n");
    return false;
  }
  if (options.quiet) return true;
  if (python)
    fmt::print(stderr, "mlpy: warning: --stdlib-mode python changes nothing: there is one library\n");
  if (!options.source.python_modules.empty())
    fmt::print(
        stderr,
        "mlpy: warning: --allow-python-modules changes nothing: programs reach Python through extension "
        "modules (-E)\n");
  return true;
}

int cannot_start(const Interpreter& python, int why) {
  fmt::print(stderr, "mlpy: cannot start {}: {}\n", python.program.string(), std::strerror(why));
  return kInternal;
}

// Runs the program under the profiler, then saves and prints its profile.
int run_profiled(LaunchRequest request, const ProfilePlan& plan, RunFacts facts, const RunOptions& options,
                 const CompileOptions& compile, RunDocument* document) {
  const CaptureFile capture;
  request.capture = capture.name();
  request.profile_options = launcher_options(plan.options);
  const sandbox::Outcome outcome = run_program(request, {.collect = document != nullptr});
  facts.ended_ns = now_ns();
  if (document) document->outcome(outcome);
  if (!outcome.started) return cannot_start(request.python, outcome.error);
  if (options.summary) fmt::print(stderr, "{}", run_summary(outcome));
  const int status = outcome.exit_code;
  facts.exit_code = status;
  auto profile = profile_of(read_file(capture.name()).value_or(""), facts);
  const bool captured = profile.has_value();
  if (!profile) profile = profile_without_program(facts, false);
  bool good = true;
  if (captured && !plan.options.no_save) {
    const auto saved = save_profile(*profile, facts.main_file, plan.options.save, plan.options.keep);
    good = saved || plan.options.save.empty();
    if (saved && !plan.options.place.empty())
      write_file_atomically(plan.options.place, saved->string(), true);
  }
  ShownRun shown{options.source.file, status};
  if (outcome.kind != "crashed") shown.ended = outcome.message;
  shown.measured = captured;
  if (plan.options.raw_frames == "python")
    shown.raw_frames = generated_places(*profile, facts.main_file, project_root(facts.main_file), compile);
  if (document && !plan.quiet) document->profile(profile_json(*profile, plan, shown));
  good = write_reports(*profile, plan, shown, document == nullptr) && good;
  return status == 0 && !good ? kFailed : status;
}

// `document` (may be null) is told what happens; then nothing is printed on standard output.
int run(const RunOptions& options, RunDocument* document) {
  ProfileOptions profile = options.profile;
  profile.config = options.source.config;
  const auto plan = plan_profile(profile, options.source.file);
  if (!plan) return kUsage;
  RunFacts facts;
  std::optional<LoadedSource> source;
  {
    const PhaseTimer timer(facts.steps, "parsing", "read_source");
    source = load_source(options.source.file);
  }
  if (!source) return kUsage;
  facts.main_file = source->file;
  facts.command = options.command_line;
  if (std::getenv("MLPY_DEBUG_SOCKET") != nullptr) facts.kind = "debug";
  auto python = choose_interpreter(options.python);
  if (const auto* reason = std::get_if<std::string>(&python)) {
    fmt::print(stderr, "mlpy: {}\n", *reason);
    return kUsage;
  }
  if (python_package_folder().empty()) {
    fmt::print(stderr, "mlpy: the Python package of this installation is missing\n");
    return kInternal;
  }
  LaunchRequest request;
  request.python = std::get<Interpreter>(python);
  request.arguments = options.arguments;
  request.script = options.source.file;
  const auto project_file = project_of(options.source, source->file, options.quiet);
  if (!project_file) return kUsage;
  if (!library_is_ours(options, *project_file)) return kUsage;
  const TrustedProject project = trusted_project(*project_file, options.grants.trust_project);
  const std::vector<std::string> folders = extension_folders(options.source.extension_paths, project);
  auto policy = policy_options(options.grants, project, folders, options.quiet);
  if (!policy) return kUsage;
  request.policy_options = std::move(*policy);
  if (!options.debug_listen.empty()) {
    std::string problem;
    const dap::Listening listening =
        dap::listen_for_debuggers(options.debug_listen, options.debug_wait, problem);
    if (listening.agent < 0) {
      fmt::print(stderr, "mlpy: {}\n", problem);
      return kUsage;
    }
    request.debugger = listening.agent;
    ::setenv("MLPY_DEBUG_SOCKET", fmt::format("fd:{}", listening.agent).c_str(), 1);
    fmt::print(stderr, "mlpy: debuggers may attach at {}{}{}\n", listening.place,
               listening.token.empty() ? "" : ", token ", listening.token);
  }
  auto confined =
      sandbox_options(with_limits_of(*project_file, project, options.sandbox), options.grants, project);
  if (!confined) return kUsage;
  request.sandbox = std::move(*confined);
  if (options.internal_trace) {
    ::setenv("MLPY_INTERNAL_TRACE", "1", 1);
    request.sandbox.variables.emplace_back("MLPY_INTERNAL_TRACE");
  }
  if (!folders.empty() || plan->collect) request.sandbox.threads = true;
  if (plan->collect)
    request.sandbox.own_numbers = false;  // the sampler finds threads by their numbers in /proc

  if (!options.emit_code.empty() && options.emit_code != "silent") {
    if (const int status = write_python(options.source, {.emit = options.emit_code}); status != kOk)
      return status;
  }
  CompileOptions compile = compile_options(options.source, *project_file);
  compile.extension_signature = extension_signature(folders);
  const bool no_cache = options.no_cache || !project_file->flag("cache.enabled").value_or(true);
  auto cache = no_cache ? std::nullopt : Cache::of_user();
  if (const auto limit = project_file->number("cache.max_mb"); cache && limit) cache->hold_at_most(*limit);
  const std::string key = cache ? cache_key(*source, compile, request.python) : "";
  std::optional<CacheEntry> entry;
  if (cache && !options.force_transpile) {
    const PhaseTimer timer(facts.steps, "transpilation", "look_up_cache");
    entry = cache->load(key);
  }
  facts.transpile_cache = !cache ? "off" : entry ? "hit" : "miss";
  if (document) document->transpile_cache(facts.transpile_cache);
  if (entry && document && !entry->findings.empty()) {
    compile.extensions = extension_names(folders, request.python);
    CompileOptions findings_only = compile;
    findings_only.emit = false;
    document->findings(compile_within_limits(source->file, source->text, findings_only));
  }
  if (!entry) {
    compile.extensions = extension_names(folders, request.python);
    Program program = compile_within_limits(source->file, source->text, compile);
    facts.steps.insert(facts.steps.end(), program.steps.begin(), program.steps.end());
    const std::string findings = render_findings(program, Severity::Warning);
    if (document) document->findings(program);
    if (program.has_errors || program.blocked) {
      const int status = program.blocked ? kBlocked : kCompileError;
      if (document)
        document->compile_error(first_error(program));
      else
        fmt::print(stderr, "{}", findings);
      if (plan->collect && !plan->quiet) {
        facts.exit_code = status;
        profiler::Profile partial = profile_without_program(facts, true);
        note_compile_error(partial, first_error(program), facts);
        std::fflush(nullptr);
        const ShownRun shown{options.source.file, status};
        if (document) document->profile(profile_json(partial, *plan, shown));
        write_reports(partial, *plan, shown, document == nullptr);
      }
      return status;
    }
    std::string bundle = make_bundle(program, facts.steps);
    entry = CacheEntry{std::move(program.dependencies), findings, std::move(bundle)};
    // A folder that cannot take the entry costs speed only.
    if (cache) {
      const PhaseTimer timer(facts.steps, "transpilation", "store_cache");
      cache->store(key, *entry);
    }
  }
  if (!options.quiet && !document) fmt::print(stderr, "{}", entry->findings);
  std::fflush(nullptr);
  request.bundle = std::move(entry->bundle);
  request.full_result = document != nullptr || options.summary;
  if (cache) {
    request.code_file = cache->code_file(key);
    request.code_key = cache->code_key(key);
  }

  if (!plan->collect) {
    if (!document && !options.summary && unwatched(request.sandbox))
      return cannot_start(request.python, exec_program(request));
    const sandbox::Outcome outcome = run_program(request, {.collect = document != nullptr});
    if (document) document->outcome(outcome);
    if (options.summary && outcome.started) fmt::print(stderr, "{}", run_summary(outcome));
    return outcome.started ? outcome.exit_code : cannot_start(request.python, outcome.error);
  }
  facts.sources = sources_of(source->file, source->text, entry->dependencies);
  return run_profiled(std::move(request), *plan, std::move(facts), options, compile, document);
}

}  // namespace

int run_command(const RunOptions& options) {
  if (!options.json) return run(options, nullptr);
  RunDocument document;
  const int status = run(options, &document);
  fmt::print("{}\n", document.text(status));
  return status;
}

}  // namespace ml::cli
