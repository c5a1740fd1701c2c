#include "lsp/profile/match.h"

#include <algorithm>
#include <tuple>

#include "lsp/profile/line_map.h"

namespace ml::lsp {
namespace {

std::uint64_t hash_text(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325ull) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

// As profiles write the name.
std::uint64_t hash_name(const ast::FunctionKey& key) {
  std::uint64_t hash = hash_text("");
  for (const std::string& part : key.path) hash = hash_text(".", hash_text(part, hash));
  return hash_text(key.name, hash);
}

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

// Parts: an item of a broken text may be several nodes.
struct Matches::Statement {
  std::shared_ptr<const ast::Item> item;
  std::uint64_t text_hash = 0;
  struct Part {
    ByteOffset offset = 0;
    std::uint32_t row = 0, end_row = 0;  // from the item's first line
    ast::StatementKeys keys;
    std::vector<std::uint64_t> names;  // hash of path and name, by function
  };
  std::vector<Part> parts;
  // Lines of a function that ran, from the item's first line; by function of the run and key.
  std::map<std::pair<std::uint32_t, const ast::FunctionKey*>, std::vector<LineCost>> lines;
};

// Matches one file; holds the file's lock for that time.
class Matcher {
 public:
  Matcher(std::shared_ptr<const LoadedRun> run, const Revision& revision, std::uint32_t file,
          Matches::File& state, const ast::Renames& renames)
      : run_(std::move(run)), r_(revision), text_(revision.text()), state_(state), renames_(renames) {
    out_ = std::make_shared<FileCosts>();
    out_->run = run_;
    out_->file = file;
    ran_ = file == kNone ? nullptr : run_->ran_text(file);
  }

  std::shared_ptr<const FileCosts> match() {
    collect();
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
    collect();
    for (const Placed& p : out.placed) {
      if (p.key == nullptr) continue;
      for (Now& now : now_)
        if (now.span().begin == p.whole.begin) now.taken = true;
    }
    for (Now& now : now_) {
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
    collect();
    return std::any_of(now_.begin(), now_.end(), [&](const Now& now) {
      const auto known = run_->by_body.find(now.key->body_hash);
      return known != run_->by_body.end() && known->second.size() == 1 &&
             run_->function(known->second.front()).file != own_file;
    });
  }

 private:
  // A function of the text of now.
  struct Now {
    Matches::Statement* statement;
    const Matches::Statement::Part* part;
    const ast::FunctionKey* key;
    std::uint64_t name;
    ByteOffset at;           // of the part
    std::uint32_t item_row;  // from 0
    std::uint32_t ordinal;
    bool taken = false;
    Span span() const { return key->span.moved(at); }
    std::uint32_t row() const { return item_row + part->row + key->line - 1; }
    std::uint32_t end_row() const { return item_row + part->row + key->end_line - 1; }
  };

  void collect() {
    if (collected_) return;
    collected_ = true;
    std::unordered_map<const ast::Item*, std::shared_ptr<Matches::Statement>> items;
    std::unordered_map<std::uint64_t, std::shared_ptr<Matches::Statement>> by_text;
    std::unordered_map<std::uint64_t, std::uint32_t> ordinals;
    ast::FileHash file;
    for (const ast::PlacedItem& placed : r_.module().items) {
      auto& statement = items[placed.item.get()];
      if (!statement) statement = known(placed);
      by_text.emplace(statement->text_hash, statement);
      out_->held.push_back(statement);
      const std::uint32_t row = text_.line_of(placed.start);
      for (const auto& part : statement->parts) {
        file.add(part.keys);
        if (part.keys.counts) top_.push_back({&part, row + part.row, row + part.end_row});
        for (std::size_t i = 0; i < part.keys.functions.size(); ++i)
          now_.push_back({statement.get(), &part, &part.keys.functions[i], part.names[i],
                          placed.start + part.offset, row, ordinals[part.names[i]]++});
      }
    }
    state_.items = std::move(items);
    state_.by_text = std::move(by_text);
    out_->top_body = file.body();
    out_->top_shape = file.shape();
    for (std::size_t i = 0; i < now_.size(); ++i) by_name_[now_[i].name].push_back(i);
  }

  std::shared_ptr<Matches::Statement> known(const ast::PlacedItem& placed) {
    if (const auto it = state_.items.find(placed.item.get()); it != state_.items.end()) return it->second;
    // An undone edit, or a text that was parsed anew.
    const std::uint64_t hash = hash_text(placed.item->text);
    if (const auto it = state_.by_text.find(hash);
        it != state_.by_text.end() && it->second->item->text == placed.item->text)
      return it->second;
    auto statement = std::make_shared<Matches::Statement>();
    statement->item = placed.item;
    statement->text_hash = hash;
    const std::uint32_t row = text_.line_of(placed.start);
    walk_nodes(placed, [&](TSNode node) {
      auto& part = statement->parts.emplace_back();
      part.offset = ts_node_start_byte(node) - placed.start;
      part.row = ts_node_start_point(node).row - row;
      part.end_row = ts_node_end_point(node).row - row;
      part.keys = ast::statement_keys(node, text_.text());
      for (const auto& key : part.keys.functions) part.names.push_back(hash_name(key));
    });
    return statement;
  }

  template <class Take>
  void walk_nodes(const ast::PlacedItem& placed, Take take) const {
    TSTreeCursor cursor = ts_tree_cursor_new(r_.tree().root());
    bool more = ts_tree_cursor_goto_first_child_for_byte(&cursor, placed.start) >= 0;
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
      const TSNode node = ts_tree_cursor_current_node(&cursor);
      if (ts_node_start_byte(node) >= placed.end) break;
      if (ts_node_start_byte(node) >= placed.start) take(node);
    }
    ts_tree_cursor_delete(&cursor);
  }

  // --- the steps, each with what the ones before left over

  template <class Find>
  void step(Find find) {
    std::erase_if(left_, [&](std::uint32_t f) { return find(f); });
  }

  std::uint64_t name_of(std::uint32_t f) const { return hash_text(run_->function(f).name); }

  void by_path() {
    const auto group = [&](std::uint32_t f) -> const std::vector<std::size_t>* {
      const auto it = by_name_.find(name_of(f));
      return it == by_name_.end() ? nullptr : &it->second;
    };
    const auto same_body = [&](bool same_ordinal) {
      step([&](std::uint32_t f) {
        const auto* all = group(f);
        if (!all || run_->body[f] == 0) return false;
        for (const std::size_t i : *all) {
          Now& now = now_[i];
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
        Now& now = now_[i];
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
    return std::count_if(now_.begin(), now_.end(),
                         [&](const Now& n) { return !n.taken && n.key->body_hash == body; }) == 1;
  }

  // Renamed while we looked: as before.
  MatchState moved(std::uint32_t f, const Now& now) {
    const bool same_place = hash_container(run_->function(f).name) == hash_container(*now.key);
    const bool asked =
        renames_.contains(now.key->name) && renames_.find(now.key->name)->second == run_->own_name(f);
    if (!same_place && !asked && !container_renamed(f, now)) return MatchState::Moved;
    if (!asked && !state_.seen.contains(f)) return MatchState::Moved;
    if (now.key->name != run_->own_name(f)) found_renames_[now.key->name] = run_->own_name(f);
    return MatchState::Fresh;
  }
  bool container_renamed(std::uint32_t f, const Now& now) const {
    const std::string& name = run_->function(f).name;
    return !now.key->path.empty() && name.ends_with("." + now.key->name) &&
           found_renames_.contains(now.key->path.back());
  }

  void by_body() {
    if (left_.empty()) return;
    std::unordered_map<std::uint64_t, int> wanted;
    for (const std::uint32_t f : left_) ++wanted[run_->body[f]];
    std::unordered_map<std::uint64_t, std::vector<Now*>> there;
    for (Now& now : now_)
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
      Now* only = nullptr;
      for (Now& now : now_) {
        if (now.taken || now.key->shape_hash != run_->shape[f] || now.key->name == "(anonymous)") continue;
        if (body_with(now, {{now.key->name, std::string(run_->own_name(f))}}) != run_->body[f]) continue;
        if (only) return false;
        only = &now;
      }
      if (!only) return false;
      place(f, *only, moved(f, *only));
      return true;
    });
  }

  std::uint64_t body_with(const Now& now, const ast::Renames& renames) const {
    for (const ast::PlacedItem& placed : r_.module().items) {
      if (placed.start + now.part->offset != now.at) continue;
      std::uint64_t body = 0;
      walk_nodes(placed, [&](TSNode node) {
        if (ts_node_start_byte(node) != now.at) return;
        const auto keys = ast::statement_keys(node, text_.text(), &renames);
        const auto index = static_cast<std::size_t>(now.key - now.part->keys.functions.data());
        if (index < keys.functions.size()) body = keys.functions[index].body_hash;
      });
      return body;
    }
    return 0;
  }

  void by_similarity() {
    if (left_.empty() || !ran_) return;
    struct Pair {
      double how;
      std::uint32_t f;
      Now* now;
    };
    std::vector<Pair> pairs;
    std::vector<std::pair<Now*, std::vector<std::uint64_t>>> candidates;
    for (Now& now : now_)
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
    const std::vector<Pair> all = pairs;
    for (const Pair& p : all) {
      if (p.how < 0.7 || p.how - next_best(p) < 0.15) continue;
      place(p.f, *p.now, MatchState::Likely);
      std::erase(left_, p.f);
    }
  }
  // Without header and last line: names and braces say nothing.
  std::vector<std::uint64_t> body_lines(const Now& now) const {
    auto lines = lines_now(now.row(), now.end_row());
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
  std::vector<std::uint64_t> lines_now(std::uint32_t first, std::uint32_t last) const {
    const ByteOffset begin = text_.line_start(first);
    const ByteOffset end = text_.line_span(std::min(last, text_.line_count() - 1)).end;
    return hash_lines(text_.text().substr(begin, end - begin));
  }

  // Who calls a renamed function has changed in nothing but that.
  void after_renames() {
    ast::Renames all = renames_;
    for (const auto& [name, was] : found_renames_) all[name] = was;
    if (all.empty()) return;
    for (Placed& p : out_->placed) {
      if (p.state != MatchState::Edited || run_->shape[p.function] == 0 ||
          p.key->shape_hash != run_->shape[p.function])
        continue;
      for (const Now& now : now_) {
        if (now.key != p.key || now.span() != p.whole) continue;
        if (body_with(now, all) == run_->body[p.function]) p.state = MatchState::Fresh;
      }
    }
  }

  // --- results

  void place(std::uint32_t f, Now& now, MatchState state) {
    now.taken = true;
    Placed p{f,       state,      now.key->name_span.moved(now.at), now.span(), now.row(), now.end_row(), {},
             now.key, now.ordinal};
    if (state == MatchState::Moved) p.was = run_->function(f).name;
    out_->placed.push_back(std::move(p));
    auto& lines = now.statement->lines;
    auto it = lines.find({f, now.key});
    if (it == lines.end()) {
      it = lines.emplace(std::pair{f, now.key}, carried(f, now, state)).first;
      for (LineCost& l : it->second) l.line -= now.item_row;
    }
    for (LineCost l : it->second) {
      l.line += now.item_row;
      out_->lines.push_back(l);
    }
  }

  std::vector<LineCost> carried(std::uint32_t f, const Now& now, MatchState state) const {
    const auto& function = run_->function(f);
    std::vector<LineCost> out;
    if (function.lines.empty()) return out;
    const auto before = ran_of(f) ? ran_lines_of(f) : std::vector<std::uint64_t>();
    if (before.empty()) {
      // The text that ran is not known: lines of an unchanged function stay where they were in it.
      if (is_edited(state)) return out;
      for (const auto& l : function.lines)
        if (l.line >= function.line && now.row() + l.line - function.line <= now.end_row())
          out.push_back(cost(f, l, now.row() + l.line - function.line, false));
      return out;
    }
    add_lines(f, function.line, map_lines(before, lines_now(now.row(), now.end_row())), now.row(), out);
    return out;
  }
  // A function that comes from another file ran with that file's text.
  std::shared_ptr<const RanText> ran_of(std::uint32_t f) const {
    const std::uint32_t file = run_->function(f).file;
    return file == out_->file ? ran_ : run_->ran_text(file);
  }
  std::vector<std::uint64_t> ran_lines_of(std::uint32_t f) const {
    const auto ran = ran_of(f);
    const auto& function = run_->function(f);
    if (function.line == 0 || function.line > ran->lines.size()) return {};
    const auto last = std::min<std::size_t>(std::max(function.line, function.end_line), ran->lines.size());
    return {ran->lines.begin() + function.line - 1, ran->lines.begin() + static_cast<std::ptrdiff_t>(last)};
  }

  static LineCost cost(std::uint32_t f, const profiler::Profile::Line& l, std::uint32_t line, bool edited) {
    return {line, f, l.line, l.self_ns, l.cum_ns, l.hits, l.at_peak_bytes, edited};
  }
  void add_lines(std::uint32_t f, std::uint32_t first, const std::vector<LineNow>& map, std::uint32_t row,
                 std::vector<LineCost>& out) const {
    for (const auto& l : run_->function(f).lines) {
      if (l.line < first || l.line - first >= map.size()) continue;
      const LineNow& now = map[l.line - first];
      if (now.there) out.push_back(cost(f, l, row + now.line, now.edited));
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
      top_lines(f);
    }
  }
  // Only names of renamed functions differ.
  bool after_renames_same_top(std::uint32_t f) const {
    ast::Renames all = renames_;
    for (const auto& [name, was] : found_renames_) all[name] = was;
    if (all.empty() || run_->shape[f] != out_->top_shape) return false;
    ast::FileHash file;
    for (const ast::PlacedItem& placed : r_.module().items)
      walk_nodes(placed, [&](TSNode node) { file.add(ast::statement_keys(node, text_.text(), &all)); });
    return file.body() == run_->body[f];
  }

  void top_lines(std::uint32_t f) {
    const auto& lines = run_->function(f).lines;
    if (lines.empty()) return;
    if (!ran_) {
      const auto& file = run_->profile.files[out_->file];
      if (file.line_count == text_.line_count() || file.line_count + 1 == text_.line_count())
        for (const auto& l : lines)
          if (l.line > 0 && l.line <= text_.line_count())
            out_->lines.push_back(cost(f, l, l.line - 1, false));
      return;
    }
    std::vector<std::uint64_t> before, now;
    for (const auto& s : ran_->statements) before.push_back(s.body_hash);
    for (const TopPart& t : top_) now.push_back(t.part->keys.body_hash);
    const std::vector<LineNow> map = map_lines(before, now);
    for (std::size_t i = 0; i < map.size(); ++i) {
      const RanText::Statement& s = ran_->statements[i];
      const auto any = std::any_of(lines.begin(), lines.end(),
                                   [&](const auto& l) { return l.line >= s.line && l.line <= s.end_line; });
      if (!map[i].there || !any || s.end_line > ran_->lines.size()) continue;
      const TopPart& to = top_[map[i].line];
      const std::span<const std::uint64_t> old(ran_->lines.data() + s.line - 1, s.end_line - s.line + 1);
      add_lines(f, s.line, map_lines(old, lines_now(to.row, to.end_row)), to.row, out_->lines);
    }
  }

  void sort() {
    std::sort(out_->placed.begin(), out_->placed.end(), [](const Placed& a, const Placed& b) {
      return std::tuple(a.key != nullptr, a.whole.begin, b.whole.end) <
             std::tuple(b.key != nullptr, b.whole.begin, a.whole.end);
    });
    std::stable_sort(out_->lines.begin(), out_->lines.end(),
                     [](const LineCost& a, const LineCost& b) { return a.line < b.line; });
  }

  struct TopPart {
    const Matches::Statement::Part* part;
    std::uint32_t row, end_row;
  };

  const std::shared_ptr<const LoadedRun> run_;
  const Revision& r_;
  const DocumentText& text_;
  Matches::File& state_;
  const ast::Renames& renames_;
  ast::Renames found_renames_;
  std::shared_ptr<FileCosts> out_;
  std::shared_ptr<const RanText> ran_;
  std::unordered_map<std::uint64_t, std::size_t> ran_names_;
  std::vector<Now> now_;
  std::vector<TopPart> top_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_name_;
  std::vector<std::uint32_t> left_;
  bool collected_ = false;
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

void Matches::forget(const LoadedRun* run) {
  const std::lock_guard lock(mutex_);
  std::erase_if(files_, [&](const auto& entry) { return entry.first.first == run; });
}

std::shared_ptr<const FileCosts> Matches::own(const std::shared_ptr<const LoadedRun>& run,
                                              const Revision& revision, std::uint32_t file) {
  std::shared_ptr<File> state;
  ast::Renames renames;
  std::uint64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    auto& known = files_[{run.get(), revision.file().key}];
    if (!known) known = std::make_shared<File>();
    state = known;
    renames = renames_;
    version = renames_version_;
  }
  revision.parsed();  // before the lock: a stage of the revision has locks of its own
  const std::lock_guard lock(state->mutex);
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
