#include "lsp/profile/match.h"

#include <algorithm>
#include <tuple>

#include "lsp/profile/carried_lines.h"

namespace ml::lsp {
namespace {

std::uint64_t hash_container(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == name.npos ? hash_text("") : hash_text(name.substr(0, dot + 1));
}

std::uint64_t hash_container(const ast::FunctionKey& key) {
  std::uint64_t hash = hash_text("");
  for (const std::string& part : key.path) hash = hash_text(".", hash_text(part, hash));
  return hash;
}

}  // namespace

// Matches one file; holds the file's lock for that time.
class Matcher {
 public:
  Matcher(std::shared_ptr<const LoadedRun> run, const Revision& revision, std::uint32_t file,
          Matches::File& state, const ast::Renames& renames)
      : run_(std::move(run)),
        r_(revision),
        text_(revision.text()),
        state_(state),
        renames_(renames),
        ran_(file == kNone ? nullptr : run_->ran_text(file)),
        t_(revision, state),
        lines_(*run_, file, ran_, t_) {
    out_ = std::make_shared<FileCosts>();
    out_->run = run_;
    out_->file = file;
    out_->held = t_.held;
    out_->top_body = t_.hash.body();
    out_->top_shape = t_.hash.shape();
  }

  std::shared_ptr<const FileCosts> match() {
    if (out_->file != kNone) {
      for (const std::uint32_t f : run_->functions[out_->file])
        if (!run_->is_top_level(f)) left_.push_back(f);
      by_path();
      by_body();
      by_shape();
      by_similarity();
      after_renames();
      out_->unmatched = left_;
    }
    top_level();
    sort();
    return std::move(out_);
  }

  // Functions of other files that are here now. `gone(f)`: f is not in its own file any more.
  template <class Gone>
  void arrivals(FileCosts& out, Gone gone) {
    for (const Placed& p : out.placed) {
      if (p.key == nullptr) continue;
      for (FunctionNow& now : t_.functions)
        if (now.span().begin == p.whole.begin) now.taken = true;
    }
    for (FunctionNow& now : t_.functions) {
      const auto known = run_->by_body.find(now.key->body_hash);
      if (now.taken || known == run_->by_body.end() || known->second.size() != 1) continue;
      const std::uint32_t f = known->second.front();
      if (run_->function(f).file == out.file || !only_one(now.key->body_hash) || !gone(f)) continue;
      now.taken = true;
      out_->placed.clear();
      place(f, now, MatchState::Moved);
      out.placed.push_back(std::move(out_->placed.back()));
    }
    out.lines.insert(out.lines.end(), out_->lines.begin(), out_->lines.end());
    out.held.insert(out.held.end(), out_->held.begin(), out_->held.end());
    out_->placed.swap(out.placed), out_->lines.swap(out.lines);
    sort();
    out_->placed.swap(out.placed), out_->lines.swap(out.lines);
  }
  bool any_arrival(std::uint32_t own_file) {
    return std::any_of(t_.functions.begin(), t_.functions.end(), [&](const FunctionNow& now) {
      const auto known = run_->by_body.find(now.key->body_hash);
      return known != run_->by_body.end() && known->second.size() == 1 &&
             run_->function(known->second.front()).file != own_file;
    });
  }

 private:
  // --- the steps, each with what the ones before left over

  template <class Find>
  void step(Find find) {
    std::erase_if(left_, [&](std::uint32_t f) { return find(f); });
  }

  std::uint64_t name_of(std::uint32_t f) const { return hash_text(run_->function(f).name); }

  void by_path() {
    const auto group = [&](std::uint32_t f) -> const std::vector<std::size_t>* {
      const auto it = t_.by_name.find(name_of(f));
      return it == t_.by_name.end() ? nullptr : &it->second;
    };
    const auto same_body = [&](bool same_ordinal) {
      step([&](std::uint32_t f) {
        const auto* all = group(f);
        if (!all || run_->body[f] == 0) return false;
        for (const std::size_t i : *all) {
          FunctionNow& now = t_.functions[i];
          if (now.taken || now.key->body_hash != run_->body[f]) continue;
          if (same_ordinal && now.ordinal != run_->function(f).ordinal) continue;
          state_.seen.insert(f);
          place(f, now, MatchState::Fresh);
          return true;
        }
        return false;
      });
    };
    same_body(true);
    same_body(false);
    step([&](std::uint32_t f) {
      const auto* all = group(f);
      if (!all) return false;
      const auto& function = run_->function(f);
      // Several functions of one name: the n-th is the n-th only if none came or went.
      const bool alone = all->size() == 1 && ran_with_name(f) <= 1 && run_->own_name(f) != "(anonymous)";
      for (const std::size_t i : *all) {
        FunctionNow& now = t_.functions[i];
        if (now.taken) continue;
        const bool same_shape = run_->shape[f] != 0 && now.key->shape_hash == run_->shape[f];
        const bool counted = now.ordinal == function.ordinal && ran_with_name(f) == all->size() &&
                             now.key->arity == function.arity;
        if (!alone && !(counted && same_shape)) continue;
        state_.seen.insert(f);
        // Without a hash only the place can tell.
        const bool same = run_->body[f] == 0 && now.row() + 1 == function.line;
        place(f, now,
              same                 ? MatchState::Fresh
              : run_->body[f] == 0 ? MatchState::Likely
                                   : MatchState::Edited);
        return true;
      }
      return false;
    });
  }
  // How many functions of this name the text had that ran.
  std::size_t ran_with_name(std::uint32_t f) {
    if (!ran_) return 1;
    if (ran_names_.empty())
      for (const auto& key : ran_->keys) ++ran_names_[hash_name(key)];
    return ran_names_[name_of(f)];
  }

  bool only_one(std::uint64_t body) const {
    return std::count_if(t_.functions.begin(), t_.functions.end(),
                         [&](const FunctionNow& n) { return !n.taken && n.key->body_hash == body; }) == 1;
  }

  // Renamed while we looked: as before.
  MatchState moved(std::uint32_t f, const FunctionNow& now) {
    const bool same_place = hash_container(run_->function(f).name) == hash_container(*now.key);
    const bool asked =
        renames_.contains(now.key->name) && renames_.find(now.key->name)->second == run_->own_name(f);
    if (!same_place && !asked && !container_renamed(f, now)) return MatchState::Moved;
    if (!asked && !state_.seen.contains(f)) return MatchState::Moved;
    if (now.key->name != run_->own_name(f)) found_renames_[now.key->name] = run_->own_name(f);
    return MatchState::Fresh;
  }
  bool container_renamed(std::uint32_t f, const FunctionNow& now) const {
    const std::string& name = run_->function(f).name;
    return !now.key->path.empty() && name.ends_with("." + now.key->name) &&
           found_renames_.contains(now.key->path.back());
  }

  void by_body() {
    if (left_.empty()) return;
    std::unordered_map<std::uint64_t, int> wanted;
    for (const std::uint32_t f : left_) ++wanted[run_->body[f]];
    std::unordered_map<std::uint64_t, std::vector<FunctionNow*>> there;
    for (FunctionNow& now : t_.functions)
      if (!now.taken) there[now.key->body_hash].push_back(&now);
    step([&](std::uint32_t f) {
      const std::uint64_t body = run_->body[f];
      const auto it = there.find(body);
      if (body == 0 || wanted[body] != 1 || it == there.end() || it->second.size() != 1) return false;
      place(f, *it->second.front(), moved(f, *it->second.front()));
      return true;
    });
  }

  // A function that calls itself says its new name, too.
  void by_shape() {
    if (left_.empty()) return;
    step([&](std::uint32_t f) {
      if (run_->shape[f] == 0 || run_->own_name(f) == "(anonymous)") return false;
      FunctionNow* only = nullptr;
      for (FunctionNow& now : t_.functions) {
        if (now.taken || now.key->shape_hash != run_->shape[f] || now.key->name == "(anonymous)") continue;
        if (t_.body_with(now, {{now.key->name, std::string(run_->own_name(f))}}) != run_->body[f]) continue;
        if (only) return false;
        only = &now;
      }
      if (!only) return false;
      place(f, *only, moved(f, *only));
      return true;
    });
  }

  void by_similarity() {
    if (left_.empty() || !ran_) return;
    struct Pair {
      double how;
      std::uint32_t f;
      FunctionNow* now;
    };
    std::vector<Pair> pairs;
    std::vector<std::pair<FunctionNow*, std::vector<std::uint64_t>>> candidates;
    for (FunctionNow& now : t_.functions)
      if (!now.taken && now.key->name != "(anonymous)") candidates.emplace_back(&now, body_lines(now));
    if (candidates.empty() || candidates.size() * left_.size() > 4096) return;
    for (const std::uint32_t f : left_) {
      if (run_->own_name(f) == "(anonymous)") continue;
      const auto before = ran_lines(f, true);
      for (auto& [now, lines] : candidates)
        if (const double how = similarity(before, lines); how > 0) pairs.push_back({how, f, now});
    }
    const auto next_best = [&](const Pair& best) {
      double next = 0;
      for (const Pair& p : pairs)
        if ((p.f == best.f) != (p.now == best.now)) next = std::max(next, p.how);
      return next;
    };
    for (const Pair& p : pairs) {
      if (p.how < 0.7 || p.how - next_best(p) < 0.15) continue;
      place(p.f, *p.now, MatchState::Likely);
      std::erase(left_, p.f);
    }
  }
  // Without header and last line: names and braces say nothing.
  std::vector<std::uint64_t> body_lines(const FunctionNow& now) const {
    auto lines = t_.lines(now.row(), now.end_row());
    if (lines.size() > 2) lines.erase(lines.begin()), lines.pop_back();
    return lines;
  }
  std::vector<std::uint64_t> ran_lines(std::uint32_t f, bool inner) const {
    const auto& function = run_->function(f);
    std::uint32_t first = function.line, last = std::max(function.line, function.end_line);
    if (!ran_ || first == 0) return {};
    last = std::min(last, static_cast<std::uint32_t>(ran_->lines.size()));
    if (inner && last - first >= 2) ++first, --last;
    if (first > last) return {};
    return {ran_->lines.begin() + first - 1, ran_->lines.begin() + last};
  }
  // Those that were asked for and those that were found.
  ast::Renames all_renames() const {
    ast::Renames all = renames_;
    for (const auto& [name, was] : found_renames_) all[name] = was;
    return all;
  }
  // Who calls a renamed function has changed in nothing but that.
  void after_renames() {
    const ast::Renames all = all_renames();
    if (all.empty()) return;
    for (Placed& p : out_->placed) {
      if (p.state != MatchState::Edited || run_->shape[p.function] == 0 ||
          p.key->shape_hash != run_->shape[p.function])
        continue;
      for (const FunctionNow& now : t_.functions) {
        if (now.key != p.key || now.span() != p.whole) continue;
        if (t_.body_with(now, all) == run_->body[p.function]) p.state = MatchState::Fresh;
      }
    }
  }

  // --- results

  void place(std::uint32_t f, FunctionNow& now, MatchState state) {
    now.taken = true;
    Placed p{f,       state,      now.key->name_span.moved(now.at), now.span(), now.row(), now.end_row(), {},
             now.key, now.ordinal};
    if (state == MatchState::Moved) p.was = run_->function(f).name;
    out_->placed.push_back(std::move(p));
    auto& lines = now.statement->lines;
    auto it = lines.find({f, now.key});
    if (it == lines.end()) {
      it = lines.emplace(std::pair{f, now.key}, lines_.of_function(f, now, state)).first;
      for (LineCost& l : it->second) l.line -= now.item_row;
    }
    for (LineCost l : it->second) {
      l.line += now.item_row;
      out_->lines.push_back(l);
    }
  }

  void top_level() {
    if (out_->file == kNone) return;
    for (const std::uint32_t f : run_->functions[out_->file]) {
      if (!run_->is_top_level(f)) continue;
      const bool same = run_->body[f] == 0 ? !ran_ : run_->body[f] == out_->top_body;
      Placed p{f,      same ? MatchState::Fresh : MatchState::Edited,
               {0, 0}, {0, text_.size()},
               0,      text_.line_count() - 1,
               {},     nullptr,
               0};
      if (!same && after_renames_same_top(f)) p.state = MatchState::Fresh;
      out_->placed.push_back(std::move(p));
      lines_.of_top_level(f, out_->lines);
    }
  }
  // Only names of renamed functions differ.
  bool after_renames_same_top(std::uint32_t f) const {
    const ast::Renames all = all_renames();
    if (all.empty() || run_->shape[f] != out_->top_shape) return false;
    ast::FileHash file;
    for (const ast::PlacedItem& placed : r_.module().items)
      t_.walk_nodes(placed, [&](TSNode node) { file.add(ast::statement_keys(node, text_.text(), &all)); });
    return file.body() == run_->body[f];
  }

  void sort() {
    std::sort(out_->placed.begin(), out_->placed.end(), [](const Placed& a, const Placed& b) {
      return std::tuple(a.key != nullptr, a.whole.begin, b.whole.end) <
             std::tuple(b.key != nullptr, b.whole.begin, a.whole.end);
    });
    std::stable_sort(out_->lines.begin(), out_->lines.end(),
                     [](const LineCost& a, const LineCost& b) { return a.line < b.line; });
  }

  const std::shared_ptr<const LoadedRun> run_;
  const Revision& r_;
  const DocumentText& text_;
  Matches::File& state_;
  const ast::Renames& renames_;
  ast::Renames found_renames_;
  std::shared_ptr<FileCosts> out_;
  const std::shared_ptr<const RanText> ran_;
  TextNow t_;
  CarriedLines lines_;
  std::unordered_map<std::uint64_t, std::size_t> ran_names_;
  std::vector<std::uint32_t> left_;
};

std::string_view word(MatchState state) {
  static constexpr std::string_view kWords[] = {"fresh", "edited", "moved", "likely", "unmatched"};
  return kWords[static_cast<std::size_t>(state)];
}

const Placed* FileCosts::of(std::uint32_t function) const {
  for (const Placed& p : placed)
    if (p.function == function) return &p;
  return nullptr;
}

const Placed* FileCosts::begins_at(ByteOffset whole_begin) const {
  const auto at = std::lower_bound(
      placed.begin(), placed.end(), whole_begin,
      [](const Placed& p, ByteOffset begin) { return p.key == nullptr || p.whole.begin < begin; });
  return at != placed.end() && at->key && at->whole.begin == whole_begin ? &*at : nullptr;
}

std::vector<LineCost> FileCosts::lines_of(std::uint32_t function) const {
  std::vector<LineCost> out;
  for (const LineCost& l : lines)
    if (l.function == function) out.push_back(l);
  return out;
}

const Placed* FileCosts::around(ByteOffset at) const {
  const Placed* best = nullptr;
  for (const Placed& p : placed) {
    if (p.key != nullptr && p.whole.begin > at) break;
    if (p.key == nullptr || at < p.whole.end) best = &p;
  }
  return best;
}

std::span<const LineCost> FileCosts::between(std::uint32_t first, std::uint32_t last) const {
  const auto begin = std::lower_bound(lines.begin(), lines.end(), first,
                                      [](const LineCost& l, std::uint32_t line) { return l.line < line; });
  const auto end = std::upper_bound(begin, lines.end(), last,
                                    [](std::uint32_t line, const LineCost& l) { return line < l.line; });
  return {begin, end};
}

void Matches::renamed(const std::string& name, const std::string& was) {
  const std::lock_guard lock(mutex_);
  const auto before = renames_.find(was);  // renamed twice
  renames_[name] = before == renames_.end() ? was : before->second;
  ++renames_version_;
}

void Matches::follow(const LoadedRun& from, const LoadedRun& to) {
  std::vector<std::pair<std::string, std::shared_ptr<File>>> known;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [at, file] : files_)
      if (at.first == &from && file) known.emplace_back(at.second, file);
  }
  for (const auto& [key, file] : known) {
    const auto index = from.files.find(key);
    auto made = std::make_shared<File>();
    {
      const std::lock_guard lock(file->mutex);
      made->seen = file->seen;
    }
    const std::lock_guard lock(mutex_);
    files_[{&to, index == from.files.end() ? key : to.keys[index->second]}] = std::move(made);
  }
  forget(&from);
}

void Matches::forget(const LoadedRun* run) {
  const std::lock_guard lock(mutex_);
  std::erase_if(files_, [&](const auto& entry) { return entry.first.first == run; });
}

std::shared_ptr<const FileCosts> Matches::own(const std::shared_ptr<const LoadedRun>& run,
                                              const Revision& revision, std::uint32_t file) {
  std::shared_ptr<File> state, like;
  ast::Renames renames;
  std::uint64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    auto& known = files_[{run.get(), revision.file().key}];
    if (!known) {
      for (const auto& [key, other] : files_)
        if (other && key.second == revision.file().key) like = other;
      known = std::make_shared<File>();
    }
    state = known;
    renames = renames_;
    version = renames_version_;
  }
  revision.parsed();  // before the lock: a stage of the revision has locks of its own
  const std::lock_guard lock(state->mutex);
  if (like) state->take_statements(*like);
  if (state->own && state->renames == version && state->revision.lock().get() == &revision) return state->own;
  state->own = Matcher(run, revision, file, *state, renames).match();
  state->revision = revision.shared();
  state->renames = version;
  state->no_arrivals = false;
  return state->own;
}

std::shared_ptr<const FileCosts> Matches::costs(const std::shared_ptr<const LoadedRun>& run,
                                                const Revision& revision, const Other& other) {
  const auto known = run->files.find(revision.file().key);
  const std::uint32_t file = known == run->files.end() ? kNone : known->second;
  const auto mine = own(run, revision, file);
  std::shared_ptr<File> state;
  {
    const std::lock_guard lock(mutex_);
    state = files_[{run.get(), revision.file().key}];
  }
  if (!state) return mine;
  static const ast::Renames kNoRenames;
  {
    const std::lock_guard lock(state->mutex);
    if (state->own == mine && state->no_arrivals) return file == kNone ? nullptr : mine;
    Matcher matcher(run, revision, file, *state, kNoRenames);
    if (!matcher.any_arrival(file)) {
      if (state->own == mine) state->no_arrivals = true;
      return file == kNone ? nullptr : mine;
    }
  }
  // The other files are asked without a lock held; each of them has its own.
  std::map<std::uint32_t, std::shared_ptr<const FileCosts>> theirs;
  std::map<std::uint32_t, bool> there;
  std::shared_ptr<FileCosts> out;
  for (const auto& [key, from] : run->files) {
    if (from == file) continue;
    const auto text = other(key);
    there[from] = text != nullptr;
    if (text) theirs[from] = own(run, *text, from);
  }
  {
    const std::lock_guard lock(state->mutex);
    Matcher matcher(run, revision, file, *state, kNoRenames);
    out = std::make_shared<FileCosts>(*mine);
    matcher.arrivals(*out, [&](std::uint32_t f) {
      const std::uint32_t from = run->function(f).file;
      if (!there[from]) return true;
      const auto& left = theirs[from]->unmatched;
      return std::find(left.begin(), left.end(), f) != left.end();
    });
  }
  if (file == kNone && out->placed.empty()) return nullptr;
  return out;
}

}  // namespace ml::lsp
