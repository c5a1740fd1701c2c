#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "dap/linked.h"
#include "dap/session.h"
#include "dap/token.h"

namespace ml::dap {
namespace {

json::array exception_filters() {
  const auto filter = [](const char* id, const char* label, bool on, bool condition) {
    json::object out{{"filter", id}, {"label", label}, {"default", on}, {"supportsCondition", condition}};
    if (condition) out["conditionDescription"] = "type names, or an expression on $exception";
    return out;
  };
  return {filter("raised", "All exceptions", false, true), filter("thrown", "ML throw only", false, true),
          filter("uncaught", "Uncaught exceptions", true, true),
          filter("userUncaught", "Leaves my code uncaught", false, true),
          filter("security", "Capability or security violations", true, false)};
}

// Of what the compiler wrote: the first line of an error, else the first line.
std::string first_error(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.find(": error") != line.npos) return std::string(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return std::string(first);
}

}  // namespace

void Session::initialize(const CallPtr& call, const json::object& arguments) {
  if (initialized_) return fail(call, "initialize was sent before");
  initialized_ = true;
  client_ = arguments;
  lines_.lines_from_1 = flag_of(arguments, "linesStartAt1", true);
  lines_.columns_from_1 = flag_of(arguments, "columnsStartAt1", true);
  lines_.uris = text_of(arguments, "pathFormat") == "uri";
  json::object capabilities;
  for (const char* able : {"supportsConfigurationDoneRequest",
                           "supportsFunctionBreakpoints",
                           "supportsConditionalBreakpoints",
                           "supportsHitConditionalBreakpoints",
                           "supportsEvaluateForHovers",
                           "supportsSetVariable",
                           "supportsCompletionsRequest",
                           "supportsModulesRequest",
                           "supportsRestartRequest",
                           "supportsExceptionInfoRequest",
                           "supportTerminateDebuggee",
                           "supportsDelayedStackTraceLoading",
                           "supportsLoadedSourcesRequest",
                           "supportsLogPoints",
                           "supportsSetExpression",
                           "supportsTerminateRequest",
                           "supportsCancelRequest",
                           "supportsBreakpointLocationsRequest",
                           "supportsClipboardContext",
                           "supportsExceptionFilterOptions",
                           "supportsValueFormattingOptions",
                           "supportsStepInTargetsRequest",
                           "supportsDataBreakpoints",
                           "supportsSteppingGranularity",
                           "supportSuspendDebuggee",
                           "supportsGotoTargetsRequest",
                           "supportsSingleThreadExecutionRequests",
                           "supportsANSIStyling"})
    capabilities[able] = true;
  for (const char* unable :
       {"supportsStepBack", "supportsRestartFrame", "supportsReadMemoryRequest", "supportsExceptionOptions",
        "supportsTerminateThreadsRequest", "supportsWriteMemoryRequest", "supportsDisassembleRequest",
        "supportsInstructionBreakpoints", "supportsDataBreakpointBytes"})
    capabilities[unable] = false;
  capabilities["additionalModuleColumns"] =
      json::array{json::object{{"attributeName", "mlFunctions"}, {"label", "Functions"}, {"type", "number"}}};
  capabilities["completionTriggerCharacters"] = json::array{"."};
  capabilities["exceptionBreakpointFilters"] = exception_filters();
  capabilities["supportedChecksumAlgorithms"] = json::array{"SHA256"};
  call->answer(json::value(std::move(capabilities)));
  event("initialized", {});
}

void Session::launch(const CallPtr& call, const json::object& arguments) {
  begin(call, [&](std::string& problem) { return read_launch(arguments, scratch_.name(), problem); });
}

void Session::attach(const CallPtr& call, const json::object& arguments) {
  begin(call, [&](std::string& problem) { return read_attach(arguments, problem); });
}

void Session::begin(const CallPtr& call, const std::function<LaunchArguments(std::string&)>& read) {
  if (launched_) return fail(call, "a program is debugged already");
  std::string problem;
  arguments_ = read(problem);
  if (!problem.empty()) {
    fail(call, problem, true);
    event("terminated", {});
    return;
  }
  for (const std::string& warning : arguments_.warnings) console("warning: " + warning + "\n");
  if (!arguments_.trace.empty()) {
    const bool open = envelope_.log().open(arguments_.trace, problem);
    console(open ? "The protocol is written to " + arguments_.trace + "\n"
                 : "warning: trace: " + problem + "\n");
  }
  launched_ = true;
  launch_call_ = call;
  tools_.post([] { Scratch::remove_left_ones(); });
  start_program();
}

// The client starts the program in a terminal of its own.
void Session::ask_for_terminal() {
  json::object environment;
  for (const auto& [name, value] : arguments_.plan.environment) environment[name] = wire::sv(value);
  for (const std::string& name : arguments_.plan.unset) environment[name] = nullptr;
  for (const auto& [name, value] : debuggee_->agent_variables()) environment[name] = wire::sv(value);
  json::array words;
  for (const std::string& word : arguments_.plan.command) words.emplace_back(wire::sv(word));
  peer_.request(
      "runInTerminal",
      json::object{
          {"kind", wire::sv(arguments_.terminal)},
          {"title", wire::sv("mlpy: " + std::filesystem::path(arguments_.program).filename().string())},
          {"cwd", wire::sv(arguments_.plan.folder)},
          {"args", std::move(words)},
          {"env", std::move(environment)}},
      [this, run = run_.load()](wire::Response&& response) {
        loop_.post([this, run, failed = response.failed, why = response.error.message] {
          if (run == run_ && failed) run_without_terminal(why);
        });
      });
  loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(20), [this, run = run_.load()] {
    if (run == run_ && debuggee_ && !debuggee_->has_agent())
      run_without_terminal("it did not start for 20 s");
  });
}

void Session::run_without_terminal(const std::string& why) {
  console("warning: no terminal (" + why + "); the program runs in the console\n");
  ++run_;
  debuggee_.reset();
  arguments_.plan.how = Start::process;
  start_program();
}

void Session::start_program() {
  if (arguments_.plan.how == Start::terminal && !flag_of(client_, "supportsRunInTerminalRequest")) {
    console("warning: this client has no terminal; the program runs in the console\n");
    arguments_.plan.how = Start::process;
  }
  program_pid_ = 0;
  threads_ = {kMainThread}, stopped_thread_ = kMainThread;
  gate_open_ = over_ = stopped_ = terminating_ = false;
  module_files_.clear(), module_names_.clear(), last_errors_.clear();
  questions_.clear();
  capture_.clear();
  stops_ = 0, paused_ns_ = 0;
  std::error_code none;
  std::filesystem::remove(scratch_.file("place"), none);
  std::ofstream(scratch_.file("capture"));  // the sandbox lets the program write this file, and make none
  const int run = ++run_;
  const auto post = [this, run](std::function<void()> task) {
    loop_.post([this, run, task = std::move(task)] {
      if (run == run_) task();
    });
  };
  Debuggee::Events events;
  const Folders folders{arguments_.plan.folder, std::filesystem::path(arguments_.program).parent_path()};
  const std::string mark =
      arguments_.plan.how == Start::process && !arguments_.no_debug ? random_token() : std::string();
  arguments_.agent["mark"] = wire::sv(mark);
  const auto printed =
      std::make_shared<std::array<PrintedReader, 2>>(std::array{PrintedReader(mark), PrintedReader(mark)});
  events.output = [this, post, run, folders, printed](bool is_error, std::string text) {
    // The program waits when the client does not read.
    while (run == run_ && peer_.outbox().waiting_bytes() > (4u << 20) && !peer_.outbox().broken())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (is_error) {
      post([this, text] {
        if (launch_call_ && last_errors_.size() < 4000) last_errors_ += text;
      });
    }
    for (Printed& piece : (*printed)[is_error ? 1 : 0].add(text)) print(is_error, std::move(piece), folders);
  };
  events.busy = [this] { return peer_.outbox().waiting_bytes() > (64u << 10); };
  events.message = [this, post](json::object message) {
    post([this, message = std::move(message)]() mutable {
      try {
        agent_said(std::move(message));
      } catch (const std::exception& defect) {  // of fields that no agent of ours sends
        console(std::string("mlpy dap: not understood what the program says: ") + defect.what() + "\n");
      }
    });
  };
  events.ended = [this, post](int status) { post([this, status] { program_ended(status); }); };
  std::string problem;
  debuggee_.reset();  // before the next: both use the session's folder
  debuggee_ = Debuggee::launch(arguments_.plan, std::move(events), problem);
  if (!debuggee_) {
    if (const CallPtr call = std::exchange(launch_call_, nullptr)) fail(call, problem, true);
    return finish();
  }
  if (arguments_.plan.how == Start::terminal) ask_for_terminal();
  if (launch_call_ && arguments_.plan.how == Start::process)
    launching_ =
        progress("Compiling " + std::filesystem::path(arguments_.program).filename().string(), [this, run] {
          if (run == run_ && debuggee_) end_by_force();
        });
}

// Any thread.
void Session::print(bool is_error, Printed&& piece, const Folders& folders) {
  const char* category = is_error ? "stderr" : "stdout";
  if (piece.file.empty() && !is_error) return console(std::move(piece.text), category);
  std::vector<Linked> lines;
  if (piece.file.empty())
    lines = linked_lines(piece.text);
  else
    lines.push_back({std::move(piece.text), std::move(piece.file), piece.line, 0});
  for (const Linked& line : lines) {
    json::object body{{"category", category}, {"output", wire::sv(line.text)}};
    std::error_code failed;
    for (const auto& folder : folders) {
      if (line.file.empty() || !std::filesystem::is_regular_file(folder / line.file, failed)) continue;
      body["source"] = source_json((folder / line.file).string());
      body["line"] = lines_.line_out(line.line);
      if (line.column > 0) body["column"] = lines_.column_out(line.column - 1);
      break;
    }
    event("output", std::move(body));
  }
}

void Session::configuration_done(const CallPtr& call, const json::object&) {
  configured_ = true;
  call->answer(json::value(nullptr));
  open_gate();
}

// The program begins when it is ready and the client has said everything.
void Session::open_gate() {
  if (gate_open_ || !configured_ || (module_files_.empty() && !running_) || !debuggee_) return;
  gate_open_ = true;
  bind_functions();
  for (std::size_t i = 0; i < module_files_.size() && !arguments_.no_debug; ++i)
    send_breakpoints(static_cast<int>(i));
  if (!arguments_.no_debug) send_exceptions();
  if (!data_breakpoints_.empty() && !arguments_.no_debug) send_data_breakpoints();
  json::object options = arguments_.agent;
  if (!arguments_.step_filters.empty()) options["filtered"] = filtered_stops();
  if (running_) {
    // What it is sent it takes in order: with this answer it has the breakpoints.
    ask({{"command", "options"}, {"options", std::move(options)}}, [this](const json::object&) {
      event("thread", {{"reason", "started"}, {"threadId", 1}});
      if (arguments_.profile_attached) measure_attached();
    });
    return;
  }
  debuggee_->send({{"command", "go"},
                   {"stopOnEntry", arguments_.stop_on_entry && !arguments_.no_debug},
                   {"options", std::move(options)}});
  event("thread", {{"reason", "started"}, {"threadId", 1}});
}

void Session::program_ended(int status) {
  if (!capture_.empty() && !restarting_) return profile_ended(status);
  for (auto* work : {&launching_, &merging_})
    if (const auto end = std::exchange(*work, nullptr)) end();
  if (status < 0) status = 1 << 8;  // nobody knows
  const bool signalled = WIFSIGNALED(status);
  const int code = signalled ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  if (const CallPtr call = std::exchange(launch_call_, nullptr)) {
    const std::string message = first_error(last_errors_);
    fail(call, message.empty() ? "the program ended before it began" : message, true);
    return finish();
  }
  for (auto& [id, done] : std::exchange(questions_, {})) done({{"error", "the program has ended"}});
  if (restarting_) {
    restarting_ = false;
    if (arguments_.profile && gate_open_) report_run(code, 0);
    return start_program();
  }
  if (arguments_.profile && gate_open_) report_run(code, code > 128 && code != 128 + SIGINT ? code - 128 : 0);
  event("exited", {{"exitCode", code}});
  finish();
}

void Session::finish() {
  if (std::exchange(over_, true)) return;
  stopped_ = false;
  event("terminated", {});
  // A client that does not leave is left.
  loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(5), [this, run = run_.load()] {
    if (run != run_ || !over_) return;
    peer_.outbox().flush(std::chrono::milliseconds(100));
    leave();
  });
}

void Session::leave() {
  ++run_;
  debuggee_.reset();
  scratch_.remove();
  peer_.outbox().flush(std::chrono::milliseconds(500));
  if (!stays_) _exit(0);
  transport_.close();
}

void Session::restart(const CallPtr& call, const json::object& arguments) {
  if (!launched_) return fail(call, "nothing is launched");
  if (const auto* given = object_of(arguments, "arguments")) {
    std::string problem;
    LaunchArguments fresh = read_launch(*given, scratch_.name(), problem);
    if (!problem.empty()) return fail(call, problem, true);
    arguments_ = std::move(fresh);
  }
  call->answer(json::value(nullptr));
  read_sources_again();
  if (over_ || !debuggee_) return start_program();
  restarting_ = true;
  end_by_force();
}

void Session::terminate(const CallPtr& call, const json::object&) {
  call->answer(json::value(nullptr));
  if (!debuggee_ || over_) return;
  if (std::exchange(terminating_, true)) return end_by_force();
  stopped_ = false;
  if (gate_open_) {
    ask({{"command", "terminate"}}, [](const json::object&) {});
  } else {
    debuggee_->kill(SIGTERM);
  }
  loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(2), [this, run = run_.load()] {
    if (run == run_ && debuggee_ && !over_) end_by_force();
  });
}

void Session::end_by_force() {
  if (arguments_.plan.how != Start::process && program_pid_ > 0)
    ::kill(static_cast<pid_t>(program_pid_), SIGTERM);
  debuggee_->kill(SIGTERM);  // the command may have a profile to save
  loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(2), [this, run = run_.load()] {
    if (run == run_ && debuggee_ && !over_) debuggee_->kill(SIGKILL);
  });
}

void Session::disconnect(const CallPtr& call, const json::object& arguments) {
  const bool attached = arguments_.plan.how == Start::attach;
  if (attached && debuggee_ && !over_ && !capture_.empty())
    return finish_profile([this, call, arguments] { disconnect(call, arguments); });
  if (const CallPtr launching = std::exchange(launch_call_, nullptr))
    fail(launching, "the session was ended");
  const bool kill = flag_of(arguments, "terminateDebuggee", !attached);
  if (debuggee_) {
    if (kill || over_) {
      if (!over_ && arguments_.plan.how != Start::process) end_by_force();
      ++run_;
      debuggee_.reset();
    } else {
      debuggee_->send({{"command", "detach"}, {"suspend", flag_of(arguments, "suspendDebuggee")}});
      if (!attached) {
        call->answer(json::value(nullptr));
        peer_.outbox().flush(std::chrono::milliseconds(500));
        _exit(0);  // the program goes on
      }
    }
  }
  call->answer(json::value(nullptr));
  leave();
}

void Session::cancel(const CallPtr& call, const json::object& arguments) {
  if (const auto work = stoppable_.find(text_of(arguments, "progressId")); work != stoppable_.end())
    work->second();
  const auto found = calls_.find(number_of(arguments, "requestId", -1));
  if (const CallPtr other = found == calls_.end() ? nullptr : found->second.lock()) {
    other->stop().stop(wire::StopReason::Cancelled);
    other->answer(wire::RpcError{1, "cancelled", nullptr});
    const auto question = question_of_.find(number_of(arguments, "requestId", -1));
    if (question != question_of_.end() && debuggee_)
      debuggee_->send({{"command", "interrupt"}, {"of", question->second}});
  }
  call->answer(json::value(nullptr));
}

}  // namespace ml::dap
