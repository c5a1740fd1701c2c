#include "runtime/core/project.h"

#include <boost/json.hpp>

#include "cli/project/project_file.h"
#include "runtime/core/common.h"

namespace ml::core_module {
namespace json = boost::json;

PyObject* py_read_project(PyObject*, PyObject* args) {
  const char *text, *file;
  Py_ssize_t size;
  if (!PyArg_ParseTuple(args, "y#s", &text, &size, &file)) return nullptr;
  try {
    const cli::ProjectFile project =
        cli::read_project_file(std::string(text, static_cast<std::size_t>(size)), file);
    json::array problems;
    for (const cli::ProjectProblem& p : project.problems)
      problems.push_back(json::array{json::string(p.key), json::string(p.text), p.error});
    return text_of(json::serialize(json::object{{"values", project.values}, {"problems", problems}}));
  } catch (const std::exception& e) {
    return defect(e);
  }
}

PyObject* py_project_file_above(PyObject*, PyObject* folder) {
  PyObject* bytes = nullptr;
  if (!PyUnicode_FSConverter(folder, &bytes)) return nullptr;
  const native::Ref path(bytes);
  try {
    const auto found = cli::project_file_above(PyBytes_AsString(bytes));
    if (!found) Py_RETURN_NONE;
    return PyUnicode_DecodeFSDefault(found->c_str());
  } catch (const std::exception& e) {
    return defect(e);
  }
}

PyObject* py_project_keys(PyObject*, PyObject*) {
  try {
    json::array keys;
    for (const cli::ProjectKey& key : cli::project_keys())
      keys.push_back(
          json::array{json::string(key.name), json::string(key.kind), json::parse(key.default_value)});
    return text_of(json::serialize(keys));
  } catch (const std::exception& e) {
    return defect(e);
  }
}

}  // namespace ml::core_module
