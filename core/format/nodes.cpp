#include "core/format/nodes.h"

#include "core/syntax/symbols.h"
#include "core/syntax/tree.h"

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

void Nodes::read(TSNode parent, Span range) {
  TSTreeCursor cursor = ts_tree_cursor_new(parent);
  const bool any = range.begin == 0 ? ts_tree_cursor_goto_first_child(&cursor)
                                    : ts_tree_cursor_goto_first_child_for_byte(&cursor, range.begin - 1) >= 0;
  if (any) {
    do {
      const TSNode node = ts_tree_cursor_current_node(&cursor);
      if (ts_node_start_byte(node) > range.end) break;
      if (ts_node_end_byte(node) >= range.begin) read_one(cursor);
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
}

void Nodes::read_one(TSTreeCursor& cursor) {
  open_.clear();
  for (;;) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    const TSSymbol symbol = ts_node_symbol(node);
    bool descended = false;
    if (symbol == sym::Comment) {
      comments_.push_back(syntax::span(node));
    } else if (symbol != tok::ChunkEnd) {
      const auto index = static_cast<std::uint32_t>(nodes_.size());
      // Tokens have no field that matters, and asking is what costs most.
      const TSFieldId field =
          ts_node_is_named(node) ? ts_tree_cursor_current_field_id(&cursor) : TSFieldId{0};
      Node& made = nodes_.emplace_back(Node{symbol, field, false, false, syntax::span(node), index + 1});
      made.floor = symbol == tok::SlashSlash;
      made.bad = is_mistake(symbol) || ts_node_is_missing(node) || open_.size() > kMaxLevels;
      if (symbol != sym::Template && symbol != sym::String && open_.size() <= kMaxLevels &&
          ts_tree_cursor_goto_first_child(&cursor)) {
        open_.push_back(index);
        descended = true;
      } else if (made.bad && !open_.empty()) {
        nodes_[open_.back()].bad = true;
      } else if (made.floor && !open_.empty()) {
        nodes_[open_.back()].floor = true;
      }
    }
    if (descended) continue;
    for (;;) {
      if (open_.empty()) return;
      if (ts_tree_cursor_goto_next_sibling(&cursor)) break;
      ts_tree_cursor_goto_parent(&cursor);
      Node& done = nodes_[open_.back()];
      done.next = static_cast<std::uint32_t>(nodes_.size());
      open_.pop_back();
      if (open_.empty()) return;
      Node& outer = nodes_[open_.back()];
      outer.floor = outer.floor || done.floor;
      // A statement of a block that has mistakes spoils nothing but itself.
      if (done.bad && !(outer.symbol == sym::Block && is_statement(done.symbol))) outer.bad = true;
    }
  }
}

}  // namespace ml::format
