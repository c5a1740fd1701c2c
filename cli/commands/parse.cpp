#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <memory>

#include "cli/commands/commands.h"
#include "cli/commands/source.h"
#include "cli/files.h"
#include "core/ast/build.h"
#include "core/ast/print.h"
#include "core/diag/render.h"
#include "core/syntax/tree.h"

namespace ml::cli {

namespace {

namespace json = boost::json;

json::object to_json(TSNode node, std::string_view text, const LineIndex& lines) {
  const Span span = syntax::span(node);
  const auto begin = lines.line_column(span.begin), end = lines.line_column(span.end);
  json::object made;
  made["type"] = ts_node_is_missing(node) ? std::string("MISSING ") + ts_node_type(node) : ts_node_type(node);
  made["named"] = ts_node_is_named(node);
  made["start"] = {begin.line, begin.column};
  made["end"] = {end.line, end.column};
  made["start_byte"] = span.begin;
  made["end_byte"] = span.end;
  const std::uint32_t count = ts_node_child_count(node);
  if (count == 0) made["text"] = json::string_view(text.data() + span.begin, span.end - span.begin);
  json::array children;
  TSTreeCursor cursor = ts_tree_cursor_new(node);
  for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
       more = ts_tree_cursor_goto_next_sibling(&cursor)) {
    const TSNode child = ts_tree_cursor_current_node(&cursor);
    const Span place = syntax::span(child);
    const bool internal =
        ts_node_type(child)[0] == '_' || (place.begin == place.end && !ts_node_is_missing(child));
    if (internal) continue;
    json::object entry = to_json(child, text, lines);
    if (const char* field = ts_tree_cursor_current_field_name(&cursor)) entry["field"] = field;
    children.push_back(std::move(entry));
  }
  ts_tree_cursor_delete(&cursor);
  made["children"] = std::move(children);
  return made;
}

}  // namespace

int parse_command(const ParseOptions& options) {
  const auto source = load_source(options.file);
  if (!source) return kUsage;
  Interner names;
  const syntax::Tree tree = syntax::parse(source->text);
  const ast::Module module = ast::build(tree, source->text, names);
  const LineIndex lines(source->text);
  if (options.format == "json") {
    fmt::print("{}\n", json::serialize(to_json(tree.root(), source->text, lines)));
  } else if (options.format == "sexp") {
    const std::unique_ptr<char, decltype(&std::free)> text(ts_node_string(tree.root()), std::free);
    fmt::print("{}\n", text.get());
  } else {
    fmt::print("{}", ast::print(module, names, &lines));
  }
  bool failed = false;
  for (const Diagnostic& finding : module.diagnostics) {
    fmt::print(stderr, "{}", render(finding, shown_path(source->file), lines));
    failed = true;
  }
  return failed ? kCompileError : kOk;
}

}  // namespace ml::cli
