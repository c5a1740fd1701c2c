#pragma once

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "profiler/format/writer.h"
#include "runtime/native/profiler/exact.h"
#include "runtime/native/profiler/memory.h"
#include "runtime/native/profiler/registry.h"
#include "runtime/native/profiler/sampler.h"
#include "runtime/native/profiler/tree.h"

namespace ml::native::profiler {

// One profiled run: functions are registered, the run starts, samples flow into a file that is readable at
// every moment, the run stops. All calls with the interpreter lock, from the thread to be profiled.
class Session {
 public:
  Session() = default;
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Registry& registry() { return registry_; }
  Sampler& sampler() { return sampler_; }

  // Opens `path` (replacing it) and starts sampling. False, with the reason in `why`, leaves everything off;
  // counting goes on without time if only the sampler cannot start (`why` says so, the result is true).
  // Memory is watched at `memory`, or not at all if `why` says so.
  bool start(const std::string& path, ml::profiler::Mode mode, bool sampling, MemoryLevel memory,
             std::string* why);

  void leave_calls_out() { calls_ = false; }  // before start
  void keep_timeline() {                      // before start
    timeline_ = true;
    sampler_.keep_moments();
  }

  void phase(const capture::Phase& phase);    // before or after start
  void outcome(const capture::Outcome& how);  // the program failed

  // Ends sampling and writes what is left; false if the file could not be written in full. Once.
  bool stop();

  // Between them time stands still for the profile; from the profiled thread. Without effect when not
  // started.
  void pause();
  void resume();

  capture::Sampler totals() const { return sampler_.totals(); }
  bool started() const { return file_ >= 0; }
  // Whether this is a forked child: the helper and the file are the parent's. Such a session must be leaked,
  // not destroyed.
  bool forked() const { return file_ >= 0 && getpid() != pid_; }

 private:
  void help();  // the helper thread
  std::uint64_t wall_ns() const { return monotonic_ns() - started_ns_ - sampler_.paused_ns(); }
  void collect(bool last);
  void write_sampled_tree(std::uint32_t size, bool last);
  void flush();

  Registry registry_;
  Tree tree_;
  Sampler sampler_{registry_, tree_};
  Exact exact_{registry_, sampler_};
  bool exactly_ = false, timeline_ = false, calls_ = true;
  std::vector<capture::Moment> moments_;
  Memory memory_{registry_.index()};
  std::vector<capture::Encoder::Weight> written_;  // by node: what the file says
  std::uint32_t nodes_written_ = 0;

  std::mutex pending_mutex_;
  capture::Encoder pending_;
  capture::Encoder out_;
  std::uint64_t bytes_ = 0;
  bool failed_ = false;
  int file_ = -1;
  int pid_ = 0;
  std::uint64_t started_ns_ = 0;

  std::thread helper_;
  std::mutex wake_mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
};

}  // namespace ml::native::profiler
