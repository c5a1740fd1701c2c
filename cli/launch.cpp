#include "cli/launch.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "core/base/sha256.h"

namespace ml::cli {
namespace fs = std::filesystem;
namespace {

// A memory file that the program inherits; -1 (errno) on failure.
int memory_file(const std::string& content) {
  const int fd = ::memfd_create("mlpy-program", 0);
  for (std::size_t at = 0; fd >= 0 && at < content.size();) {
    const ssize_t put = ::write(fd, content.data() + at, content.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      ::close(fd);
      return -1;
    }
    at += static_cast<std::size_t>(put);
  }
  return fd;
}

struct Command {
  std::vector<std::string> words;
  std::vector<char*> argv() {
    std::vector<char*> pointers;
    for (std::string& w : words) pointers.push_back(w.data());
    pointers.push_back(nullptr);
    return pointers;
  }
};

// -I -S: neither the environment, the current folder nor site packages can put code before ours.
Command command_for(const LaunchRequest& request, int bundle_fd, const std::string& sandbox) {
  const std::string start =
      fmt::format("import sys;sys.path.insert(0,{:?});from mlpy.runtime.launch import main;main()",
                  python_package_folder().string());
  Command command{{request.python.program.string(), "-I", "-S", "-X", "utf8"}};
  if (const char* wanted = std::getenv("PYTHONUNBUFFERED"); wanted && *wanted) command.words.push_back("-u");
  command.words.insert(
      command.words.end(),
      {"-c", start, sandbox.empty() ? std::to_string(bundle_fd) : fmt::format("{}\n{}", bundle_fd, sandbox),
       sha256(request.bundle), request.code_file.string(), request.capture.string()});
  command.words.push_back(request.profile_options);
  command.words.push_back(request.policy_options);
  command.words.push_back(request.script);
  command.words.insert(command.words.end(), request.arguments.begin(), request.arguments.end());
  return command;
}

}  // namespace

fs::path python_package_folder() {
  std::error_code failed;
  const fs::path bin = fs::read_symlink("/proc/self/exe", failed).parent_path();
  for (const fs::path& folder : {bin.parent_path() / "python", bin.parent_path() / "lib/mlpy/python"}) {
    if (fs::exists(folder / "mlpy/__init__.py", failed)) return folder;
  }
  // Installed by pip: the programs lie in the package.
  if (bin.filename() == "_bin" && fs::exists(bin.parent_path() / "__init__.py", failed))
    return bin.parent_path().parent_path();
  return {};
}

int exec_program(const LaunchRequest& request) {
  const int fd = memory_file(request.code_key + request.bundle);
  if (fd < 0) return errno;
  Command command = command_for(request, fd, "");
  ::execv(request.python.program.c_str(), command.argv().data());
  return errno;
}

sandbox::Outcome run_program(const LaunchRequest& request, Streams streams) {
  sandbox::Process process(request.sandbox);
  const int fd = memory_file(request.code_key + request.bundle);
  sandbox::Outcome outcome;
  if (fd < 0) {
    outcome.started = false;
    outcome.error = errno;
    return outcome;
  }
  sandbox::Command command;
  command.program = request.python.program;
  command.words =
      command_for(request, fd, process.launcher_options() + (request.full_result ? "\nresult=1" : "")).words;
  command.descriptors = {fd};
  if (request.debugger >= 0) command.descriptors.push_back(request.debugger);
  command.out = streams.out;
  command.err = streams.err;
  command.collect = streams.collect;
  outcome = process.run(command);
  ::close(fd);
  if (!outcome.message.empty() && !streams.collect) fmt::print(stderr, "error: {}\n", outcome.message);
  return outcome;
}

}  // namespace ml::cli
