#include "lsp/features/folding_range/folds.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "core/syntax/symbols.h"
#include "lsp/documents/pieces.h"

namespace ml::lsp {
namespace {

namespace sym = syntax::sym;

// Finds what is in a piece.
class Finder {
 public:
  Finder(const Revision& file, Span span, const wire::StopFlag& stop, FoldPiece& out)
      : file_(file), text_(file.text()), span_(span), stop_(stop), out_(out) {}

  void find() {
    first_line_ = line_ = text_.line_of(span_.begin);
    TSTreeCursor cursor = ts_tree_cursor_new(file_.tree().root());
    struct Guard {
      TSTreeCursor* cursor;
      ~Guard() { ts_tree_cursor_delete(cursor); }
    } guard{&cursor};
    if (ts_tree_cursor_goto_first_child_for_byte(&cursor, span_.begin) < 0) return;
    // Top-level nodes belong to the piece they begin in.
    do {
      const ByteOffset begin = syntax::span(ts_tree_cursor_current_node(&cursor)).begin;
      if (begin >= span_.end) return;
      if (begin >= span_.begin) below(&cursor);
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }

 private:
  // The node and what is inside. Without recursion: nesting is bounded by the length of the text only.
  void below(TSTreeCursor* cursor) {
    for (unsigned depth = 0;;) {
      if (++visited_ % 1024 == 0) stop_.check();
      const TSNode at = ts_tree_cursor_current_node(cursor);
      node(at);
      if (!is_plain_line(at) && ts_tree_cursor_goto_first_child(cursor)) {
        ++depth;
        continue;
      }
      while (depth > 0 && !ts_tree_cursor_goto_next_sibling(cursor)) {
        ts_tree_cursor_goto_parent(cursor);
        --depth;
      }
      if (depth == 0) return;
    }
  }
  // Nothing inside it folds or is part of a run. Most of a file is such nodes.
  bool is_plain_line(TSNode node) const {
    if (ts_node_start_point(node).row != ts_node_end_point(node).row) return false;
    const Span span = syntax::span(node);
    const std::string_view text = text_.text().substr(span.begin, span.size());
    const auto has = [&](auto what) { return text.find(what) != text.npos; };
    return !has('\r') && !has("//") && !has("/*") && !has("import");
  }
  void node(TSNode node) {
    const Span span = syntax::span(node);
    const Span here{span.begin - span_.begin, span.end - span_.begin};
    switch (ts_node_symbol(node)) {
      case sym::Comment: out_.parts.push_back({here, false}); return;
      case sym::ImportStatement: out_.parts.push_back({here, true}); return;
      case sym::Block:
      case sym::Object:
      case sym::Array:
      case sym::CallExpression:
      case sym::Params:
      case sym::CapabilityStatement:
      case sym::Template: break;
      default: return;
    }
    line_ = text_.line_of(span.begin, line_);
    const std::uint32_t first = line_, last = text_.line_of(span.end, line_);
    if (last > first) out_.brackets.push_back({here, first - first_line_, last - first_line_});
  }

  const Revision& file_;
  const DocumentText& text_;
  const Span span_;
  const wire::StopFlag& stop_;
  FoldPiece& out_;
  std::uint32_t first_line_ = 0, line_ = 0;  // of the piece; of the last node looked at
  unsigned visited_ = 0;
};

// Joins comments and imports to runs and regions.
class Runs {
 public:
  Runs(const DocumentText& text, std::vector<Fold>& out) : text_(text), out_(out) {}

  void take(Span span, bool import) {
    if (import)
      extend(imports_, span, "imports");
    else
      comment(span);
  }
  void end() {
    end_run(comments_, "comment");
    end_run(imports_, "imports");
  }

 private:
  struct Run {
    Span span;
    std::uint32_t first = 0, last = 0;
    bool open = false;
  };

  void add(Span span, const char* kind) {
    const std::uint32_t start = text_.line_of(span.begin), end = text_.line_of(span.end);
    if (end > start) out_.push_back({start, end, span, kind});
  }
  void end_run(Run& run, const char* kind) {
    if (run.open && run.last > run.first) add(run.span, kind);
    run.open = false;
  }
  void extend(Run& run, Span span, const char* kind) {
    const std::uint32_t line = text_.line_of(span.begin), last = text_.line_of(span.end);
    if (!run.open || line > run.last + 1) {
      end_run(run, kind);
      run = {span, line, last, true};
    } else {
      run.span.end = span.end;
      run.last = last;
    }
  }
  void comment(Span span) {
    const std::string_view text = text_.text().substr(span.begin, span.size());
    const std::size_t word = text.find_first_not_of("/#* \t");
    const std::string_view rest = word == text.npos
                                      ? std::string_view()
                                      : text.substr(word > 0 && text[word - 1] == '#' ? word - 1 : word);
    const bool begins = rest.starts_with("#region") || rest.starts_with("region "),
               ends = rest.starts_with("#endregion") || rest.starts_with("endregion");
    if (begins || ends) {
      end_run(comments_, "comment");
      if (begins) return regions_.push_back(span);
      if (regions_.empty()) return;
      add({regions_.back().begin, span.end}, "region");
      regions_.pop_back();
      return;
    }
    // A run is made of comments that have their line for themselves.
    const Span line = text_.line_span(text_.line_of(span.begin));
    const std::string_view before = text_.text().substr(line.begin, span.begin - line.begin);
    if (before.find_first_not_of(" \t\xEF\xBB\xBF") != before.npos) return end_run(comments_, "comment");
    extend(comments_, span, "comment");
  }

  const DocumentText& text_;
  std::vector<Fold>& out_;
  std::vector<Span> regions_;
  Run comments_, imports_;
};

}  // namespace

FoldPieces fold_pieces(const Revision& file, const FoldPieces& before, const wire::StopFlag& stop) {
  std::unordered_map<const ast::ItemChunk*, const std::shared_ptr<const FoldPiece>*> known;
  known.reserve(before.size());
  for (const auto& piece : before)
    if (piece->chunk) known.emplace(piece->chunk.get(), &piece);
  const std::vector<Piece> pieces = pieces_of(file);
  FoldPieces out(pieces.size());
  std::vector<std::shared_ptr<FoldPiece>> made(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    auto piece = std::make_shared<FoldPiece>();
    if (pieces[i].lasting) {
      const Span span = pieces[i].span;
      piece->chunk = file.module().items.chunks()[i].chunk;
      piece->text = std::hash<std::string_view>()(file.text().text().substr(span.begin, span.size()));
      if (const auto it = known.find(piece->chunk.get());
          it != known.end() && (*it->second)->text == piece->text) {
        out[i] = *it->second;
        continue;
      }
    }
    made[i] = piece;
    out[i] = std::move(piece);
  }
  for_missing(
      pieces, [&](std::size_t i) { return made[i] != nullptr; },
      [&](std::size_t i) { Finder(file, pieces[i].span, stop, *made[i]).find(); });
  return out;
}

std::vector<Fold> folds_of(const Revision& file, const FoldPieces& pieces) {
  const DocumentText& text = file.text();
  const std::vector<Piece> places = pieces_of(file);
  std::vector<Fold> out;
  Runs runs(text, out);
  std::uint32_t line = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const ByteOffset begin = places[i].span.begin;
    line = text.line_of(begin, line);
    for (const FoldPiece::Bracket& bracket : pieces[i]->brackets)
      out.push_back({line + bracket.first, line + bracket.last, bracket.span.moved(begin), nullptr});
    for (const FoldPiece::Part& part : pieces[i]->parts) runs.take(part.span.moved(begin), part.import);
  }
  runs.end();
  std::stable_sort(out.begin(), out.end(), [](const Fold& a, const Fold& b) { return a.start < b.start; });
  return out;
}

}  // namespace ml::lsp
