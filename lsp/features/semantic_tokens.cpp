// textDocument/semanticTokens: full, full/delta, range.

#include <algorithm>

#include "lsp/features/registry.h"
#include "lsp/features/semantic_tokens/tokens.h"
#include "lsp/profile/surfaces.h"
#include "lsp/server/editor.h"

namespace ml::lsp {
namespace {

using Data = std::vector<std::uint32_t>;

// What was answered last for each file, so that the next answer can be a difference.
struct LastTokens {
  struct Entry {
    std::string id;
    std::shared_ptr<const Data> data;
  };
  std::map<std::string, Entry> by_file;
};

class Encoder {
 public:
  Encoder(const Revision& file, const ClientInfo& client) : text_(file.text()), encoding_(client.encoding) {
    multiline_ = client.can("textDocument.semanticTokens.multilineTokenSupport");
    const bool lists = client.find("textDocument.semanticTokens.tokenTypes") != nullptr;
    for (std::size_t i = 0; i < kTokenTypes.size(); ++i)
      known_[i] = !lists || client.lists("textDocument.semanticTokens.tokenTypes", kTokenTypes[i]);
    const bool lists_modifiers = client.find("textDocument.semanticTokens.tokenModifiers") != nullptr;
    for (std::size_t i = 0; i < kTokenModifiers.size(); ++i) {
      // Ours are in no client's list of standard ones, and harmless to it.
      if (i >= 10 || !lists_modifiers ||
          client.lists("textDocument.semanticTokens.tokenModifiers", kTokenModifiers[i]))
        modifiers_ |= 1u << i;
    }
  }

  Data encode(const std::vector<Token>& tokens) {
    for (const Token& token : tokens) {
      if (!known_[static_cast<std::size_t>(token.type)]) continue;
      const std::uint32_t first = text_.line_of(token.span.begin), last = text_.line_of(token.span.end);
      if (first == last || multiline_) {
        add(first, token.span, token);
        continue;
      }
      for (std::uint32_t line = first; line <= last; ++line) {
        const Span whole = text_.line_span(line);
        const Span part{std::max(whole.begin, token.span.begin), std::min(whole.end, token.span.end)};
        if (part.begin < part.end) add(line, part, token);
      }
    }
    return std::move(data_);
  }

 private:
  std::uint32_t units(ByteOffset begin, ByteOffset end) const {
    return DocumentText::units(text_.text().substr(begin, end - begin), encoding_);
  }
  void add(std::uint32_t line, Span span, const Token& token) {
    // From the token before, so that a long line is measured once.
    if (line != line_) at_ = text_.line_start(line), column_ = 0;
    const std::uint32_t column = column_ + units(at_, span.begin);
    data_.insert(data_.end(),
                 {line - line_, line == line_ ? column - last_column_ : column, units(span.begin, span.end),
                  static_cast<std::uint32_t>(token.type), token.modifiers & modifiers_});
    line_ = line;
    last_column_ = column_ = column;
    at_ = span.begin;
  }

  const DocumentText& text_;
  Encoding encoding_;
  bool multiline_ = false;
  std::array<bool, kTokenTypes.size()> known_{};
  std::uint32_t modifiers_ = 0;
  Data data_;
  std::uint32_t line_ = 0, last_column_ = 0, column_ = 0;
  ByteOffset at_ = 0;
};

json::array to_array(const Data& data, std::size_t begin, std::size_t end) {
  json::array out;
  out.reserve(end - begin);
  for (std::size_t i = begin; i < end; ++i) out.emplace_back(data[i]);
  return out;
}

std::string remember(const Ask& ask, const Revision& file, std::shared_ptr<const Data> data) {
  const std::string_view bytes(reinterpret_cast<const char*>(data->data()),
                               data->size() * sizeof(std::uint32_t));
  std::string id = std::to_string(std::hash<std::string_view>()(bytes));
  ask.post([key = file.file().key, id, data = std::move(data)](Editor& editor) {
    const auto old = editor.snapshot().part<LastTokens>();
    auto now = old ? std::make_shared<LastTokens>(*old) : std::make_shared<LastTokens>();
    now->by_file[key] = {id, data};
    editor.set_part<LastTokens>(now);
  });
  return id;
}

std::shared_ptr<const Data> encode(const Ask& ask, const Revision& file, Span within) {
  std::vector<Token> tokens = tokens_of(file, within, ask.stop);
  if (const auto costs = costs_of(ask.snapshot, file)) {
    const std::string_view text = file.text().text();
    const auto heat = heat_by_name(*costs, text);
    for (Token& token : tokens) {
      if (token.type != TokenType::Function || (token.modifiers & kDefaultLibrary) != 0) continue;
      const auto known = heat.find(text.substr(token.span.begin, token.span.size()));
      if (known != heat.end()) token.modifiers |= kHot1 << (known->second - 1);
    }
  }
  return std::make_shared<const Data>(Encoder(file, ask.client()).encode(tokens));
}

json::value full(const Ask& ask) {
  const auto file = ask.document();
  const auto data = encode(ask, *file, {0, file->text().size()});
  return json::object{{"resultId", remember(ask, *file, data)}, {"data", to_array(*data, 0, data->size())}};
}

json::value delta(const Ask& ask) {
  const auto file = ask.document();
  const std::string previous = ask.text("/previousResultId");
  const auto data = encode(ask, *file, {0, file->text().size()});
  json::object out{{"resultId", remember(ask, *file, data)}};
  const auto last = ask.snapshot.part<LastTokens>();
  const auto entry = last ? last->by_file.find(file->file().key) : decltype(last->by_file.end()){};
  if (!last || entry == last->by_file.end() || entry->second.id != previous) {
    out["data"] = to_array(*data, 0, data->size());
    return out;
  }
  // Whole tokens at both ends are the same; what lies between is replaced.
  const Data& old = *entry->second.data;
  const std::size_t most = std::min(old.size(), data->size());
  std::size_t begin = 0, end = 0;
  while (begin < most && old[begin] == (*data)[begin]) ++begin;
  begin -= begin % 5;
  while (end < most - begin && old[old.size() - 1 - end] == (*data)[data->size() - 1 - end]) ++end;
  end -= end % 5;
  json::array edits;
  if (begin + end < old.size() || begin + end < data->size())
    edits.push_back(json::object{{"start", begin},
                                 {"deleteCount", old.size() - begin - end},
                                 {"data", to_array(*data, begin, data->size() - end)}});
  out["edits"] = std::move(edits);
  return out;
}

json::value range(const Ask& ask) {
  const auto file = ask.document();
  const auto data = encode(ask, *file, ask.bytes(*file));
  return json::object{{"data", to_array(*data, 0, data->size())}};
}

}  // namespace

void add_semantic_tokens(Registry& registry) {
  registry.request("textDocument/semanticTokens/full", Lane::Worker, full);
  registry.request("textDocument/semanticTokens/full/delta", Lane::Worker, delta);
  registry.request("textDocument/semanticTokens/range", Lane::Latency, range);
  registry.advertise([](json::object& to, const ClientInfo&) {
    json::array types, modifiers;
    for (const std::string_view type : kTokenTypes) types.emplace_back(wire::sv(type));
    for (const std::string_view modifier : kTokenModifiers) modifiers.emplace_back(wire::sv(modifier));
    to["semanticTokensProvider"] = {
        {"legend", {{"tokenTypes", std::move(types)}, {"tokenModifiers", std::move(modifiers)}}},
        {"range", true},
        {"full", {{"delta", true}}}};
  });
}

}  // namespace ml::lsp
