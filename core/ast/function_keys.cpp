#include "core/ast/function_keys.h"

#include <algorithm>
#include <map>

#include "core/syntax/subtree.h"
#include "core/syntax/symbols.h"
#include "core/syntax/walk.h"

namespace ml::ast {
namespace {

namespace sym = syntax::sym;

// Order matters: mix(mix(h, a), b) differs from mix(mix(h, b), a).
std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
  return hash ^ (hash >> 29);
}

std::uint64_t hash_text(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

struct Kind {
  TSSymbol symbol;     // as ts_node_symbol gives it
  std::uint64_t hash;  // of the name that ts_node_type gives: numbers change when the grammar does
};

// By symbol of the tree.
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = [] {
    std::vector<Kind> out;
    for (TSSymbol s = 0; s < ts_language_symbol_count(syntax::language()); ++s)
      out.push_back({syntax::public_symbol(s), hash_text(ts_language_symbol_name(syntax::language(), s))});
    return out;
  }();
  return all;
}

bool is_function(TSSymbol kind) {
  return kind == sym::FunctionStatement || kind == sym::FunctionExpression || kind == sym::FnArrowFunction ||
         kind == sym::ArrowFunction || kind == sym::MethodProperty;
}

bool is_literal_or_name(TSSymbol kind) {
  return kind == sym::Identifier || kind == sym::Number || kind == sym::String ||
         kind == sym::TemplateChars || kind == sym::Bool || kind == sym::Null;
}

bool is_layout(TSSymbol kind) {
  return kind == sym::Comment || kind == sym::UnterminatedComment || kind == syntax::tok::Semicolon ||
         kind == sym::MissingSemicolon || kind == syntax::tok::ChunkEnd;
}

// Makes the keys of a statement from its nodes in the order of the text, parents first.
class Maker {
 public:
  Maker(TSNode top, std::string_view text, const Renames* renames)
      : text_(text), renames_(renames), start_(ts_node_start_byte(top)), counted_(start_) {}

  StatementKeys out;

  void enter(Kind of, Span span) {
    const TSSymbol kind = of.symbol;
    Open& o = open_.emplace_back(Open{kind, span, of.hash, of.hash});
    if (is_function(kind)) {
      FunctionKey key;
      for (const std::size_t i : around_) key.path.push_back(out.functions[i].name);
      key.arrow = kind == sym::FnArrowFunction || kind == sym::ArrowFunction;
      key.span = {span.begin - start_, span.end - start_};
      key.name_span = {key.span.begin, key.span.begin};
      key.name = "(anonymous)";
      key.line = line_of(span.begin);
      o.function = out.functions.size();
      around_.push_back(o.function);
      out.functions.push_back(std::move(key));
      return;
    }
    if (open_.size() < 2) return;
    Open& parent = open_[open_.size() - 2];
    if (parent.function == SIZE_MAX) return;
    // A function's first identifier, if it comes before the parameters, is its name, or its only parameter.
    if (kind == sym::Params) {
      o.in_params = parent.named = true;
    } else if (kind == sym::Identifier && !parent.named) {
      parent.named = true;
      FunctionKey& key = out.functions[parent.function];
      if (parent.kind == sym::ArrowFunction) {
        ++key.arity;
      } else {
        o.own_name = true;
        key.name = text_of(span);
        key.name_span = {span.begin - start_, span.end - start_};
      }
    }
  }

  // The node that was entered last is done: its hashes go into its parent's.
  void leave() {
    Open done = open_.back();
    open_.pop_back();
    if (is_literal_or_name(done.kind)) {
      std::string_view word = text_of(done.span);
      if (renames_ != nullptr && done.kind == sym::Identifier)
        if (const auto known = renames_->find(word); known != renames_->end()) word = known->second;
      done.body = mix(done.body, hash_text(word));
    }
    if (done.function != SIZE_MAX) {
      FunctionKey& key = out.functions[done.function];
      key.shape_hash = done.shape;
      key.body_hash = done.body;
      key.ordinal = seen_[{key.path, key.name}]++;
      key.end_line = line_of(done.span.end);
      around_.pop_back();
    }
    if (open_.empty()) {
      out.shape_hash = done.shape;
      out.body_hash = done.body;
      out.counts = !is_layout(done.kind) && done.kind != sym::FunctionStatement;
      return;
    }
    Open& parent = open_.back();
    if (parent.in_params && (done.kind == sym::Param || done.kind == sym::SpreadElement))
      ++out.functions[around_.back()].arity;
    if (is_layout(done.kind) || done.own_name) return;
    parent.shape = mix(parent.shape, done.shape);
    parent.body = mix(parent.body, done.body);
  }

 private:
  // A node that was entered.
  struct Open {
    TSSymbol kind;
    Span span;
    std::uint64_t shape, body;
    std::size_t function = SIZE_MAX;  // index of its key, if it is one
    bool in_params = false;           // a child of it is a parameter of the function around it
    bool named = false;               // a function whose name would have come by now
    bool own_name = false;
  };

  std::string_view text_of(Span s) const { return text_.substr(s.begin, s.size()); }
  // From the first line, which is 1. Functions begin and end in the order of the text.
  std::uint32_t line_of(ByteOffset at) {
    line_ += static_cast<std::uint32_t>(std::count(text_.begin() + counted_, text_.begin() + at, '\n'));
    counted_ = at;
    return line_;
  }

  const std::string_view text_;
  const Renames* const renames_;
  const ByteOffset start_;
  ByteOffset counted_;
  std::uint32_t line_ = 1;
  std::vector<Open> open_;
  std::vector<std::size_t> around_;  // functions being walked
  std::map<std::pair<std::vector<std::string>, std::string>, std::uint32_t> seen_;
};

}  // namespace

StatementKeys statement_keys(TSNode top, std::string_view text, const Renames* renames) {
  const std::vector<Kind>& known = kinds();
  Maker maker(top, text, renames);
  if (syntax::has_known_layout() && !ts_node_has_error(top)) {
    std::vector<syntax::WalkFrame> frames;
    syntax::walk(
        top, frames,
        [&](TSSymbol symbol, Span span) {
          maker.enter(known[symbol], span);
          return true;
        },
        [&] { maker.leave(); });
    return std::move(maker.out);
  }
  const auto enter = [&](TSNode node) {
    const TSSymbol symbol = ts_node_symbol(node);
    maker.enter(symbol < known.size() ? known[symbol] : Kind{symbol, hash_text(ts_node_type(node))},
                syntax::span(node));
  };
  TSTreeCursor cursor = ts_tree_cursor_new(top);
  enter(top);
  for (unsigned depth = 0;;) {
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      ++depth;
      enter(ts_tree_cursor_current_node(&cursor));
      continue;
    }
    maker.leave();
    while (depth > 0 && !ts_tree_cursor_goto_next_sibling(&cursor)) {
      ts_tree_cursor_goto_parent(&cursor);
      --depth;
      maker.leave();
    }
    if (depth == 0) break;
    enter(ts_tree_cursor_current_node(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
  return std::move(maker.out);
}

FileHash::FileHash() : shape_(hash_text("program")), body_(shape_) {}

void FileHash::add(const StatementKeys& statement) {
  if (!statement.counts) return;
  shape_ = mix(shape_, statement.shape_hash);
  body_ = mix(body_, statement.body_hash);
}

std::vector<FunctionKey> function_keys(const syntax::Tree& tree, std::string_view text) {
  std::vector<FunctionKey> keys(1);
  std::map<std::pair<std::vector<std::string>, std::string>, std::uint32_t> seen;
  FileHash file;
  TSTreeCursor cursor = ts_tree_cursor_new(tree.root());
  for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
       more = ts_tree_cursor_goto_next_sibling(&cursor)) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    StatementKeys statement = statement_keys(node, text);
    file.add(statement);
    for (FunctionKey& key : statement.functions) {
      key.ordinal = seen[{key.path, key.name}]++;
      key.span = key.span.moved(ts_node_start_byte(node));
      key.name_span = key.name_span.moved(ts_node_start_byte(node));
      key.line += ts_node_start_point(node).row;
      key.end_line += ts_node_start_point(node).row;
      keys.push_back(std::move(key));
    }
  }
  ts_tree_cursor_delete(&cursor);
  keys[0].name = "(top level)";
  keys[0].span = {0, static_cast<ByteOffset>(text.size())};
  keys[0].end_line = ts_node_end_point(tree.root()).row + 1;
  keys[0].shape_hash = file.shape();
  keys[0].body_hash = file.body();
  return keys;
}

}  // namespace ml::ast
