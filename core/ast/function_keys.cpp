#include "core/ast/function_keys.h"

#include <cstring>
#include <map>
#include <unordered_map>

#include "core/syntax/symbols.h"

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

// Kinds by name: their numbers change when the grammar does.
class Kinds {
 public:
  std::uint64_t operator()(TSNode node) {
    const auto [it, fresh] = known_.try_emplace(ts_node_symbol(node));
    if (fresh) it->second = hash_text(ts_node_type(node));
    return it->second;
  }

 private:
  std::unordered_map<TSSymbol, std::uint64_t> known_;
};

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

// An open node on the walk.
struct Open {
  TSNode node;
  std::uint64_t shape, body;
  std::size_t function = SIZE_MAX;  // index of its key, if it is one
  bool in_params = false;           // a child of it is a parameter of the function around it
};

}  // namespace

StatementKeys statement_keys(TSNode top, std::string_view text, const Renames* renames) {
  StatementKeys out;
  std::vector<FunctionKey>& keys = out.functions;
  Kinds kinds;
  std::vector<Open> open;
  std::vector<std::size_t> around;  // functions being walked
  std::map<std::pair<std::vector<std::string>, std::string>, std::uint32_t> seen;
  const ByteOffset start = ts_node_start_byte(top);
  const std::uint32_t row = ts_node_start_point(top).row;

  const auto text_of = [&](TSNode node) {
    const Span s = syntax::span(node);
    return text.substr(s.begin, s.end - s.begin);
  };
  const auto relative = [&](TSNode node) {
    return Span{ts_node_start_byte(node) - start, ts_node_end_byte(node) - start};
  };
  const auto enter = [&](TSNode node) {
    const TSSymbol kind = ts_node_symbol(node);
    const std::uint64_t hash = kinds(node);
    Open& o = open.emplace_back(Open{node, hash, hash, SIZE_MAX, false});
    if (is_function(kind)) {
      FunctionKey key;
      for (const std::size_t i : around) key.path.push_back(keys[i].name);
      const TSNode name = ts_node_child_by_field_name(node, "name", 4);
      key.arrow = kind == sym::FnArrowFunction || kind == sym::ArrowFunction;
      key.span = relative(node);
      key.name_span = {key.span.begin, key.span.begin};
      key.name = "(anonymous)";
      if (!ts_node_is_null(name)) {
        key.name = text_of(name);
        key.name_span = relative(name);
      }
      key.ordinal = seen[{key.path, key.name}]++;
      key.line = ts_node_start_point(node).row - row + 1;
      key.end_line = ts_node_end_point(node).row - row + 1;
      o.function = keys.size();
      around.push_back(keys.size());
      keys.push_back(std::move(key));
    } else if (kind == sym::Params && open.size() > 1 && open[open.size() - 2].function != SIZE_MAX) {
      o.in_params = true;
    }
  };

  TSTreeCursor cursor = ts_tree_cursor_new(top);
  enter(top);
  bool descend = true;
  while (!open.empty()) {
    if (descend && ts_tree_cursor_goto_first_child(&cursor)) {
      enter(ts_tree_cursor_current_node(&cursor));
      continue;
    }
    // The node is done: its hashes go into its parent's.
    const Open done = open.back();
    open.pop_back();
    const TSSymbol kind = ts_node_symbol(done.node);
    std::uint64_t shape = done.shape, body = done.body;
    if (is_literal_or_name(kind)) {
      std::string_view word = text_of(done.node);
      if (renames != nullptr && kind == sym::Identifier)
        if (const auto known = renames->find(word); known != renames->end()) word = known->second;
      body = mix(body, hash_text(word));
    }
    if (done.function != SIZE_MAX) {
      keys[done.function].shape_hash = shape;
      keys[done.function].body_hash = body;
      around.pop_back();
    }
    if (open.empty()) {
      out.shape_hash = shape;
      out.body_hash = body;
      out.counts = !is_layout(kind) && kind != sym::FunctionStatement;
      break;
    }
    Open& parent = open.back();
    const char* field = ts_tree_cursor_current_field_name(&cursor);
    const bool own_name = parent.function != SIZE_MAX && field != nullptr && std::strcmp(field, "name") == 0;
    if (parent.in_params && (kind == sym::Param || kind == sym::SpreadElement) && !around.empty())
      ++keys[around.back()].arity;
    if (kind == sym::Identifier && field != nullptr && std::strcmp(field, "param") == 0 && !around.empty() &&
        parent.function != SIZE_MAX)
      ++keys[around.back()].arity;
    if (!is_layout(kind) && !own_name) {
      parent.shape = mix(parent.shape, shape);
      parent.body = mix(parent.body, body);
    }
    if (ts_tree_cursor_goto_next_sibling(&cursor)) {
      enter(ts_tree_cursor_current_node(&cursor));
      descend = true;
    } else {
      ts_tree_cursor_goto_parent(&cursor);
      descend = false;
    }
  }
  ts_tree_cursor_delete(&cursor);
  return out;
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
