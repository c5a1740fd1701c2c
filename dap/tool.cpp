#include "dap/tool.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/child.h"

namespace ml::dap {

namespace fs = std::filesystem;

std::string tool_program(const std::string& tool) {
  std::error_code failed;
  if (!tool.empty())
    return (fs::is_directory(tool, failed) ? fs::path(tool) / "mlpy" : fs::path(tool)).string();
  return (fs::read_symlink("/proc/self/exe", failed).parent_path() / "mlpy").string();
}

std::optional<std::string> run_tool(const std::vector<std::string>& command, const std::string& folder,
                                    std::string& problem) {
  Pipe out, error;
  int failed = 0;
  const pid_t pid = !out || !error ? (failed = errno, -1)
                                   : start_child({.words = command,
                                                  .environment = own_environment(),
                                                  .folder = folder,
                                                  .output = out.in,
                                                  .error = error.in,
                                                  .own_group = false},
                                                 failed);
  if (pid < 0) {
    problem = command.front() + ": " + std::strerror(failed);
    return std::nullopt;
  }
  out.close_in(), error.close_in();
  std::array<std::string, 2> texts;
  std::array<pollfd, 2> streams{{{out.out, POLLIN, 0}, {error.out, POLLIN, 0}}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    if (::poll(streams.data(), streams.size(), -1) < 0 && errno != EINTR) break;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].revents == 0) continue;
      std::array<char, 4096> buffer;
      const ssize_t size = ::read(streams[i].fd, buffer.data(), buffer.size());
      if (size > 0) texts[i].append(buffer.data(), static_cast<std::size_t>(size));
      if (size == 0 || (size < 0 && errno != EINTR)) streams[i].fd = -1;
    }
  }
  const int status = wait_for_child(pid);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return texts[0];
  problem = texts[1];
  return std::nullopt;
}

}  // namespace ml::dap
