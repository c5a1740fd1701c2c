#include "dap/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dap/console_options.h"
#include "dap/session.h"
#include "dap/statements.h"
#include "wire/json.h"
#include "wire/transport.h"

namespace ml::dap {
namespace {

constexpr const char* kHelp =
    "break [FILE:]LINE [if EXPRESSION]   stop there     delete [NUMBER]      forget a breakpoint, or all\n"
    "run, continue (c)                   go on          next (n), step (s)   over calls, into calls\n"
    "finish                              to the caller  where (bt)           the calls\n"
    "up, down                            another frame  list (l) [LINE]      the text here\n"
    "print (p) EXPRESSION                a value        set NAME = VALUE     change it\n"
    "locals                              variables      watch NAME           stop when it changes\n"
    "quit (q)                            end            help\n"
    "An empty line repeats the last step. Anything else is evaluated.\n";

class Console {
 public:
  Console(std::unique_ptr<wire::Transport> end, std::string program, json::object launch)
      : end_(std::move(end)),
        program_(std::move(program)),
        launch_(std::move(launch)),
        colours_(::isatty(STDOUT_FILENO) != 0) {}

  int run() {
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
    return code_;
  }

 private:
  // --- the protocol

  std::int64_t send(const char* command, json::object arguments) {
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
    changed_.wait(lock, [&] { return gone_ || answers_.contains(seq); });
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
      changed_.wait(lock, [&] { return gone_ || ended_ || stopped_; });
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

  void add_breakpoint(std::string where) {
    Wanted b{file(), 0, {}};
    if (const std::size_t at = where.find(" if "); at != where.npos) {
      b.condition = where.substr(at + 4);
      where.resize(at);
    }
    if (const std::size_t colon = where.rfind(':'); colon != where.npos) {
      b.path = std::filesystem::absolute(where.substr(0, colon)).lexically_normal().string();
      where.erase(0, colon + 1);
    }
    const auto [end, bad] = std::from_chars(where.data(), where.data() + where.size(), b.line);
    if (bad != std::errc() || end == where.data()) return say("break [FILE:]LINE [if EXPRESSION]\n", "31");
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

  void talk() {
    std::string line, last;
    while (true) {
      {
        const std::lock_guard lock(mutex_);
        if (ended_ || gone_) return;
      }
      say("(mlpy) ", "32");
      if (!std::getline(std::cin, line)) return;
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
    std::string condition;
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

  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::map<std::int64_t, json::object> answers_;
  std::optional<json::object> stopped_;
  bool ended_ = false, gone_ = false;
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
