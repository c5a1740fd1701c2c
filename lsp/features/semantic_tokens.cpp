// textDocument/semanticTokens: full, full/delta, range.

#include <map>

#include "lsp/features/registry.h"
#include "lsp/features/semantic_tokens/segments.h"
#include "lsp/profile/surfaces.h"
#include "lsp/server/editor.h"

namespace ml::lsp {
namespace {

// What was answered last for each file: the next answer takes over what is the same, or is a difference.
struct LastTokens {
  struct Entry {
    std::string id;
    std::shared_ptr<const TokenSegments> segments;
  };
  std::map<std::string, Entry> by_file;
};

const LastTokens::Entry* last_of(const LastTokens* last, const Revision& file) {
  if (!last) return nullptr;
  const auto it = last->by_file.find(file.file().key);
  return it == last->by_file.end() ? nullptr : &it->second;
}

json::array to_array(const TokenData& data) { return json::array(data.begin(), data.end()); }

TokenHeat heat_of(const Ask& ask, const Revision& file) {
  const auto costs = costs_of(ask.snapshot, file);
  return costs ? heat_by_name(*costs, file.text().text()) : TokenHeat();
}

// Also keeps them for the next answer.
LastTokens::Entry tokens_now(const Ask& ask, const Revision& file, const LastTokens::Entry* last) {
  static const TokenSegments kNone;
  LastTokens::Entry now;
  now.segments = std::make_shared<const TokenSegments>(segments_of(
      file, TokenStyle(ask.client()), heat_of(ask, file), last ? *last->segments : kNone, ask.stop));
  now.id = id_of(*now.segments);
  ask.post([key = file.file().key, now](Editor& editor) {
    const Snapshot snapshot = editor.snapshot();
    const auto old = snapshot.part<LastTokens>();
    auto all = old ? std::make_shared<LastTokens>(*old) : std::make_shared<LastTokens>();
    std::erase_if(all->by_file, [&](const auto& entry) { return !snapshot.open().contains(entry.first); });
    all->by_file[key] = now;
    editor.set_part<LastTokens>(all);
  });
  return now;
}

// {resultId, data}
wire::WrittenJson written(const LastTokens::Entry& now) {
  wire::WrittenJson out{R"({"resultId":")" + now.id + R"(","data":)"};
  append_data(*now.segments, out.text);
  out.text.push_back('}');
  return out;
}

wire::WrittenJson full(const Ask& ask) {
  const auto file = ask.document();
  const auto last = ask.snapshot.part<LastTokens>();
  return written(tokens_now(ask, *file, last_of(last.get(), *file)));
}

wire::WrittenJson delta(const Ask& ask) {
  const auto file = ask.document();
  const std::string previous = ask.text("/previousResultId");
  const auto last = ask.snapshot.part<LastTokens>();
  const LastTokens::Entry* before = last_of(last.get(), *file);
  const LastTokens::Entry now = tokens_now(ask, *file, before);
  if (!before || before->id != previous) return written(now);
  json::array edits;
  if (const auto edit = difference(*before->segments, *now.segments))
    edits.push_back(
        json::object{{"start", edit->start}, {"deleteCount", edit->removed}, {"data", to_array(edit->data)}});
  return {wire::write_json(json::object{{"resultId", now.id}, {"edits", std::move(edits)}})};
}

json::value range(const Ask& ask) {
  const auto file = ask.document();
  std::vector<Token> tokens = tokens_of(*file, ask.bytes(*file), ask.stop);
  heat_tokens(tokens, file->text().text(), heat_of(ask, *file));
  return json::object{{"data", to_array(encode_tokens(file->text(), tokens, TokenStyle(ask.client()), 0))}};
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
