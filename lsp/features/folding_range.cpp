// textDocument/foldingRange: blocks, multi-line literals and calls, runs of imports and comments, `#region`.

#include <algorithm>

#include "core/syntax/symbols.h"
#include "lsp/features/registry.h"

namespace ml::lsp {
namespace {

namespace sym = syntax::sym;

struct Fold {
  std::uint32_t start, end;  // lines
  Span span;
  const char* kind;
};

class Folds {
 public:
  Folds(const Ask& ask, const Revision& file) : ask_(ask), file_(file), text_(file.text()) {}

  std::vector<Fold> find() {
    TSTreeCursor cursor = ts_tree_cursor_new(file_.tree().root());
    // Without recursion: nesting is bounded by the length of the text only.
    unsigned visited = 0;
    for (bool descend = true;;) {
      if (descend) {
        if (++visited % 1024 == 0 && ask_.stop.reason() != wire::StopReason::None) {
          ts_tree_cursor_delete(&cursor);
          ask_.check();
        }
        const TSNode at = ts_tree_cursor_current_node(&cursor);
        node(at);
        if (!is_plain_line(at) && ts_tree_cursor_goto_first_child(&cursor)) continue;
      }
      if (ts_tree_cursor_goto_next_sibling(&cursor)) {
        descend = true;
      } else {
        if (!ts_tree_cursor_goto_parent(&cursor)) break;
        descend = false;
      }
    }
    ts_tree_cursor_delete(&cursor);
    end_run(comments_, "comment");
    end_run(imports_, "imports");
    return std::move(out_);
  }

 private:
  struct Run {
    Span span;
    std::uint32_t first = 0, last = 0;
    bool open = false;
  };

  // Nothing inside it folds or is part of a run. Most of a file is such nodes.
  bool is_plain_line(TSNode node) const {
    if (ts_node_start_point(node).row != ts_node_end_point(node).row) return false;
    const Span span = syntax::span(node);
    const std::string_view text = text_.text().substr(span.begin, span.size());
    const auto has = [&](auto what) { return text.find(what) != text.npos; };
    return !has('\r') && !has("//") && !has("/*") && !has("import");
  }
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
  void node(TSNode node) {
    const Span span = syntax::span(node);
    switch (ts_node_symbol(node)) {
      case sym::Comment: return comment(span);
      case sym::ImportStatement: return extend(imports_, span, "imports");
      case sym::Block:
      case sym::Object:
      case sym::Array:
      case sym::CallExpression:
      case sym::Params:
      case sym::CapabilityStatement:
      case sym::Template: return add(span, nullptr);
      default: return;
    }
  }

  const Ask& ask_;
  const Revision& file_;
  const DocumentText& text_;
  std::vector<Fold> out_;
  std::vector<Span> regions_;
  Run comments_, imports_;
};

json::value folding(const Ask& ask) {
  const auto file = ask.document();
  std::vector<Fold> folds = Folds(ask, *file).find();
  std::stable_sort(folds.begin(), folds.end(),
                   [](const Fold& a, const Fold& b) { return a.start < b.start; });
  const bool lines_only = ask.client().can("textDocument.foldingRange.lineFoldingOnly");
  std::size_t limit = folds.size();
  if (const auto* most = ask.client().find("textDocument.foldingRange.rangeLimit")) {
    if (const auto count = wire::integer_of(*most); count && *count >= 0)
      limit = static_cast<std::size_t>(*count);
  }
  json::array out;
  std::uint32_t last_start = 0;
  bool any = false;
  for (const Fold& fold : folds) {
    if (out.size() >= limit) break;
    // Where only lines fold, the line of the closing bracket stays visible, and one fold per line is enough.
    const bool bracket = fold.kind == nullptr;
    const std::uint32_t end = lines_only && bracket ? fold.end - 1 : fold.end;
    if (lines_only && (end <= fold.start || (any && last_start == fold.start))) continue;
    any = true;
    last_start = fold.start;
    json::object one{{"startLine", fold.start}, {"endLine", end}};
    if (!lines_only) {
      const Range range = file->text().range(fold.span, ask.client().encoding);
      one["startCharacter"] = range.start.character + (bracket ? 1 : 0);
      one["endCharacter"] = range.end.character - (bracket && range.end.character > 0 ? 1 : 0);
    }
    if (fold.kind) one["kind"] = fold.kind;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

void add_folding_range(Registry& registry) {
  registry.request("textDocument/foldingRange", Lane::Worker, folding);
  registry.advertise([](json::object& to, const ClientInfo&) { to["foldingRangeProvider"] = true; });
}

}  // namespace ml::lsp
