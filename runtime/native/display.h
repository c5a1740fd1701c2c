#pragma once

// The one routine that shows values (language.md 3.2): print, str, string +, templates, join, and quoted
// forms.

#include <string>

#include "runtime/native/kinds.h"

namespace ml::native {

// Display form (strings as they are) and quoted form (strings quoted, errors as Type('message')) as new
// strings.
PyObject* display(PyObject* v);
PyObject* quoted(PyObject* v);

// Display forms of many values in one string.
class Text {
 public:
  bool add(PyObject* v);  // false: error set
  void add(char c) { out_.push_back(static_cast<unsigned char>(c)); }
  void add_ascii(const char* text) {
    for (; *text; ++text) add(*text);
  }
  PyObject* finish();  // LimitError when longer than kMaxText

 private:
  friend class Writer;
  std::u32string out_;
};

// The strings of a list with `separator` between them, when all are strings: nullptr without an error when
// one is not.
PyObject* join_strings(PyObject* separator, PyObject* list);

// Name shown in `<function NAME>`; empty when anonymous. New reference.
PyObject* function_name(PyObject* function);

int add_display(PyObject* module);

}  // namespace ml::native
