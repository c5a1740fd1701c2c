#pragma once

// Members of values (language.md section 4). One table drives names, dispatch, argument counts, bound
// methods, introspection and the catalogue test: each receiver type has one array of rows, in the file named
// after it.

#include "runtime/native/kinds.h"

namespace ml::native {

struct Member;

// Arguments of one member call; all borrowed.
struct Args {
  PyObject* const* values;
  Py_ssize_t count;
  const Member* member;

  PyObject* operator[](Py_ssize_t i) const { return values[i]; }
  bool given(Py_ssize_t i) const { return i < count && values[i] != Py_None; }  // null counts as left out

  // Each sets a TypeError naming the member and the parameter, and returns false, when the argument is not
  // fitting.
  bool text(Py_ssize_t i) const;
  bool integer(Py_ssize_t i, Py_ssize_t* out) const;  // integral floats are accepted, huge values clamped
  bool optional_integer(Py_ssize_t i, Py_ssize_t* out) const { return !given(i) || integer(i, out); }
  bool function(Py_ssize_t i) const;
};

using MemberFunction = PyObject* (*)(PyObject* self, const Args& args);

struct Member {
  const char* name;
  const char* parameters;  // as in language.md: "i?, x", "x..." ; the source of the argument counts
  MemberFunction call;
  enum class Form : unsigned char { method, property, both } form = Form::method;

  // Filled when the extension is loaded.
  const char* label = nullptr;  // "array.push"
  int least = 0, most = 0;      // most < 0: any number
};

enum class Receiver : unsigned char { array, string, object, number, boolean, function, generator };
inline constexpr int kReceivers = 7;

// The rows of one receiver type: pointer and count.
struct MemberRows {
  Member* rows;
  int count;
};
MemberRows array_members();
MemberRows array_function_members();  // those that take functions, and order
MemberRows string_members();
MemberRows string_search_members();
MemberRows object_members();
MemberRows scalar_members(Receiver receiver);  // number, boolean, function, generator

// A member name with its rows by receiver: the `self` of every `__m_NAME` helper.
bool is_member_ref(PyObject* v);
PyObject* call_member_ref(PyObject* ref, PyObject* receiver, PyObject* const* args, Py_ssize_t count);

// o.name, and o.name(args) with args[0] the receiver.
PyObject* get_member(PyObject* receiver, PyObject* name);
PyObject* call_member(PyObject* name, PyObject* const* args, Py_ssize_t count);

// TypeError for a wrong number of arguments, in the library's words.
PyObject* raise_arity(const char* function, const char* parameters, Py_ssize_t given, int most);

// False, with that TypeError set, when the count is not in [least, most]; most < 0 is any number.
bool check_arity(const char* function, const char* parameters, Py_ssize_t given, Py_ssize_t least, int most);

// Resolves an integer argument of a member or an index. 0: not an integer (no error set), 1: ok, -1: error
// set.
int to_index(PyObject* v, Py_ssize_t* out);

int add_members(PyObject* module);
int add_introspection(PyObject* module);

}  // namespace ml::native
