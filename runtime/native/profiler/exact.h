#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "profiler/format/writer.h"
#include "runtime/native/profiler/registry.h"
#include "runtime/native/profiler/sampler.h"
#include "runtime/native/profiler/tree.h"

namespace ml::native::profiler {

// Times every call and return (mode exact): the interpreter evaluates each frame through a function of ours
// (PEP 523), which stamps entry and exit and keeps a calling-context tree. Generators are timed resume by
// resume, an exception ends a call like a return. Imports and libraries are told apart as the sampler does.
// Every call then goes through C: tens of nanoseconds more, charged half to the caller and half to the
// callee.
//
// A node of the tree is a function under its caller's node; its line is the caller's line of the call. Which
// lines of a function its own time fell on is known from samples only.
class Exact {
 public:
  Exact(const Registry& registry, Sampler& sampler) : registry_(registry), sampler_(sampler) {}
  ~Exact() { stop(); }
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;

  // From the next call on; with the interpreter lock. False if frames are evaluated by somebody else's
  // function, or another Exact is started.
  bool start();
  // With the interpreter lock. Calls in progress in other threads end uncounted.
  void stop();

  // Between them calls and time of the calling thread belong to nobody. With the interpreter lock.
  void pause();
  void resume();

  // Appends nodes, times and entries so far, numbering nodes on from its last call. At the `last` call the
  // time of a function is spread over its lines as `samples` fell. After sampler.name_foreign(); what it
  // reads may grow meanwhile.
  void write(capture::Encoder& to, const Tree& samples, bool last);

 private:
  struct Local;
  static Local& here();
  static PyObject* evaluate(PyThreadState* thread, struct _PyInterpreterFrame* frame, int throwing);
  void charge(Local& at, std::uint64_t now);
  std::uint32_t place(std::uint32_t node, std::uint32_t line);  // number in the capture

  const Registry& registry_;
  Sampler& sampler_;
  Tree tree_;
  PyInterpreterState* interpreter_ = nullptr;
  bool paused_ = false;
  std::uint64_t run_ = 0;  // tells its calls from those of an earlier one

  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> numbers_;  // (node, line) in the capture
  std::vector<capture::Encoder::NewNode> fresh_;
};

}  // namespace ml::native::profiler
