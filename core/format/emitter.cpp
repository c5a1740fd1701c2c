#include "core/format/emitter.h"

#include <algorithm>

namespace ml::format {
namespace {

bool is_line_comment(std::string_view text) { return text.starts_with("//") || text.starts_with("#"); }

}  // namespace

Emitter::Emitter(std::string_view text, const Options& options, const std::vector<Span>& comments)
    : text_(text), options_(options), comments_(comments), line_end_("\n") {
  const auto line = text.find('\n');
  if (line != std::string_view::npos && line > 0 && text[line - 1] == '\r') line_end_ = "\r\n";
}

void Emitter::start(ByteOffset at, unsigned column) {
  at_ = At{};
  at_.end = at;
  at_.column = column;
  at_.file_start = at == 0 || (at == 3 && text_.starts_with("\xEF\xBB\xBF"));
  at_.comment = static_cast<std::size_t>(
      std::lower_bound(comments_.begin(), comments_.end(), at,
                       [](Span comment, ByteOffset offset) { return comment.begin < offset; }) -
      comments_.begin());
}

void Emitter::newline(unsigned levels, unsigned comment_levels, bool blank) {
  at_.gap = Gap::Line;
  at_.levels = levels;
  at_.comment_levels = comment_levels;
  at_.blank = blank;
}

void Emitter::indentation(unsigned levels) {
  at_.gap = Gap::Indentation;
  at_.levels = levels;
}

unsigned Emitter::breaks(ByteOffset begin, ByteOffset end) const {
  unsigned count = 0;
  for (ByteOffset i = begin; i < end && count < 2; ++i) {
    if (text_[i] == '\n' || (text_[i] == '\r' && (i + 1 >= text_.size() || text_[i + 1] != '\n'))) ++count;
  }
  return count;
}

bool Emitter::breaks_between(ByteOffset begin, ByteOffset end) const { return breaks(begin, end) > 0; }

bool Emitter::comment_between(ByteOffset begin, ByteOffset end) const {
  const auto it = std::lower_bound(comments_.begin(), comments_.end(), begin,
                                   [](Span comment, ByteOffset at) { return comment.begin < at; });
  return it != comments_.end() && it->begin < end;
}

unsigned Emitter::width_of(std::string_view text) const {
  return static_cast<unsigned>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void Emitter::append_indent(std::string& to, unsigned levels) const {
  if (options_.tabs)
    to.append(levels, '\t');
  else
    to.append(std::size_t{levels} * options_.indent, ' ');
}

void Emitter::trial_line() {
  if (trial_.over) return;
  trial_.over = true;
  if (!trial_.head) trial_.result = Fit::Breaks;
}

void Emitter::trial_text(std::string_view text) {
  // A string or template over several lines is not layout: its first line has to fit.
  const auto line = text.find('\n');
  at_.column += width_of(text.substr(0, line));
  if (at_.column > options_.line_width && !trial_.over) {
    trial_.over = true;
    trial_.result = Fit::TooWide;
  }
  if (line != std::string_view::npos) at_.column = width_of(text.substr(text.rfind('\n') + 1));
}

void Emitter::put(Span span, const std::string* text) {
  const std::string_view shown = text ? std::string_view(*text) : source(span);
  if (trial_.on) {
    if (trial_.over) return;
    if (at_.gap == Gap::Line) {
      trial_line();
      return;
    }
    at_.column += (at_.gap == Gap::Space ? 1 : 0) + (at_.semicolon ? 1 : 0);
    trial_text(shown);
  } else {
    gap_.clear();
    if (at_.gap == Gap::Keep) gap_ = text_.substr(at_.end, span.begin - at_.end);
    if (at_.semicolon) gap_ += ';';
    if (at_.gap == Gap::Space) {
      gap_ += ' ';
      ++at_.column;
    } else if (at_.gap == Gap::Indentation || (at_.gap == Gap::Line && at_.file_start)) {
      append_indent(gap_, at_.levels);
      at_.column = at_.levels * options_.indent;
    } else if (at_.gap == Gap::Line) {
      gap_ += line_end_;
      if (at_.blank && breaks(at_.end, span.begin) > 1) gap_ += line_end_;
      append_indent(gap_, at_.levels);
      at_.column = at_.levels * options_.indent;
    }
    change_gap(span.begin);
    if (text && *text != source(span)) edits_.push_back({span, *text});
    const auto line = shown.rfind('\n');
    at_.column =
        line == std::string_view::npos ? at_.column + width_of(shown) : width_of(shown.substr(line + 1));
  }
  at_.end = span.end;
  at_.gap = Gap::None;
  at_.semicolon = at_.file_start = false;
  at_.blank = true;
}

// Only what differs, without what is the same at both ends.
void Emitter::change_gap(ByteOffset end) {
  Span span{at_.end, end};
  std::string_view by = gap_;
  while (span.size() > 0 && !by.empty() && text_[span.begin] == by.front()) ++span.begin, by.remove_prefix(1);
  while (span.size() > 0 && !by.empty() && text_[span.end - 1] == by.back()) --span.end, by.remove_suffix(1);
  if (span.size() > 0 || !by.empty()) edits_.push_back({span, std::string(by)});
}

// Puts the comment with the gap that was asked for the next token split between both.
void Emitter::comment(Span span, ByteOffset next) {
  std::string_view text = source(span);
  const bool line_comment = is_line_comment(text) || text.find('\n') != std::string_view::npos;
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  const Span trimmed{span.begin, span.begin + static_cast<ByteOffset>(text.size())};
  const bool line_before = at_.file_start || breaks(at_.end, span.begin) > 0;
  const bool line_after = breaks(trimmed.end, next) > 0;
  const At wanted = at_;
  const bool asked = wanted.gap == Gap::Line;
  const unsigned levels = asked ? wanted.comment_levels : wanted.inline_levels + 1;
  if (wanted.gap == Gap::Indentation) {
    // there already
  } else if (asked ? line_before || (!line_comment && !line_after) : line_before && line_comment) {
    at_.gap = Gap::Line;
    at_.levels = levels;
  } else {
    const char before = at_.end > 0 ? text_[at_.end - 1] : ' ';
    at_.gap = !line_comment && (before == '(' || before == '[') ? Gap::None : Gap::Space;
  }
  put(trimmed, nullptr);
  at_.levels = wanted.levels;
  at_.comment_levels = wanted.comment_levels;
  if (asked) {
    at_.gap = line_comment || line_after ? Gap::Line : Gap::Space;
  } else if (wanted.gap == Gap::Indentation) {
    at_.gap = Gap::Line;
  } else if (line_comment) {
    at_.gap = Gap::Line;
    at_.levels = at_.comment_levels = levels;
    at_.blank = false;
  } else {
    at_.gap = wanted.gap == Gap::None ? Gap::None : Gap::Space;
  }
}

void Emitter::begin_trial(ByteOffset limit) {
  trial_.fresh = false;
  while (at_.comment < comments_.size() && comments_[at_.comment].begin < limit) ++at_.comment;
  if (at_.gap == Gap::Line || at_.gap == Gap::Indentation) at_.column = at_.levels * options_.indent;
  if (at_.gap == Gap::Space) ++at_.column;
  at_.gap = Gap::None;
}

void Emitter::comments_before(ByteOffset limit) {
  if (trial_.fresh) begin_trial(limit);
  while (at_.comment < comments_.size() && comments_[at_.comment].begin < limit) {
    const Span span = comments_[at_.comment++];
    if (at_.gap == Gap::Keep) continue;
    const ByteOffset next =
        at_.comment < comments_.size() ? std::min(limit, comments_[at_.comment].begin) : limit;
    comment(span, next);
    if (trial_.over) return;
  }
}

void Emitter::token(Span span) {
  comments_before(span.begin);
  if (span.size() == 1) {
    const char c = text_[span.begin];
    if (c == ')' || c == ']' || c == '}') at_.blank = false;
  }
  put(span, nullptr);
}

void Emitter::token(Span span, std::string text) {
  comments_before(span.begin);
  put(span, &text);
}

void Emitter::verbatim(Span span) {
  comments_before(span.begin);
  put(span, nullptr);
  while (at_.comment < comments_.size() && comments_[at_.comment].begin < span.end) ++at_.comment;
}

void Emitter::finish() {
  if (at_.semicolon) edits_.push_back({{at_.end, at_.end}, ";"});
  at_.semicolon = false;
}

void Emitter::finish_file() {
  comments_before(static_cast<ByteOffset>(text_.size()));
  const auto end = static_cast<ByteOffset>(text_.size());
  gap_ = at_.semicolon ? ";" : "";
  const unsigned present = breaks(at_.end, end);
  if (!at_.file_start && (present > 0 || options_.insert_final_newline)) gap_ += line_end_;
  if (present > 1 && !options_.trim_final_newlines) return;
  change_gap(end);
}

Emitter::Mark Emitter::mark() const { return {at_, edits_.size()}; }

void Emitter::back_to(const Mark& mark) {
  at_ = mark.at;
  edits_.resize(mark.edits);
}

}  // namespace ml::format
