#include "runtime/native/profiler/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace ml::native::profiler {
namespace {

constexpr std::uint64_t kMilli = 1'000'000;
constexpr std::uint64_t kFlushEvery = 250 * kMilli, kRenewEvery = 5'000 * kMilli;
constexpr std::uint64_t kStream = 64u << 20;  // bytes after which only the end of the run is written

}  // namespace

Session::~Session() { stop(); }

bool Session::start(const std::string& path, ml::profiler::Mode mode, bool sampling, MemoryLevel memory,
                    std::string* why) {
  file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file_ < 0) {
    *why = path + ": " + strerror(errno);
    return false;
  }
  pid_ = getpid();
  started_ns_ = monotonic_ns();
  capture::Header header;
  header.python = PY_VERSION_HEX;
  header.pid = static_cast<std::uint32_t>(pid_);
  timespec t = {};
  clock_gettime(CLOCK_REALTIME, &t);
  header.started_unix_ns =
      static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
  header.started_ns = started_ns_;
  header.mode = mode;
  header.counting = calls_ ? registry_.counting() : Counting::none;
  header.interpreter = Py_GetVersion();
  out_.header(header);
  if (sampling) sampler_.start(why);
  exactly_ = sampling && mode == ml::profiler::Mode::exact;
  if (exactly_ && !exact_.start()) {
    exactly_ = false;
    *why += std::string(why->empty() ? "" : "; ") +
            "calls cannot be timed exactly: frames are evaluated by another tool";
  }
  std::string no_memory;
  if (!memory_.start(memory, &no_memory)) *why += (why->empty() ? "" : "; ") + no_memory;

  // The helper takes no signal meant for the program.
  sigset_t all, old;
  sigfillset(&all);
  sigdelset(&all, SIGSEGV);
  sigdelset(&all, SIGBUS);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  helper_ = std::thread([this] { help(); });
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  return true;
}

void Session::phase(const capture::Phase& phase) {
  if (forked()) return;
  const std::scoped_lock lock(pending_mutex_);
  pending_.phase(phase);
}

void Session::outcome(const capture::Outcome& how) {
  if (forked()) return;
  const std::scoped_lock lock(pending_mutex_);
  pending_.outcome(how);
}

void Session::pause() {
  if (!started() || forked()) return;
  if (exactly_) exact_.pause();
  sampler_.pause();
}

void Session::resume() {
  if (!started() || forked()) return;
  sampler_.resume();
  if (exactly_) exact_.resume();
}

void Session::help() {
  prctl(PR_SET_NAME, "mlpy-profiler");
  prctl(PR_SET_TIMERSLACK, 1000UL);
  FaultGuard::state().armed = 0;
  std::uint64_t flushed = 0, renewed = started_ns_, sample_at = 0;
  std::unique_lock lock(wake_mutex_);
  while (!stopping_) {
    lock.unlock();
    const std::uint64_t now = monotonic_ns();
    if (now >= sample_at) {
      sample_at = now + sampler_.visit();
      memory_.turn();
    }
    if (now - flushed > kFlushEvery && bytes_ < kStream) {
      collect(false);
      flush();
      flushed = monotonic_ns();
    }
    if (now - renewed > kRenewEvery) {
      registry_.renew_probes();
      renewed = now;
    }
    lock.lock();
    if (!stopping_) wake_.wait_for(lock, std::chrono::nanoseconds(sample_at - now));
  }
}

void Session::collect(bool last) {
  memory_.collect();
  moments_.clear();
  if (timeline_) sampler_.take_moments(moments_);
  const std::uint32_t size = tree_.size();  // functions of these nodes are named next
  if (!last) sampler_.name_foreign();
  registry_.describe(out_);
  memory_.write(out_);
  {
    const std::scoped_lock lock(pending_mutex_);
    out_.append(pending_);
  }
  registry_.counts(out_);
  if (registry_.counts_lines()) registry_.hits(out_, last || sampler_.running());
  if (exactly_) {
    exact_.write(out_, tree_, last);
  } else {
    write_sampled_tree(size, last);
    out_.timeline(moments_);
  }
  out_.sampler(sampler_.totals());
  const std::vector<capture::Thread>& threads = sampler_.threads();
  for (std::uint32_t i = 0; i < threads.size() && (last || threads.size() > 1); ++i)
    out_.thread(i, threads[i]);
  const std::uint64_t wall = wall_ns(), cpu = sampler_.running() ? sampler_.cpu_ns() : 0;
  if (!last) out_.clock(wall, cpu);
}

void Session::write_sampled_tree(std::uint32_t size, bool last) {
  std::vector<capture::Encoder::NewNode> nodes;
  for (; nodes_written_ < size; ++nodes_written_) {
    const Tree::Node& n = tree_[nodes_written_];
    nodes.push_back({nodes_written_, n.parent, sampler_.function(n.function), n.line});
    written_.push_back({nodes_written_, 0, 0, 0});
  }
  out_.nodes(nodes);
  std::vector<capture::Encoder::Weight> weights;
  for (std::uint32_t i = 0; i < nodes_written_; ++i) {
    const Tree::Node& n = tree_[i];
    const std::uint64_t ticks = n.ticks.load(std::memory_order_relaxed);
    if (ticks == written_[i].ticks && !last) continue;
    const capture::Encoder::Weight now{i, n.cpu_ns.load(std::memory_order_relaxed),
                                       n.wait_ns.load(std::memory_order_relaxed), ticks};
    if (last && now.ticks == written_[i].ticks && now.cpu_ns == written_[i].cpu_ns &&
        now.wait_ns == written_[i].wait_ns)
      continue;
    written_[i] = now;
    weights.push_back(now);
  }
  out_.samples(weights);
}

void Session::flush() {
  const std::string& bytes = out_.bytes();
  for (std::size_t at = 0; at < bytes.size() && !failed_;) {
    const ssize_t n = write(file_, bytes.data() + at, bytes.size() - at);
    if (n > 0) {
      at += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      failed_ = true;
    }
  }
  bytes_ += bytes.size();
  out_.clear();
}

bool Session::stop() {
  if (file_ < 0) return true;
  if (forked()) {  // a forked child: the file and the helper are the parent's
    memory_.stop();
    exact_.stop();
    close(file_);
    file_ = -1;
    if (helper_.joinable()) helper_.detach();
    return true;
  }
  sampler_.resume();
  const std::uint64_t wall = wall_ns();
  const std::uint64_t cpu = sampler_.running() ? sampler_.cpu_ns() : 0;
  {
    const std::scoped_lock lock(wake_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  helper_.join();
  memory_.stop();
  exact_.stop();
  sampler_.stop();
  collect(true);
  out_.end(wall, cpu);
  flush();
  if (close(file_) != 0) failed_ = true;
  file_ = -1;
  return !failed_;
}

}  // namespace ml::native::profiler
