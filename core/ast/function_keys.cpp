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

std::vector<FunctionKey> function_keys(const syntax::Tree& tree, std::string_view text) {
  std::vector<FunctionKey> keys(1);
  keys[0].name = "(top level)";
  Kinds kinds;
  std::vector<Open> open;
  std::vector<std::size_t> around;  // functions being walked
  std::map<std::pair<std::vector<std::string>, std::string>, std::uint32_t> seen;

  const auto enter = [&](TSNode node) {
    const TSSymbol kind = ts_node_symbol(node);
    const std::uint64_t start = kinds(node);
    Open& o = open.emplace_back(Open{node, start, start, SIZE_MAX, false});
    if (open.size() == 1) {
      o.function = 0;
    } else if (is_function(kind)) {
      FunctionKey key;
      for (const std::size_t i : around) key.path.push_back(keys[i].name);
      const TSNode name = ts_node_child_by_field_name(node, "name", 4);
      key.span = syntax::span(node);
      key.name = ts_node_is_null(name)
                     ? "(anonymous)"
                     : std::string(text.substr(ts_node_start_byte(name),
                                               ts_node_end_byte(name) - ts_node_start_byte(name)));
      key.ordinal = seen[{key.path, key.name}]++;
      key.line = ts_node_start_point(node).row + 1;
      key.end_line = ts_node_end_point(node).row + 1;
      o.function = keys.size();
      around.push_back(keys.size());
      keys.push_back(std::move(key));
    } else if (kind == sym::Params && open.size() > 1 && open[open.size() - 2].function != SIZE_MAX) {
      o.in_params = true;
    }
  };

  TSTreeCursor cursor = ts_tree_cursor_new(tree.root());
  enter(ts_tree_cursor_current_node(&cursor));
  keys[0].span = {0, static_cast<ByteOffset>(text.size())};
  keys[0].end_line = ts_node_end_point(tree.root()).row + 1;
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
      const Span s = syntax::span(done.node);
      body = mix(body, hash_text(text.substr(s.begin, s.end - s.begin)));
    }
    if (done.function != SIZE_MAX) {
      keys[done.function].shape_hash = shape;
      keys[done.function].body_hash = body;
      if (done.function != 0) around.pop_back();
    }
    if (open.empty()) break;
    Open& parent = open.back();
    const char* field = ts_tree_cursor_current_field_name(&cursor);
    const bool own_name = parent.function != SIZE_MAX && parent.function != 0 && field != nullptr &&
                          std::strcmp(field, "name") == 0;
    const bool other_function = parent.function == 0 && kind == sym::FunctionStatement;
    if (parent.in_params && (kind == sym::Param || kind == sym::SpreadElement) && !around.empty())
      ++keys[around.back()].arity;
    if (kind == sym::Identifier && field != nullptr && std::strcmp(field, "param") == 0 && !around.empty() &&
        parent.function != SIZE_MAX)
      ++keys[around.back()].arity;
    if (!is_layout(kind) && !own_name && !other_function) {
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
  return keys;
}

}  // namespace ml::ast
