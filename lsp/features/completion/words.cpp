#include <filesystem>

#include "lsp/features/completion/sources.h"

namespace ml::lsp {
namespace {

struct Snippet {
  std::string_view label, text, detail;
};
constexpr Snippet kStatements[] = {
    {"if", "if (${1:condition}) {\n\t$0\n}", "if statement"},
    {"for", "for (${1:item} in ${2:list}) {\n\t$0\n}", "for each element"},
    {"fori", "for (${1:i} = 0; $1 < ${2:count}; $1 = $1 + 1) {\n\t$0\n}", "counting loop"},
    {"while", "while (${1:condition}) {\n\t$0\n}", "while loop"},
    {"function", "function ${1:name}($2) {\n\t$0\n}", "function"},
    {"try", "try {\n\t$1\n} except (${2:e}) {\n\t$0\n}", "try and except"},
};

void words(std::initializer_list<const char*> list, Items& items) {
  for (const char* word : list) items.add({word, ItemKind::Keyword, '5'});
}

}  // namespace

void offer_keywords(const CompletionContext& context, Items& items) {
  if (context.after_block) words({"elif", "else", "except", "finally"}, items);
  if (context.statement) {
    words({"if", "for", "while", "function", "try", "throw", "let", "const", "var"}, items);
    if (context.in_function) words({"return", "nonlocal", "yield"}, items);
    if (context.in_loop) words({"break", "continue"}, items);
    if (context.top_level) words({"import", "capability"}, items);
    if (items.snippets()) {
      for (const Snippet& s : kStatements) {
        Item item{std::string(s.label), ItemKind::Snippet, '6'};
        item.insert = s.text;
        item.snippet = true;
        item.origin = s.detail;
        items.add(std::move(item));
      }
    }
  }
  words({"fn", "true", "false", "null"}, items);
  if (!context.statement) words({"function", "in"}, items);
  if (items.snippets()) {
    Item item{"fn", ItemKind::Snippet, '6'};
    item.insert = "fn(${1:x}) => $0";
    item.snippet = true;
    item.origin = "function as a value";
    items.add(std::move(item));
  }
}

void offer_capability_words(const CompletionContext& context, Items& items) {
  if (context.action == "allow")
    words({"read", "write", "execute", "network", "system"}, items);
  else
    words({"allow", "resource"}, items);
}

void offer_paths(const Ask& ask, const Revision& file, const CompletionContext& context, Items& items) {
  namespace fs = std::filesystem;
  if (file.file().path.empty()) return;
  const std::size_t slash = context.prefix.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : context.prefix.substr(0, slash + 1);
  if (folder.starts_with('/') || folder.find("..") != std::string::npos) return;
  std::error_code failed;
  std::size_t left = 300;
  for (fs::directory_iterator it(fs::path(file.file().path).parent_path() / folder, failed), end;
       !failed && it != end && left-- > 0; it.increment(failed)) {
    ask.check();
    const std::string name = it->path().filename().string();
    if (name.starts_with('.')) continue;
    const bool is_folder = it->is_directory(failed);
    items.add({folder + name + (is_folder ? "/" : ""), is_folder ? ItemKind::Folder : ItemKind::File, '1'});
  }
}

}  // namespace ml::lsp
