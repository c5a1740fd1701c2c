#pragma once

// Which function of a run is which function of the text of now (editor-protocols.md 4.1).

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "lsp/documents/revision.h"
#include "lsp/profile/run.h"

namespace ml::lsp {

enum class MatchState : std::uint8_t { Fresh, Edited, Moved, Likely, Unmatched };
std::string_view word(MatchState state);  // "fresh", ...
// Shown with a `~`.
inline bool is_edited(MatchState s) { return s == MatchState::Edited || s == MatchState::Likely; }

// A function of the run in the text. Spans are file offsets, lines count from 0.
struct Placed {
  std::uint32_t function = kNone;  // of the run
  MatchState state = MatchState::Fresh;
  Span name, whole;  // name: empty for what has none
  std::uint32_t line = 0, end_line = 0;
  std::string was;                        // moved: its name then
  const ast::FunctionKey* key = nullptr;  // of now; null: top-level code
  std::uint32_t ordinal = 0;              // of now, in the file
};

struct LineCost {
  std::uint32_t line = 0, function = 0;
  std::uint32_t ran_line = 0;  // from 1
  std::uint64_t self_ns = 0, cum_ns = 0;
  std::optional<std::uint64_t> hits;
  std::uint64_t bytes = 0;  // live at the run's peak
  bool edited = false;      // the line is not what ran
};

// What a run says about one text of one file. Immutable.
struct FileCosts {
  std::shared_ptr<const LoadedRun> run;
  std::uint32_t file = kNone;                     // of the run; kNone: functions have moved here, no more
  std::vector<Placed> placed;                     // by position, top-level code first
  std::vector<std::uint32_t> unmatched;           // functions of the file that are not in the text
  std::vector<LineCost> lines;                    // by line
  std::uint64_t top_body = 0, top_shape = 0;      // hashes of the top-level code of now
  std::vector<std::shared_ptr<const void>> held;  // what `key` points into

  const Placed* of(std::uint32_t function) const;
  // That begins there; null: none that ran.
  const Placed* begins_at(ByteOffset whole_begin) const;
  std::vector<LineCost> lines_of(std::uint32_t function) const;
  // The innermost function that ran around the offset, top-level code at last; null: it did not run.
  const Placed* around(ByteOffset at) const;
  // Costs of the lines first to last.
  std::span<const LineCost> between(std::uint32_t first, std::uint32_t last) const;
};

// Matches of the files that were asked about. An edit costs the statement it is in; the others are known by
// their item. Thread-safe.
class Matches {
 public:
  using Other = std::function<std::shared_ptr<const Revision>(const std::string& key)>;

  // `other` gives the text of another file of the run: a function may have moved. Null: nothing of the run is
  // in the file.
  std::shared_ptr<const FileCosts> costs(const std::shared_ptr<const LoadedRun>& run,
                                         const Revision& revision, const Other& other);
  // A rename request was answered: functions that say `name` now said `was` when they ran.
  void renamed(const std::string& name, const std::string& was);
  // `to` is `from` with some files at other places.
  void follow(const LoadedRun& from, const LoadedRun& to);
  // Null: what `prepare` found.
  void forget(const LoadedRun* run);
  // Finds who the functions of a text are before there is a run to ask for: takes long for long texts, and
  // can be done while a run is read.
  void prepare(const Revision& revision);

  struct Statement;  // one top-level statement and who its functions are (text_now.h)
  // What is kept of a file between texts.
  struct File {
    std::mutex mutex;
    std::unordered_map<const ast::Item*, std::shared_ptr<Statement>> items;
    std::unordered_map<std::uint64_t, std::shared_ptr<Statement>> by_text;
    std::set<std::uint32_t> seen;  // functions matched by their path in this session
    std::weak_ptr<const Revision> revision;
    std::shared_ptr<const FileCosts> own;
    std::uint64_t renames = 0;
    bool no_arrivals = false;  // none of the run's functions has come from another file
    // Who the functions of a text are does not depend on the run. The caller holds `mutex`; states only take
    // from those made before them.
    void take_statements(File& from);
  };

 private:
  std::shared_ptr<const FileCosts> own(const std::shared_ptr<const LoadedRun>& run, const Revision& revision,
                                       std::uint32_t file);

  std::mutex mutex_;
  std::map<std::pair<const LoadedRun*, std::string>, std::shared_ptr<File>> files_;
  ast::Renames renames_;  // name of now -> name as it ran
  std::uint64_t renames_version_ = 1;
};

}  // namespace ml::lsp
