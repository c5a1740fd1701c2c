#include "lsp/profile/text_now.h"

namespace ml::lsp {
std::uint64_t hash_text(std::string_view text, std::uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

std::uint64_t hash_name(const ast::FunctionKey& key) {
  std::uint64_t hash = hash_text("");
  for (const std::string& part : key.path) hash = hash_text(".", hash_text(part, hash));
  return hash_text(key.name, hash);
}

TextNow::TextNow(const Revision& revision, Matches::File& file) : r_(revision) {
  std::unordered_map<const ast::Item*, std::shared_ptr<Matches::Statement>> items;
  std::unordered_map<std::uint64_t, std::shared_ptr<Matches::Statement>> by_text;
  std::unordered_map<std::uint64_t, std::uint32_t> ordinals;
  for (const ast::PlacedItem& placed : r_.module().items) {
    auto& statement = items[placed.item.get()];
    if (!statement) statement = known(placed, file);
    by_text.emplace(statement->text_hash, statement);
    held.push_back(statement);
    const std::uint32_t row = text().line_of(placed.start);
    for (const auto& part : *statement->parts) {
      hash.add(part.keys);
      if (part.keys.counts) top.push_back({&part, row + part.row, row + part.end_row});
      for (std::size_t i = 0; i < part.keys.functions.size(); ++i)
        functions.push_back({statement.get(), &part, &part.keys.functions[i], part.names[i],
                             placed.start + part.offset, row, ordinals[part.names[i]]++});
    }
  }
  file.items = std::move(items);
  file.by_text = std::move(by_text);
  for (std::size_t i = 0; i < functions.size(); ++i) by_name[functions[i].name].push_back(i);
}

std::shared_ptr<Matches::Statement> TextNow::known(const ast::PlacedItem& placed,
                                                   const Matches::File& file) const {
  if (const auto it = file.items.find(placed.item.get()); it != file.items.end()) return it->second;
  // An undone edit, or a text that was parsed anew.
  const std::uint64_t text_hash = hash_text(placed.item->text);
  if (const auto it = file.by_text.find(text_hash);
      it != file.by_text.end() && it->second->item->text == placed.item->text)
    return it->second;
  auto statement = std::make_shared<Matches::Statement>();
  statement->item = placed.item;
  statement->text_hash = text_hash;
  const std::uint32_t row = text().line_of(placed.start);
  std::vector<Matches::Statement::Part> parts;
  walk_nodes(placed, [&](TSNode node) {
    auto& part = parts.emplace_back();
    part.offset = ts_node_start_byte(node) - placed.start;
    part.row = ts_node_start_point(node).row - row;
    part.end_row = ts_node_end_point(node).row - row;
    part.keys = ast::statement_keys(node, text().text());
    for (const auto& key : part.keys.functions) part.names.push_back(hash_name(key));
  });
  statement->parts = std::make_shared<const std::vector<Matches::Statement::Part>>(std::move(parts));
  return statement;
}

std::uint64_t TextNow::body_with(const FunctionNow& now, const ast::Renames& renames) const {
  for (const ast::PlacedItem& placed : r_.module().items) {
    if (placed.start + now.part->offset != now.at) continue;
    std::uint64_t body = 0;
    walk_nodes(placed, [&](TSNode node) {
      if (ts_node_start_byte(node) != now.at) return;
      const auto keys = ast::statement_keys(node, text().text(), &renames);
      const auto index = static_cast<std::size_t>(now.key - now.part->keys.functions.data());
      if (index < keys.functions.size()) body = keys.functions[index].body_hash;
    });
    return body;
  }
  return 0;
}

std::vector<std::uint64_t> TextNow::lines(std::uint32_t first, std::uint32_t last) const {
  const ByteOffset begin = text().line_start(first);
  const ByteOffset end = text().line_span(std::min(last, text().line_count() - 1)).end;
  return hash_lines(text().text().substr(begin, end - begin));
}

void Matches::prepare(const Revision& revision) {
  revision.parsed();
  const auto state = std::make_shared<File>();
  const std::lock_guard own(state->mutex);  // who finds the state waits until it is filled
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, known] : files_)
      if (known && key.second == revision.file().key) return;
    files_[{nullptr, revision.file().key}] = state;
  }
  TextNow(revision, *state);
}

void Matches::File::take_statements(File& from) {
  const std::lock_guard lock(from.mutex);
  for (const auto& [hash, statement] : from.by_text) {
    auto mine = std::make_shared<Statement>();
    mine->item = statement->item;
    mine->text_hash = hash;
    mine->parts = statement->parts;
    items.emplace(mine->item.get(), mine);
    by_text.emplace(hash, std::move(mine));
  }
}

}  // namespace ml::lsp
