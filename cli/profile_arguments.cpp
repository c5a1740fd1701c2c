#include "cli/profile_arguments.h"

#include <charconv>
#include <memory>
#include <optional>

#include "cli/commands/profile.h"

namespace ml::cli {
namespace {

template <class Number>
std::optional<Number> to_number(const std::string& word) {
  Number number{};
  const char* const end = word.data() + word.size();
  const auto [stopped, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

// Of CLI11's own checks the messages name the largest number there is.
CLI::Validator at_least_one() {
  return CLI::Validator(
      [](const std::string& word) {
        const auto number = to_number<int>(word);
        return number && *number > 0 ? std::string() : "'" + word + "' is not a whole number from 1 on";
      },
      "");
}

CLI::Validator not_negative() {
  return CLI::Validator(
      [](const std::string& word) {
        const auto number = to_number<double>(word);
        return number && *number >= 0 ? std::string() : "'" + word + "' is not a number from 0 on";
      },
      "");
}

void add_report_options(CLI::App* command, ProfileOptions& options) {
  command
      ->add_option("--report", options.reports,
                   "ml-summary (default), ml-details, dev-summary, dev-details, raw or all; may be repeated")
      ->allow_extra_args(false);
  for (const profiler::report::Kind kind : profiler::report::kKinds) {
    const std::string name(profiler::report::name_of(kind));
    command->add_flag_callback(
        "--" + name, [&options, name] { options.reports.push_back(name); }, "Short for --report " + name);
  }
  command->add_option("--profile-output", options.output, "Write the reports to a file");
  command->add_option("--raw-frames", options.raw_frames, "ml or python: positions in the raw report");
  command->add_flag("--ascii", options.ascii, "Reports in ASCII only");
}

// Adds a subcommand whose options live as long as the application.
template <class Options>
CLI::App* add(CLI::App* profile, int& status, const std::string& name, const std::string& what,
              int (*run)(const Options&), std::shared_ptr<Options>& options) {
  options = std::make_shared<Options>();
  CLI::App* command = profile->add_subcommand(name, what);
  command->callback([&status, run, options] { status = run(*options); });
  return command;
}

}  // namespace

void add_profile_options(CLI::App* command, ProfileOptions& options) {
  command->add_flag("--profile", options.profile, "Measure the run and print a report after it");
  add_report_options(command, options);
  command->add_option("--profile-mode", options.mode, "auto, sample or exact");
  command->add_option("--profile-interval", options.interval_ms, "Milliseconds between samples");
  command->add_flag("--no-profile-memory", options.no_memory, "Leave memory out");
  command->add_flag("--profile-lines", options.lines, "Count how often lines run, and report lines");
  command->add_flag("--profile-timeline", options.timeline, "Record what ran when");
  command->add_flag("--profile-args", options.arguments, "Keep the program's arguments in the profile");
  command->add_option("--profile-save", options.save, "Save the profile as this file");
  command->add_flag("--no-profile-save", options.no_save, "Do not save the profile");
  command->add_option("--profile-keep", options.keep, "Saved runs to keep of the program (20)")
      ->check(at_least_one());
  command->add_option("--profile-place", options.place)->group("");
  command->add_option("--export", options.exports, "FORMAT or FORMAT=FILE; may be repeated")
      ->allow_extra_args(false);
}

void add_profile_commands(CLI::App& app, int& status) {
  auto capture = std::make_shared<CaptureOptions>();
  CLI::App* convert =
      app.add_subcommand("profile-capture", "Make a profile of what a debugged program measured");
  convert->group("");
  convert->add_option("CAPTURE", capture->capture)->required();
  convert->add_option("FILES", capture->files)->required();
  convert->add_option("--save", capture->save);
  convert->add_option("--keep", capture->keep);
  convert->add_flag("--debugged", capture->debugged);
  convert->callback([&status, capture] { status = capture_command(*capture); });

  CLI::App* profile = app.add_subcommand("profile", "Show, compare and export saved profiles");
  profile->require_subcommand(1);
  profile->footer(
      "RUN is the id of a run or its beginning, a .mlprof file, a program (its newest run), last, or "
      "last:N.");

  std::shared_ptr<ShowOptions> show;
  CLI::App* command = add(profile, status, "show", "Reports of a saved profile", show_command, show);
  command->add_option("RUN", show->run, "Which run")->required();
  add_report_options(command, show->profile);
  command->add_flag("--peaks", show->peaks, "Also the own peaks of functions");

  std::shared_ptr<LinesOptions> lines;
  command = add(profile, status, "lines", "Time by line", lines_command, lines);
  command->add_option("RUN", lines->run, "Which run")->required();
  command->add_option("--function", lines->function, "Only this function");
  command->add_option("--file", lines->file, "Only functions of this file");
  command->add_option("--top", lines->top, "Functions to show")->check(at_least_one());

  std::shared_ptr<ExportOptions> exporting;
  command = add(profile, status, "export", "Write a profile for another tool", export_command, exporting);
  command->add_option("RUN", exporting->run, "Which run")->required();
  command->add_option("--format,-f", exporting->format, "Format of the file")->required();
  command->add_option("-o,--output", exporting->output, "File to write; - is standard output");
  command->add_option("--weight", exporting->weight, "time or bytes (collapsed)");

  std::shared_ptr<ExportOptions> flame;
  command = add(profile, status, "flamegraph", "Write a flame graph", export_command, flame);
  flame->format = "flamegraph";
  command->add_option("RUN", flame->run, "Which run")->required();
  command->add_option("-o,--output", flame->output, "File to write");

  std::shared_ptr<CompareCommand> compare;
  command = add(profile, status, "compare", "What changed between runs: A B, or A1 A2 ... -- B1 B2 ...",
                compare_command, compare);
  command->add_option("RUNS", compare->runs, "Runs before, then after")->required();
  command->add_option("--threshold", compare->threshold, "Percent that counts as a change (10)");
  command->add_option("--min-time", compare->min_ms, "Milliseconds that count as a change (1)");
  command->add_option("--metric", compare->metric, "self, cum, calls or memory");
  command->add_flag("--json", compare->json, "As JSON");
  command->add_flag("--fail-on-regression", compare->fail_on_regression, "Exit 1 if there is a regression");
  command->add_option("--fail-over", compare->fail_over,
                      "Exit 1 if something is worse by more than this percentage");

  std::shared_ptr<ListOptions> list;
  command = add(profile, status, "list", "The saved runs", list_command, list);
  command->add_option("--file", list->file, "Only runs of this program or with this file");
  command->add_option("--last", list->last, "Only the newest runs")->check(at_least_one());
  command->add_flag("--json", list->json, "As JSON");

  std::shared_ptr<TrendOptions> history;
  command = add(profile, status, "history", "A program's runs over time", history_command, history);
  command->add_option("FILE", history->subject, "The program")->required();
  command->add_option("--function", history->function, "One of its functions");
  command->add_option("--metric", history->metric, "total, ml, peak or self");
  command->add_option("--last", history->last, "Only the newest runs")->check(at_least_one());
  command->add_flag("--json", history->json, "As JSON");

  std::shared_ptr<TrendOptions> trend;
  command = add(profile, status, "trend", "A function over time", trend_command, trend);
  command->add_option("FUNCTION", trend->function, "Its name")->required();
  command->add_option("--file", trend->subject, "The file it is in, or its program");
  command->add_option("--metric", trend->metric, "self or peak");
  command->add_option("--last", trend->last, "Only the newest runs")->check(at_least_one());
  command->add_flag("--json", trend->json, "As JSON");

  std::shared_ptr<DeleteOptions> deleting;
  command = add(profile, status, "delete", "Delete saved runs", delete_command, deleting);
  command->add_option("RUNS", deleting->runs, "Which runs")->required();

  std::shared_ptr<ClearOptions> clear;
  command = add(profile, status, "clear", "Delete all saved runs, or some of them", clear_command, clear);
  command->add_option("--older-than", clear->days, "Only runs older than this many days")
      ->check(not_negative());
  command->add_option("--file", clear->file, "Only runs of this program or with this file");

  std::shared_ptr<GcOptions> gc;
  command =
      add(profile, status, "gc", "Check the history and remove what is too old or too much", gc_command, gc);
  command->add_option("--keep", gc->keep, "Runs to keep of each program (20)")->check(at_least_one());

  std::shared_ptr<ProfilingOptions> profiling;
  command = app.add_subcommand("profiling", "Profile every run from now on, or no longer");
  profiling = std::make_shared<ProfilingOptions>();
  command->callback([&status, profiling] { status = profiling_command(*profiling); });
  CLI::Option* enable = command->add_flag("--enable", profiling->enable, "From now on");
  command->add_flag("--disable", profiling->disable, "No longer")->excludes(enable);

  auto summary = std::make_shared<ProfileReportOptions>();
  command = app.add_subcommand("profile-report", "What functions cost over the saved runs");
  command->callback([&status, summary] { status = profile_report_command(*summary); });
  command->add_option("--last", summary->last, "Only the newest runs")->check(at_least_one());
  command->add_flag("--json", summary->json, "As JSON");

  app.add_subcommand("clear-profiles", "Delete all saved runs")->callback([&status] {
    status = clear_profiles_command();
  });
}

}  // namespace ml::cli
