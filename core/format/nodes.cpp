#include "core/format/nodes.h"

#include <utility>

#include "core/syntax/subtree.h"
#include "core/syntax/symbols.h"
#include "core/syntax/tree.h"
#include "core/syntax/walk.h"

namespace ml::format {

namespace sym = syntax::sym;
namespace tok = syntax::tok;

namespace {

bool is_mistake(TSSymbol s) {
  switch (s) {
    case sym::Error:
    case sym::MalformedNumber:
    case sym::UnterminatedString:
    case sym::UnterminatedTemplate:
    case sym::UnterminatedComment:
    case sym::InvalidOperator:
    case sym::MissingSemicolon:
    case sym::MissingExpression:
    case sym::MissingClose:
    case sym::MissingOpen:
    case sym::MissingName:
    case sym::MissingStatement:
    case sym::UnexpectedCharacter:
    case sym::UnexpectedClose:
    case sym::UnexpectedToken:
    case sym::BareBlockStatement:
    case sym::Decorator:
    case sym::ImportExtra:
    case sym::ForeignImport:
    case sym::AssignmentExpression:
    case sym::CompoundAssignment:
    case sym::UpdateExpression:
    case sym::SpreadElement:
    case sym::Comprehension:
    case sym::ComputedProperty:
    case sym::MethodProperty: return true;
    default: return false;
  }
}

}  // namespace

bool is_statement(TSSymbol s) {
  switch (s) {
    case sym::EmptyStatement:
    case sym::ExpressionStatement:
    case sym::AssignStatement:
    case sym::DeclareStatement:
    case sym::FunctionStatement:
    case sym::IfStatement:
    case sym::WhileStatement:
    case sym::ForInStatement:
    case sym::ForCStatement:
    case sym::TryStatement:
    case sym::ReturnStatement:
    case sym::ThrowStatement:
    case sym::BreakStatement:
    case sym::ContinueStatement:
    case sym::NonlocalStatement:
    case sym::YieldStatement:
    case sym::ImportStatement:
    case sym::CapabilityStatement: return true;
    default: return false;
  }
}

bool Nodes::add(TSSymbol symbol, TSFieldId field, bool missing, Span span) {
  if (symbol == sym::Comment) {
    comments_.push_back(span);
    return false;
  }
  if (symbol == tok::ChunkEnd) return false;
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  const bool too_deep = open_.size() > kMaxLevels;
  const bool bad = is_mistake(symbol) || missing || too_deep;
  nodes_.push_back({symbol, field, bad, symbol == tok::SlashSlash, span, index + 1});
  open_.push_back(index);
  if (!too_deep && symbol != sym::Template && symbol != sym::String) return true;
  leave();
  return false;
}

void Nodes::leave() {
  Node& done = nodes_[open_.back()];
  done.next = static_cast<std::uint32_t>(nodes_.size());
  open_.pop_back();
  if (open_.empty()) return;
  Node& outer = nodes_[open_.back()];
  outer.floor = outer.floor || done.floor;
  // A statement of a block that has mistakes spoils nothing but itself.
  if (done.bad && !(outer.symbol == sym::Block && is_statement(done.symbol))) outer.bad = true;
}

void Nodes::read(TSNode parent, Span range) {
  const Span all = syntax::span(parent);
  const bool is_whole = range.begin <= all.begin && range.end >= all.end;
  if (!is_whole || !syntax::has_known_layout() || ts_node_has_error(parent))
    return read_by_cursor(parent, range);
  nodes_.reserve(syntax::count_nodes(parent));  // to move megabytes as they grow costs a fifth of all
  std::vector<syntax::WalkFrame> frames;
  bool is_parent = true;
  syntax::walk(
      parent, frames,
      [&](TSSymbol symbol, Span span, TSFieldId field) {
        return std::exchange(is_parent, false) || add(syntax::public_symbol(symbol), field, false, span);
      },
      [&] {
        if (!open_.empty()) leave();
      });
}

void Nodes::read_by_cursor(TSNode parent, Span range) {
  TSTreeCursor cursor = ts_tree_cursor_new(parent);
  bool more = range.begin == 0 ? ts_tree_cursor_goto_first_child(&cursor)
                               : ts_tree_cursor_goto_first_child_for_byte(&cursor, range.begin - 1) >= 0;
  while (more) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    const Span span = syntax::span(node);
    if (open_.empty() && span.begin > range.end) break;
    if (!open_.empty() || span.end >= range.begin) {
      // Tokens have no field that matters, and asking is what costs most.
      const TSFieldId field =
          ts_node_is_named(node) ? ts_tree_cursor_current_field_id(&cursor) : TSFieldId{0};
      if (add(ts_node_symbol(node), field, ts_node_is_missing(node), span)) {
        if (ts_tree_cursor_goto_first_child(&cursor)) continue;
        leave();
      }
    }
    while (!(more = ts_tree_cursor_goto_next_sibling(&cursor)) && !open_.empty()) {
      ts_tree_cursor_goto_parent(&cursor);
      leave();
    }
  }
  ts_tree_cursor_delete(&cursor);
}

}  // namespace ml::format
