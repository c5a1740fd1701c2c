#include "dap/tool.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace ml::dap {

namespace fs = std::filesystem;

std::string tool_program(const std::string& tool) {
  std::error_code failed;
  if (!tool.empty())
    return (fs::is_directory(tool, failed) ? fs::path(tool) / "mlpy" : fs::path(tool)).string();
  return (fs::read_symlink("/proc/self/exe", failed).parent_path() / "mlpy").string();
}

std::optional<std::string> run_tool(std::vector<std::string> command, const std::string& folder,
                                    std::string& problem) {
  int out[2], error[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(error, O_CLOEXEC) != 0) {
    problem = std::strerror(errno);
    return std::nullopt;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error[1], STDERR_FILENO);
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]), ::close(error[1]);
  std::array<std::string, 2> texts;
  std::array<pollfd, 2> streams{{{out[0], POLLIN, 0}, {error[0], POLLIN, 0}}};
  while (failed == 0 && (streams[0].fd >= 0 || streams[1].fd >= 0)) {
    if (::poll(streams.data(), streams.size(), -1) < 0 && errno != EINTR) break;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].revents == 0) continue;
      std::array<char, 4096> buffer;
      const ssize_t size = ::read(streams[i].fd, buffer.data(), buffer.size());
      if (size > 0) texts[i].append(buffer.data(), static_cast<std::size_t>(size));
      if (size == 0 || (size < 0 && errno != EINTR)) streams[i].fd = -1;
    }
  }
  ::close(out[0]), ::close(error[0]);
  int status = 0;
  while (failed == 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (failed == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return texts[0];
  problem = failed != 0 ? command.front() + ": " + std::strerror(failed) : texts[1];
  return std::nullopt;
}

}  // namespace ml::dap
