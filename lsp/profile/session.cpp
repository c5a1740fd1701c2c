#include "lsp/profile/session.h"

#include <algorithm>
#include <map>
#include <set>

#include "lsp/documents/uri.h"
#include "lsp/profile/budget.h"
#include "lsp/profile/live.h"
#include "lsp/profile/protocol.h"

namespace ml::lsp {
namespace {

constexpr std::size_t kMostRuns = 6;

void tell(Editor& editor, std::string_view reason, const LoadedRun* run,
          const std::vector<std::shared_ptr<const LoadedRun>>& concerned) {
  std::set<std::string> uris;
  const Snapshot now = editor.snapshot();
  for (const auto& r : concerned)
    for (const auto& [key, index] : r->files) uris.insert(now.uri_of(key));
  json::object params{{"reason", wire::sv(reason)}, {"uris", json::array(uris.begin(), uris.end())}};
  if (run) params["run"] = run_info(*run);
  editor.notify("mlpy/profile/changed", std::move(params));
  for (const char* what : {"codeLens", "inlayHint", "semanticTokens", "diagnostics"}) editor.refresh(what);
}

void set(Editor& editor, Profiles&& now) {
  editor.set_part<Profiles>(std::make_shared<const Profiles>(std::move(now)));
}

void compare_with_baseline(Profiles& now) {
  now.comparison = nullptr;
  if (now.baseline && !now.runs.empty() && now.runs.front() != now.baseline)
    now.comparison = compare_runs(now.baseline, now.runs.front());
}

void add(Editor& editor, std::shared_ptr<const LoadedRun> run, bool behind, bool make_baseline) {
  Profiles now = *profiles_of(editor.snapshot());
  std::erase_if(now.runs, [&](const auto& r) {
    const std::string& id = r->profile.run.id;
    if (id != run->profile.run.id && id != live_id(run->profile.run.id)) return false;
    now.matches->forget(r.get());
    return true;
  });
  if (make_baseline) now.baseline = run;
  const bool alone = now.runs.empty();
  if (!make_baseline || alone) now.runs.insert(behind ? now.runs.end() : now.runs.begin(), run);
  while (now.runs.size() > kMostRuns) {
    now.matches->forget(now.runs.back().get());
    now.runs.pop_back();
  }
  now.next_hottest = 0;
  compare_with_baseline(now);
  const bool compared = now.comparison != nullptr;
  set(editor, std::move(now));
  tell(editor, compared && make_baseline ? "compared" : "loaded", run.get(), {run});
  if (!behind && !make_baseline) tell_budgets(editor, *run);
}

// The run with its files where they are now; null when it has none of them.
std::shared_ptr<const LoadedRun> with_moved_files(const LoadedRun& run, const std::vector<MovedFile>& moved) {
  std::vector<std::string> keys = run.keys;
  for (std::string& key : keys) {
    for (const MovedFile& one : moved)
      if (std::string now = one.place_of(key); !key.empty() && !now.empty()) key = std::move(now);
  }
  if (keys == run.keys) return nullptr;
  auto out = std::make_shared<LoadedRun>(run);
  out->files.clear();
  for (const auto& [key, file] : run.files) out->files.emplace(keys[file], file);
  out->keys = std::move(keys);
  return out;
}

}  // namespace

std::shared_ptr<const RunComparison> compare_runs(std::shared_ptr<const LoadedRun> base,
                                                  std::shared_ptr<const LoadedRun> head,
                                                  const profiler::history::CompareOptions& options) {
  auto out = std::make_shared<RunComparison>();
  out->result = profiler::history::compare({&base->profile, 1}, {&head->profile, 1}, options);
  out->change_of.assign(head->profile.functions.size(), kNone);
  for (std::uint32_t i = 0; i < out->result.changes.size(); ++i)
    if (const std::uint32_t f = out->result.changes[i].after_at; f != kNone) out->change_of[f] = i;
  out->base = std::move(base);
  out->head = std::move(head);
  return out;
}

void show_run(Editor& editor, std::shared_ptr<const LoadedRun> run, bool make_baseline) {
  add(editor, std::move(run), false, make_baseline);
}

void offer_run(Editor& editor, std::shared_ptr<const LoadedRun> run) {
  const auto now = profiles_of(editor.snapshot());
  const std::uint64_t started = run->profile.run.started_unix_ns;
  bool newest = true;
  for (const auto& r : now->runs) {
    if (r->profile.run.id == run->profile.run.id) return;
    if (r->profile.run.started_unix_ns <= started) continue;
    if (r->root == run->root) return;
    newest = false;
  }
  add(editor, std::move(run), !newest, false);
}

void clear_runs(Editor& editor, std::string_view run_id, bool baseline_only) {
  Profiles now = *profiles_of(editor.snapshot());
  std::vector<std::shared_ptr<const LoadedRun>> gone;
  if (!baseline_only)
    std::erase_if(now.runs, [&](const auto& run) {
      if (!run_id.empty() && run->profile.run.id != run_id) return false;
      gone.push_back(run);
      now.matches->forget(run.get());
      return true;
    });
  if (now.baseline && (baseline_only || run_id.empty() || now.baseline->profile.run.id == run_id)) {
    gone.push_back(now.baseline);
    now.baseline = nullptr;
  }
  now.next_hottest = 0;
  if (!now.baseline || gone.size() > 0) compare_with_baseline(now);
  if (baseline_only) gone.insert(gone.end(), now.runs.begin(), now.runs.end());
  set(editor, std::move(now));
  tell(editor, "cleared", nullptr, gone);
}

void show_comparison(Editor& editor, std::shared_ptr<const RunComparison> comparison) {
  Profiles now = *profiles_of(editor.snapshot());
  const auto head = comparison->head;
  std::erase_if(now.runs, [&](const auto& run) { return run->profile.run.id == head->profile.run.id; });
  now.runs.insert(now.runs.begin(), head);
  now.baseline = comparison->base;
  now.comparison = std::move(comparison);
  set(editor, std::move(now));
  tell(editor, "compared", head.get(), {head});
}

void rematched(Editor& editor) {
  const auto now = profiles_of(editor.snapshot());
  if (!now->runs.empty()) tell(editor, "rematched", now->runs.front().get(), now->runs);
}

void follow_files(Editor& editor, const std::vector<MovedFile>& moved) {
  Profiles now = *profiles_of(editor.snapshot());
  std::map<const LoadedRun*, std::shared_ptr<const LoadedRun>> known;  // one run may stand at several places
  const auto follow = [&](std::shared_ptr<const LoadedRun>& run) {
    if (!run) return;
    const auto [at, is_new] = known.try_emplace(run.get());
    if (is_new) {
      at->second = with_moved_files(*run, moved);
      if (at->second) now.matches->follow(*run, *at->second);
    }
    if (at->second) run = at->second;
  };
  for (auto& run : now.runs) follow(run);
  follow(now.baseline);
  if (now.comparison) {
    auto comparison = std::make_shared<RunComparison>(*now.comparison);
    follow(comparison->base);
    follow(comparison->head);
    now.comparison = std::move(comparison);
  }
  if (std::none_of(known.begin(), known.end(), [](const auto& one) { return one.second != nullptr; })) return;
  set(editor, std::move(now));
  rematched(editor);
}

}  // namespace ml::lsp
