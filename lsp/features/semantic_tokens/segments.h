#pragma once

// The tokens of a file as the protocol writes them, in segments: one per chunk of items, with what stands
// around them. A segment whose text, chunk and facts are those of an earlier version is taken over from
// there, and so are the tokens of the items in a segment that has to be made anew: the tokens after an edit,
// and how they differ, cost what the edit changed.
//
//   auto now = segments_of(file, style, heat, before, stop);
//   append_data(now, text)   // data of `full`, as JSON
//   difference(before, now)  // edit of `full/delta`
//
// Pure; values are immutable and safe from any thread.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lsp/documents/pieces.h"
#include "lsp/features/semantic_tokens/tokens.h"
#include "lsp/server/client.h"

namespace ml::lsp {

// Five numbers for each token (editor-protocols.md 3.4).
using TokenData = std::vector<std::uint32_t>;

// What the client can show.
struct TokenStyle {
  explicit TokenStyle(const ClientInfo& client);
  Encoding encoding;
  bool multiline = false;
  std::array<bool, kTokenTypes.size()> known{};
  std::uint32_t modifiers = 0;
};

// Line differences of the first token count from `base_line`, its column from the line's begin.
TokenData encode_tokens(const DocumentText& text, const std::vector<Token>& tokens, const TokenStyle& style,
                        std::uint32_t base_line);

// Functions that were hot in a run, from 1 (warm) to 4, by name.
using TokenHeat = std::map<std::string, int, std::less<>>;
void heat_tokens(std::vector<Token>& tokens, std::string_view text, const TokenHeat& heat);

struct TokenSegment {
  // An item with what stands behind it up to the next.
  struct Part {
    const ast::Item* item = nullptr;         // of `chunk`; null: never taken over
    const sema::ItemFacts* facts = nullptr;  // of `facts` below
    std::uint64_t surroundings = 0;
    std::uint32_t line = 0;          // of its first token, from its own first line
    std::size_t begin = 0, end = 0;  // in `data`
  };
  std::shared_ptr<const ast::ItemChunk> chunk;  // null: never taken over
  std::shared_ptr<const sema::FactsChunk> facts;
  std::uint64_t surroundings = 0;                // hash of everything else the tokens depend on
  std::uint64_t content = 0;                     // hash of `data`
  std::vector<std::uint32_t> variables;          // of the module, that the chunk names
  std::vector<Part> parts;                       // none without a chunk
  TokenData data;                                // as of encode_tokens, from the segment's first line
  std::uint32_t last_line = 0, last_column = 0;  // of the last token; the line from the segment's first
};
struct PlacedSegment {
  std::shared_ptr<const TokenSegment> segment;
  std::uint32_t line = 0;  // the segment's first
};
using TokenSegments = std::vector<PlacedSegment>;

// `before`: of an earlier version of the file, or empty. Throws wire::Stopped.
TokenSegments segments_of(const Revision& file, const TokenStyle& style, const TokenHeat& heat,
                          const TokenSegments& before, const wire::StopFlag& stop);
TokenData flat(const TokenSegments& segments);
// The same as JSON: "[0,1,...]".
void append_data(const TokenSegments& segments, std::string& to);
// Equal for equal tokens.
std::string id_of(const TokenSegments& segments);

struct TokenEdit {
  std::size_t start = 0, removed = 0;  // in numbers, whole tokens
  TokenData data;
};
// None: they are the same.
std::optional<TokenEdit> difference(const TokenSegments& before, const TokenSegments& now);

}  // namespace ml::lsp
