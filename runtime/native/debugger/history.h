#pragma once

// What variables held before the last statements (`record`, editor-protocols.md 6.1): a ring of moments, each
// a statement with the variables of its function. Values are kept, not copied: an array that was changed
// since shows what it holds now. Needs the interpreter lock throughout.

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "runtime/native/debugger/sites.h"

namespace ml::native::debugger {

class History {
 public:
  // Keeps the last so many moments from now on (0: none), fewer when they and the large values they hold
  // would take more than so many bytes. What values hold themselves is not counted.
  void keep(std::size_t moments, std::size_t bytes);
  bool on() const { return !ring_.empty(); }

  // The thread is about to begin the statement. What falls out of the ring is released, which may run code.
  void add(const Site& site, PyThreadState* thread);

  // [(module, stop, code, variables of the module, variables)], oldest first; the last two are one dict for
  // code of a module. New reference.
  PyObject* moments() const;

 private:
  struct Moment {
    const Site* site = nullptr;
    Ref globals;              // of code of a module: a copy
    std::vector<Ref> values;  // of a function's variables, in their order
    std::size_t bytes = 0;    // its own
  };
  struct Large {
    std::size_t moments = 0, bytes = 0;
  };
  template <class Function>
  static void each_value(const Moment& m, Function&& function);
  void count(const Moment& m);
  void discount(const Moment& m);

  std::vector<Moment> ring_;
  std::size_t next_ = 0, kept_ = 0;  // where the next moment goes; how many there are before it
  std::size_t bytes_ = 0, most_bytes_ = 0;
  std::unordered_map<PyObject*, Large> large_;  // values that moments hold
};

}  // namespace ml::native::debugger
