#pragma once

// Places of running code where the debugger can take over (profiler-mechanism.md section 7).
//
// Every statement begins with "load a constant, drop it". The constant is a probe, an object without
// references whose every load ends in its deallocator: that is the call of the hook. A site that is not armed
// costs one instruction: a jump over the two is written over the first. Frames can be anywhere in the code
// meanwhile: both ways of a site begin and end at the same places. Where instructions must not be written
// over (the interpreter joins or instruments them) the constant is exchanged for None instead. Needs the
// interpreter lock throughout.

#include <cstdint>
#include <vector>

#include "runtime/native/debugger/places.h"
#include "runtime/native/python.h"

namespace ml::native::debugger {

// `name op constant` or `name op name`, decided without running Python code.
struct Condition {
  Ref name, other;  // `other`: a constant, or the name of a variable
  int op = 0;       // Py_LT ...
  bool other_is_name = false;
};
// 1: true; 0: false; -1: not decided here (an unbound name, values Python compares its own way).
int evaluate(const Condition& condition, PyThreadState* thread);

struct Site {
  PyObject* code;  // strong
  PyObject* consts;
  Py_ssize_t index;
  PyObject* probe;
  int module, stop;
  bool top_level;                 // of a module
  std::uint16_t* unit = nullptr;  // where the site begins in the running code; null: exchange the constant
  std::uint16_t load = 0, jump = 0;
  int units = 0;  // of the site, there
  bool breakpoint = false, armed = false, has_condition = false;
  long long hits = 0;  // comings with a true condition, since the breakpoint was set
  Condition condition;
};

using Hook = void (*)(Site& site);

class Sites {
 public:
  // The code with a marker before each statement, recursively; new reference. Adopt what is finally run.
  static PyObject* splice(PyObject* code, const PlaceTable& places, int module);

  // Finds the markers of a code object and makes them sites, disarmed. False with a Python error.
  bool adopt(PyObject* code, bool top_level);

  // All sites of a stop: more than one where a `finally` was copied.
  template <class Function>
  int each(int module, int stop, Function&& function) {
    int found = 0;
    for (Site* site : all_) {
      if (site->module != module || site->stop != stop) continue;
      function(*site);
      ++found;
    }
    return found;
  }
  void arm_all(bool all);  // or only those with breakpoints
  static void arm(Site& site, bool armed);

 private:
  static void find_unit(Site& site);

  std::vector<Site*> all_;  // live for ever: the code may be running when the program ends
};

void set_hook(Hook hook);
int ready_site_type();

}  // namespace ml::native::debugger
