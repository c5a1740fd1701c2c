#include "lsp/features/semantic_tokens/segments.h"

#include <algorithm>
#include <unordered_map>

namespace ml::lsp {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}
std::uint64_t hash_of(std::string_view bytes) { return std::hash<std::string_view>()(bytes); }

class Encoder {
 public:
  Encoder(const DocumentText& text, const TokenStyle& style, std::uint32_t line)
      : text_(text), style_(style), line_(line), at_(text.line_start(line)) {}

  TokenData encode(const std::vector<Token>& tokens) {
    data_.reserve(tokens.size() * 5);
    for (const Token& token : tokens) {
      if (!style_.known[static_cast<std::size_t>(token.type)]) continue;
      const std::uint32_t first = text_.line_of(token.span.begin), last = text_.line_of(token.span.end);
      if (first == last || style_.multiline) {
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
    return DocumentText::units(text_.text().substr(begin, end - begin), style_.encoding);
  }
  void add(std::uint32_t line, Span span, const Token& token) {
    // From the token before, so that a long line is measured once.
    if (line != line_) at_ = text_.line_start(line), column_ = 0;
    const std::uint32_t column = column_ + units(at_, span.begin);
    data_.insert(data_.end(),
                 {line - line_, line == line_ ? column - last_column_ : column, units(span.begin, span.end),
                  static_cast<std::uint32_t>(token.type), token.modifiers & style_.modifiers});
    line_ = line;
    last_column_ = column_ = column;
    at_ = span.begin;
  }

  const DocumentText& text_;
  const TokenStyle& style_;
  TokenData data_;
  std::uint32_t line_, last_column_ = 0, column_ = 0;
  ByteOffset at_;
};

// What the module says of the variables that the chunk names, as far as tokens show it.
std::uint64_t module_says(const sema::Analysis& analysis, const sema::FactsChunk& facts, Span span) {
  std::vector<std::uint32_t> used;
  for (const auto& item : facts.facts) {
    for (const sema::NameRef& ref : item->names)
      if (ref.use == sema::NameUse::Module && ref.variable) used.push_back(ref.variable.raw);
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  std::uint64_t hash = used.size();
  for (const std::uint32_t id : used) {
    if (id >= analysis.module_variables.size()) continue;
    const sema::Variable& v = analysis.module_variables[id];
    const bool here = v.first_binding.begin >= span.begin && v.first_binding.begin < span.end;
    hash = mix(hash, v.name.raw);
    hash = mix(hash, static_cast<std::uint64_t>(v.kind) << 3 | (v.is_const ? 4u : 0u) |
                         (v.captured ? 2u : 0u) | (v.function ? 1u : 0u));
    hash = mix(hash, here ? v.first_binding.begin - span.begin + std::uint64_t{1} : 0);
  }
  return hash;
}

struct Piece {
  Span span;
  bool lasting = false;  // begins and ends with lines, and its chunk is correct ML
};

std::vector<Piece> pieces_of(const Revision& file) {
  const DocumentText& text = file.text();
  const auto& chunks = file.module().items.chunks();
  std::vector<Piece> out;
  bool clean = true;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    ByteOffset begin = 0;
    bool starts_line = true;
    if (i > 0) {
      begin = chunks[i].start;
      const ByteOffset line = text.line_start(text.line_of(begin));
      starts_line = text.text().substr(line, begin - line).find_first_not_of(" \t") == std::string_view::npos;
      // What stands before on the line belongs to the chunk before, and so does a line it does not begin.
      if (starts_line) begin = std::max(line, out.back().span.begin);
      out.back().span.end = begin;
      out.back().lasting = clean && starts_line;
    }
    out.push_back({{begin, text.size()}, false});
    clean = starts_line && !chunks[i].chunk->refused;
  }
  if (out.empty()) return {{{0, text.size()}, false}};
  out.back().lasting = clean;
  return out;
}

std::size_t count(const TokenSegments& segments, std::size_t end) {
  std::size_t numbers = 0;
  for (std::size_t i = 0; i < end; ++i) numbers += segments[i].segment->data.size();
  return numbers;
}

TokenData join(const TokenSegments& segments, std::size_t begin, std::size_t end) {
  TokenData out;
  std::uint32_t line = 0, column = 0;
  const auto leave = [&](const PlacedSegment& placed) {
    line = placed.line + placed.segment->last_line;
    column = placed.segment->last_column;
  };
  for (std::size_t i = begin; i-- > 0;) {
    if (segments[i].segment->data.empty()) continue;
    leave(segments[i]);
    break;
  }
  std::size_t size = 0;
  for (std::size_t i = begin; i < end; ++i) size += segments[i].segment->data.size();
  out.reserve(size);
  for (std::size_t i = begin; i < end; ++i) {
    const TokenData& data = segments[i].segment->data;
    if (data.empty()) continue;
    const std::size_t first = out.size();
    out.insert(out.end(), data.begin(), data.end());
    out[first] = segments[i].line + data[0] - line;
    if (out[first] == 0) out[first + 1] = data[1] - column;
    leave(segments[i]);
  }
  return out;
}

std::shared_ptr<TokenSegment> make_segment(const DocumentText& text, const std::vector<Token>& tokens,
                                           const TokenStyle& style, std::uint32_t line) {
  auto out = std::make_shared<TokenSegment>();
  out->data = encode_tokens(text, tokens, style, line);
  for (std::size_t i = 0; i < out->data.size(); i += 5) {
    out->last_line += out->data[i];
    out->last_column = out->data[i + 1] + (out->data[i] == 0 ? out->last_column : 0);
  }
  out->content =
      hash_of({reinterpret_cast<const char*>(out->data.data()), out->data.size() * sizeof(std::uint32_t)});
  return out;
}

}  // namespace

TokenStyle::TokenStyle(const ClientInfo& client) : encoding(client.encoding) {
  multiline = client.can("textDocument.semanticTokens.multilineTokenSupport");
  const bool lists = client.find("textDocument.semanticTokens.tokenTypes") != nullptr;
  for (std::size_t i = 0; i < kTokenTypes.size(); ++i)
    known[i] = !lists || client.lists("textDocument.semanticTokens.tokenTypes", kTokenTypes[i]);
  const bool lists_modifiers = client.find("textDocument.semanticTokens.tokenModifiers") != nullptr;
  for (std::size_t i = 0; i < kTokenModifiers.size(); ++i) {
    // Ours are in no client's list of standard ones, and harmless to it.
    if (i >= 10 || !lists_modifiers ||
        client.lists("textDocument.semanticTokens.tokenModifiers", kTokenModifiers[i]))
      modifiers |= 1u << i;
  }
}

TokenData encode_tokens(const DocumentText& text, const std::vector<Token>& tokens, const TokenStyle& style,
                        std::uint32_t base_line) {
  return Encoder(text, style, base_line).encode(tokens);
}

void heat_tokens(std::vector<Token>& tokens, std::string_view text, const TokenHeat& heat) {
  if (heat.empty()) return;
  for (Token& token : tokens) {
    if (token.type != TokenType::Function || (token.modifiers & kDefaultLibrary) != 0) continue;
    const auto known = heat.find(text.substr(token.span.begin, token.span.size()));
    if (known != heat.end()) token.modifiers |= kHot1 << (known->second - 1);
  }
}

TokenSegments segments_of(const Revision& file, const TokenStyle& style, const TokenHeat& heat,
                          const TokenSegments& before, const wire::StopFlag& stop) {
  const DocumentText& text = file.text();
  const sema::Analysis& analysis = file.analysis();
  const auto& chunks = file.module().items.chunks();
  const auto& facts = analysis.items.chunks();
  std::unordered_map<const ast::ItemChunk*, const PlacedSegment*> known;
  for (const PlacedSegment& placed : before)
    if (placed.segment->chunk) known.emplace(placed.segment->chunk.get(), &placed);
  std::uint64_t heated = heat.size();
  for (const auto& [name, how] : heat) heated = mix(mix(heated, hash_of(name)), static_cast<unsigned>(how));

  const std::vector<Piece> pieces = pieces_of(file);
  TokenSegments out(pieces.size());
  std::vector<std::uint64_t> surroundings(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Span span = pieces[i].span;
    out[i].line = text.line_of(span.begin);
    if (!pieces[i].lasting) continue;
    surroundings[i] = mix(mix(hash_of(text.text().substr(span.begin, span.size())), heated),
                          module_says(analysis, *facts[i].chunk, span));
    const auto it = known.find(chunks[i].chunk.get());
    if (it == known.end()) continue;
    const TokenSegment& last = *it->second->segment;
    if (last.facts == facts[i].chunk && last.surroundings == surroundings[i])
      out[i].segment = it->second->segment;
  }
  // Neighbours together: each question walks over what stands before it.
  for (std::size_t i = 0; i < pieces.size();) {
    if (out[i].segment) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < pieces.size() && !out[end].segment) ++end;
    std::vector<Token> tokens = tokens_of(file, {pieces[i].span.begin, pieces[end - 1].span.end}, stop);
    heat_tokens(tokens, text.text(), heat);
    const auto from = [&](ByteOffset at) {
      return std::partition_point(tokens.begin(), tokens.end(),
                                  [&](const Token& token) { return token.span.begin < at; });
    };
    for (; i < end; ++i) {
      const Span span = pieces[i].span;
      auto segment = make_segment(
          text, std::vector<Token>(from(span.begin), i + 1 == pieces.size() ? tokens.end() : from(span.end)),
          style, out[i].line);
      if (pieces[i].lasting) {
        segment->chunk = chunks[i].chunk;
        segment->facts = facts[i].chunk;
        segment->surroundings = surroundings[i];
      }
      out[i].segment = std::move(segment);
    }
  }
  return out;
}

TokenData flat(const TokenSegments& segments) { return join(segments, 0, segments.size()); }

std::string id_of(const TokenSegments& segments) {
  std::uint64_t id = 0;
  for (const PlacedSegment& placed : segments) {
    if (!placed.segment->data.empty()) id = mix(mix(id, placed.line), placed.segment->content);
  }
  return std::to_string(id);
}

std::optional<TokenEdit> difference(const TokenSegments& before, const TokenSegments& now) {
  const std::size_t most = std::min(before.size(), now.size());
  std::size_t head = 0, tail = 0;
  while (head < most && before[head].segment == now[head].segment && before[head].line == now[head].line)
    ++head;
  const auto moved = [&](std::size_t n) {
    return now[now.size() - 1 - n].line - before[before.size() - 1 - n].line;
  };
  while (tail < most - head &&
         before[before.size() - 1 - tail].segment == now[now.size() - 1 - tail].segment &&
         moved(tail) == moved(0))
    ++tail;
  // The first token behind the difference counts from the last one in it.
  while (tail > 0) {
    const bool empty = now[now.size() - tail].segment->data.empty();
    --tail;
    if (!empty) break;
  }
  const TokenData old = join(before, head, before.size() - tail), data = join(now, head, now.size() - tail);
  const std::size_t shared = std::min(old.size(), data.size());
  std::size_t begin = 0, end = 0;
  while (begin < shared && old[begin] == data[begin]) ++begin;
  begin -= begin % 5;
  while (end < shared - begin && old[old.size() - 1 - end] == data[data.size() - 1 - end]) ++end;
  end -= end % 5;
  if (begin + end == old.size() && begin + end == data.size()) return std::nullopt;
  return TokenEdit{count(before, head) + begin, old.size() - begin - end,
                   TokenData(data.begin() + static_cast<std::ptrdiff_t>(begin),
                             data.end() - static_cast<std::ptrdiff_t>(end))};
}

}  // namespace ml::lsp
