#pragma once

// Places of running code where the debugger can take over (profiler-mechanism.md section 7).
//
// Every statement begins with "load a constant, drop it". The constant is a probe, an object without
// references whose every load ends in its deallocator: that is the call of the hook. A site that is not armed
// costs one instruction: a jump over the two is written over the first. Frames can be anywhere in the code
// meanwhile: both ways of a site begin and end at the same places. Where that instruction must not be written
// over (the interpreter joins it with another, or instruments it while somebody traces or monitors the
// program) the constant is exchanged for None instead. Needs the interpreter lock throughout.

#include <cstdint>
#include <vector>

#include "runtime/native/debugger/places.h"
#include "runtime/native/python.h"

namespace ml::native::debugger {

// A variable of a statement's function: its place in the frame, or -1 for one of the module.
struct Variable {
  Ref name;
  int slot = -1;
  static Variable of(PyObject* code, PyObject* name);  // `name` is interned
};

// What a breakpoint waits for, as far as that can be found out without a frame object: `name op constant`,
// `name op name`, or an expression without effects that was compiled as a function of `arguments`.
struct Condition {
  Variable left, right;
  Ref constant;  // null: `right`
  int op = 0;    // Py_LT ...
  Ref code;      // of the function; null: a comparison
  std::vector<Variable> arguments;
  Ref function;  // of `code`, once somebody asked

  explicit operator bool() const { return left.name || code; }
};
// 1: true; 0: false; -1: not decided here (an unbound name, an error, values Python compares its own way).
int evaluate(Condition& condition, PyThreadState* thread);

struct Site {
  PyObject* code;  // strong
  PyObject* consts;
  Py_ssize_t index;
  PyObject* probe;
  int module, stop;
  bool top_level;                 // of a module
  int offset = -1;                // code units before it; -1: not found
  std::uint16_t* unit = nullptr;  // where the site begins in the running code; null: exchange the constant
  std::uint16_t load = 0, jump = 0;
  bool breakpoint = false, armed = false;
  bool silent = false;  // the constant is None
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
  // Whether one begins so many code units after the begin of the code.
  bool begins(PyObject* code, int units) const;
  void arm_all(bool all);  // or only those with breakpoints
  static void arm(Site& site, bool armed);

 private:
  static void find_units(std::vector<Site*>& sites);  // those of one code object, in order of their constants
  static void disarm(Site& site);

  std::vector<Site*> all_;  // live for ever: the code may be running when the program ends
};

void set_hook(Hook hook);
int ready_site_type();

}  // namespace ml::native::debugger
