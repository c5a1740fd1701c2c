#pragma once

// Calling functions that a program passes to members and library functions (language.md 4, "Callbacks"): a
// user function receives as many of the offered arguments as it declares (at least `least`), any other
// exactly `least`.

#include "runtime/native/kinds.h"

namespace ml::native {

class Callback {
 public:
  // How many of at most `most` offered arguments the function gets. The function is borrowed.
  Callback(PyObject* function, int least, int most) : function_(function), count_(least) {
    if (!is_user_function(function)) return;
    const int declared = reinterpret_cast<PyCodeObject*>(PyFunction_GET_CODE(function))->co_argcount;
    count_ = declared < least ? least : declared > most ? most : declared;
  }
  int count() const { return count_; }

  // args[0 .. count()) must be set; args[-1] must be writable memory of the caller.
  PyObject* operator()(PyObject* const* args) const {
    return PyObject_Vectorcall(function_, args, static_cast<size_t>(count_) | PY_VECTORCALL_ARGUMENTS_OFFSET,
                               nullptr);
  }

 private:
  PyObject* function_;
  int count_;
};

int add_callback(PyObject* module);

}  // namespace ml::native
