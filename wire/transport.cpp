#include "wire/transport.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>

namespace ml::wire {
namespace {

// Plain poll instead of asio: standard input may be a file, which epoll refuses.
class FdTransport final : public Transport {
 public:
  FdTransport(int in, int out) : in_(in), out_(out), wake_(eventfd(0, EFD_CLOEXEC)) {
    std::signal(SIGPIPE, SIG_IGN);
    fcntl(out_, F_SETFL, fcntl(out_, F_GETFL) | O_NONBLOCK);
    // Where it is a pipe, large answers fit in: both sides work through, instead of in turns of 64 KiB. What
    // the system grants an ordinary user.
    fcntl(out_, F_SETPIPE_SZ, 1 << 20);
  }
  ~FdTransport() override {
    ::close(wake_);
    ::close(in_);
    if (out_ != in_) ::close(out_);
  }

  std::size_t read(std::span<char> to) override {
    while (wait(in_, POLLIN)) {
      const ssize_t size = ::read(in_, to.data(), to.size());
      if (size >= 0) return static_cast<std::size_t>(size);
      if (errno != EINTR && errno != EAGAIN) return 0;
    }
    return 0;
  }

  bool write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t size = ::write(out_, bytes.data(), bytes.size());
      if (size >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(size));
      } else if (errno == EAGAIN) {
        if (!wait(out_, POLLOUT)) return false;
      } else if (errno != EINTR) {
        return false;
      }
    }
    return true;
  }

  std::size_t write_some(std::string_view bytes) override {
    const ssize_t size = ::write(out_, bytes.data(), bytes.size());
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  }

  void close() override {
    const std::uint64_t one = 1;
    if (::write(wake_, &one, sizeof one) < 0) return;  // full: others have closed before
  }

 private:
  bool wait(int fd, short events) {
    for (;;) {
      pollfd fds[] = {{wake_, POLLIN, 0}, {fd, events, 0}};
      if (poll(fds, 2, -1) < 0 && errno != EINTR) return false;
      if (fds[0].revents != 0) return false;
      if (fds[1].revents != 0) return true;
    }
  }

  int in_, out_, wake_;
};

struct MemoryStream {
  std::mutex mutex;
  std::condition_variable changed;
  std::string bytes;
  std::size_t taken = 0;
  bool closed = false;

  void close() {
    const std::lock_guard lock(mutex);
    closed = true;
    changed.notify_all();
  }
};

class MemoryTransport final : public Transport {
 public:
  MemoryTransport(std::shared_ptr<MemoryStream> in, std::shared_ptr<MemoryStream> out)
      : in_(std::move(in)), out_(std::move(out)) {}
  ~MemoryTransport() override { close(); }

  std::size_t read(std::span<char> to) override {
    std::unique_lock lock(in_->mutex);
    in_->changed.wait(lock, [&] { return closed_ || in_->closed || in_->taken < in_->bytes.size(); });
    if (closed_) return 0;
    const std::size_t size = in_->bytes.copy(to.data(), to.size(), in_->taken);
    in_->taken += size;
    if (in_->taken == in_->bytes.size()) in_->bytes.clear(), in_->taken = 0;
    return size;
  }

  bool write(std::string_view bytes) override {
    const std::lock_guard lock(out_->mutex);
    if (out_->closed) return false;
    out_->bytes += bytes;
    out_->changed.notify_all();
    return true;
  }

  std::size_t write_some(std::string_view bytes) override { return write(bytes) ? bytes.size() : 0; }

  void close() override {
    {
      const std::lock_guard lock(in_->mutex);
      closed_ = true;
    }
    in_->close();
    out_->close();
  }

 private:
  std::shared_ptr<MemoryStream> in_, out_;
  bool closed_ = false;  // guarded by in_->mutex
};

}  // namespace

std::unique_ptr<Transport> make_fd_transport(int in, int out) {
  return std::make_unique<FdTransport>(in, out);
}

std::unique_ptr<Transport> take_stdio() {
  const int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  if (const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC); nothing >= 0) {
    dup2(nothing, STDIN_FILENO);
    ::close(nothing);
  }
  return make_fd_transport(in, out);
}

std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> make_memory_pair() {
  auto one = std::make_shared<MemoryStream>(), two = std::make_shared<MemoryStream>();
  return {std::make_unique<MemoryTransport>(one, two), std::make_unique<MemoryTransport>(two, one)};
}

}  // namespace ml::wire
