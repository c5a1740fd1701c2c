#include <filesystem>

#include "core/base/sha256.h"
#include "dap/session.h"
#include "dap/tool.h"

namespace ml::dap {
// With the Python it became, as a source of its own: reference = number of the module + 1.
json::object Session::loaded_source(std::size_t module) {
  const std::string& file = module_files_[module];
  json::object source = source_json(file);
  const std::string python = std::filesystem::path(file).stem().string() + ".py";
  source["sources"] = json::array{json::object{
      {"name", wire::sv(python)}, {"sourceReference", module + 1}, {"origin", "generated Python"}}};
  if (const auto text = source_of(file))
    source["checksums"] =
        json::array{json::object{{"algorithm", "SHA256"}, {"checksum", wire::sv(sha256(text->text))}}};
  return source;
}

void Session::loaded_sources(const CallPtr& call, const json::object&) {
  json::array list;
  for (std::size_t i = 0; i < module_files_.size(); ++i) list.push_back(loaded_source(i));
  call->answer(json::value(json::object{{"sources", std::move(list)}}));
}

void Session::modules(const CallPtr& call, const json::object& arguments) {
  json::array list;
  const auto start = static_cast<std::size_t>(std::max<std::int64_t>(0, number_of(arguments, "startModule")));
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(0, number_of(arguments, "moduleCount")));
  for (std::size_t i = start; i < module_files_.size() && (count == 0 || i < start + count); ++i)
    list.push_back(module_json(i));
  call->answer(
      json::value(json::object{{"modules", std::move(list)}, {"totalModules", module_files_.size()}}));
}

std::string Session::shown_name(std::size_t module) const {
  return module_names_[module].empty() ? "main" : module_names_[module];
}

json::object Session::module_json(std::size_t i) {
  json::object module{{"id", i},
                      {"name", wire::sv(shown_name(i))},
                      {"path", wire::sv(module_files_[i])},
                      {"isUserCode", true}};
  if (const auto source = source_of(module_files_[i]))
    module["mlFunctions"] = source->statements.functions.size();
  return module;
}

// The text as it runs, or the Python it became.
void Session::source(const CallPtr& call, const json::object& arguments) {
  const auto* where = object_of(arguments, "source");
  const std::int64_t inside = where ? number_of(*where, "sourceReference") : 0;
  const std::int64_t reference = inside > 0 ? inside : number_of(arguments, "sourceReference");
  if (reference > 0) {
    if (reference > static_cast<std::int64_t>(module_files_.size()))
      return fail(call, "this source is not known");
    std::vector<std::string> command{tool_program({}), "transpile",
                                     module_files_[static_cast<std::size_t>(reference - 1)], "-o", "-"};
    command.insert(command.end(), arguments_.import_options.begin(), arguments_.import_options.end());
    return tools_.post([this, call, command, folder = arguments_.plan.folder] {
      std::string problem;
      const auto text = run_tool(command, folder, problem);
      loop_.post([this, call, text, problem] {
        if (!text) return fail(call, problem);
        call->answer(json::value(json::object{{"content", wire::sv(*text)}, {"mimeType", "text/x-python"}}));
      });
    });
  }
  const auto found = sources_.find(where ? path_in(*where) : "");
  if (found == sources_.end() || !found->second) return fail(call, "this source is not loaded");
  call->answer(
      json::value(json::object{{"content", wire::sv(found->second->text)}, {"mimeType", "text/x-ml"}}));
}

}  // namespace ml::dap
