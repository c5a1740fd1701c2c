// textDocument/documentLink: the files of imports, web addresses, and places like `util.ml:12`.

#include <filesystem>
#include <optional>

#include "lsp/documents/uri.h"
#include "lsp/features/registry.h"
#include "lsp/semantics/cursor.h"
#include "lsp/semantics/scope.h"

namespace ml::lsp {
namespace {

bool ends_address(char c) {
  return static_cast<unsigned char>(c) <= ' ' ||
         std::string_view("\"'`<>(){}|\\^").find(c) != std::string_view::npos;
}

json::value links(const Ask& ask) {
  const auto file = ask.document();
  const std::string_view text = file->text().text();
  json::array out;
  const auto add = [&](Span span, const std::string& target) {
    out.push_back(json::object{{"range", ask.range(*file, span)}, {"target", target}});
  };
  for (const ImportLine& line : file->parsed().import_lines) {
    const Import* import = import_named(*file, line.dotted);
    if (import && !import->file.empty()) add(line.path, ask.snapshot.uri_of(import->file));
  }
  for (std::size_t at = text.find("://"); at != text.npos; at = text.find("://", at + 3)) {
    ask.check();
    std::size_t begin = at;
    if (text.substr(0, at).ends_with("https"))
      begin -= 5;
    else if (text.substr(0, at).ends_with("http"))
      begin -= 4;
    else
      continue;
    std::size_t end = at + 3;
    while (end < text.size() && !ends_address(text[end])) ++end;
    while (end > at + 3 && std::string_view(".,;:!?").find(text[end - 1]) != std::string_view::npos) --end;
    if (end > at + 3 && (begin == 0 || !is_word_byte(text[begin - 1])))
      add({static_cast<ByteOffset>(begin), static_cast<ByteOffset>(end)},
          std::string(text.substr(begin, end - begin)));
  }
  const std::string& path = file->file().path;
  for (std::size_t at = text.find(".ml:"); at != text.npos && !path.empty(); at = text.find(".ml:", at + 4)) {
    ask.check();
    std::size_t begin = at, end = at + 4;
    while (begin > 0 && (is_word_byte(text[begin - 1]) ||
                         std::string_view("./-").find(text[begin - 1]) != std::string_view::npos))
      --begin;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end == at + 4 || begin == at) continue;
    const auto offset = static_cast<ByteOffset>(begin);
    if (cursor_at(*file, offset + 1).where == Cursor::Where::Code) continue;
    namespace fs = std::filesystem;
    const std::string name(text.substr(begin, at + 3 - begin));
    std::error_code failed;
    const fs::path target = fs::path(path).parent_path() / name;
    if (!fs::is_regular_file(target, failed)) continue;
    add({offset, static_cast<ByteOffset>(end)},
        uri_of_path(target.lexically_normal()) + "#L" + std::string(text.substr(at + 4, end - at - 4)));
  }
  return out;
}

}  // namespace

void add_document_link(Registry& registry) {
  registry.request("textDocument/documentLink", Lane::Worker, links);
  registry.advertise([](json::object& to, const ClientInfo&) {
    to["documentLinkProvider"] = {{"resolveProvider", false}};
  });
}

}  // namespace ml::lsp
