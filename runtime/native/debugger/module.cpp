#include "runtime/native/debugger/debugger.h"

#include <frameobject.h>

#include <new>

#include "runtime/native/debugger/stepping.h"

namespace ml::native {
namespace {

using namespace debugger;

struct Agent {
  Sites sites;
  Stepping stepping;
  explicit Agent(PyObject* on_stop) : stepping(sites, on_stop) {}
};
Agent* agent = nullptr;  // of this process; made by debug_start, lives for ever

bool started() {
  if (agent == nullptr) PyErr_SetString(PyExc_RuntimeError, "no debugger is started");
  return agent != nullptr;
}

PyObject* py_start(PyObject*, PyObject* on_stop) {
  void* memory = PyMem_RawCalloc(1, sizeof(Agent));
  if (memory == nullptr) return PyErr_NoMemory();
  agent = new (memory) Agent(on_stop);
  set_hook([](Site& site) { agent->stepping.at_site(site); });
  return none();
}

PyObject* py_splice(PyObject*, PyObject* args) {
  PyObject* code = nullptr;
  const char* table = nullptr;
  Py_ssize_t size = 0;
  int module = 0;
  if (!PyArg_ParseTuple(args, "O!y#i", &PyCode_Type, &code, &table, &size, &module)) return nullptr;
  PlaceTable places;
  if (!PlaceTable::read({table, static_cast<std::size_t>(size)}, &places)) {
    PyErr_SetString(PyExc_ValueError, "the table of statements is damaged");
    return nullptr;
  }
  return Sites::splice(code, places, module);
}

PyObject* py_adopt(PyObject*, PyObject* code) {
  if (!started() || !PyCode_Check(code)) return nullptr;
  return agent->sites.adopt(code, true) ? none() : nullptr;
}

Variable variable_of(const Site& site, PyObject* name) {
  PyUnicode_InternInPlace(&(name = new_ref(name)));
  const Ref held(name);
  return Variable::of(site.code, name);
}

// `found`: (name, op, other, other_is_name) or (code, names).
Condition condition_of(const Site& site, PyObject* found) {
  Condition condition;
  if (found == nullptr) return condition;
  PyObject* first = PyTuple_GET_ITEM(found, 0);
  if (PyCode_Check(first)) {
    condition.code = Ref::borrowed(first);
    PyObject* names = PyTuple_GET_ITEM(found, 1);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i)
      condition.arguments.push_back(variable_of(site, PyTuple_GET_ITEM(names, i)));
    return condition;
  }
  condition.left = variable_of(site, first);
  condition.op = static_cast<int>(PyLong_AsLong(PyTuple_GET_ITEM(found, 1)));
  PyObject* other = PyTuple_GET_ITEM(found, 2);
  if (PyObject_IsTrue(PyTuple_GET_ITEM(found, 3)) == 1)
    condition.right = variable_of(site, other);
  else
    condition.constant = Ref::borrowed(other);
  return condition;
}

PyObject* py_breakpoint(PyObject*, PyObject* args) {
  int module = 0, stop = 0, set = 0;
  PyObject* condition = nullptr;
  if (!started() || !PyArg_ParseTuple(args, "iip|O!", &module, &stop, &set, &PyTuple_Type, &condition))
    return nullptr;
  const int found = agent->sites.each(module, stop, [&](Site& site) {
    site.breakpoint = set != 0;
    site.condition = condition_of(site, condition);
    Sites::arm(site, site.breakpoint || agent->stepping.everywhere());
  });
  return PyLong_FromLong(found);
}

PyObject* py_locals_at(PyObject*, PyObject* args) {
  int module = 0, stop = 0;
  if (!started() || !PyArg_ParseTuple(args, "ii", &module, &stop)) return nullptr;
  PyObject* code = nullptr;
  agent->sites.each(module, stop, [&](Site& site) { code = site.code; });
  return code == nullptr ? PyTuple_New(0)
                         : new_ref(reinterpret_cast<PyCodeObject*>(code)->co_localsplusnames);
}

PyObject* py_go(PyObject*, PyObject* args) {
  int step = 0, modules = 0;
  PyObject* target = nullptr;
  if (!started() || !PyArg_ParseTuple(args, "iO|p", &step, &target, &modules)) return nullptr;
  agent->stepping.go(static_cast<Step>(step), target, modules != 0);
  return none();
}

PyObject* py_goto(PyObject*, PyObject* args) {
  PyObject* frame = nullptr;
  int module = 0, stop = 0;
  if (!started() || !PyArg_ParseTuple(args, "O!ii", &PyFrame_Type, &frame, &module, &stop)) return nullptr;
  Site* first = nullptr;
  agent->sites.each(module, stop, [&](Site& site) { first = first == nullptr ? &site : first; });
  return PyBool_FromLong(first != nullptr && agent->stepping.jump(frame, *first));
}

PyObject* py_exceptions(PyObject*, PyObject* on) {
  if (!started()) return nullptr;
  agent->stepping.watch_exceptions(PyObject_IsTrue(on) == 1);
  return none();
}

PyObject* py_trace_here(PyObject*, PyObject*) {
  if (!started()) return nullptr;
  agent->stepping.trace_here();
  return none();
}

PyObject* py_watch(PyObject*, PyObject* on) {
  if (!started()) return nullptr;
  agent->stepping.watch_values(PyObject_IsTrue(on) == 1);
  return none();
}

PyObject* py_record(PyObject*, PyObject* args) {
  Py_ssize_t moments = 0, bytes = 0;
  if (!started() || !PyArg_ParseTuple(args, "nn", &moments, &bytes)) return nullptr;
  agent->stepping.keep_values(static_cast<std::size_t>(moments < 0 ? 0 : moments),
                              static_cast<std::size_t>(bytes < 0 ? 0 : bytes));
  return none();
}

PyObject* py_history(PyObject*, PyObject*) {
  return started() ? agent->stepping.history().moments() : nullptr;
}

PyObject* py_store(PyObject*, PyObject* args) {
  PyObject *frame = nullptr, *name = nullptr, *value = nullptr;
  if (!PyArg_ParseTuple(args, "O!UO", &PyFrame_Type, &frame, &name, &value)) return nullptr;
  const Ref locals(PyObject_GetAttrString(frame, "f_locals"));
  if (!locals || PyObject_SetItem(locals.get(), name, value) < 0) return nullptr;
  PyFrame_LocalsToFast(reinterpret_cast<PyFrameObject*>(frame), 0);
  return none();
}

PyMethodDef functions[] = {
    {"debug_start", py_start, METH_O, "debug_start(on_stop): on_stop(reason, frame, module, stop, value)."},
    {"debug_splice", py_splice, METH_VARARGS, "debug_splice(code, statements, module): code with sites."},
    {"debug_adopt", py_adopt, METH_O, "debug_adopt(code): the sites of the code that will run."},
    {"debug_breakpoint", py_breakpoint, METH_VARARGS,
     "debug_breakpoint(module, stop, set[, condition]): number of sites. The condition: (name, op, other, "
     "other_is_name), or (code of a function of variables, their names)."},
    {"debug_locals_at", py_locals_at, METH_VARARGS,
     "debug_locals_at(module, stop): names of the variables of the function that the statement is in."},
    {"debug_go", py_go, METH_VARARGS,
     "debug_go(step, frame[, modules]): 0 run, 1 in (also into imported modules), 2 over, 3 out."},
    {"debug_goto", py_goto, METH_VARARGS,
     "debug_goto(frame, module, stop): whether the frame goes on there after the next debug_go."},
    {"debug_exceptions", py_exceptions, METH_O, "debug_exceptions(on): report errors where they come up."},
    {"debug_trace_here", py_trace_here, METH_NOARGS,
     "debug_trace_here(): reports errors of this thread, too, if they are wanted."},
    {"debug_watch", py_watch, METH_O, "debug_watch(on): report every statement."},
    {"debug_record", py_record, METH_VARARGS,
     "debug_record(moments, bytes): keeps the variables before the last statements."},
    {"debug_history", py_history, METH_NOARGS,
     "debug_history(): [(module, stop, code, globals, variables)], oldest first."},
    {"debug_store", py_store, METH_VARARGS, "debug_store(frame, name, value): assigns a local variable."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

int add_debugger(PyObject* module) {
  return debugger::ready_site_type() < 0 ? -1 : PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
