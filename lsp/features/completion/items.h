#pragma once

// The list of completions in the form the client can read.

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "lsp/features/completion/context.h"
#include "lsp/features/registry.h"

namespace ml::lsp {

// CompletionItemKind
enum class ItemKind : std::uint8_t {
  Text = 1,
  Method = 2,
  Function = 3,
  Field = 5,
  Variable = 6,
  Class = 7,
  Module = 9,
  Keyword = 14,
  Snippet = 15,
  File = 17,
  Folder = 19,
  Constant = 21,
  TypeParameter = 25
};

struct Item {
  std::string label;
  ItemKind kind = ItemKind::Text;
  char rank = '5';     // sorts before the label
  std::string detail;  // beside the label: "(a, b)"
  std::string origin;  // at the right: the module
  std::string insert;  // empty: the label
  bool snippet = false;
  std::string import;            // module to import with it
  json::object data;             // for resolve
  std::optional<Span> replaced;  // else that of the context
  std::string filter;            // empty: the label
};

class Items {
 public:
  Items(const Ask& ask, const Revision& file, const Cursor& cursor, const CompletionContext& context);
  // Whether a label fits what is typed; then `add` takes it. A label is taken once, the first wins.
  bool fits(std::string_view label) const;
  void add(Item item);
  std::size_t size() const { return list_.size(); }
  bool full() const { return size() >= kMost; }
  bool snippets() const { return snippets_; }
  const std::string& prefix() const { return context_.prefix; }
  json::value take();

 private:
  static constexpr std::size_t kMost = 500;
  const Ask& ask_;
  const Revision& file_;
  const Cursor& cursor_;
  const CompletionContext& context_;
  bool snippets_, defaults_, details_, insert_replace_, lazy_edits_;
  std::set<std::string, std::less<>> taken_;
  json::array list_;
  bool incomplete_ = false;
};

json::object import_edit(const Ask& ask, const Revision& file, std::string_view dotted);

}  // namespace ml::lsp
