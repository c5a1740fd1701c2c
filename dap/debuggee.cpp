#include "dap/debuggee.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/base/child.h"
#include "dap/frames.h"
#include "dap/token.h"

namespace ml::dap {

namespace json = wire::json;

namespace {

constexpr std::size_t kMostGreeting = std::size_t{1} << 20;
constexpr std::size_t kBatch = std::size_t{16} << 10;
constexpr int kGatherTurns = 5;  // of a millisecond

// Bytes at the end that are the beginning of a character.
std::size_t cut_character(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto c = static_cast<unsigned char>(text[text.size() - back]);
    if (c < 0x80) return 0;
    if (c >= 0xC0) return (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) > back ? back : 0;
  }
  return 0;
}

std::vector<std::string> environment_of(const LaunchPlan& plan,
                                        const std::vector<std::pair<std::string, std::string>>& agent) {
  std::vector<std::string> out;
  const auto is = [](std::string_view line, std::string_view name) {
    return line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=';
  };
  for (std::string& line : own_environment()) {
    const bool changed =
        std::any_of(plan.environment.begin(), plan.environment.end(),
                    [&](auto& e) { return is(line, e.first); }) ||
        std::any_of(plan.unset.begin(), plan.unset.end(), [&](auto& name) { return is(line, name); });
    if (!changed) out.push_back(std::move(line));
  }
  for (const auto& [name, value] : plan.environment) out.push_back(name + "=" + value);
  for (const auto& [name, value] : agent) out.push_back(name + "=" + value);
  return out;
}

}  // namespace

std::unique_ptr<Debuggee> Debuggee::launch(const LaunchPlan& plan, Events events, std::string& problem) {
  std::unique_ptr<Debuggee> made(new Debuggee(std::move(events)));
  Debuggee* self = made.get();
  made->scratch_ = plan.scratch;
  if (plan.how == Start::attach) {
    std::shared_ptr<wire::Transport> agent = plan.socket.empty()
                                                 ? wire::connect_port(static_cast<unsigned short>(plan.port))
                                                 : wire::connect_pipe(plan.socket);
    if (!agent) {
      problem = "no program listens at " +
                (plan.socket.empty() ? "127.0.0.1:" + std::to_string(plan.port) : plan.socket);
      return nullptr;
    }
    made->agent_ = agent;
    made->known_ = true;
    made->send({{"token", wire::sv(plan.attach_token)}});
    made->agent_thread_ = std::thread([self, agent] {
      self->talk(agent);
      if (!self->ended_.exchange(true))
        self->events_.ended(self->exit_code_ < 0 ? -1 : self->exit_code_ << 8);
    });
    return made;
  }
  if (plan.debug) {
    made->place_ = plan.scratch + "/agent";
    made->token_ = random_token();
    made->listener_ = wire::listen_pipe(made->place_, problem);
    if (!made->listener_) return nullptr;
  }
  if (plan.how == Start::terminal) {
    made->agent_thread_ = std::thread([self] {
      self->serve_agent();
      if (self->known_ && !self->ended_.exchange(true))
        self->events_.ended(self->exit_code_ < 0 ? -1 : self->exit_code_ << 8);
    });
    return made;
  }
  std::optional<Pipe> in;
  Pipe out, error;
  if (plan.typed) in.emplace();
  if (!out || !error || (in && !*in)) {
    problem = std::strerror(errno);
    return nullptr;
  }
  int why = 0;
  made->pid_ = start_child({.words = plan.command,
                            .environment = environment_of(plan, made->agent_variables()),
                            .folder = plan.folder,
                            .input = in ? in->out : -1,
                            .output = out.in,
                            .error = error.in},
                           why);
  if (made->pid_ < 0) {
    problem = plan.command.front() + ": " + std::strerror(why);
    return nullptr;
  }
  if (in) {
    ::fcntl(in->in, F_SETFL, O_NONBLOCK);
    made->in_ = in->take_in();
  }
  made->out_ = out.take_out();
  made->error_ = error.take_out();
  if (plan.debug) made->agent_thread_ = std::thread([self] { self->serve_agent(); });
  made->wait_thread_ = std::thread([self] {
    std::thread one([self] { self->read_output(self->out_, false); });
    std::thread two([self] { self->read_output(self->error_, true); });
    const int status = wait_for_child(self->pid_);
    self->ended_ = true;
    one.join(), two.join();
    self->events_.ended(status);
  });
  return made;
}

Debuggee::~Debuggee() {
  kill(SIGTERM);
  for (int turn = 0; turn < 1000 && pid_ > 0 && !ended_; ++turn)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  kill(SIGKILL);
  ended_ = true;
  if (wait_thread_.joinable()) wait_thread_.join();
  {
    const std::lock_guard lock(mutex_);
    if (agent_) agent_->close();
  }
  if (agent_thread_.joinable()) {
    if (!place_.empty()) wire::connect_pipe(place_);  // ends accept
    agent_thread_.join();
  }
  listener_.reset();
  if (out_ >= 0) ::close(out_), ::close(error_);
  if (in_ >= 0) ::close(in_);
}

bool Debuggee::type(const std::string& text) {
  return in_ >= 0 && !ended_ && ::write(in_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void Debuggee::kill(int signal) {
  if (pid_ > 0 && !ended_) ::kill(-pid_, signal);
}

void Debuggee::read_output(int fd, bool is_error) {
  std::string text;
  std::array<char, kBatch> buffer;
  for (;;) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    ++reporting_;
    if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
    if (size > 0 && events_.busy()) gather(fd, text);
    const std::size_t rest = size > 0 ? cut_character(text) : 0;
    if (text.size() > rest) {
      events_.output(is_error, text.substr(0, text.size() - rest));
      text.erase(0, text.size() - rest);
    }
    if (size <= 0) events_.output(is_error, {});
    --reporting_;
    if (size <= 0) return;
  }
}

// What comes within a few milliseconds, up to a batch.
void Debuggee::gather(int fd, std::string& text) {
  std::array<char, kBatch> buffer;
  for (int turn = 0; turn < kGatherTurns && text.size() < kBatch; ++turn) {
    pollfd more{fd, POLLIN, 0};
    if (::poll(&more, 1, 1) < 0 || (more.revents & POLLIN) == 0) continue;
    const ssize_t size = ::read(fd, buffer.data(), kBatch - text.size());
    if (size <= 0) return;
    text.append(buffer.data(), static_cast<std::size_t>(size));
    --turn;
  }
}

void Debuggee::drain() {
  for (int turn = 0; turn < 100; ++turn) {
    int out = 0, error = 0;
    ::ioctl(out_, FIONREAD, &out);
    ::ioctl(error_, FIONREAD, &error);
    if (out == 0 && error == 0 && reporting_ == 0) return;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

std::vector<std::pair<std::string, std::string>> Debuggee::agent_variables() const {
  if (!listener_) return {};
  return {{"MLPY_DEBUG_SOCKET", place_},
          {"MLPY_DEBUG_TOKEN", token_},
          {"MLPY_DEBUG_CAPTURE", scratch_ + "/capture"}};
}

void Debuggee::serve_agent() {
  while (!ended_ && !known_) {
    const std::shared_ptr<wire::Transport> agent = listener_->accept();
    if (!agent) return;
    talk(agent);
  }
}

// Until the agent goes; at once when it does not know the token.
void Debuggee::talk(const std::shared_ptr<wire::Transport>& agent) {
  FrameReader reader;
  std::vector<char> buffer(64 << 10);
  std::size_t greeting = 0;
  for (std::size_t size; (size = agent->read(buffer)) > 0;) {
    reader.add({buffer.data(), size});
    while (auto message = reader.next()) {
      if (!known_) {
        const auto* token = message->if_contains("token");
        if (!token || !token->is_string() || wire::sv(token->get_string()) != token_) return;
        const std::lock_guard lock(mutex_);
        agent_ = agent;
        known_ = true;
        std::error_code ignored;
        std::filesystem::remove(place_, ignored);  // nobody else is to come
      }
      if (const auto* code = message->if_contains("code"); code && message->contains("event"))
        exit_code_ = static_cast<int>(wire::integer_of(*code).value_or(-1));
      events_.message(std::move(*message));
    }
    if (reader.broken() || (!known_ && (greeting += size) > kMostGreeting)) return;
  }
}

void Debuggee::send(const json::object& message) {
  const std::string bytes = framed(message);
  const std::lock_guard lock(mutex_);
  if (agent_) agent_->write(bytes);
}

}  // namespace ml::dap
