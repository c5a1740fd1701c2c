#include "cli/generated_places.h"
#include "core/base/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

struct Lines {
  std::string python_file;
  std::map<std::uint32_t, std::uint32_t> of_ml;  // ML line -> the first of its Python lines
  std::multimap<std::string, std::uint32_t, std::less<>> definitions;  // name -> line of its `def`

  std::uint32_t find(std::uint32_t line, std::string_view name) const {
    if (name == "(top level)") return 1;
    name.remove_prefix(name.rfind('.') + 1);
    const auto body = of_ml.lower_bound(line);  // a short body may have no row of its own
    const std::uint32_t near = body == of_ml.end() ? 1 : body->second;
    std::uint32_t found = 0;
    for (auto [at, end] = definitions.equal_range(name); at != end; ++at)
      if (found == 0 || at->second <= near) found = at->second;
    return (found != 0 ? found : near) + 1;  // `mlpy transpile` begins its file with a line of its own
  }
};

void find_definitions(std::string_view python, Lines& lines) {
  std::uint32_t number = 1;
  for (std::size_t at = 0; at < python.size(); ++number) {
    const std::size_t end = std::min(python.find('\n', at), python.size());
    std::string_view line = python.substr(at, end - at);
    at = end + 1;
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.starts_with("def ")) continue;
    line = line.substr(4, line.find('(') - 4);
    if (line.starts_with("__ml_")) line.remove_prefix(5);  // a name that Python does not have
    lines.definitions.emplace(line, number);
  }
}

}  // namespace

profiler::report::GeneratedPlace generated_places(const profiler::Profile& profile, const fs::path& main_file,
                                                  const fs::path& root, const CompileOptions& options) {
  std::map<std::string, Lines, std::less<>> files;  // by path in the profile
  const auto text = read_file(main_file);
  const Program program = text ? compile_program(main_file, *text, options) : Program();
  for (const profiler::Profile::File& file : profile.files) {
    if (!file.ml) continue;
    const fs::path path = (root / file.path).lexically_normal();
    const CompiledModule* found = nullptr;
    for (const auto& module : program.modules)
      if (module->file == path) found = module.get();
    if (program.has_errors || found == nullptr || (!file.text.empty() && found->text != file.text)) {
      fmt::print(stderr, "mlpy: {} is not as it was in the run; its functions are shown at their ML lines\n",
                 file.path);
      continue;
    }
    Lines& lines = files[file.path];
    lines.python_file = fs::path(file.name).replace_extension(".py").generic_string();
    find_definitions(found->emitted.python, lines);
    for (const MapRow& row : found->emitted.positions.rows()) lines.of_ml.emplace(row.ml_line, row.py_line);
  }
  return [files = std::move(files)](std::string_view path, std::uint32_t line, std::string_view name) {
    const auto file = files.find(path);
    if (file == files.end()) return std::pair(std::string(path), line);
    return std::pair(file->second.python_file, file->second.find(line, name));
  };
}

}  // namespace ml::cli
