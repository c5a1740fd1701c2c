#include "runtime/sandbox/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "runtime/sandbox/environment.h"
#include "runtime/sandbox/filter.h"
#include "runtime/sandbox/namespaces.h"
#include "runtime/sandbox/shown.h"

namespace ml::sandbox {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kLimit = 6, kCrashed = 9;
constexpr int kFolderCheckMs = 200;
constexpr std::size_t kMostReport = 64u << 20;

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ",")); }

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

// Signals that end the command end the program first; the command then cleans up.
volatile std::sig_atomic_t watched_process = 0;
// The first process of a namespace does not get signals it has no handler for, except this one.
volatile std::sig_atomic_t watched_is_first = 0, killed_for = 0;
volatile std::sig_atomic_t early = 0;  // came before there was a process
void pass_on(int signal) {
  if (watched_process <= 0) {
    early = signal;
    return;
  }
  if (watched_is_first && signal != SIGINT) {
    killed_for = signal;
    signal = SIGKILL;
  }
  ::kill(watched_process, signal);
}

class Signals {
 public:
  Signals() {
    struct sigaction ignore {
    }, forward{};
    ignore.sa_handler = SIG_IGN;
    forward.sa_handler = pass_on;
    for (std::size_t i = 0; i < kNumbers.size(); ++i)
      ::sigaction(kNumbers[i], i < 2 ? &ignore : &forward, &old_[i]);
  }
  ~Signals() { restore(); }
  // In a child before exec: as if nothing had been changed.
  void restore() const {
    for (std::size_t i = 0; i < kNumbers.size(); ++i) ::sigaction(kNumbers[i], &old_[i], nullptr);
  }
  // A program in a session of its own does not get them from the terminal.
  void forward_interrupts() {
    struct sigaction forward {};
    forward.sa_handler = pass_on;
    ::sigaction(SIGINT, &forward, nullptr);
    ::sigaction(SIGQUIT, &forward, nullptr);
  }

 private:
  static constexpr std::array<int, 4> kNumbers = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 4> old_{};
};

// One stream that this process reads: to keep it or to pass it on, up to a size.
struct Stream {
  int from = -1, to = -1;  // to < 0: kept
  std::string* kept = nullptr;
  std::uint64_t most = ~std::uint64_t{0}, size = 0;
  bool cut = false;
  std::optional<Shown> shown;  // where it goes is a terminal

  // False at its end, and when there was too much.
  bool move() {
    char buffer[65536];
    const ssize_t got = ::read(from, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) return true;
    if (got <= 0) return close(), false;
    const std::uint64_t room = most - size;
    const std::size_t take = std::min<std::uint64_t>(static_cast<std::uint64_t>(got), room);
    size += take;
    if (kept)
      kept->append(buffer, take);
    else if (shown ? !pass_on(shown->text({buffer, take})) : !pass_on({buffer, take}))
      return close(), false;  // the reader went away: so does the program's
    if (take < static_cast<std::size_t>(got)) cut = true;
    return !cut;
  }
  bool pass_on(std::string_view bytes) const {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t put = ::write(to, bytes.data() + at, bytes.size() - at);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return false;
      at += static_cast<std::size_t>(put);
    }
    return true;
  }
  void close() {
    if (from >= 0 && shown) pass_on(shown->rest());
    if (from >= 0) ::close(from);
    from = -1;
  }
};

std::uint64_t size_of(const std::string& folder) {
  std::uint64_t size = 0;
  std::error_code failed;
  for (auto it = std::filesystem::recursive_directory_iterator(folder, failed);
       !failed && it != std::filesystem::recursive_directory_iterator(); it.increment(failed)) {
    std::error_code no_file;
    if (it->is_regular_file(no_file)) size += it->file_size(no_file);
  }
  return size;
}

// Whether a process spent at least half of its time, in seconds, on a processor.
bool computes(pid_t process, double time) {
  clockid_t clock{};
  timespec spent{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) return false;
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9 >= time / 2;
}

bool same_signal_as_user(int signal) {
  return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT ||
         signal == SIGPIPE || signal == SIGKILL;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The frames (u32 length in this machine's order, text) of the report: the layers, then the result.
void read_report(const std::string& bytes, Outcome& outcome) {
  std::string* const frames[] = {&outcome.layers, &outcome.result};
  std::size_t at = 0;
  for (std::string* frame : frames) {
    std::uint32_t size = 0;
    if (bytes.size() - at < sizeof size) return;
    std::memcpy(&size, bytes.data() + at, sizeof size);
    at += sizeof size;
    if (bytes.size() - at < size) return;
    *frame = bytes.substr(at, size);
    at += size;
  }
}

// What a program's group may hold beyond its own memory: its interpreter and its broker.
constexpr std::uint64_t kOwnMemory = 64u << 20;
// Processes and threads beside those that the program starts: itself, broker, profiler, debugger.
constexpr unsigned kOwnTasks = 4;

bool contains(const std::vector<std::string>& names, const char* name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

Process::Process(Options options) : options_(std::move(options)) {
  if (options_.mode != Mode::off && !contains(options_.masked, "cgroup")) {
    group_.emplace(true);
    const Limits& l = options_.limits;
    // What is in the private folder is memory, too.
    group_->limit(l.memory ? *l.memory + kOwnMemory + l.folder.value_or(0) + l.file.value_or(0) : 0,
                  l.threads ? *l.threads + kOwnTasks : 0);
  }
  if (::pipe2(filter_, O_CLOEXEC) != 0 || ::pipe2(report_, O_CLOEXEC) != 0 ||
      (options_.audit >= 0 && ::pipe2(audit_, O_CLOEXEC) != 0))
    filter_[0] = -1;
}

Process::~Process() {
  for (const int fd : {filter_[0], filter_[1], report_[0], report_[1], audit_[0], audit_[1]})
    if (fd >= 0) ::close(fd);
}

std::string Process::launcher_options() const {
  const Limits& l = options_.limits;
  std::string text = fmt::format("parent={}\nfilter={}\nreport={}\nfolder={}\nmode={}", ::getpid(),
                                 filter_[0], report_[1], folder_.name(),
                                 options_.mode == Mode::strict ? "strict"
                                 : options_.mode == Mode::on   ? "on"
                                                               : "off");
  const auto add = [&](const char* name, const auto& value) {
    if (value) text += fmt::format("\n{}={}", name, *value);
  };
  add("memory", l.memory);
  add("cpu", l.cpu);
  add("file", l.file);
  add("written", l.written);
  add("temp", l.folder);
  add("requests", l.requests);
  add("request_bytes", l.request_bytes);
  add("descriptors", l.descriptors);
  add("stack", l.stack);
  if (l.threads) text += fmt::format("\ntasks={}", *l.threads + kOwnTasks);
  if (group_ && group_->descriptor() >= 0)
    text += fmt::format("\ncgroup={}\ncgroup_state={}", group_->name(), group_->state());
  if (!options_.weaker.empty()) text += "\nweaker=" + joined(options_.weaker);
  if (!options_.masked.empty()) text += "\nmasked=" + joined(options_.masked);
  if (!options_.standard_input) text += "\nno_input=1";
  if (options_.raw_output) text += "\nraw=1";
  if (audit_[1] >= 0) text += fmt::format("\naudit={}", audit_[1]);
  return text;
}

Outcome Process::run(const Command& command) {
  Outcome outcome;
  const auto fail = [&] {
    outcome.error = errno;
    outcome.started = false;
    return outcome;
  };
  if (filter_[0] < 0 || folder_.name().empty()) return fail();
  int out_pipe[2] = {-1, -1}, err_pipe[2] = {-1, -1};
  const bool piped = command.collect || options_.limits.output;
  if (piped && (::pipe2(out_pipe, O_CLOEXEC) != 0 || ::pipe2(err_pipe, O_CLOEXEC) != 0)) return fail();
  const int null_input = options_.standard_input ? -1 : ::open("/dev/null", O_RDONLY | O_CLOEXEC);

  std::vector<std::string> words = command.words;
  std::vector<char*> argv = pointers(words);
  std::vector<std::string> variables = scrubbed_environment(options_.variables, folder_.name());
  std::vector<char*> environment = pointers(variables);

  const int out = command.out >= 0 ? command.out : STDOUT_FILENO;
  const int err = command.err >= 0 ? command.err : STDERR_FILENO;
  Signals signals;
  const auto began = Clock::now();
  bool first = false;  // of its process namespace
  const bool alone =
      options_.mode == Mode::strict && options_.own_numbers && !contains(options_.masked, "namespaces");
  const pid_t child =
      fork_apart(alone ? apart_processes | apart_users : 0u, group_ ? group_->descriptor() : -1, first);
  if (child < 0) return fail();
  if (child == 0) {
    signals.restore();
    if (options_.mode == Mode::strict) ::setsid();
    if (null_input >= 0) ::dup2(null_input, STDIN_FILENO);
    ::dup2(piped ? out_pipe[1] : out, STDOUT_FILENO);
    ::dup2(piped ? err_pipe[1] : err, STDERR_FILENO);
    for (const int fd : {filter_[0], report_[1], audit_[1]})
      if (fd >= 0) ::fcntl(fd, F_SETFD, 0);
    for (const int fd : command.descriptors) ::fcntl(fd, F_SETFD, 0);
    ::execve(command.program.c_str(), argv.data(), options_.mode == Mode::off ? environ : environment.data());
    ::_exit(127);
  }
  watched_is_first = first;
  watched_process = child;
  if (early != 0) pass_on(early);
  if (options_.mode == Mode::strict) signals.forward_interrupts();
  const int ended = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  for (int* fd : {&filter_[0], &report_[1], &audit_[1], &out_pipe[1], &err_pipe[1]})
    if (*fd >= 0) ::close(*fd), *fd = -1;
  if (null_input >= 0) ::close(null_input);

  // While the interpreter starts: this takes its time.
  const bool masked = contains(options_.masked, "seccomp");
  for (const bool paths : {true, false}) {
    if (options_.mode == Mode::off || masked) break;
    const std::string filter = make_filter({first ? 1 : child, paths, options_.threads});
    const auto size = static_cast<std::uint32_t>(filter.size());
    std::string frame(reinterpret_cast<const char*>(&size), sizeof size);
    frame += filter;
    // The child may be gone: then there is nobody to write to.
    struct sigaction ignore {
    }, old{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &old);
    const ssize_t put = ::write(filter_[1], frame.data(), frame.size());
    ::sigaction(SIGPIPE, &old, nullptr);
    if (put != static_cast<ssize_t>(frame.size())) break;
  }
  ::close(filter_[1]);
  filter_[1] = -1;
  folder_.sweep();

  Stream streams[3] = {{out_pipe[0], out, command.collect ? &outcome.out : nullptr},
                       {err_pipe[0], err, command.collect ? &outcome.err : nullptr},
                       {audit_[0], options_.audit, nullptr}};
  audit_[0] = -1;
  for (Stream* stream : {&streams[0], &streams[1]})
    if (!command.collect && !options_.raw_output && ::isatty(stream->to)) stream->shown.emplace();
  if (options_.limits.output) streams[0].most = streams[1].most = *options_.limits.output;
  std::string report;
  const auto end_it = [&](const char* kind, std::string message) {
    if (outcome.kind.empty())
      outcome.kind = kind, outcome.message = std::move(message), outcome.exit_code = kLimit;
    ::kill(child, SIGKILL);
  };
  bool running = true;
  double wall = options_.limits.wall.value_or(0);
  while (true) {
    pollfd list[5] = {{running ? ended : -1, POLLIN, 0},
                      {report_[0], POLLIN, 0},
                      {streams[0].from, POLLIN, 0},
                      {streams[1].from, POLLIN, 0},
                      {streams[2].from, POLLIN, 0}};
    int wait = -1;
    if (running && options_.limits.wall && outcome.kind.empty()) {
      const double left = wall - std::chrono::duration<double>(Clock::now() - began).count();
      if (left <= 0 && options_.limits.wall_follows_cpu && computes(child, wall)) {
        // Its processor time ran a little behind the clock, and ends it soon.
        wall += 1;
        continue;
      }
      if (left <= 0)
        end_it("wall_limit", fmt::format("time limit of {} reached", shown_seconds(*options_.limits.wall)));
      wait = std::max(0, static_cast<int>(left * 1000) + 1);
    }
    if (running && options_.limits.folder && outcome.kind.empty()) {
      // The library counts for itself; this is for a program that got around it.
      if (size_of(folder_.name()) > *options_.limits.folder)
        end_it("LimitError",
               fmt::format("temporary folder larger than {}", shown_size(*options_.limits.folder)));
      wait = wait < 0 ? kFolderCheckMs : std::min(wait, kFolderCheckMs);
    }
    // After its end only what the pipes still hold is taken: nobody else can write to them for long.
    if (!running) wait = 0;
    const int ready = ::poll(list, 5, wait);
    if (ready < 0 && errno != EINTR) break;
    if (ready <= 0) {
      if (!running) break;
      continue;
    }
    if (list[1].revents != 0) {
      char buffer[16384];
      const ssize_t got = ::read(report_[0], buffer, sizeof buffer);
      if (got > 0 && report.size() < kMostReport) report.append(buffer, static_cast<std::size_t>(got));
      if (got == 0 || report.size() >= kMostReport) ::close(report_[0]), report_[0] = -1;
    }
    for (int i = 0; i < 3; ++i)
      if (list[2 + i].revents != 0 && !streams[i].move()) {
        if (streams[i].cut) {
          end_it("output_limit", fmt::format("output limit of {} reached", shown_size(streams[i].most)));
          streams[i].close();
        }
      }
    if (list[0].revents != 0) running = false;
    if (!running && report_[0] < 0 && streams[0].from < 0 && streams[1].from < 0 && streams[2].from < 0)
      break;
  }
  int status = 0;
  rusage used{};
  while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
  }
  watched_process = 0;
  early = 0;
  ::close(ended);
  for (Stream& stream : streams) stream.close();
  outcome.out_cut = streams[0].cut, outcome.err_cut = streams[1].cut;
  outcome.wall_seconds = std::chrono::duration<double>(Clock::now() - began).count();
  outcome.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  outcome.peak_bytes = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  read_report(report, outcome);

  if (!outcome.kind.empty()) {
  } else if (WIFSIGNALED(status) && options_.limits.memory && group_ && group_->out_of_memory() > 0) {
    outcome.exit_code = kLimit;
    outcome.kind = "memory_limit";
    outcome.message = fmt::format("memory limit of {} reached", shown_size(*options_.limits.memory));
  } else if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (options_.limits.cpu && outcome.cpu_seconds >= *options_.limits.cpu &&
        (signal == SIGKILL || signal == SIGXCPU)) {
      outcome.exit_code = kLimit;
      outcome.kind = "cpu_limit";
      outcome.message = fmt::format("CPU limit of {} reached", shown_seconds(*options_.limits.cpu));
    } else if (same_signal_as_user(signal)) {
      outcome.exit_code = 128 + (signal == SIGKILL && killed_for ? killed_for : signal);
    } else {
      outcome.exit_code = kCrashed;
      outcome.kind = "crashed";
      outcome.message = fmt::format("program process ended by signal {}", signal);
    }
  } else {
    outcome.exit_code = WEXITSTATUS(status);
    if (outcome.exit_code == 0 && outcome.result.empty()) {
      outcome.exit_code = kCrashed;
      outcome.kind = "crashed";
      outcome.message = "program process ended without a result";
    }
  }
  return outcome;
}

}  // namespace ml::sandbox
