#include "dap/session.h"
#include "dap/token.h"

namespace ml::dap {

void Session::agent_said(json::object message) {
  const auto* answer = message.if_contains("answer");
  if (answer) {
    const auto found = questions_.find(wire::integer_of(*answer).value_or(-1));
    if (found == questions_.end()) return;
    const Done done = std::move(found->second);
    questions_.erase(found);
    return done(message);
  }
  const std::string what = text_of(message, "event");
  if (what == "stopped") return stopped(message);
  if (what == "log") return logged(message);
  if (what == "modules") return more_modules(message);
  if (what == "exit" && arguments_.profile) merging_ = progress("Making the profile");
  if (what != "hello") return;
  program_pid_ = number_of(message, "pid");
  running_ = flag_of(message, "running");
  open_world_ = flag_of(message, "open");
  module_files_.clear(), module_names_.clear();
  kinds_told_ = 0;
  json::array tables;
  if (const auto* modules = array_of(message, "modules")) {
    for (const auto& entry : *modules) {
      const auto* row = entry.if_array();
      if (!row || row->size() < 3) continue;
      add_module(*row);
      if (arguments_.no_debug) continue;  // without tables nothing is put into its code
      const auto source = source_of(module_files_.back());
      tables.emplace_back(wire::sv(hexadecimal(source ? source->statements.table : std::string())));
    }
  }
  if (const auto end = std::exchange(launching_, nullptr)) end();
  debuggee_->send({{"command", "setup"}, {"tables", std::move(tables)}});
  if (const CallPtr call = std::exchange(launch_call_, nullptr)) call->answer(json::value(nullptr));
  if (arguments_.agent.contains("record"))
    event("capabilities", {{"capabilities", json::object{{"supportsStepBack", true}}}});
  if (arguments_.program.empty() && !module_files_.empty()) arguments_.program = module_files_.front();
  event("process", {{"name", wire::sv(arguments_.program)},
                    {"systemProcessId", number_of(message, "pid")},
                    {"isLocalProcess", true},
                    {"startMethod", arguments_.plan.how == Start::attach ? "attach" : "launch"}});
  for (std::size_t i = 0; i < module_files_.size(); ++i) {
    event("module", {{"reason", "new"}, {"module", module_json(i)}});
    event("loadedSource", {{"reason", "new"}, {"source", loaded_source(i)}});
  }
  open_gate();
  if (!gate_open_) {
    loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(10), [this, run = run_.load()] {
      if (run != run_ || gate_open_ || over_) return;
      console("warning: the client has not sent configurationDone for 10 s; the program begins\n");
      configured_ = true;
      open_gate();
    });
  }
}

void Session::add_module(const json::array& row) {
  module_names_.emplace_back(wire::sv(row[0].as_string()));
  module_files_.emplace_back(wire::sv(row[2].as_string()));
}

// A service loads modules while it runs, and waits until their breakpoints are set.
void Session::more_modules(const json::object& message) {
  const auto* modules = array_of(message, "modules");
  for (const auto& entry : modules ? *modules : json::array()) {
    const auto* row = entry.if_array();
    if (!row || row->size() < 3 || !(*row)[0].is_string() || !(*row)[2].is_string()) continue;
    add_module(*row);
    const std::size_t number = module_files_.size() - 1;
    const std::string& path = module_files_.back();
    sources_.erase(path);  // as it is now
    if (const auto source = source_of(path)) {
      for (Breakpoint& b : breakpoints_[path]) b.stop = asked_stop(b, *source);
    }
    event("module", {{"reason", "new"}, {"module", module_json(number)}});
    event("loadedSource", {{"reason", "new"}, {"source", loaded_source(number)}});
    if (!gate_open_ || arguments_.no_debug) continue;
    bind_functions();
    send_breakpoints(static_cast<int>(number));
  }
  if (!arguments_.step_filters.empty() && gate_open_) {
    json::object options = arguments_.agent;
    options["filtered"] = filtered_stops();
    debuggee_->send({{"command", "options"}, {"options", std::move(options)}});
  }
  debuggee_->send({{"command", "known"}, {"count", module_files_.size()}});
}

void Session::stopped(const json::object& message) {
  stopped_ = true;
  past_ = false;
  ++stops_;
  stopped_at_ = wire::Loop::Clock::now();
  debuggee_->drain();
  const std::string reason = text_of(message, "reason", "step");
  last_filter_ = text_of(message, "filter");
  site_.reset();
  if (const auto* site = array_of(message, "site"); site && site->size() == 2)
    site_ = {static_cast<int>(wire::integer_of((*site)[0]).value_or(-1)),
             static_cast<int>(wire::integer_of((*site)[1]).value_or(-1))};
  stopped_thread_ = number_of(message, "thread", kMainThread);
  if (threads_.insert(stopped_thread_).second)
    event("thread", {{"reason", "started"}, {"threadId", stopped_thread_}});
  json::object body{
      {"reason", wire::sv(reason)}, {"threadId", stopped_thread_}, {"allThreadsStopped", !open_world_}};
  static const std::map<std::string_view, const char*> kDescriptions{
      {"step", "Paused after a step"},
      {"breakpoint", "Paused on a breakpoint"},
      {"entry", "Paused at the beginning"},
      {"pause", "Paused"},
      {"goto", "Paused after a jump"},
      {"exception", "Paused on an exception"},
      {"data breakpoint", "Paused after a value changed"},
      {"function breakpoint", "Paused on a function breakpoint"}};
  if (const auto found = kDescriptions.find(reason); found != kDescriptions.end())
    body["description"] = found->second;
  if (const std::string text = text_of(message, "text"); !text.empty()) body["text"] = wire::sv(text);
  if (const auto* ids = array_of(message, "breakpoints")) body["hitBreakpointIds"] = *ids;
  event("stopped", std::move(body));
  const auto* ids = array_of(message, "breakpoints");
  for (const auto& id : ids && !capture_.empty() ? *ids : json::array()) {
    if (!profile_stops_.contains(wire::integer_of(id).value_or(-1))) continue;
    stop_profile(nullptr);
    break;
  }
}

void Session::logged(const json::object& message) {
  json::object body{{"category", "console"}, {"output", wire::sv(text_of(message, "text"))}};
  const auto id = number_of(message, "id");
  for (const auto& [path, list] : breakpoints_) {
    for (const Breakpoint& b : list) {
      if (b.id != id) continue;
      body["source"] = source_json(path);
      if (const auto source = source_of(path); source && b.stop >= 0)
        body["line"] = lines_.line_out(static_cast<int>(
            source->lines.line_of(source->statements.stops[static_cast<std::size_t>(b.stop)].span.begin)));
    }
  }
  event("output", std::move(body));
}

std::int64_t Session::ask(json::object message, Done done, bool patient) {
  const std::int64_t id = next_question_++;
  message["id"] = id;
  questions_[id] = std::move(done);
  debuggee_->send(message);
  if (patient) return id;
  loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(5), [this, id, run = run_.load()] {
    if (run != run_) return;
    const auto found = questions_.find(id);
    if (found == questions_.end()) return;
    const Done late = found->second;  // kept: an evaluation may go on
    late({{"error", "the program is busy in native code"}});
  });
  return id;
}

void Session::ask_for(const CallPtr& call, json::object message,
                      std::function<json::value(const json::object&)> done, std::chrono::milliseconds limit) {
  const std::int64_t seq = wire::integer_of(call->request().id).value_or(0);
  const std::int64_t id = ask(
      std::move(message),
      [this, call, seq, limit, done = std::move(done)](const json::object& answer) {
        question_of_.erase(seq);
        if (call->answered()) return;
        std::string error = text_of(answer, "error");
        if (const auto name = error.find("'dollar_"); name != error.npos) error.replace(name + 1, 7, "$");
        if (error == "cancelled" && limit.count() > 0)
          return fail(call, "evaluation took longer than " + std::to_string(limit.count()) + " ms");
        if (!error.empty()) {
          const std::string text = text_of(call->params().get_object(), "expression");
          // A name with a `$` is longer where it ran.
          const auto at = text.find('$') == text.npos ? number_of(answer, "at", -1) : -1;
          return fail(call, pointed(error, text, at));
        }
        json::value body;
        try {
          body = done(answer);
        } catch (const std::exception& defect) {
          return fail(call, std::string("not understood what the program answers: ") + defect.what());
        }
        call->answer(std::move(body));
      },
      limit.count() == 0);
  question_of_[seq] = id;
  if (limit.count() <= 0) return;
  loop_.post_at(wire::Loop::Clock::now() + limit, [this, id, run = run_.load()] {
    if (run == run_ && questions_.contains(id)) debuggee_->send({{"command", "interrupt"}, {"of", id}});
  });
}

bool Session::needs_stop(const CallPtr& call) {
  if (stopped_ && debuggee_) return true;
  fail(call, "notStopped");
  return false;
}

void Session::resume(const CallPtr& call, int step, json::object answer, json::object how) {
  if (!needs_stop(call)) return;
  stopped_ = false;
  paused_ns_ += std::chrono::nanoseconds(wire::Loop::Clock::now() - stopped_at_).count();
  frames_.clear(), targets_.clear(), goto_targets_.clear(), locations_.clear();
  call->answer(answer.empty() ? json::value(nullptr) : json::value(std::move(answer)));
  how["command"] = "go", how["step"] = step;
  debuggee_->send(how);
}

void Session::move(const CallPtr& call, const char* way, json::object answer) {
  if (!needs_stop(call)) return;
  if (!arguments_.agent.contains("record"))
    return fail(call, "this program does not record its values: launch it with \"record\": true");
  ask_for(call, {{"command", "move"}, {"way", way}},
          [this, answer = std::move(answer)](const json::object& found) -> json::value {
            past_ = flag_of(found, "past");
            frames_.clear(), targets_.clear(), goto_targets_.clear(), locations_.clear();
            site_.reset();
            loop_.post([this, reason = text_of(found, "reason", "step")] {  // after the answer
              event("stopped",
                    {{"reason", wire::sv(reason)},
                     {"threadId", stopped_thread_},
                     {"allThreadsStopped", true},
                     {"description", past_ ? "Recorded values, read only" : "Back at the present"}});
            });
            return answer.empty() ? json::value(nullptr) : json::value(answer);
          });
}

void Session::step_back(const CallPtr& call, const json::object&) { move(call, "back", {}); }
void Session::reverse_continue(const CallPtr& call, const json::object&) { move(call, "run back", {}); }

// One thread stands at a time; those of a service that wait for their turn to stop stay where they are.
bool Session::asks_for_another_thread(const CallPtr& call, const json::object& arguments) {
  if (!stopped_ || !flag_of(arguments, "singleThread") ||
      number_of(arguments, "threadId", stopped_thread_) == stopped_thread_)
    return false;
  fail(call, "this thread does not stand");
  return true;
}

void Session::step(const CallPtr& call, int step, const json::object& arguments) {
  if (asks_for_another_thread(call, arguments)) return;
  if (past_) return move(call, "forward", {});
  json::object how;
  if (text_of(arguments, "granularity") == "line") how["line"] = true;
  if (const auto target = number_of(arguments, "targetId"); step == 1 && target > 0) {
    if (target > static_cast<std::int64_t>(targets_.size()))
      return fail(call, "this target is not known any more");
    how["into"] = targets_[static_cast<std::size_t>(target - 1)];
  }
  resume(call, step, {}, std::move(how));
}

void Session::continue_(const CallPtr& call, const json::object& arguments) {
  if (asks_for_another_thread(call, arguments)) return;
  json::object answer{{"allThreadsContinued", !flag_of(arguments, "singleThread")}};
  if (past_) return move(call, "run forward", std::move(answer));
  resume(call, 0, std::move(answer));
}
void Session::step_in(const CallPtr& call, const json::object& a) { step(call, 1, a); }
void Session::next(const CallPtr& call, const json::object& a) { step(call, 2, a); }
void Session::step_out(const CallPtr& call, const json::object& a) { step(call, 3, a); }

void Session::pause(const CallPtr& call, const json::object& arguments) {
  if (!debuggee_ || !gate_open_ || over_) return fail(call, "the program does not run");
  if (arguments_.no_debug) return fail(call, "the program runs without debugging");
  call->answer(json::value(nullptr));
  if (stopped_) return;
  ask({{"command", "pause"}, {"thread", number_of(arguments, "threadId")}}, [](const json::object&) {});
  loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(1), [this, run = run_.load()] {
    if (run == run_ && !stopped_ && !over_)
      console("The program is in native code; it stops when that returns.\n");
  });
}

void Session::threads(const CallPtr& call, const json::object&) {
  const auto listed = [](const json::array& rows) {
    json::array list;
    for (const auto& row : rows) {
      const auto& pair = row.as_array();
      list.push_back(json::object{{"id", pair.at(0)}, {"name", pair.at(1)}});
    }
    return json::value(json::object{{"threads", std::move(list)}});
  };
  if (!open_world_ || over_ || !debuggee_) {
    json::array only;
    only.push_back(json::array{kMainThread, "main"});
    return call->answer(listed(only));
  }
  ask_for(call, {{"command", "threads"}},
          [listed](const json::object& answer) { return listed(answer.at("threads").as_array()); });
}

}  // namespace ml::dap
