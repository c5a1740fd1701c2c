#include "runtime/native/sandbox.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <vector>

#include "runtime/native/raise.h"
#include "runtime/sandbox/namespaces.h"
#include "runtime/sandbox/seal.h"

namespace ml::native {
namespace {

PyObject* memory_text = nullptr;  // what a MemoryError means; null: nothing special

PyObject* py_begin(PyObject*, PyObject* args) {
  int parent = 0;
  PyObject* kept = nullptr;
  if (!PyArg_ParseTuple(args, "iO!:sandbox_begin", &parent, &PyTuple_Type, &kept)) return nullptr;
  std::vector<int> descriptors;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kept); ++i) {
    descriptors.push_back(static_cast<int>(PyLong_AsLong(PyTuple_GET_ITEM(kept, i))));
    if (PyErr_Occurred()) return nullptr;
  }
  sandbox::close_descriptors(descriptors);
  sandbox::forbid_dumps();
  return boolean(sandbox::die_with_parent(parent));
}

// Names are RLIMIT_ ones in lower case. "memory" is what may be added to the present size.
PyObject* py_limit(PyObject*, PyObject* args) {
  const char* name = nullptr;
  unsigned long long soft = 0, hard = 0;
  if (!PyArg_ParseTuple(args, "sKK:sandbox_limit", &name, &soft, &hard)) return nullptr;
  const std::string_view wanted = name;
  auto which = RLIMIT_CORE;
  if (wanted == "memory") {
    unsigned long long pages = 0;
    std::FILE* file = std::fopen("/proc/self/statm", "re");
    const bool known = file && std::fscanf(file, "%llu", &pages) == 1;
    if (file) std::fclose(file);
    if (!known) return PyLong_FromLong(ENOSYS);
    soft = hard = soft + pages * static_cast<unsigned long long>(sysconf(_SC_PAGESIZE));
    which = RLIMIT_AS;
  } else if (wanted == "cpu") {
    which = RLIMIT_CPU;
  } else if (wanted == "file") {
    which = RLIMIT_FSIZE;
  } else if (wanted == "descriptors") {
    which = RLIMIT_NOFILE;
  } else if (wanted == "stack") {  // there may be a lower one already
    which = RLIMIT_STACK;
    rlimit now{};
    if (getrlimit(which, &now) == 0) soft = hard = std::min<unsigned long long>(soft, now.rlim_max);
  } else if (wanted != "core") {
    return PyErr_Format(PyExc_ValueError, "no limit %s", name);
  }
  const rlimit limit{soft, hard};
  if (setrlimit(which, &limit) != 0) return PyLong_FromLong(errno);
  rlimit set{};
  const bool held = getrlimit(which, &set) == 0 && set.rlim_cur == soft && set.rlim_max == hard;
  return PyLong_FromLong(held ? 0 : EPERM);
}

PyObject* py_memory_text(PyObject*, PyObject* text) {
  Py_XDECREF(memory_text);
  memory_text = new_ref(text);
  return none();
}

// Borrowed strings live as long as the list of rules does.
bool read_rules(PyObject* list, std::vector<sandbox::PathRule>& rules) {
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
    const char* path = nullptr;
    unsigned long long rights = 0;
    if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "yK", &path, &rights)) return false;
    rules.push_back({path, rights});
  }
  return true;
}

PyObject* py_enter(PyObject*, PyObject* args) {
  Py_buffer filter{};
  PyObject* list = nullptr;
  unsigned namespaces = 0;
  const char* folder = nullptr;
  unsigned long long size = 0, tasks = 0;
  if (!PyArg_ParseTuple(args, "y*OI|zKK:sandbox_enter", &filter, &list, &namespaces, &folder, &size, &tasks))
    return nullptr;
  std::vector<sandbox::PathRule> rules;
  if (list != Py_None && (!PyList_Check(list) || !read_rules(list, rules))) {
    PyBuffer_Release(&filter);
    return PyErr_Occurred() ? nullptr : PyErr_Format(PyExc_TypeError, "rules must be a list");
  }
  const unsigned apart = namespaces ? sandbox::enter_namespaces(namespaces, folder, size) : 0u;
  if ((apart & sandbox::apart_users) != 0) {
    sandbox::drop_capabilities();
    // Elsewhere the processes of the user outside would count, too.
    const rlimit most{tasks, tasks};
    if (tasks != 0) setrlimit(RLIMIT_NPROC, &most);
  }
  const int privileges = sandbox::forbid_new_privileges();
  const int paths = list == Py_None ? -1 : sandbox::restrict_paths(rules);
  const int calls = filter.len == 0 ? -1
                                    : sandbox::install_filter({static_cast<const std::byte*>(filter.buf),
                                                               static_cast<std::size_t>(filter.len)});
  PyBuffer_Release(&filter);
  return Py_BuildValue("Iiii", apart, privileges, paths, calls);
}

PyObject* py_apart(PyObject*, PyObject* wanted) {
  const unsigned long bits = PyLong_AsUnsignedLong(wanted);
  if (PyErr_Occurred()) return nullptr;
  return PyLong_FromUnsignedLong(sandbox::enter_namespaces(static_cast<unsigned>(bits), nullptr, 0));
}

PyObject* py_fork(PyObject*, PyObject* args) {
  int users = 0, group = -1;
  if (!PyArg_ParseTuple(args, "pi:sandbox_fork", &users, &group)) return nullptr;
  bool apart = false;
  PyOS_BeforeFork();
  const pid_t child =
      sandbox::fork_apart(sandbox::apart_processes | (users != 0 ? sandbox::apart_users : 0u), group, apart);
  const int problem = errno;
  if (child == 0)
    PyOS_AfterFork_Child();
  else
    PyOS_AfterFork_Parent();
  errno = problem;
  return child < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLong(child);
}

PyObject* py_abi(PyObject*, PyObject*) { return PyLong_FromLong(sandbox::landlock_abi()); }

PyObject* py_leaks(PyObject*, PyObject* files) {
  return PyLong_FromUnsignedLong(sandbox::self_test(PyObject_IsTrue(files) == 1));
}

// A MemoryError of a run with a limit becomes that limit, at the same place.
PyObject* py_limit_error(PyObject*, PyObject* exception) {
  if (!refuse_memory_error(exception)) return new_ref(exception);
  PyErr_Clear();
  PyObject* limit = PyObject_CallOneArg(ResourceLimit, memory_text);
  Ref trace(PyException_GetTraceback(exception));
  if (limit && trace) PyException_SetTraceback(limit, trace.get());
  return limit;
}

PyMethodDef functions[] = {
    {"limit_error", py_limit_error, METH_O, "The exception, or the limit that a MemoryError means."},
    {"sandbox_begin", py_begin, METH_VARARGS,
     "sandbox_begin(parent, descriptors): closes all other descriptors, dies with the parent process; False "
     "when "
     "that is gone already."},
    {"sandbox_limit", py_limit, METH_VARARGS, "sandbox_limit(name, soft, hard): 0 or an error number."},
    {"sandbox_memory_text", py_memory_text, METH_O, "What running out of memory is called from now on."},
    {"sandbox_enter", py_enter, METH_VARARGS,
     "sandbox_enter(filter, rules or None, namespaces, folder or None, size, tasks): the namespaces that are "
     "there "
     "(bits of runtime/sandbox/namespaces.h), and error numbers of no_new_privs, Landlock and seccomp; -1: "
     "not asked for."},
    {"on_violation", on_violation, METH_O, "Calls this with the message of every SecurityError from now on."},
    {"sandbox_fork", py_fork, METH_VARARGS,
     "sandbox_fork(users, group): os.fork(), whose child is the first process of a process namespace where "
     "that is allowed; users: of a user namespace, too; group: the open folder of its control group, or -1."},
    {"sandbox_apart", py_apart, METH_O,
     "sandbox_apart(wanted): moves into namespaces (bits of runtime/sandbox/namespaces.h); gives those that "
     "are other than before."},
    {"sandbox_landlock", py_abi, METH_NOARGS, "The version of Landlock here, or 0."},
    {"sandbox_leaks", py_leaks, METH_O,
     "What can still be done: 1 files, 2 sockets, 4 processes, 8 signals."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

bool refuse_memory_error(PyObject* exception) {
  if (!memory_text || !PyErr_GivenExceptionMatches(exception, PyExc_MemoryError)) return false;
  PyErr_SetObject(ResourceLimit, memory_text);
  return true;
}

int add_sandbox(PyObject* module) {
  Ref namespaces(PyDict_New());
  for (const sandbox::NamespaceName& each : sandbox::kNamespaceNames) {
    const Ref bit(PyLong_FromUnsignedLong(each.bit));
    if (!namespaces || !bit || PyDict_SetItemString(namespaces.get(), each.name, bit.get()) < 0) return -1;
  }
  if (PyModule_AddObjectRef(module, "NAMESPACES", namespaces.get()) < 0) return -1;
  return PyModule_AddFunctions(module, functions);
}

}  // namespace ml::native
