#include "lsp/features/execute_command/run.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <system_error>

#include "lsp/features/execute_command/program.h"
#include "lsp/profile/session.h"
#include "lsp/server/editor.h"

namespace ml::lsp {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLook = 30ms;       // how often output of a program is read
constexpr auto kProgress = 300ms;  // shorter runs show none

struct Run {
  std::string name, project;  // project: where its profile will be; empty: it leaves none
  std::string token;          // of the progress
  bool shows_progress = false;
  enum class Progress : std::uint8_t { None, Asked, Shown, Over } progress = Progress::None;
  Clock::time_point begun = Clock::now();
  std::unique_ptr<RunningProgram> program;
};

// Those that run, for stop_run.
struct Runs {
  std::vector<std::weak_ptr<Run>> all;
};

// The profile that a run has just left.
void load_latest(Editor& editor, const std::string& project) {
  editor.work([&editor, project] {
    RunResult result = load_run_file(project + "/.mlpy/profiles/latest.mlprof", {});
    editor.post([result = std::move(result)](Editor& e) {
      if (result.run) return show_run(e, result.run);
      e.log(MessageType::Warning, result.error);
    });
  });
}

void tell_progress(Editor& editor, const Run& run, json::object value) {
  editor.notify("$/progress", json::object{{"token", run.token}, {"value", std::move(value)}});
}

void show_progress(Editor& editor, const std::shared_ptr<Run>& run) {
  run->progress = Run::Progress::Asked;
  editor.request("window/workDoneProgress/create", json::object{{"token", run->token}},
                 [&editor, run](wire::Response&& response) {
                   if (response.failed || run->progress != Run::Progress::Asked) return;
                   run->progress = Run::Progress::Shown;
                   tell_progress(editor, *run,
                                 {{"kind", "begin"},
                                  {"title", (run->project.empty() ? "Running " : "Profiling ") + run->name},
                                  {"cancellable", true}});
                 });
}

// Reads what the program has printed, and looks again later until it has ended.
void follow(Editor& editor, const std::shared_ptr<Run>& run) {
  RunningProgram& program = *run->program;
  const std::string text = program.read();
  if (!text.empty())
    editor.log(MessageType::Info, text.ends_with('\n') ? text.substr(0, text.size() - 1) : text);
  if (run->shows_progress && run->progress == Run::Progress::None && !program.ended() &&
      Clock::now() - run->begun >= kProgress)
    show_progress(editor, run);
  if (program.ended() && text.empty()) {
    const std::string end = fmt::format("{} ended with code {}", run->name, program.exit_code());
    if (std::exchange(run->progress, Run::Progress::Over) == Run::Progress::Shown)
      tell_progress(editor, *run, {{"kind", "end"}, {"message", end}});
    editor.log(program.exit_code() == 0 ? MessageType::Info : MessageType::Warning, end);
    if (!run->project.empty()) load_latest(editor, run->project);
    return;
  }
  editor.post([run](Editor& e) { follow(e, run); }, program.ended() ? 0ms : kLook);
}

void start(Editor& editor, const std::shared_ptr<Run>& run) {
  auto runs = std::make_shared<Runs>();
  if (const auto known = editor.snapshot().part<Runs>()) runs->all = known->all;
  std::erase_if(runs->all, [](const auto& one) { return one.expired(); });
  runs->all.push_back(run);
  editor.set_part<Runs>(std::shared_ptr<const Runs>(std::move(runs)));
  follow(editor, run);
}

// The command for a run, without the options that name its Python.
std::vector<std::string> command_for(const Ask& argument, const std::string& mlpy, bool profiled) {
  std::vector<std::string> out{mlpy, "run"};
  if (profiled) {
    out.insert(out.end(),
               {"--profile", "--report", argument.settings().text("profile.default", "ml-details")});
  }
  return out;
}

}  // namespace

json::value run_file(const Ask& argument, const Revision& file, bool profiled) {
  if (file.file().path.empty())
    throw Refusal{wire::code::RequestFailed, "the document has to be saved first"};
  const std::string mlpy = mlpy_program(), path = file.file().path;
  if (mlpy.empty()) throw Refusal{wire::code::RequestFailed, "the command mlpy is not beside the server"};
  std::vector<std::string> command = command_for(argument, mlpy, profiled);
  std::vector<std::string> rest{path};
  if (const json::value* words = argument.find("/args");
      words && words->is_array() && !words->get_array().empty()) {
    rest.emplace_back("--");
    for (const json::value& word : words->get_array()) {
      if (word.is_string()) rest.emplace_back(wire::sv(word.get_string()));
    }
  }
  auto run = std::make_shared<Run>();
  run->name = path.substr(path.rfind('/') + 1);
  run->project = profiled ? project_of(path) : std::string();
  run->token = fmt::format("ml.run/{}/{}", run->name, static_cast<const void*>(run.get()));
  run->shows_progress = argument.client().can("window.workDoneProgress");

  const std::string python = argument.settings().text("pythonPath", "");
  if (!python.empty() && !is_program_there(python)) {
    const std::string problem =
        fmt::format("Python was not found: '{}' is what the setting ml.pythonPath names.", python);
    command.insert(command.end(), rest.begin(), rest.end());
    argument.post([=](Editor& e) {
      const std::string other = "Run with the default Python";
      e.ask_user(MessageType::Error, problem, {other, "Close"},
                 [&e, other, run, command](const auto& chosen) {
                   if (chosen != other) return;
                   try {
                     run->program = std::make_unique<RunningProgram>(command);
                     start(e, run);
                   } catch (const std::system_error& again) {
                     e.show(MessageType::Error, again.what());
                   }
                 });
    });
    throw Refusal{wire::code::RequestFailed, problem};
  }
  if (!python.empty()) command.insert(command.end(), {"--python", python});
  command.insert(command.end(), rest.begin(), rest.end());
  try {
    run->program = std::make_unique<RunningProgram>(command);
  } catch (const std::system_error& problem) {
    throw Refusal{wire::code::RequestFailed, problem.what()};
  }
  argument.post([run](Editor& e) { start(e, run); });
  return json::object{{"started", true}};
}

void stop_run(Editor& editor, const json::object& params) {
  const json::value* token = params.if_contains("token");
  const auto runs = editor.snapshot().part<Runs>();
  if (!token || !token->is_string() || !runs) return;
  for (const auto& one : runs->all) {
    if (const auto run = one.lock(); run && run->token == wire::sv(token->get_string()) && run->program)
      run->program->stop();
  }
}

}  // namespace ml::lsp
