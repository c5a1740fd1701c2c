#include "cli/commands/compile_limits.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include "cli/commands/commands.h"

namespace ml::cli {
namespace {

constexpr std::chrono::milliseconds kLook{100};

// For the signal handler, which cannot be given anything.
std::atomic<long> looks_left, most_pages;
char time_message[64], memory_message[64];

// Only calls that a signal handler may make.
long resident_pages() {
  char text[128] = {};
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  const char* at = std::find(text, text + std::max<ssize_t>(length, 0), ' ');
  long pages = 0;
  for (++at; *at >= '0' && *at <= '9'; ++at) pages = pages * 10 + (*at - '0');
  return pages;
}

[[noreturn]] void stop(const char* message) {
  std::size_t length = 0;
  while (message[length] != 0) ++length;
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, message, length);
  _exit(kLimit);
}

void look(int) {
  const int before = errno;
  if (looks_left.fetch_sub(1) <= 1) stop(time_message);
  if (resident_pages() > most_pages) stop(memory_message);
  errno = before;
}

void tick(std::chrono::microseconds every) {
  const timeval interval{0, static_cast<suseconds_t>(every.count())};
  const itimerval timer{interval, interval};
  setitimer(ITIMER_PROF, &timer, nullptr);
}

template <std::size_t Size, typename... Values>
void put(char (&into)[Size], fmt::format_string<Values...> text, Values&&... values) {
  *fmt::format_to_n(into, Size - 1, text, std::forward<Values>(values)...).out = 0;
}

}  // namespace

CompileGuard::CompileGuard(const CompileLimits& limits) {
  const auto every = std::min(kLook, limits.cpu);
  looks_left = limits.cpu / every;
  most_pages = resident_pages() + static_cast<long>(limits.memory) / sysconf(_SC_PAGESIZE);
  put(time_message, "mlpy: compile limit of {} s reached\n",
      std::chrono::duration<double>(limits.cpu).count());
  put(memory_message, "mlpy: compile limit of {}MB reached\n", limits.memory >> 20);
  struct sigaction action {};
  action.sa_handler = look;
  action.sa_flags = SA_RESTART;
  sigaction(SIGPROF, &action, nullptr);
  tick(every);
}

CompileGuard::~CompileGuard() {
  tick({});
  signal(SIGPROF, SIG_IGN);  // one that is on its way shall not end the process
  signal(SIGPROF, SIG_DFL);
}

Program compile_within_limits(const std::filesystem::path& main_file, std::string main_text,
                              const CompileOptions& options) {
  const CompileGuard guard;
  return compile_program(main_file, std::move(main_text), options);
}

}  // namespace ml::cli
