#include "runtime/native/profiler/profiler.h"

// The profiler alone as an extension, so that its tests need nothing else of the runtime.
PyMODINIT_FUNC PyInit__native() {
  static PyModuleDef definition = {.m_base = PyModuleDef_HEAD_INIT, .m_name = "_native", .m_size = -1};
  PyObject* module = PyModule_Create(&definition);
  if (module != nullptr && add_profiler(module) < 0) Py_CLEAR(module);
  return module;
}
