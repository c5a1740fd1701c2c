#include "dap/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dap/console_options.h"
#include "dap/prompt.h"
#include "dap/session.h"
#include "dap/statements.h"
#include "wire/json.h"
#include "wire/transport.h"

namespace ml::dap {
namespace {

constexpr const char* kHelp =
    "break [FILE:]LINE [if EXPRESSION]   stop there     delete [NUMBER]      forget a breakpoint, or all\n"
    "break FUNCTION [if EXPRESSION]      stop in it     break                the breakpoints\n"
    "run, continue (c)                   go on          next (n), step (s)   over calls, into calls\n"
    "finish                              to the caller  where (bt)           the calls\n"
    "up, down                            another frame  list (l) [LINE]      the text here\n"
    "print (p) EXPRESSION                a value        set NAME = VALUE     change it\n"
    "locals                              variables      watch NAME           stop when it changes\n"
    "profile start, profile stop         measure        restart              from the beginning\n"
    "quit (q)                            end            help\n"
    "An empty line repeats the last step. Anything else is evaluated. Ctrl-C stops a program that runs.\n";

constexpr std::string_view kCommands[] = {
    "break", "run", "continue", "next",  "step",    "finish",  "where", "up",   "down",  "list",
    "print", "set", "locals",   "watch", "profile", "restart", "quit",  "help", "delete"};

// Ctrl-C, and what ends the thread that waits for it. Every thread has them blocked.
sigset_t awaited_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGUSR1);
  return set;
}

class Console {
 public:
  Console(std::unique_ptr<wire::Transport> end, std::string program, json::object launch)
      : end_(std::move(end)),
        program_(std::move(program)),
        launch_(std::move(launch)),
        colours_(::isatty(STDOUT_FILENO) != 0) {}

  int run() {
    std::thread interrupts([this, awaited = awaited_signals()] {
      for (int signal = 0; ::sigwait(&awaited, &signal) == 0 && signal == SIGINT;) interrupted();
    });
    std::thread reader([this] { read(); });
    request("initialize",
            {{"adapterID", "mlpy"}, {"supportsVariableType", true}, {"supportsVariablePaging", true}});
    fmt::print("{}: type help for the commands\n", program_);
    launch_["program"] = wire::sv(program_);
    launch_["stopOnEntry"] = true;
    if (request("launch", launch_)) {
      request("configurationDone", {});
      wait_for_stop();
      talk();
    }
    send("disconnect", {});
    reader.join();
    ::pthread_kill(interrupts.native_handle(), SIGUSR1);
    interrupts.join();
    return code_;
  }

 private:
  // --- the protocol

  // Ctrl-C: what runs stops, what is evaluated ends.
  void interrupted() {
    const std::lock_guard lock(mutex_);
    if (running_)
      send("pause", {{"threadId", 1}});
    else if (waits_for_ != 0)
      send("cancel", {{"requestId", waits_for_}});
  }

  std::int64_t send(const char* command, json::object arguments) {
    const std::lock_guard lock(sending_);
    const std::int64_t seq = ++seq_;
    const std::string body = wire::write_json(json::object{
        {"seq", seq}, {"type", "request"}, {"command", command}, {"arguments", std::move(arguments)}});
    end_->write(fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body));
    return seq;
  }

  // The body of the answer; nothing, after saying why, when it failed.
  std::optional<json::object> request(const char* command, json::object arguments) {
    const std::int64_t seq = send(command, std::move(arguments));
    std::unique_lock lock(mutex_);
    waits_for_ = seq;
    changed_.wait(lock, [&] { return gone_ || answers_.contains(seq); });
    waits_for_ = 0;
    if (!answers_.contains(seq)) return std::nullopt;
    json::object answer = std::move(answers_[seq]);
    answers_.erase(seq);
    if (!flag_of(answer, "success")) {
      say(text_of(answer, "message") + "\n", "31");
      return std::nullopt;
    }
    const auto* body = object_of(answer, "body");
    return body ? *body : json::object();
  }

  void read() {
    std::string bytes;
    std::vector<char> buffer(1 << 16);
    for (std::size_t size; (size = end_->read(buffer)) > 0;) {
      bytes.append(buffer.data(), size);
      for (;;) {
        const std::size_t head = bytes.find("\r\n\r\n");
        const std::size_t at = bytes.find("Content-Length: ");
        if (head == bytes.npos || at > head) break;
        std::size_t length = 0;
        std::from_chars(bytes.data() + at + 16, bytes.data() + head, length);
        if (bytes.size() < head + 4 + length) break;
        std::string problem;
        auto value = wire::parse_json(std::string_view(bytes).substr(head + 4, length), problem);
        bytes.erase(0, head + 4 + length);
        if (auto* object = value ? value->if_object() : nullptr) take(std::move(*object));
      }
    }
    const std::lock_guard lock(mutex_);
    gone_ = true;
    changed_.notify_all();
  }

  void take(json::object message) {
    const std::lock_guard lock(mutex_);
    const auto* body = object_of(message, "body");
    const std::string event = text_of(message, "event");
    if (text_of(message, "type") == "response") {
      answers_[number_of(message, "request_seq")] = std::move(message);
    } else if (event == "output" && body) {
      const std::string category = text_of(*body, "category");
      std::FILE* to = category == "stderr" ? stderr : stdout;
      fmt::print(to, "{}", text_of(*body, "output"));
      std::fflush(to);
    } else if (event == "mlpy/profile" && body) {
      const std::string path = text_of(*body, "path");
      fmt::print("{}\n", path.empty() ? text_of(*body, "error") : "the profile is in " + path);
      std::fflush(stdout);
    } else if (event == "stopped" && body) {
      stopped_ = *body;
    } else if (event == "exited" && body) {
      code_ = static_cast<int>(number_of(*body, "exitCode"));
    } else if (event == "terminated") {
      ended_ = true;
    }
    changed_.notify_all();
  }

  // --- what a person sees

  void say(const std::string& text, const char* colour) {
    if (colours_)
      fmt::print("\033[{}m{}\033[0m", colour, text);
    else
      fmt::print("{}", text);
    std::fflush(stdout);
  }

  void show_lines(const std::string& file, int from, int to, int mark) {
    const auto source = read_source(file);
    if (!source) return;
    const int last = static_cast<int>(source->lines.line_count());
    for (int line = std::max(1, from); line <= std::min(to, last); ++line)
      say(fmt::format("{} {:4}  {}\n", line == mark ? "->" : "  ", line,
                      source->lines.line_text(static_cast<std::uint32_t>(line))),
          line == mark ? "1" : "0");
  }

  void wait_for_stop() {
    std::optional<json::object> stop;
    {
      std::unique_lock lock(mutex_);
      running_ = true;
      changed_.wait(lock, [&] { return gone_ || ended_ || stopped_; });
      running_ = false;
      stop = std::exchange(stopped_, std::nullopt);
    }
    if (!stop) return say(fmt::format("the program has ended with {}\n", code_), "36");
    const std::string text = text_of(*stop, "text");
    say(text_of(*stop, "reason") + (text.empty() ? "" : ": " + text) + "\n", "36");
    depth_ = 0;
    find_frames();
    show_frame();
  }

  void find_frames() {
    frames_ = {};
    if (auto stack = request("stackTrace", {{"threadId", 1}}))
      if (const auto* list = array_of(*stack, "stackFrames")) frames_ = *list;
  }

  const json::object* frame() const {
    return depth_ < frames_.size() ? frames_[depth_].if_object() : nullptr;
  }
  std::int64_t frame_id() const { return frame() ? number_of(*frame(), "id") : 0; }
  std::string file() const {
    const auto* source = frame() ? object_of(*frame(), "source") : nullptr;
    return source ? text_of(*source, "path") : program_;
  }

  void show_frame() {
    if (!frame()) return;
    const int line = static_cast<int>(number_of(*frame(), "line"));
    say(fmt::format("{} at {}:{}\n", text_of(*frame(), "name"),
                    std::filesystem::path(file()).filename().string(), line),
        "36");
    show_lines(file(), line, line, line);
  }

  // --- commands

  void resume(const char* how) {
    if (request(how, {{"threadId", 1}})) wait_for_stop();
  }

  void evaluate(const std::string& text) {
    if (auto result = request("evaluate",
                              {{"expression", wire::sv(text)}, {"frameId", frame_id()}, {"context", "repl"}}))
      say(text_of(*result, "result") + "\n", "0");
  }

  void set_breakpoints(const std::string& path) {
    json::array list;
    for (const Wanted& b : breakpoints_) {
      if (b.path != path) continue;
      json::object one{{"line", b.line}};
      if (!b.condition.empty()) one["condition"] = wire::sv(b.condition);
      list.push_back(std::move(one));
    }
    if (path.empty()) return set_function_breakpoints();
    const auto answer = request("setBreakpoints", {{"source", json::object{{"path", wire::sv(path)}}},
                                                   {"breakpoints", std::move(list)}});
    const auto* found = answer ? array_of(*answer, "breakpoints") : nullptr;
    std::size_t at = 0;
    for (std::size_t i = 0; found && i < breakpoints_.size(); ++i) {
      if (breakpoints_[i].path != path) continue;
      const auto& b = found->at(at++).as_object();
      if (i + 1 == breakpoints_.size())
        say(flag_of(b, "verified") ? fmt::format("breakpoint {} at line {}\n", i + 1, number_of(b, "line"))
                                   : text_of(b, "message") + "\n",
            "36");
    }
  }

  void set_function_breakpoints() {
    json::array list;
    for (const Wanted& b : breakpoints_) {
      if (b.function.empty()) continue;
      json::object one{{"name", wire::sv(b.function)}};
      if (!b.condition.empty()) one["condition"] = wire::sv(b.condition);
      list.push_back(std::move(one));
    }
    const auto answer = request("setFunctionBreakpoints", {{"breakpoints", std::move(list)}});
    const auto* found = answer ? array_of(*answer, "breakpoints") : nullptr;
    if (!found || found->empty() || breakpoints_.back().function.empty()) return;
    const auto& b = found->back().as_object();
    say(flag_of(b, "verified")
            ? fmt::format("breakpoint {} at line {}\n", breakpoints_.size(), number_of(b, "line"))
            : text_of(b, "message") + "\n",
        "36");
  }

  void show_breakpoints() {
    if (breakpoints_.empty()) say("there are no breakpoints\n", "0");
    for (std::size_t i = 0; i < breakpoints_.size(); ++i) {
      const Wanted& b = breakpoints_[i];
      const std::string place =
          b.function.empty() ? fmt::format("{}:{}", std::filesystem::path(b.path).filename().string(), b.line)
                             : b.function;
      say(fmt::format("{}  {}{}\n", i + 1, place, b.condition.empty() ? "" : " if " + b.condition), "0");
    }
  }

  void add_breakpoint(std::string where) {
    Wanted b{file(), 0, {}, {}};
    if (const std::size_t at = where.find(" if "); at != where.npos) {
      b.condition = where.substr(at + 4);
      where.resize(at);
    }
    if (const std::size_t colon = where.rfind(':'); colon != where.npos) {
      b.path = std::filesystem::absolute(where.substr(0, colon)).lexically_normal().string();
      where.erase(0, colon + 1);
    }
    while (!where.empty() && where.back() == ' ') where.pop_back();
    const auto [end, bad] = std::from_chars(where.data(), where.data() + where.size(), b.line);
    const bool line = bad == std::errc() && end == where.data() + where.size();
    const bool name = !line && !where.empty() && std::isdigit(static_cast<unsigned char>(where[0])) == 0 &&
                      where.find_first_of(" (+-/") == where.npos;
    if (!line && !name) return say("break [FILE:]LINE [if EXPRESSION], or break FUNCTION\n", "31");
    if (name) b.path.clear(), b.function = where;
    breakpoints_.push_back(b);
    set_breakpoints(b.path);
  }

  void watch(const std::string& name) {
    const auto info = request("dataBreakpointInfo", {{"name", wire::sv(name)}, {"frameId", frame_id()}});
    if (!info) return;
    const std::string id = text_of(*info, "dataId");
    if (id.empty()) return say(text_of(*info, "description") + "\n", "31");
    watched_.push_back(json::object{{"dataId", wire::sv(id)}, {"accessType", "write"}});
    if (request("setDataBreakpoints", {{"breakpoints", watched_}})) say("watching " + name + "\n", "36");
  }

  void locals() {
    const auto scopes = request("scopes", {{"frameId", frame_id()}});
    const auto* list = scopes ? array_of(*scopes, "scopes") : nullptr;
    if (!list || list->empty()) return;
    const auto rows =
        request("variables", {{"variablesReference", (*list)[0].at("variablesReference")}, {"count", 100}});
    const auto* found = rows ? array_of(*rows, "variables") : nullptr;
    for (const auto& row : found ? *found : json::array())
      say(text_of(row.as_object(), "name") + " = " + text_of(row.as_object(), "value") + "\n", "0");
  }

  void where() {
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const auto& f = frames_[i].as_object();
      const auto* source = object_of(f, "source");
      say(fmt::format("{} {} at {}:{}\n", i == depth_ ? "->" : "  ", text_of(f, "name"),
                      source ? text_of(*source, "name") : "", number_of(f, "line")),
          i == depth_ ? "1" : "0");
    }
  }

  // Commands for the first word, and what the program has for every one.
  std::vector<std::string> completions(const std::string& text) {
    std::vector<std::string> found;
    if (text.find(' ') == text.npos) found.assign(std::begin(kCommands), std::end(kCommands));
    const std::int64_t seq =
        send("completions", {{"text", wire::sv(text)}, {"column", text.size() + 1}, {"frameId", frame_id()}});
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return gone_ || answers_.contains(seq); });
    const auto answer = answers_.extract(seq);
    const auto* body = answer.empty() ? nullptr : object_of(answer.mapped(), "body");
    if (const auto* targets = body ? array_of(*body, "targets") : nullptr)
      for (const auto& target : *targets) found.push_back(text_of(target.as_object(), "label"));
    return found;
  }

  void talk() {
    Prompt prompt("(mlpy) ", colours_ ? 32 : 0,
                  [this](const std::string& text) { return completions(text); });
    std::string line, last;
    while (true) {
      {
        const std::lock_guard lock(mutex_);
        if (ended_ || gone_) return;
      }
      auto typed = prompt.read();
      if (!typed) return;
      line = *std::move(typed);
      while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
      if (line.empty()) line = last;
      const std::size_t space = line.find(' ');
      const std::string word = line.substr(0, space), rest = space == line.npos ? "" : line.substr(space + 1);
      const auto is = [&](std::initializer_list<std::string_view> names) {
        return std::find(names.begin(), names.end(), word) != names.end();
      };
      last.clear();
      if (is({"quit", "q", "exit"})) return;
      if (line.empty()) continue;
      if (is({"next", "n", "step", "s", "finish", "out"})) last = line;
      if (is({"help", "h", "?"})) {
        say(kHelp, "0");
      } else if (is({"run", "r", "continue", "c"}) && rest.empty()) {
        resume("continue");
      } else if (is({"next", "n"}) && rest.empty()) {
        resume("next");
      } else if (is({"step", "s"}) && rest.empty()) {
        resume("stepIn");
      } else if (is({"finish", "out"}) && rest.empty()) {
        resume("stepOut");
      } else if (is({"break", "b"}) && rest.empty()) {
        show_breakpoints();
      } else if (is({"restart"}) && rest.empty()) {
        resume("restart");
      } else if (is({"profile"}) && (rest == "start" || rest == "stop")) {
        evaluate("." + line);
      } else if (is({"break", "b"})) {
        add_breakpoint(rest);
      } else if (is({"delete"})) {
        forget(rest);
      } else if (is({"where", "bt"}) && rest.empty()) {
        where();
      } else if (is({"up", "down"}) && rest.empty()) {
        const std::size_t to = word == "up" ? depth_ + 1 : depth_ - 1;
        if (to < frames_.size()) depth_ = to;
        show_frame();
      } else if (is({"list", "l"})) {
        int at = frame() ? static_cast<int>(number_of(*frame(), "line")) : 1;
        const int mark = at;
        std::from_chars(rest.data(), rest.data() + rest.size(), at);
        show_lines(file(), at - 5, at + 5, mark);
      } else if (is({"locals"}) && rest.empty()) {
        locals();
      } else if (is({"watch"}) && !rest.empty()) {
        watch(rest);
      } else if (is({"print", "p"}) && !rest.empty()) {
        evaluate(rest);
      } else if (is({"set"}) && !rest.empty()) {
        evaluate(rest);
      } else {
        evaluate(line);
      }
    }
  }

  void forget(const std::string& which) {
    std::size_t number = 0;
    std::from_chars(which.data(), which.data() + which.size(), number);
    std::vector<std::string> paths;
    for (const Wanted& b : breakpoints_) paths.push_back(b.path);
    if (which.empty())
      breakpoints_.clear();
    else if (number >= 1 && number <= breakpoints_.size())
      breakpoints_.erase(breakpoints_.begin() + static_cast<std::ptrdiff_t>(number) - 1);
    else
      return say("there is no breakpoint " + which + "\n", "31");
    for (const std::string& path : paths) set_breakpoints(path);
  }

  struct Wanted {
    std::string path;
    int line;
    std::string condition, function;  // a function: no path
  };

  std::unique_ptr<wire::Transport> end_;
  std::string program_;
  json::object launch_;
  bool colours_;
  std::int64_t seq_ = 0;
  int code_ = 0;
  std::vector<Wanted> breakpoints_;
  json::array watched_, frames_;
  std::size_t depth_ = 0;

  std::mutex sending_;  // of seq_ and of writing; may be taken inside mutex_
  std::mutex mutex_;    // of what follows
  std::condition_variable changed_;
  std::map<std::int64_t, json::object> answers_;
  std::optional<json::object> stopped_;
  std::int64_t waits_for_ = 0;  // the request whose answer is waited for
  bool running_ = false, ended_ = false, gone_ = false;
};

}  // namespace

int debug_main(int argc, const char* const* argv) {
  ConsoleOptions options = read_console_options(argc, argv);
  if (options.help || !options.problem.empty()) {
    if (!options.help) fmt::print(stderr, "mlpy debug: {}\n", options.problem);
    fmt::print(options.help ? stdout : stderr,
               "mlpy debug [OPTIONS] FILE [--] [ARGUMENTS...]: debug a program in the terminal\n{}"
               "At the prompt:\n{}",
               kConsoleOptions, kHelp);
    return options.help ? 0 : 2;
  }
  const sigset_t awaited = awaited_signals();
  ::pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  std::error_code failed;
  auto [mine, its] = wire::make_memory_pair();
  Session session(*its, std::uint64_t{64} << 20);
  session.stay();
  std::thread adapter([&session] { session.run(); });
  const int code = Console(std::move(mine), std::filesystem::absolute(options.file, failed).string(),
                           std::move(options.launch))
                       .run();
  adapter.join();
  return code;
}

}  // namespace ml::dap
