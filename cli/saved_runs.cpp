#include "cli/saved_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <numeric>

#include "cli/files.h"
#include "cli/project.h"
#include "core/text/nearest.h"

namespace ml::cli {
namespace fs = std::filesystem;
using profiler::Profile;
using profiler::history::Run;

namespace {

// As the runs name it: relative to the current folder where it is below that.
std::string as_named(const std::string& file) {
  return fs::path(file).is_absolute() ? shown_path(fs::path(file).lexically_normal())
                                      : fs::path(file).lexically_normal().generic_string();
}

bool is_file(const std::string& name) {
  std::error_code failed;
  return fs::is_regular_file(name, failed);
}

}  // namespace

SavedRuns::SavedRuns() {
  std::vector<Run> all;
  std::vector<std::size_t> from;
  for (const fs::path& folder : archive_folders_here()) {
    profiler::history::Archive& archive = archives_.emplace_back(folder);
    const fs::path root = folder.parent_path();
    for (Run& run : archive.runs()) {
      run.program = shown_path((root / run.program).lexically_normal());
      all.push_back(std::move(run));
      from.push_back(archives_.size() - 1);
    }
  }
  noted_.resize(archives_.size());
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return all[a].started_unix_ns < all[b].started_unix_ns;
  });
  for (const std::size_t i : order) {
    runs_.push_back(std::move(all[i]));
    archive_of_.push_back(from[i]);
  }
  print_notes();
}

void SavedRuns::print_notes() {
  for (std::size_t i = 0; i < archives_.size(); ++i)
    for (; noted_[i] < archives_[i].notes().size(); ++noted_[i])
      fmt::print(stderr, "mlpy: {}\n", archives_[i].notes()[noted_[i]]);
}

std::size_t SavedRuns::place(const Run& run) const {
  return archive_of_[static_cast<std::size_t>(&run - runs_.data())];
}

std::vector<const Run*> SavedRuns::of(const std::string& file, int last) const {
  std::vector<const Run*> found;
  const std::string wanted = as_named(file);
  for (const Run& run : runs_)
    if (file.empty() || profiler::history::concerns(run, wanted)) found.push_back(&run);
  if (last > 0 && found.size() > static_cast<std::size_t>(last))
    found.erase(found.begin(), found.end() - last);
  return found;
}

const Run* SavedRuns::find(const std::string& wanted) const {
  auto found = profiler::history::find_run(runs_, wanted);
  if (found.empty()) found = profiler::history::find_run(runs_, as_named(wanted));
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    fmt::print(stderr, "mlpy: '{}' is the beginning of {} runs:\n", wanted, found.size());
    for (const Run* run : found) fmt::print(stderr, "  {}  {}\n", run->id, run->program);
    return nullptr;
  }
  fmt::print(stderr, "mlpy: no saved run '{}'\n", wanted);
  if (runs_.empty()) {
    fmt::print(stderr, "no runs are saved here; run a program with --profile first\n");
    return nullptr;
  }
  Nearest near(wanted);
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) near.offer(run->id);
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) near.offer(run->program);
  if (!near.best().empty()) fmt::print(stderr, "did you mean '{}'?\n", near.best());
  fmt::print(stderr, "the newest of {} is {} ({}); see 'mlpy profile list'\n", runs_.size(), runs_.back().id,
             runs_.back().program);
  return nullptr;
}

std::optional<Profile> SavedRuns::load(const std::string& wanted) const {
  fs::path file = wanted;
  const bool named = file.extension() == ".mlprof" || (is_file(wanted) && file.extension() != ".ml");
  if (!named) {
    const Run* run = find(wanted);
    if (run == nullptr) return std::nullopt;
    file = archives_[place(*run)].file_of(run->id);
  }
  auto loaded = profiler::history::load_profile(file);
  if (auto* profile = std::get_if<Profile>(&loaded)) return std::move(*profile);
  fmt::print(stderr, "mlpy: cannot read '{}': {}\n", shown_path(file), std::get<std::string>(loaded));
  return std::nullopt;
}

std::optional<Profile> SavedRuns::load(const Run& run) const {
  auto loaded = profiler::history::load_profile(archives_[place(run)].file_of(run.id));
  if (auto* profile = std::get_if<Profile>(&loaded)) return std::move(*profile);
  return std::nullopt;
}

std::vector<profiler::history::FunctionCost> SavedRuns::costs(const std::string& function) {
  std::vector<profiler::history::FunctionCost> all;
  for (auto& archive : archives_)
    for (auto& cost : archive.costs(function)) all.push_back(std::move(cost));
  print_notes();
  return all;
}

std::vector<std::string> SavedRuns::function_names() {
  std::vector<std::string> all;
  for (auto& archive : archives_)
    for (auto& name : archive.function_names()) all.push_back(std::move(name));
  print_notes();
  return all;
}

std::size_t SavedRuns::remove(const std::vector<const Run*>& runs) {
  std::size_t removed = 0;
  for (std::size_t i = 0; i < archives_.size(); ++i) {
    std::vector<std::string> ids;
    for (const Run* run : runs)
      if (place(*run) == i) ids.push_back(run->id);
    if (!ids.empty()) removed += archives_[i].remove(ids);
  }
  print_notes();
  return removed;
}

void SavedRuns::tell_damage(const std::vector<const Run*>& runs) const {
  for (const Run* run : runs)
    if (const std::string damage = archives_[place(*run)].damage_of(*run); !damage.empty())
      fmt::print(stderr, "mlpy: {}\n", damage);
}

std::size_t SavedRuns::tidy(const profiler::history::Keep& keep) {
  std::size_t removed = 0;
  for (auto& archive : archives_) removed += archive.tidy(keep);
  print_notes();
  return removed;
}

}  // namespace ml::cli
