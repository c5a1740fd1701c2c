#pragma once

// One debug session with one client (editor-protocols.md sections 5 and 6).
//
// Threads: the client's reader (wire::Peer), the state thread, which runs everything here, and those of the
// debuggee, which only post to it. Handlers are spread over lifecycle.cpp, breakpoints.cpp, running.cpp and
// inspect.cpp.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dap/debuggee.h"
#include "dap/envelope.h"
#include "dap/expression.h"
#include "dap/launch.h"
#include "dap/printed.h"
#include "dap/profile.h"
#include "dap/scratch.h"
#include "dap/statements.h"
#include "wire/peer.h"
#include "wire/pool.h"

namespace ml::dap {

namespace json = wire::json;
using CallPtr = std::shared_ptr<wire::Call>;

// How the client names places.
struct ClientLines {
  bool lines_from_1 = true, columns_from_1 = true, uris = false;
  int line_in(std::int64_t line) const { return static_cast<int>(line) + (lines_from_1 ? 0 : 1); }
  int line_out(int line) const { return line - (lines_from_1 ? 0 : 1); }
  int column_out(int from_0) const { return from_0 + (columns_from_1 ? 1 : 0); }
  int column_in(std::int64_t column) const { return static_cast<int>(column) - (columns_from_1 ? 1 : 0); }
};

struct Breakpoint {
  int id = 0;
  std::string path;  // canonical
  int stop = -1;
  bool newer = false;  // asked for when the file was newer than the program
  json::object asked;  // what the client said
  json::object wire;   // for the agent: condition, native, hit, log
  std::string kind = "breakpoint", problem;
};

class Session final : public wire::Handler {
 public:
  Session(wire::Transport& transport, std::uint64_t max_message);
  ~Session() override;
  int run();  // until the client has gone; exit code
  // When the session is over, the process goes on: `run` returns. Before `run`.
  void stay() { stays_ = true; }
  // Writes the messages to a file. Before `run`.
  bool log_to(const std::string& file, std::string& problem) { return envelope_.log().open(file, problem); }

  void on_request(CallPtr call) override;
  void on_notification(wire::Notification note) override;
  void on_trouble(std::string what) override;

 private:
  using Handle = void (Session::*)(const CallPtr&, const json::object&);
  static const std::map<std::string, Handle, std::less<>>& handlers();
  void handle(const CallPtr& call);
  void fail(const CallPtr& call, std::string message, bool show = false);
  void event(std::string_view name, json::object body) { peer_.notify(name, std::move(body)); }
  void console(std::string text, const char* category = "console");

  // lifecycle.cpp
  void initialize(const CallPtr&, const json::object&);
  void launch(const CallPtr&, const json::object&);
  void attach(const CallPtr&, const json::object&);
  void begin(const CallPtr&, const std::function<LaunchArguments(std::string& problem)>& read);
  using Folders = std::vector<std::filesystem::path>;  // that names of files are relative to
  void print(bool is_error, Printed&& piece, const Folders& folders);
  void ask_for_terminal();
  void run_without_terminal(const std::string& why);
  void configuration_done(const CallPtr&, const json::object&);
  void restart(const CallPtr&, const json::object&);
  void terminate(const CallPtr&, const json::object&);
  void disconnect(const CallPtr&, const json::object&);
  void cancel(const CallPtr&, const json::object&);
  void start_program();
  void program_ended(int status);
  void open_gate();
  void end_by_force();
  void leave();
  void finish();

  // breakpoints.cpp
  void set_breakpoints(const CallPtr&, const json::object&);
  void set_function_breakpoints(const CallPtr&, const json::object&);
  void set_exception_breakpoints(const CallPtr&, const json::object&);
  void breakpoint_locations(const CallPtr&, const json::object&);
  json::object described(const Breakpoint& b, const Source* source) const;
  void read_conditions(Breakpoint& b) const;
  bool asks_for_another_thread(const CallPtr& call, const json::object& arguments);
  void bind_functions();
  int asked_stop(const Breakpoint& b, const Source& source) const;
  void read_sources_again();
  // `done` is told when the program has them, or that it is busy.
  void send_breakpoints(int module, std::function<void()> done = {});
  void send_exceptions();

  // running.cpp
  void agent_said(json::object message);
  void add_module(const json::array& row);
  void more_modules(const json::object& message);
  void stopped(const json::object& message);
  void logged(const json::object& message);
  void resume(const CallPtr&, int step, json::object answer, json::object how = {});
  void step(const CallPtr&, int step, const json::object& arguments);
  void continue_(const CallPtr&, const json::object&);
  void next(const CallPtr&, const json::object&);
  void step_in(const CallPtr&, const json::object&);
  void step_out(const CallPtr&, const json::object&);
  void step_back(const CallPtr&, const json::object&);
  void reverse_continue(const CallPtr&, const json::object&);
  // Through the recorded values: `way` is back, forward, run back or run forward.
  void move(const CallPtr& call, const char* way, json::object answer);
  void pause(const CallPtr&, const json::object&);
  void threads(const CallPtr&, const json::object&);
  using Done = std::function<void(const json::object&)>;
  // Of the agent. Without an answer after five seconds `done` is told that the program is busy, unless
  // `patient`. The question's number.
  std::int64_t ask(json::object message, Done done, bool patient = false);
  // `done` makes the answer to the client; errors and silence are answered here. Interrupted after `limit`;
  // 0: never, and never impatient.
  static constexpr std::chrono::milliseconds kUsual{-1};
  void ask_for(const CallPtr& call, json::object message,
               std::function<json::value(const json::object&)> done,
               std::chrono::milliseconds limit = kUsual);
  bool needs_stop(const CallPtr& call);

  // inspect.cpp
  void stack_trace(const CallPtr&, const json::object&);
  json::object stack_frame(const json::object& row, const json::object& format);
  void changed_values();
  void tell_kinds();  // before something is assigned
  void scopes(const CallPtr&, const json::object&);
  void variables(const CallPtr&, const json::object&);
  void set_variable(const CallPtr&, const json::object&);
  void set_expression(const CallPtr&, const json::object&);
  void evaluate(const CallPtr&, const json::object&);
  void completions(const CallPtr&, const json::object&);
  void exception_info(const CallPtr&, const json::object&);
  void loaded_sources(const CallPtr&, const json::object&);
  void modules(const CallPtr&, const json::object&);
  void source(const CallPtr&, const json::object&);
  void repl_command(const CallPtr&, const std::string& text, std::int64_t frame);
  void history(const CallPtr&, const std::string& name, std::int64_t frame);
  json::object variable(const json::object& row);
  void locations(const CallPtr&, const json::object&);

  // targets.cpp
  void step_in_targets(const CallPtr&, const json::object&);
  void data_breakpoint_info(const CallPtr&, const json::object&);
  void set_data_breakpoints(const CallPtr&, const json::object&);
  void goto_targets(const CallPtr&, const json::object&);
  void goto_(const CallPtr&, const json::object&);
  void send_data_breakpoints();
  json::array filtered_stops();

  // progress.cpp
  // Tells clients that show it of work that takes more than half a second. What it gives ends that, once;
  // `stop` (may be none) is done when the client cancels it.
  std::function<void()> progress(const std::string& title, std::function<void()> stop = {});

  // sources.cpp
  json::object loaded_source(std::size_t module);
  json::object module_json(std::size_t module);
  std::string shown_name(std::size_t module) const;  // "main" for the program itself

  // profiling.cpp
  void profile_start(const CallPtr&, const json::object&);
  void profile_stop(const CallPtr&, const json::object&);
  void profile_snapshot(const CallPtr&, const json::object&);
  void profile_status(const CallPtr&, const json::object&);
  void stop_profile(const CallPtr& call);  // null: by itself
  void measure_attached();
  // The question that starts measuring. A program without a place for its capture takes ours.
  json::object start_measuring() const;
  void profile_ended(int status);                   // with the program
  void finish_profile(std::function<void()> then);  // reports what is being measured
  void save_profile(const std::string& capture, const CallPtr& call);
  void report_run(int code, int signal);
  void tell_profile(const Measured& measured, const char* kind, bool print, json::object more);
  void profile_failed(const std::string& why, json::object more);
  void print_report(const Measured& measured, const std::string& report);
  void convert_snapshot(const std::string& capture, const CallPtr& call, int turns);
  void convert(const std::string& capture, const std::string& save,
               std::function<void(std::optional<Measured>, std::string)> done);
  std::string absolute(const std::string& file) const;  // of a file as a profile names it

  // sources
  std::shared_ptr<const Source> source_of(const std::string& path);
  int module_of(const std::string& path) const;  // -1
  json::object source_json(const std::string& path) const;
  std::string path_in(const json::object& source) const;  // canonical; empty when there is none

  wire::Transport& transport_;
  wire::Loop loop_;
  Envelope envelope_;
  wire::Peer peer_;
  ClientLines lines_;
  json::object client_;
  bool initialized_ = false, configured_ = false, launched_ = false, gate_open_ = false, over_ = false;
  bool stays_ = false;
  bool running_ = false;  // attached to a program that has begun
  bool stopped_ = false, restarting_ = false, terminating_ = false;
  bool past_ = false;  // shown are recorded values, not those of the stop
  int exit_code_ = 0;
  std::map<std::int64_t, std::weak_ptr<wire::Call>> calls_;

  Scratch scratch_;
  wire::Pool tools_{1};                   // programs that are run for their output
  std::string capture_;                   // of the profile taken on demand; empty: none
  std::set<std::int64_t> profile_stops_;  // breakpoints that end it
  int profile_number_ = 0, snapshots_ = 0, progresses_ = 0;
  std::map<std::string, std::function<void()>, std::less<>> stoppable_;  // by id of a progress
  std::function<void()> launching_, merging_;                            // end their progress; may be none
  std::int64_t stops_ = 0, paused_ns_ = 0;                               // of this run
  wire::Loop::Clock::time_point stopped_at_;
  std::int64_t program_pid_ = 0;  // as the agent said
  LaunchArguments arguments_;
  std::unique_ptr<Debuggee> debuggee_;
  CallPtr launch_call_;
  std::atomic<int> run_{0};  // which start of the program messages belong to
  std::vector<std::string> module_files_, module_names_;
  std::map<std::string, std::shared_ptr<const Source>, std::less<>> sources_;

  std::map<std::string, std::vector<Breakpoint>, std::less<>> breakpoints_;
  std::vector<Breakpoint> function_breakpoints_, data_breakpoints_;
  struct Place {
    std::shared_ptr<const Source> source;
    int stop = -1;
  };
  json::object function_range(const Place& place) const;
  std::map<std::int64_t, Place> frames_;  // of this stop, by id
  std::vector<json::object> targets_;     // of step-in, of this stop; ids from 1
  std::vector<json::object> locations_;   // where functions are that values are, of this stop; ids from 1
  struct Site {
    int module = -1, stop = -1;
  };
  std::optional<Site> site_;        // the statement that this stop is before, if it is at the begin of one
  std::vector<Site> goto_targets_;  // of this stop; ids from 1
  bool open_world_ = false;         // a service: others call its functions, in several threads
  static constexpr std::int64_t kMainThread = 1;
  std::int64_t stopped_thread_ = kMainThread;
  std::set<std::int64_t> threads_{kMainThread};  // that the client was told of
  std::size_t kinds_told_ = 0;                   // modules whose kinds of values the agent knows
  std::string last_filter_;                      // that the last stop on an exception fits
  json::object exception_filters_{{"uncaught", nullptr}, {"security", nullptr}};
  bool early_exceptions_ = false;
  int next_breakpoint_ = 1;
  std::int64_t next_question_ = 1;
  std::map<std::int64_t, Done> questions_;
  std::map<std::int64_t, std::int64_t> question_of_;  // client's request -> question
  std::string last_errors_;  // the beginning of what went to standard error before the program began
};

// Helpers for arguments of requests.
std::string text_of(const json::object& o, std::string_view key, std::string otherwise = {});
std::int64_t number_of(const json::object& o, std::string_view key, std::int64_t otherwise = 0);
bool flag_of(const json::object& o, std::string_view key, bool otherwise = false);
const json::object* object_of(const json::object& o, std::string_view key);
const json::array* array_of(const json::object& o, std::string_view key);

}  // namespace ml::dap
