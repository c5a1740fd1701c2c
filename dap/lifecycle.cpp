#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "dap/session.h"

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
                           "supportsANSIStyling"})
    capabilities[able] = true;
  for (const char* unable :
       {"supportsStepInTargetsRequest", "supportsStepBack", "supportsRestartFrame",
        "supportsExceptionOptions", "supportsTerminateThreadsRequest", "supportsReadMemoryRequest",
        "supportsWriteMemoryRequest", "supportsDisassembleRequest", "supportsInstructionBreakpoints",
        "supportsDataBreakpointBytes"})
    capabilities[unable] = false;
  capabilities["completionTriggerCharacters"] = json::array{"."};
  capabilities["exceptionBreakpointFilters"] = exception_filters();
  capabilities["supportedChecksumAlgorithms"] = json::array{"SHA256"};
  call->answer(json::value(std::move(capabilities)));
  event("initialized", {});
}

void Session::launch(const CallPtr& call, const json::object& arguments) {
  if (launched_) return fail(call, "the program is launched already");
  std::string problem;
  arguments_ = read_launch(arguments, problem);
  if (!problem.empty()) {
    fail(call, problem, true);
    event("terminated", {});
    return;
  }
  for (const std::string& warning : arguments_.warnings) console("warning: " + warning + "\n");
  launched_ = true;
  launch_call_ = call;
  start_program();
}

void Session::start_program() {
  gate_open_ = over_ = stopped_ = terminating_ = false;
  module_files_.clear(), module_names_.clear(), last_errors_.clear();
  questions_.clear();
  const int run = ++run_;
  const auto post = [this, run](std::function<void()> task) {
    loop_.post([this, run, task = std::move(task)] {
      if (run == run_) task();
    });
  };
  Debuggee::Events events;
  events.output = [this, post, run](bool is_error, std::string text) {
    // The program waits when the client does not read.
    while (run == run_ && peer_.outbox().waiting_bytes() > (4u << 20) && !peer_.outbox().broken())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (is_error) {
      post([this, text] {
        if (launch_call_ && last_errors_.size() < 4000) last_errors_ += text;
      });
    }
    console(std::move(text), is_error ? "stderr" : "stdout");
  };
  events.message = [this, post](json::object message) {
    post([this, message = std::move(message)]() mutable { agent_said(std::move(message)); });
  };
  events.ended = [this, post](int status) { post([this, status] { program_ended(status); }); };
  std::string problem;
  debuggee_ = Debuggee::launch(arguments_.plan, std::move(events), problem);
  if (!debuggee_) {
    if (const CallPtr call = std::exchange(launch_call_, nullptr)) fail(call, problem, true);
    return finish();
  }
  if (arguments_.no_debug) {
    if (const CallPtr call = std::exchange(launch_call_, nullptr)) call->answer(json::value(nullptr));
    event("process", {{"name", wire::sv(arguments_.program)},
                      {"systemProcessId", debuggee_->pid()},
                      {"isLocalProcess", true},
                      {"startMethod", "launch"}});
  }
}

void Session::configuration_done(const CallPtr& call, const json::object&) {
  configured_ = true;
  call->answer(json::value(nullptr));
  open_gate();
}

// The program begins when it is ready and the client has said everything.
void Session::open_gate() {
  if (gate_open_ || !configured_ || module_files_.empty() || !debuggee_) return;
  gate_open_ = true;
  bind_functions();
  for (std::size_t i = 0; i < module_files_.size(); ++i) send_breakpoints(static_cast<int>(i));
  send_exceptions();
  debuggee_->send({{"command", "go"}, {"stopOnEntry", arguments_.stop_on_entry}});
  event("thread", {{"reason", "started"}, {"threadId", 1}});
}

void Session::program_ended(int status) {
  const bool signalled = WIFSIGNALED(status);
  const int code = signalled ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  if (const CallPtr call = std::exchange(launch_call_, nullptr)) {
    std::string message = last_errors_.substr(0, last_errors_.find('\n'));
    fail(call, message.empty() ? "the program ended before it began" : message, true);
    return finish();
  }
  for (auto& [id, done] : std::exchange(questions_, {})) done({{"error", "the program has ended"}});
  if (restarting_) {
    restarting_ = false;
    return start_program();
  }
  if (arguments_.profile) {
    std::error_code failed;
    const bool saved = std::filesystem::is_regular_file(arguments_.saved_profile, failed);
    json::array reports;
    for (const std::string& report : arguments_.reports)
      reports.push_back(json::object{{"type", wire::sv(report)}, {"printed", saved}});
    json::object profile{{"schema", 1},
                         {"kind", saved ? "final" : "failed"},
                         {"runId", wire::sv(std::filesystem::path(arguments_.saved_profile).stem().string())},
                         {"path", wire::sv(arguments_.saved_profile)},
                         {"uri", wire::sv("file://" + arguments_.saved_profile)},
                         {"reports", std::move(reports)},
                         {"open", wire::sv(arguments_.profile_open)},
                         {"exitCode", code}};
    if (!saved) profile["error"] = "the run left no profile";
    event("mlpy/profile", std::move(profile));
  }
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
    debuggee_.reset();
    _exit(0);
  });
}

void Session::restart(const CallPtr& call, const json::object& arguments) {
  if (!launched_) return fail(call, "nothing is launched");
  if (const auto* given = object_of(arguments, "arguments")) {
    std::string problem;
    LaunchArguments fresh = read_launch(*given, problem);
    if (!problem.empty()) return fail(call, problem, true);
    arguments_ = std::move(fresh);
  }
  sources_.clear();
  call->answer(json::value(nullptr));
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
    debuggee_->kill(arguments_.no_debug ? SIGINT : SIGTERM);
  }
  loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(2), [this, run = run_.load()] {
    if (run == run_ && debuggee_ && !over_) end_by_force();
  });
}

void Session::end_by_force() {
  debuggee_->kill(SIGTERM);  // the command may have a profile to save
  loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(2), [this, run = run_.load()] {
    if (run == run_ && debuggee_ && !over_) debuggee_->kill(SIGKILL);
  });
}

void Session::disconnect(const CallPtr& call, const json::object& arguments) {
  const bool kill = flag_of(arguments, "terminateDebuggee", true);
  if (debuggee_) {
    if (kill || over_) {
      ++run_;
      debuggee_.reset();
    } else {
      debuggee_->send({{"command", "detach"}});
    }
  }
  call->answer(json::value(nullptr));
  peer_.outbox().flush(std::chrono::milliseconds(500));
  _exit(0);
}

void Session::cancel(const CallPtr& call, const json::object& arguments) {
  const auto found = calls_.find(number_of(arguments, "requestId", -1));
  if (const CallPtr other = found == calls_.end() ? nullptr : found->second.lock()) {
    other->stop().stop(wire::StopReason::Cancelled);
    other->answer(wire::RpcError{1, "cancelled", nullptr});
  }
  call->answer(json::value(nullptr));
}

}  // namespace ml::dap
