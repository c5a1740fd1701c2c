#include "tests/syntax/print.h"

#include <functional>

namespace ml::syntax {

namespace {

// Calls visit(node, field name or null, depth) in order, without recursion.
void walk(TSNode root, const std::function<void(TSNode, const char*, unsigned)>& visit) {
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  unsigned depth = 0;
  bool more = true;
  while (more) {
    visit(ts_tree_cursor_current_node(&cursor), ts_tree_cursor_current_field_name(&cursor), depth);
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      depth++;
      continue;
    }
    while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
      if (depth == 0) {
        more = false;
        break;
      }
      ts_tree_cursor_goto_parent(&cursor);
      depth--;
    }
  }
  ts_tree_cursor_delete(&cursor);
}

}  // namespace

std::string outline(TSNode root) {
  std::string out;
  unsigned open = 0;
  walk(root, [&](TSNode node, const char* field, unsigned depth) {
    const bool named = ts_node_is_named(node), missing = ts_node_is_missing(node);
    if (!named && !missing && !(field && std::string_view(field) == "operator")) return;
    for (; open > depth; open--) out += ")";
    if (!out.empty()) out += "\n";
    out.append(2 * depth, ' ');
    if (field) out += std::string(field) + ": ";
    if (named) {
      out += std::string("(") + (missing ? "MISSING " : "") + ts_node_type(node);
      open++;
    } else {
      out += std::string(missing ? "MISSING " : "") + "\"" + ts_node_type(node) + "\"";
    }
  });
  out.append(open, ')');
  return out;
}

std::string exact(TSNode root) {
  std::string out;
  walk(root, [&](TSNode node, const char* field, unsigned depth) {
    out.append(depth, ' ');
    out += std::string(field ? field : "-") + " " + ts_node_type(node) + " " +
           std::to_string(ts_node_start_byte(node)) + "-" + std::to_string(ts_node_end_byte(node));
    if (ts_node_is_missing(node)) out += " missing";
    if (ts_node_is_extra(node)) out += " extra";
    out += "\n";
  });
  return out;
}

}  // namespace ml::syntax
