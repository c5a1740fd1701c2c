// textDocument/foldingRange.

#include <map>

#include "lsp/features/folding_range/folds.h"
#include "lsp/features/registry.h"
#include "lsp/server/editor.h"

namespace ml::lsp {
namespace {

// What was found last in each open file.
struct LastFolds {
  struct Found {
    std::shared_ptr<const DocumentText> text;
    FoldPieces pieces;
  };
  std::map<std::string, Found> by_file;
};

std::vector<Fold> folds_now(const Ask& ask, const Revision& file) {
  const auto last = ask.snapshot.part<LastFolds>();
  static const LastFolds::Found kNone;
  const auto known =
      last ? last->by_file.find(file.file().key) : std::map<std::string, LastFolds::Found>::const_iterator();
  const LastFolds::Found& before = last && known != last->by_file.end() ? known->second : kNone;
  if (before.text == file.shared_text()) return folds_of(file, before.pieces);
  FoldPieces pieces = fold_pieces(file, before.pieces, ask.stop);
  std::vector<Fold> folds = folds_of(file, pieces);
  ask.post([key = file.file().key,
            found = LastFolds::Found{file.shared_text(), std::move(pieces)}](Editor& editor) {
    const Snapshot snapshot = editor.snapshot();
    const auto old = snapshot.part<LastFolds>();
    auto all = old ? std::make_shared<LastFolds>(*old) : std::make_shared<LastFolds>();
    std::erase_if(all->by_file, [&](const auto& entry) { return !snapshot.open().contains(entry.first); });
    if (snapshot.open().contains(key)) all->by_file[key] = found;
    editor.set_part<LastFolds>(all);
  });
  return folds;
}

wire::WrittenJson folding(const Ask& ask) {
  const auto file = ask.document();
  const std::vector<Fold> folds = folds_now(ask, *file);
  const bool lines_only = ask.client().can("textDocument.foldingRange.lineFoldingOnly");
  std::size_t limit = folds.size();
  if (const auto* most = ask.client().find("textDocument.foldingRange.rangeLimit")) {
    if (const auto count = wire::integer_of(*most); count && *count >= 0)
      limit = static_cast<std::size_t>(*count);
  }
  wire::WrittenJson out{"["};
  out.text.reserve(folds.size() * 80);
  const auto member = [&](std::string_view name, std::uint32_t value) {
    out.text.append(name);
    wire::append_number(out.text, value);
  };
  std::uint32_t last_start = 0;
  std::size_t count = 0;
  for (const Fold& fold : folds) {
    if (count >= limit) break;
    // Where only lines fold, the line of the closing bracket stays visible, and one fold per line is enough.
    const bool bracket = fold.kind == nullptr;
    const std::uint32_t end = lines_only && bracket ? fold.end - 1 : fold.end;
    if (lines_only && (end <= fold.start || (count > 0 && last_start == fold.start))) continue;
    last_start = fold.start;
    if (count++ > 0) out.text.push_back(',');
    member(R"({"startLine":)", fold.start);
    member(R"(,"endLine":)", end);
    if (!lines_only) {
      const Encoding encoding = ask.client().encoding;
      const std::uint32_t from = file->text().position(fold.span.begin, fold.start, encoding).character;
      const std::uint32_t to = file->text().position(fold.span.end, fold.end, encoding).character;
      member(R"(,"startCharacter":)", from + (bracket ? 1 : 0));
      member(R"(,"endCharacter":)", to - (bracket && to > 0 ? 1 : 0));
    }
    if (fold.kind) out.text.append(R"(,"kind":")").append(fold.kind).append("\"");
    out.text.push_back('}');
  }
  out.text.push_back(']');
  return out;
}

}  // namespace

void add_folding_range(Registry& registry) {
  registry.request("textDocument/foldingRange", Lane::Worker, folding);
  registry.advertise([](json::object& to, const ClientInfo&) { to["foldingRangeProvider"] = true; });
}

}  // namespace ml::lsp
