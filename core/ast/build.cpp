#include "core/ast/build.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/ast/explain.h"
#include "core/ast/hidden_characters.h"
#include "core/ast/item_builder.h"
#include "core/ast/node_kinds.h"
#include "core/base/two_threads.h"
#include "core/diag/render.h"
#include "core/syntax/symbols.h"
#include "core/text/utf8.h"

namespace ml::ast {
namespace {

const NodeKinds& node_kinds() {
  static const NodeKinds kinds(syntax::language());  // a constant
  return kinds;
}

// What lies between two items and is neither a comment nor an item gets a Bad statement of its own only when
// it is large enough to have swallowed some: later phases then know that something is missing here.
std::shared_ptr<const Item> bad_item(Span span) {
  auto item = std::make_shared<Item>();
  item->stmt = item->arena.make<BadStmt>(Stmt{StmtKind::Bad, {0, span.size()}});
  item->refused = true;
  return item;
}

// Children of the root that belong to no item.
bool is_between(TSNode node, NodeKind kind) {
  return kind == NodeKind::k_comment || ts_node_symbol(node) == syntax::tok::ChunkEnd;
}

// The children of the root that are items or make bad items: one per item of the module.
TSNode item_node(TSNode root, std::size_t index) {
  TSNode node = root;
  TSTreeCursor cursor = ts_tree_cursor_new(root);
  if (ts_tree_cursor_goto_first_child(&cursor)) {
    do {
      node = ts_tree_cursor_current_node(&cursor);
      if (!is_between(node, node_kinds().of(node)) && index-- == 0) break;
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
  return node;
}

// Explains the refused items of one chunk; `behind`: index of the first item that is not explained yet.
void report(std::string_view text, TSNode root, const Module& module, std::size_t first_item,
            std::size_t count, std::size_t& behind, DiagSink& sink) {
  const auto& items = module.items;
  const auto refused = [&](std::size_t i) { return i < items.size() && items[i].item->refused; };
  for (std::size_t i = std::max(first_item, behind); i < first_item + count; ++i) {
    if (!refused(i)) continue;
    // The item before may be where the mistake is: a parser that repairs puts the error where it is cheapest.
    const std::size_t first = i > 0 ? i - 1 : 0;
    std::size_t last = i;
    while (last + 2 < items.size() && (refused(last + 1) || refused(last + 2))) ++last;
    if (refused(last + 1)) ++last;
    // What stands on the same line belongs to the mistake: `from a import b;` is three statements to the
    // grammar.
    while (last + 1 < items.size()) {
      const ByteOffset end = items[last].end;
      if (text.substr(end, items[last + 1].start - end).find('\n') != text.npos) break;
      ++last;
    }
    const bool to_end = last + 1 == items.size();
    const Span region{first == 0 ? 0 : items[first].start,
                      to_end ? static_cast<ByteOffset>(text.size()) : items[last].end};
    const std::size_t before = sink.found().size();
    explain(text, region, sink);
    if (sink.found().size() == before && items[i].item->too_deep) {
      sink.emit(diag::NestedTooDeeply, {items[i].start, items[i].end}).hint =
          "move inner parts into functions or variables";
    } else if (sink.found().size() == before) {
      const Span at = first_error(item_node(root, i));
      const std::string_view found = text.substr(at.begin, std::min<std::size_t>(at.size(), 20));
      sink.emit(diag::UnexpectedToken, at, "other code",
                found.empty() ? "this" : "'" + std::string(found) + "'")
          .hint = "the grammar refuses this place";
    }
    i = last;
    behind = last + 1;
  }
}

// Whether a statement means the same whatever follows: its end is its own, and not that of a comment.
bool is_complete(TSNode node, std::string_view source) {
  if (!(source.ends_with(';') || source.ends_with('}')) || ts_node_has_error(node)) return false;
  while (const std::uint32_t count = ts_node_child_count(node)) node = ts_node_child(node, count - 1);
  return ts_node_end_byte(node) - ts_node_start_byte(node) == 1;
}

class Builder {
 public:
  // `shared`: held to use `names`; null if nobody else uses them.
  Builder(const syntax::Tree& tree, std::string_view text, Interner& names, std::mutex* shared = nullptr)
      : tree_(tree),
        text_(text),
        names_(names),
        root_(tree.root()),
        children_(ts_node_child_count(root_)),
        whole_(!ts_node_has_error(root_)),
        kinds_(node_kinds()),
        item_builder_(kinds_, text, names, shared) {}

  Module run(const Module* previous);

 private:
  using Placed = decltype(Module::items)::Placed;

  TSNode shared_end(const Placed& chunk, std::uint32_t moved) const;
  void share(const Placed& chunk, std::uint32_t moved);
  void keep_tail(const Placed& before);
  void know(const Placed& chunk);
  void read(std::uint32_t from, std::uint32_t to);
  void read_all();
  std::optional<std::uint32_t> middle() const;
  void visit(TSNode node, std::uint32_t index);
  void end_chunk(const ChunkPlace& place);
  const ItemChunk::Entry* find_known(TSNode node, std::string_view source);
  void check_text(ByteOffset begin, ByteOffset end);
  void find_mistakes();

  const syntax::Tree& tree_;
  std::string_view text_;
  Interner& names_;
  TSNode root_;
  std::uint32_t children_;
  bool whole_;  // no ERROR and no missing token anywhere
  const NodeKinds& kinds_;
  std::mutex shared_names_;  // for the builders of two halves
  ItemBuilder item_builder_;
  Module module_;

  // Items of the previous module whose chunk was not taken over.
  std::vector<const ItemChunk::Entry*> known_;
  std::unordered_map<std::uint64_t, std::size_t> known_by_node_;
  std::size_t next_known_ = 0;

  // The chunk in the making.
  std::shared_ptr<ItemChunk> chunk_ = std::make_shared<ItemChunk>();
  ByteOffset chunk_start_ = 0;
  std::uint32_t chunk_first_child_ = 0;
};

// The chunk_end of a chunk of the previous module, if the tree has it too; else a null node. A slot has the
// same address in two trees only if they share the node it is in, and a chunk_end is in the node that is the
// chunk.
TSNode Builder::shared_end(const Placed& chunk, std::uint32_t moved) const {
  const TSNode end = ts_node_child(root_, chunk.end_child + moved);
  return reinterpret_cast<std::uintptr_t>(end.id) == chunk.end_node ? end : TSNode{};
}

void Builder::share(const Placed& chunk, std::uint32_t moved) {
  ChunkPlace place = chunk;
  place.end_child += moved;
  place.first_child += moved;
  place.end_offset = ts_node_start_byte(shared_end(chunk, moved));
  place.start += place.end_offset - chunk.end_offset;
  module_.items.add(chunk.chunk, place);
}

// The items behind the last chunk_end are always read anew, but readers of the module shall see that nothing
// changed.
void Builder::keep_tail(const Placed& before) {
  const std::size_t last = module_.items.chunks().size() - 1;
  if (module_.items.chunks()[last].end_node != 0) return;
  const auto same = [](const ItemChunk::Entry& a, const ItemChunk::Entry& b) {
    return a.item == b.item && a.start == b.start && a.end == b.end && a.node == b.node;
  };
  const auto& now = module_.items.chunks()[last].chunk->entries;
  if (std::ranges::equal(now, before.chunk->entries, same)) module_.items.replace(last, before.chunk);
}

void Builder::know(const Placed& chunk) {
  for (const ItemChunk::Entry& entry : chunk.chunk->entries) known_.push_back(&entry);
}

Module Builder::run(const Module* previous) {
  static const std::vector<Placed> kNone;
  const std::vector<Placed>& old = previous ? previous->items.chunks() : kNone;
  module_.root_children = children_;
  module_.valid_text = !previous || previous->valid_text;
  module_.items.reserve_chunks(old.size() + 8);

  // Only what follows the last chunk_end is no chunk to the parser.
  std::size_t full = whole_ && tree_.edit() ? old.size() : 0;
  while (full > 0 && old[full - 1].end_node == 0) --full;
  std::size_t first = 0, last = full;
  const TextEdit edit = tree_.edit().value_or(TextEdit{});
  const auto shared = [&](const Placed& chunk, std::uint32_t by) {
    return !chunk.chunk->strays && !ts_node_is_null(shared_end(chunk, by));
  };
  while (first < full && old[first].end_offset <= edit.begin && shared(old[first], 0)) ++first;
  const std::uint32_t moved = previous ? children_ - previous->root_children : 0;
  while (last > first && old[last - 1].start >= edit.old_end && shared(old[last - 1], moved)) --last;

  const auto behind = [&](std::size_t chunks) { return chunks > 0 ? old[chunks - 1].end_child + 1 : 0; };
  const auto offset = [&](std::size_t chunks) { return chunks > 0 ? old[chunks - 1].end_offset : 0; };
  for (std::size_t i = first; i < last; ++i) know(old[i]);
  for (std::size_t i = full; i < old.size(); ++i) know(old[i]);
  for (std::size_t i = 0; i < first; ++i) share(old[i], 0);
  ByteOffset at = offset(first);
  std::uint32_t child = behind(first);
  if (last < full) {
    // Also what stands before the chunk: comments may have become something else.
    read(child, old[last].first_child + moved);
    const std::size_t before = module_.items.chunks().size();
    for (std::size_t i = last; i < full; ++i) share(old[i], moved);
    check_text(at, module_.items.chunks()[before].start);
    at = module_.items.chunks().back().end_offset;
    child = behind(full) + moved;
  }
  if (previous == nullptr) {
    read_all();
  } else {
    read(child, children_);
  }
  if (full < old.size() && !module_.items.empty()) keep_tail(old.back());
  check_text(at, static_cast<ByteOffset>(text_.size()));
  find_mistakes();
  return std::move(module_);
}

// Some children of the root.
void Builder::read(std::uint32_t from, std::uint32_t to) {
  constexpr std::uint32_t kFew = 200;  // looking for each of them costs less than going to the first one
  if (from > 0 && to - from < kFew) {
    for (std::uint32_t i = from; i < to; ++i) visit(ts_node_child(root_, i), i);
  } else if (children_ == 0 && kinds_.of(root_) == NodeKind::Error) {
    visit(root_, 0);
  } else if (to > from) {
    TSTreeCursor cursor = ts_tree_cursor_new(root_);
    ts_tree_cursor_goto_first_child(&cursor);
    for (std::uint32_t i = 0;;) {
      if (i >= from) visit(ts_tree_cursor_current_node(&cursor), i);
      if (++i == to || !ts_tree_cursor_goto_next_sibling(&cursor)) break;
    }
    ts_tree_cursor_delete(&cursor);
  }
  end_chunk({});
}

// The index behind the first chunk_end of the second half of the text.
std::optional<std::uint32_t> Builder::middle() const {
  std::optional<std::uint32_t> found;
  TSTreeCursor cursor = ts_tree_cursor_new(root_);
  std::uint32_t i = 0;
  for (bool more = ts_tree_cursor_goto_first_child(&cursor); more && !found;
       more = ts_tree_cursor_goto_next_sibling(&cursor)) {
    ++i;
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    if (ts_node_start_byte(node) < text_.size() / 2 || ts_node_symbol(node) != syntax::tok::ChunkEnd)
      continue;
    found = i;
  }
  ts_tree_cursor_delete(&cursor);
  return found;
}

// All children of the root, on two threads if there are many: chunks do not know each other.
void Builder::read_all() {
  const auto half = has_second_core() && text_.size() >= kWorthThread ? middle() : std::nullopt;
  if (!half) return read(0, children_);
  item_builder_.share_names(&shared_names_);
  Builder second(tree_, text_, names_, &shared_names_);
  at_once([&] { read(0, *half); }, [&] { second.read(*half, children_); });
  for (const Placed& chunk : second.module_.items.chunks()) module_.items.add(chunk.chunk, chunk);
}

void Builder::visit(TSNode node, std::uint32_t index) {
  if (ts_node_symbol(node) == syntax::tok::ChunkEnd) {
    const auto address = reinterpret_cast<std::uintptr_t>(node.id);
    end_chunk({0, whole_ ? address : 0, ts_node_start_byte(node), index, 0});
    return;
  }
  const NodeKind kind = kinds_.of(node);
  if (kind == NodeKind::k_comment) return;
  const Span span{ts_node_start_byte(node), ts_node_end_byte(node)};
  if (chunk_->entries.empty()) {
    chunk_start_ = span.begin;
    chunk_first_child_ = index;
  }
  ItemChunk::Entry entry{nullptr, span.begin - chunk_start_, span.end - chunk_start_, 0};
  const bool stray = kind == NodeKind::k_unexpected_character || kind == NodeKind::k_unterminated_comment;
  const bool between =
      stray || kind == NodeKind::Error || kind == NodeKind::Token || kind == NodeKind::k_unexpected_close;
  if (between) {
    entry.item = bad_item(span);
  } else {
    entry.node = syntax::identity(node);
    if (const ItemChunk::Entry* same = find_known(node, text_.substr(span.begin, span.size()))) {
      entry.item = same->item;
    } else {
      auto item = std::make_shared<Item>();
      item_builder_.build(node, *item);
      entry.item = std::move(item);
    }
  }
  chunk_->refused |= entry.item->refused;
  chunk_->strays |= stray;
  chunk_->entries.push_back(std::move(entry));
}

void Builder::end_chunk(const ChunkPlace& place) {
  if (chunk_->entries.empty()) return;
  ChunkPlace placed = place;
  placed.start = chunk_start_;
  placed.first_child = chunk_first_child_;
  chunk_->entries.shrink_to_fit();
  module_.items.add(std::exchange(chunk_, std::make_shared<ItemChunk>()), placed);
}

const ItemChunk::Entry* Builder::find_known(TSNode item_node, std::string_view source) {
  if (known_.empty()) return nullptr;
  const std::uint64_t node = syntax::identity(item_node);
  // Items stay in order: nearly always the next one of the previous module is the one, or the one behind an
  // edited one. tree-sitter may parse a statement anew, but the same complete text is the same item.
  const bool complete = is_complete(item_node, source);
  for (std::size_t i = next_known_; i < next_known_ + 2 && i < known_.size(); ++i) {
    const Item& item = *known_[i]->item;
    if (known_[i]->node != node && (!complete || item.refused || item.text != source)) continue;
    next_known_ = i + 1;
    return known_[i];
  }
  if (known_by_node_.empty()) {
    for (std::size_t i = 0; i < known_.size(); ++i) known_by_node_.emplace(known_[i]->node, i);
  }
  const auto found = known_by_node_.find(node);
  if (found == known_by_node_.end()) return nullptr;
  next_known_ = found->second + 1;
  return known_[found->second];
}

// The text of the chunks taken over is known.
void Builder::check_text(ByteOffset begin, ByteOffset end) {
  if (module_.valid_text) module_.valid_text = !find_invalid_utf8(text_.substr(begin, end - begin));
}

void Builder::find_mistakes() {
  DiagSink sink;
  if (!module_.valid_text) {
    const auto bad = find_invalid_utf8(text_);
    module_.valid_text = !bad;
    if (bad) sink.emit(diag::InvalidUtf8, {*bad, *bad + 1}).hint = "save the file as UTF-8";
  }
  std::size_t behind = 0;
  for (const Placed& chunk : module_.items.chunks()) {
    if (chunk.chunk->refused) report(text_, root_, module_, chunk.first, chunk.chunk->size(), behind, sink);
  }
  if (tree_.refused()) {
    const auto size = static_cast<ByteOffset>(text_.size());
    sink.emit(diag::UnexpectedToken, {0, std::min<ByteOffset>(size, 1)}, "a program",
              "a text that is too broken to be read")
        .hint = "tens of thousands of brackets that are never closed, or alike: is this an ML program?";
  } else if (!whole_ && sink.found().empty()) {
    sink.emit(diag::UnexpectedToken, first_error(root_), "other code", "this").hint =
        "the grammar refuses this place";
  }
  std::vector<Span> deep;
  for (const Diagnostic& d : sink.found()) {
    if (d.code == diag::NestedTooDeeply.code) deep.push_back(d.span);
  }
  for (const Span span : deep) sink.emit(diag::SourceTooLarge, span);
  find_hidden_characters(text_, root_, sink);
  module_.diagnostics = sink.take();
  sort_findings(module_.diagnostics);
}

}  // namespace

Module build(const syntax::Tree& tree, std::string_view text, Interner& names, const Module* previous) {
  return Builder(tree, text, names).run(previous);
}

}  // namespace ml::ast
