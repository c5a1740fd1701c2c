#pragma once

// Puts tokens of the source one after the other with the gaps that the printer asks for, keeps the comments
// in between, and notes where the result differs from the source. It can also do so for trial, to see how
// wide something is.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/format/format.h"
#include "core/format/nodes.h"

namespace ml::format {

enum class Fit : std::uint8_t { Fits, TooWide, Breaks };

class Emitter {
 public:
  Emitter(std::string_view text, const Options& options, const std::vector<Span>& comments);

  // Starts at an offset of the source that is at this column. Comments before it are left alone.
  void start(ByteOffset at, unsigned column);

  // --- gaps: what stands before the next token
  void no_space() { at_.gap = Gap::None; }
  void space() { at_.gap = Gap::Space; }
  // `comment_levels`: indentation of comments before the token, `blank`: a blank line may stay.
  void newline(unsigned levels, unsigned comment_levels, bool blank);
  void newline(unsigned levels) { newline(levels, levels, false); }
  // Indentation of comments and what follows them where no line break was asked for.
  void set_levels(unsigned levels) { at_.inline_levels = levels; }
  // The first thing on its line, there already (format_range).
  void indentation(unsigned levels);
  void keep() { at_.gap = Gap::Keep; }  // what the source has, comments too
  void add_semicolon() { at_.semicolon = true; }

  void token(Span span);                    // as it is in the source
  void token(Span span, std::string text);  // changed
  void verbatim(Span span);                 // with the comments in it
  void finish();                            // where nothing follows
  void finish_file();

  std::string_view source(Span span) const { return text_.substr(span.begin, span.size()); }
  // Whether the source has a line break there.
  bool breaks_between(ByteOffset begin, ByteOffset end) const;
  bool comment_between(ByteOffset begin, ByteOffset end) const;

  // --- trial. Prints with `print`, undoes it, and says whether it stayed on the line: `tail` more columns
  // are needed behind it. `head`: only up to the first line break.
  template <class Print>
  Fit measure(unsigned tail, bool head, Print print) {
    const At before = at_;
    const Trial outer = trial_;
    trial_ = {true, head, false, true, Fit::Fits};
    print();
    if (!trial_.over && at_.column + tail > options_.line_width) trial_.result = Fit::TooWide;
    const Fit result = trial_.result;
    trial_ = outer;
    at_ = before;
    return result;
  }
  bool over() const { return trial_.over; }  // the trial has its result: printing may stop
  bool on_trial() const { return trial_.on; }

  unsigned column() const { return at_.column; }
  const Options& options() const { return options_; }
  std::vector<Edit>& edits() { return edits_; }

  // Back to an earlier state; not during a trial.
  struct Mark;
  Mark mark() const;
  void back_to(const Mark& mark);

 private:
  enum class Gap : std::uint8_t { None, Space, Line, Indentation, Keep };
  struct At {
    Gap gap = Gap::None;
    bool blank = false, semicolon = false, behind_open = false, file_start = false;
    unsigned levels = 0, comment_levels = 0, inline_levels = 0;
    unsigned column = 0;
    ByteOffset end = 0;  // of what was put last
    std::size_t comment = 0;
  };
  struct Trial {
    bool on = false, head = false, over = false;
    bool fresh = false;  // nothing has been put: the gap before it is not part of the trial
    Fit result = Fit::Fits;
  };

  void change_gap(ByteOffset end);
  void begin_trial(ByteOffset limit);
  void comments_before(ByteOffset limit);
  void comment(Span span, ByteOffset next);
  // Writes the gap and then `span` of the source, as `text` if not null.
  void put(Span span, const std::string* text);
  void trial_gap(unsigned width);
  void trial_line();
  void trial_text(std::string_view text);
  unsigned breaks(ByteOffset begin, ByteOffset end) const;  // at most 2
  unsigned width_of(std::string_view text) const;
  void append_indent(std::string& to, unsigned levels) const;

  std::string_view text_;
  const Options& options_;
  const std::vector<Span>& comments_;
  std::string_view line_end_;
  At at_;
  Trial trial_;
  std::string gap_;
  std::vector<Edit> edits_;

 public:
  struct Mark {
    At at;
    std::size_t edits;
  };
};

}  // namespace ml::format
