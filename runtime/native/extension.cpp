// The extension module mlpy._native.

#include "runtime/native/build_id.h"
#include "runtime/native/builtins.h"
#include "runtime/native/callback.h"
#include "runtime/native/counting.h"
#include "runtime/native/debugger/debugger.h"
#include "runtime/native/display.h"
#include "runtime/native/error_value.h"
#include "runtime/native/helpers.h"
#include "runtime/native/indexing.h"
#include "runtime/native/lending.h"
#include "runtime/native/members.h"
#include "runtime/native/method.h"
#include "runtime/native/module_value.h"
#include "runtime/native/object.h"
#include "runtime/native/operators.h"
#include "runtime/native/profiler/profiler.h"
#include "runtime/native/raise.h"
#include "runtime/native/recursion.h"
#include "runtime/native/rewrite.h"
#include "runtime/native/sandbox.h"

namespace ml::native {
namespace {

PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                          "mlpy._native",
                          "Values, operators, members and errors of ML.",
                          -1,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr,
                          nullptr};

using Part = int (*)(PyObject* module);

// The helper table and the exceptions come first: the others use them.
constexpr Part parts[] = {
    add_helper_table,    add_exceptions,  add_kinds,   add_object,          add_methods,
    add_module_value,    add_error_value, add_display, add_operators,       add_indexing,
    add_counting,        add_callback,    add_members, add_number_builtins, add_sequence_builtins,
    add_output_builtins, add_recursion,   add_rewrite, add_sandbox,         add_lending};

}  // namespace
}  // namespace ml::native

PyMODINIT_FUNC PyInit__native() {
  using namespace ml::native;
  Ref module(PyModule_Create(&definition));
  if (!module) return nullptr;
  for (const Part part : parts)
    if (part(module.get()) < 0) return nullptr;
  if (add_profiler(module.get()) < 0 || add_debugger(module.get()) < 0) return nullptr;
  if (PyModule_AddStringConstant(module.get(), "BUILD", MLPY_BUILD_ID) < 0) return nullptr;
  return module.release();
}
