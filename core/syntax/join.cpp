#include "core/syntax/join.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "core/syntax/allocator.h"
#include "core/syntax/internals.h"
#include "core/syntax/make.h"
#include "core/syntax/subtree.h"
#include "core/syntax/symbols.h"
#include "core/syntax/tree.h"

namespace ml::syntax {

namespace {

// A node in the making.
class Children {
 public:
  explicit Children(std::size_t most)
      : array_{static_cast<Subtree*>(allocate(most * sizeof(Subtree) + kDataSize)), 0,
               static_cast<std::uint32_t>((most * sizeof(Subtree) + kDataSize) / sizeof(Subtree))} {}
  void add(Subtree owned) { array_.contents[array_.size++] = owned; }
  void share(const Subtree* begin, const Subtree* end) {
    for (; begin != end; ++begin) {
      ts_subtree_retain(*begin);
      add(*begin);
    }
  }
  Subtree node(TSSymbol symbol) { return ts_subtree_new_node(symbol, &array_, 0, language()); }

 private:
  static constexpr std::size_t kDataSize = 128;  // of a node; more than it is
  SubtreeArray array_;
};

TSSymbol symbol_named(std::string_view name) {
  const std::uint32_t count = ts_language_symbol_count(language());
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto symbol = static_cast<TSSymbol>(i);
    if (ts_language_symbol_name(language(), symbol) == name) return symbol;
  }
  std::abort();  // the grammar has it
}

// A token without width that the scanner decided on there.
Subtree mark(TSSymbol symbol, const Cut& cut, std::uint16_t parser_state) {
  // How far the scanner reads to decide (scanner.c); more does no harm.
  constexpr std::uint32_t kRead = 64;
  SubtreePool pool{};
  return ts_subtree_new_leaf(&pool, symbol, {}, {}, cut.next - cut.end + kRead, parser_state, true, false,
                             false, language());
}

}  // namespace

TreePointer join(TreePointer first, TreePointer second, Cut cut, std::uint32_t comments) {
  static const TSSymbol chunk_symbol = symbol_named("_chunk"), items_symbol = symbol_named("_items"),
                        chunks_symbol = symbol_named("program_repeat1"),
                        mark_symbol = symbol_named("_item_mark");
  const Subtree before = root_of(first.get()), behind = root_of(second.get());
  // The first half ends with: statements since the last chunk, comments, end of text.
  const Subtree* const end = children_end(before) - 1;
  const Subtree* const tail = end - comments - 1;
  const auto like_tail = [&](Children& children, TSSymbol symbol) {
    const Subtree made = children.node(symbol);
    data(made)->state = state(*tail);
    return made;
  };
  Children last(comments + 3);  // the chunk, or only its statements, across the cut
  last.share(tail, end);
  last.add(mark(cut.ends_chunk ? TSSymbol{tok::ChunkEnd} : mark_symbol, cut, state(*end)));

  // What follows it in the second half, the nearest behind.
  std::vector<std::pair<const Subtree*, const Subtree*>> rest;
  std::size_t count = data(before)->children + 1u;
  const auto follows = [&](const Subtree* from, const Subtree* to) {
    rest.emplace_back(from, to);
    count += static_cast<std::size_t>(to - from);
  };
  Subtree joint;
  if (cut.ends_chunk) {
    joint = like_tail(last, chunk_symbol);
    follows(children_begin(behind), children_end(behind));
  } else {
    // Its first chunk goes on with ours.
    follows(children_begin(behind) + 1, children_end(behind));
    Subtree next = *children_begin(behind);
    while (symbol(next) == chunks_symbol) {
      follows(children_begin(next) + 1, children_end(next));
      next = *children_begin(next);
    }
    const bool whole = symbol(next) == chunk_symbol;
    const Subtree* const statements = whole ? children_begin(next) : &next;
    last.share(statements, statements + 1);
    joint = like_tail(last, items_symbol);
    if (whole) {
      Children chunk(data(next)->children);
      chunk.add(joint);
      chunk.share(children_begin(next) + 1, children_end(next));
      joint = like_tail(chunk, chunk_symbol);
    }
  }

  Children program(count);
  program.share(children_begin(before), tail);
  program.add(joint);
  for (auto it = rest.rbegin(); it != rest.rend(); ++it) program.share(it->first, it->second);
  return make_tree(program.node(sym::Program));
}

}  // namespace ml::syntax
