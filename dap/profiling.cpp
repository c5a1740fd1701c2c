#include <csignal>
#include <filesystem>
#include <fstream>

#include "core/base/files.h"
#include "dap/session.h"
#include "dap/tool.h"
#include "profiler/store/store.h"
#include "wire/uri.h"

namespace ml::dap {

namespace fs = std::filesystem;

namespace {

constexpr int kSnapshotTurns = 40;
constexpr std::chrono::milliseconds kSnapshotPause{200};

}  // namespace

std::string Session::absolute(const std::string& file) const {
  if (fs::path(file).is_absolute()) return file;
  for (const std::string& known : module_files_)
    if (known.ends_with("/" + file)) return known;
  std::error_code failed;
  for (fs::path folder = fs::path(arguments_.program).parent_path();; folder = folder.parent_path()) {
    if (fs::exists(folder / file, failed)) return (folder / file).string();
    if (folder == folder.parent_path()) return file;
  }
}

// One event for each line with a place of its own, so that clients can make it a link.
void Session::print_report(const Measured& measured, const std::string& report) {
  event("output", {{"category", "console"},
                   {"group", "startCollapsed"},
                   {"output", wire::sv("Profile: " + report + "\n")}});
  std::string plain;
  const auto flush = [&] {
    if (!plain.empty()) console(std::exchange(plain, {}));
  };
  for (const ReportLine& line : report_lines(measured.profile, report)) {
    if (line.file.empty()) {
      plain += line.text;
      continue;
    }
    flush();
    event("output", {{"category", "console"},
                     {"output", wire::sv(line.text)},
                     {"source", source_json(absolute(line.file))},
                     {"line", lines_.line_out(line.line)}});
  }
  flush();
  event("output", {{"category", "console"}, {"group", "end"}, {"output", ""}});
}

void Session::tell_profile(const Measured& measured, const char* kind, bool print, json::object more) {
  const profiler::Profile& p = measured.profile;
  json::array reports;
  std::vector<Written> written;
  if (print && !arguments_.profile_output.is_null()) {
    std::string problem;
    written =
        write_outputs(p, arguments_.reports, arguments_.profile_output, arguments_.plan.folder, problem);
    for (const Written& one : written) console("Profile written to " + one.path + "\n");
    if (!problem.empty()) console("warning: " + problem + "\n");
  }
  for (const std::string& report : print ? arguments_.reports : std::vector<std::string>()) {
    json::object one{{"type", wire::sv(report)}, {"printed", written.empty()}};
    for (const Written& file : written)
      if (file.report == report) one["path"] = wire::sv(file.path);
    if (written.empty()) print_report(measured, report);
    reports.push_back(std::move(one));
  }
  json::object run = run_info(p, stops_ > 0, paused_ns_);
  const json::value overhead = run["overheadPct"];
  run.erase("overheadPct");
  json::object body{{"schema", 1},
                    {"kind", kind},
                    {"runId", wire::sv(p.run.id)},
                    {"path", wire::sv(measured.path)},
                    {"uri", wire::sv(wire::uri_of_path(measured.path))},
                    {"reports", std::move(reports)},
                    {"run", std::move(run)},
                    {"open", wire::sv(arguments_.profile_open)},
                    {"top", top_functions(p, [this](const std::string& file) { return absolute(file); })},
                    {"overheadPct", overhead}};
  for (auto& [key, value] : more) body[key] = std::move(value);
  if (!arguments_.profile_baseline.empty()) body["baseline"] = wire::sv(arguments_.profile_baseline);
  // Of a restart, or of the next measurement; a snapshot is a part of one.
  if (print || kind == std::string_view("final")) arguments_.profile_baseline = measured.path;
  event("mlpy/profile", std::move(body));
}

void Session::profile_failed(const std::string& why, json::object more) {
  console("The profile could not be made: " + why + "\n");
  json::object body{{"schema", 1},
                    {"kind", "failed"},
                    {"runId", ""},
                    {"path", ""},
                    {"uri", ""},
                    {"reports", json::array()},
                    {"run", json::object()},
                    {"open", wire::sv(arguments_.profile_open)},
                    {"top", json::array()},
                    {"overheadPct", 0},
                    {"error", wire::sv(why)}};
  for (auto& [key, value] : more) body[key] = std::move(value);
  event("mlpy/profile", std::move(body));
}

// The program has ended and the command has saved what it measured.
void Session::report_run(int code, int signal) {
  json::object more{{"exitCode", code}};
  if (signal != 0) more["signal"] = ::sigabbrev_np(signal) ? "SIG" + std::string(::sigabbrev_np(signal)) : "";
  std::string path, problem = "the run left no profile";
  std::getline(std::ifstream(scratch_.file("place")), path);
  auto measured = path.empty() ? std::nullopt : read_measured(path, problem);
  if (!measured) return profile_failed(problem, std::move(more));
  if (stops_ > 0 && !measured->profile.run.debugged) {
    measured->profile.run.debugged = true;
    write_file_atomically(path, profiler::write_mlprof(measured->profile));
  }
  const bool whole = measured->profile.collection.complete && signal == 0;
  if (!whole)
    console("The program was ended while it was measured: the profile holds what was known until then.\n");
  tell_profile(*measured, whole ? "final" : "partial", true, std::move(more));
}

// --- on demand

void Session::convert(const std::string& capture, const std::string& save,
                      std::function<void(std::optional<Measured>, std::string)> done) {
  std::vector<std::string> command{tool_program({}), "profile-capture", capture};
  command.insert(command.end(), module_files_.begin(), module_files_.end());
  if (!save.empty()) command.insert(command.end(), {"--save", save});
  if (arguments_.profile_keep > 0)
    command.insert(command.end(), {"--keep", std::to_string(arguments_.profile_keep)});
  if (stops_ > 0) command.emplace_back("--debugged");
  done = [done = std::move(done), end = progress("Making the profile")](auto measured, auto why) {
    end();
    done(std::move(measured), std::move(why));
  };
  tools_.post([this, command = std::move(command), folder = arguments_.plan.folder, done = std::move(done)] {
    std::string problem;
    std::optional<Measured> measured;
    if (auto path = run_tool(command, folder, problem)) {
      while (!path->empty() && path->back() == '\n') path->pop_back();
      measured = read_measured(*path, problem);
    }
    loop_.post(
        [done, measured = std::move(measured), problem]() mutable { done(std::move(measured), problem); });
  });
}

json::object Session::start_measuring() const {
  return {{"command", "profile"}, {"action", "start"}, {"capture", wire::sv(scratch_.file("capture"))}};
}

void Session::profile_start(const CallPtr& call, const json::object& arguments) {
  if (arguments_.no_debug)
    return fail(call, "a program that runs without debugging is measured from its launch only");
  if (!gate_open_ || over_) return fail(call, "the program does not run");
  json::object question = start_measuring();
  const std::string mode = text_of(arguments, "mode");
  if (!mode.empty() && !profiler::is_mode(mode))
    return fail(call, "profile mode '" + mode + "' is unknown: auto, sample, exact");
  if (!mode.empty()) question["mode"] = wire::sv(mode);
  if (const auto* memory = arguments.if_contains("memory"); memory && memory->is_bool())
    question["memory"] = memory->get_bool() ? "full" : "off";
  if (const auto rate = number_of(arguments, "rateHz"); rate > 0) {
    if (rate < 10 || rate > 20000) return fail(call, "rateHz must be between 10 and 20000");
    question["interval_ns"] = 1'000'000'000 / rate;
  }
  profile_stops_.clear();
  if (const auto* ids = array_of(arguments, "stopAtBreakpoint"))
    for (const auto& id : *ids) profile_stops_.insert(wire::integer_of(id).value_or(-1));
  const auto seconds = number_of(arguments, "maxSeconds");
  ask_for(call, std::move(question), [this, seconds, mode](const json::object& answer) -> json::value {
    capture_ = text_of(answer, "capture");
    const int number = ++profile_number_;
    if (const std::string problem = text_of(answer, "problem"); !problem.empty())
      console("warning: " + problem + "\n");
    if (seconds > 0) {
      loop_.post_at(wire::Loop::Clock::now() + std::chrono::seconds(seconds),
                    [this, number, run = run_.load()] {
                      if (run == run_ && number == profile_number_ && !capture_.empty())
                        stop_profile(nullptr);
                    });
    }
    return json::object{{"active", true}, {"mode", wire::sv(mode.empty() ? std::string("auto") : mode)}};
  });
}

void Session::stop_profile(const CallPtr& call) {
  const auto finish = [this, call](const json::object& answer) {
    if (const std::string error = text_of(answer, "error"); !error.empty()) {
      if (call && !call->answered()) fail(call, error);
      return;
    }
    save_profile(text_of(answer, "capture"), call);
  };
  ask({{"command", "profile"}, {"action", "stop"}}, finish);
}

// What was being measured on demand when the program ended.
void Session::profile_ended(int status) {
  const std::string capture = std::exchange(capture_, {});
  convert(capture, {},
          [this, status, run = run_.load()](std::optional<Measured> measured, const std::string& problem) {
            if (run != run_) return;
            const bool whole = measured && measured->profile.collection.complete;
            if (measured)
              tell_profile(*measured, whole ? "final" : "partial", arguments_.profile_attached, {});
            else
              profile_failed(problem, {});
            program_ended(status);
          });
}

void Session::measure_attached() {
  json::object question = start_measuring();
  if (!arguments_.profile_mode.empty()) question["mode"] = wire::sv(arguments_.profile_mode);
  ask(std::move(question), [this](const json::object& answer) {
    capture_ = text_of(answer, "capture");
    const std::string problem = text_of(answer, "error", text_of(answer, "problem"));
    if (!problem.empty()) console("warning: profile: " + problem + "\n");
  });
}

void Session::finish_profile(std::function<void()> then) {
  capture_.clear();
  ask({{"command", "profile"}, {"action", "stop"}},
      [this, then = std::move(then)](const json::object& answer) {
        const std::string capture = text_of(answer, "capture");
        if (capture.empty()) return then();
        convert(capture, {}, [this, then](std::optional<Measured> measured, const std::string& problem) {
          if (measured)
            tell_profile(*measured, "final", true, {});
          else
            profile_failed(problem, {});
          then();
        });
      });
}

void Session::save_profile(const std::string& capture, const CallPtr& call) {
  capture_.clear();
  convert(capture, {}, [this, call](std::optional<Measured> measured, std::string problem) {
    if (!measured) {
      if (call) fail(call, problem);
      return profile_failed(problem, {});
    }
    if (call)
      call->answer(json::value(
          json::object{{"path", wire::sv(measured->path)}, {"runId", wire::sv(measured->profile.run.id)}}));
    tell_profile(*measured, "final", false, {});
  });
}

void Session::profile_stop(const CallPtr& call, const json::object&) {
  if (!gate_open_ || over_ || arguments_.no_debug) return fail(call, "the program does not run");
  stop_profile(call);
}

void Session::profile_snapshot(const CallPtr& call, const json::object&) {
  if (!gate_open_ || over_ || arguments_.no_debug) return fail(call, "the program does not run");
  ask({{"command", "profile"}, {"action", "status"}}, [this, call](const json::object& answer) {
    const std::string capture = text_of(answer, "capture"), error = text_of(answer, "error");
    if (capture.empty()) return fail(call, error.empty() ? "no profile is being taken" : error);
    convert_snapshot(capture, call, kSnapshotTurns);
  });
}

// The program writes what it measured a few times a second: soon after the begin there is nothing yet.
void Session::convert_snapshot(const std::string& capture, const CallPtr& call, int turns) {
  const std::string save = scratch_.file("snapshot") + std::to_string(++snapshots_) + ".mlprof";
  const auto done = [this, capture, call, turns, run = run_.load()](std::optional<Measured> measured,
                                                                    const std::string& problem) {
    if (!measured && turns > 1 && run == run_ && !over_)
      return loop_.post_at(wire::Loop::Clock::now() + kSnapshotPause, [this, capture, call, turns, run] {
        if (run == run_) return convert_snapshot(capture, call, turns - 1);
        fail(call, "the program has ended");
      });
    if (!measured) return fail(call, problem);
    call->answer(json::value(json::object{{"path", wire::sv(measured->path)}}));
    tell_profile(*measured, "partial", false, {});
  };
  convert(capture, save, done);
}

void Session::profile_status(const CallPtr& call, const json::object&) {
  const bool active = !over_ && debuggee_ && (!capture_.empty() || (arguments_.profile && launched_));
  call->answer(json::value(json::object{{"active", active},
                                        {"atLaunch", arguments_.profile},
                                        {"pausedNs", paused_ns_},
                                        {"debugged", stops_ > 0}}));
}

}  // namespace ml::dap
