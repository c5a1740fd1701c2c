#include <algorithm>
#include <set>

#include "lsp/features/code_action/action.h"

namespace ml::lsp {

Action organize_imports(const Scene& scene) {
  Action action{"Organize imports", "source.organizeImports", {}, false, true, nullptr};
  std::set<ByteOffset> unused;
  for (const Diagnostic& finding : scene.file.analysis().diagnostics) {
    if (static_cast<std::uint32_t>(finding.code) == 218) {
      const TSNode statement = scene.around(finding.span, {sym::ImportStatement});
      if (!ts_node_is_null(statement)) unused.insert(ts_node_start_byte(statement));
    }
  }
  // The first run of imports, one on a line, without comments in between or behind.
  const auto& lines = scene.file.text();
  Span run{};
  std::vector<std::string> sorted;
  const TSNode root = scene.root();
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  bool more = ts_tree_cursor_goto_first_child(&cursor);
  for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    const Span span = syntax::span(node);
    if (ts_node_symbol(node) != sym::ImportStatement) {
      if (sorted.empty() && run.size() == 0 && (ts_node_symbol(node) == sym::Comment || span.size() == 0))
        continue;
      if (span.size() == 0) continue;
      break;
    }
    const std::uint32_t line = lines.line_of(span.begin);
    const std::string_view text = scene.text(span);
    if (!text.ends_with(';') || ts_node_has_error(node) || lines.line_of(span.end) != line ||
        lines.line_text(line) != text)
      break;
    if (run.size() != 0 && line != lines.line_of(run.end) + 1) break;
    if (run.size() == 0) run.begin = span.begin;
    run.end = span.end;
    if (!unused.contains(span.begin)) sorted.emplace_back(text);
  }
  ts_tree_cursor_delete(&cursor);
  if (run.size() == 0) return action;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string text;
  for (const std::string& line : sorted) text += (text.empty() ? "" : "\n") + line;
  if (text == scene.text(run)) return action;
  action.changes.push_back({text.empty() ? scene.whole_lines(run) : run, text});
  return action;
}

}  // namespace ml::lsp
