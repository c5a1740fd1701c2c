#include "cli/commands/write_python.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "cli/commands/python.h"

namespace ml::cli {

int write_python(const SourceOptions& source, const WritePython& how) {
  std::vector<std::string> words = {"mlpy", "compile", source.file, "--emit-code", how.emit};
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  add("-o", how.output);
  add("--config", source.config);
  for (const std::string& paths : source.import_paths) add("--import-paths", paths);
  for (const std::string& folder : source.extension_paths) add("-E", folder);
  if (source.allow_current_dir)
    words.emplace_back(*source.allow_current_dir ? "--allow-current-dir" : "--no-allow-current-dir");
  if (source.enforce) add("--security-level", *source.enforce == Enforce::Strict ? "strict" : "permissive");
  if (how.source_maps) words.emplace_back("--source-maps");
  if (how.force) words.emplace_back("--force");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return kInternal;
  if (child == 0) {
    if (how.quiet) ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::_exit(exec_python_command(static_cast<int>(words.size()), argv.data()));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kInternal;
}

}  // namespace ml::cli
