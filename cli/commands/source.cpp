#include "cli/commands/source.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/extensions.h"
#include "cli/grants.h"
#include "cli/interpreter.h"
#include "cli/trust.h"
#include "core/base/files.h"
#include "core/text/nearest.h"
#include "core/text/utf8.h"

namespace ml::cli {
namespace fs = std::filesystem;

std::optional<LoadedSource> load_source(const std::string& file) {
  std::error_code failed;
  LoadedSource source{fs::absolute(file, failed).lexically_normal(), {}};
  auto text = read_file(source.file);
  if (!text) {
    const int why = errno;
    fmt::print(stderr, "mlpy: cannot read '{}': {}\n", file, std::strerror(why));
    if (why == ENOENT) {
      const fs::path folder = source.file.parent_path();
      std::vector<std::string> names;
      for (fs::directory_iterator it(folder, failed), end; !failed && it != end && names.size() < 500;
           it.increment(failed)) {
        if (it->path().extension() == ".ml") names.push_back(it->path().filename().string());
      }
      const std::string wanted = source.file.filename().string();
      Nearest near(wanted);
      for (const std::string& name : names) near.offer(name);
      if (!near.best().empty()) fmt::print(stderr, "did you mean '{}'?\n", near.best());
      fmt::print(stderr, "looked in {}\n", folder.string());
    }
    return std::nullopt;
  }
  if (source.file.extension() != ".ml") {
    fmt::print(stderr, "mlpy: warning: '{}' does not end in .ml\n", file);
  }
  if (const auto bad = find_invalid_utf8(*text)) {
    fmt::print(stderr, "mlpy: '{}' is not UTF-8: byte 0x{:02x} at offset {}\n", file,
               static_cast<unsigned char>((*text)[*bad]), *bad);
    return std::nullopt;
  }
  source.text = std::move(*text);
  return source;
}

std::optional<ProjectFile> project_of(const SourceOptions& source, const fs::path& file, bool quiet) {
  return load_project_file(file.parent_path(), source.config, quiet);
}

CompileOptions compile_options(const SourceOptions& source, const ProjectFile& project) {
  CompileOptions options;
  std::vector<std::string> lists = source.import_paths;
  if (const char* list = std::getenv("MLPY_ML_MODULE_PATHS"); list && *list) lists.push_back(list);
  for (const std::string& list : lists) {
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t end = std::min(list.find_first_of(":;", at), list.size());
      std::error_code failed;
      if (end > at)
        options.import_paths.push_back(fs::absolute(list.substr(at, end - at), failed).lexically_normal());
      at = end + 1;
    }
  }
  for (const char* key : {"import_paths", "ml_module_paths"})
    for (const std::string& path : project.texts(key)) options.import_paths.emplace_back(path);
  options.host_names = source.host_names;
  options.own_folder = source.allow_current_dir.value_or(project.flag("allow_current_dir").value_or(true));
  const bool lenient = project.text_of("security_level") == "permissive" ||
                       !project.flag("enable_security_analysis").value_or(true);
  options.enforce = source.enforce.value_or(lenient ? Enforce::Lenient : Enforce::Strict);
  return options;
}

std::optional<CompileOptions> compile_options_with_extensions(const SourceOptions& source,
                                                              const fs::path& file) {
  const auto project = project_of(source, file);
  if (!project) return std::nullopt;
  CompileOptions options = compile_options(source, *project);
  std::vector<std::string> folders = extension_folders(source.extension_paths, {});
  if (folders.empty()) {
    if (const auto trusted = trusted_already(*project)) folders = extension_folders({}, *trusted);
  }
  if (folders.empty()) return options;
  const auto python = choose_interpreter("");
  if (const auto* interpreter = std::get_if<Interpreter>(&python))
    options.extensions = extension_names(folders, *interpreter);
  return options;
}

}  // namespace ml::cli
