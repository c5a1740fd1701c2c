#include "lsp/features/semantic_tokens/segments.h"

#include <algorithm>
#include <span>
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
      : text_(text), style_(style), line_(line), begins_(line), at_(text.line_start(line)) {}

  TokenData encode(const std::vector<Token>& tokens) {
    data_.reserve(tokens.size() * 5);
    for (const Token& token : tokens) {
      if (!style_.known[static_cast<std::size_t>(token.type)]) continue;
      begins_ = text_.line_of(token.span.begin, begins_);
      const std::uint32_t first = begins_, last = text_.line_of(token.span.end, begins_);
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
  std::uint32_t line_, begins_, last_column_ = 0, column_ = 0;
  ByteOffset at_;
};

// The variables of the module that items name.
std::vector<std::uint32_t> variables_of(std::span<const std::shared_ptr<const sema::ItemFacts>> items) {
  std::vector<std::uint32_t> used;
  for (const auto& item : items) {
    for (const sema::NameRef& ref : item->names)
      if (ref.use == sema::NameUse::Module && ref.variable) used.push_back(ref.variable.raw);
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  return used;
}

// What the module says of them, as far as tokens show it.
std::uint64_t module_says(const sema::Analysis& analysis, const std::vector<std::uint32_t>& used, Span span) {
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

// Calls `take(line, column, data)` for each segment that has tokens: how far its first token is from the last
// one before, and its numbers, of which the first two are not the ones to take.
template <class Take>
void for_joined(const TokenSegments& segments, std::size_t begin, std::size_t end, Take take) {
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
  for (std::size_t i = begin; i < end; ++i) {
    const TokenData& data = segments[i].segment->data;
    if (data.empty()) continue;
    const std::uint32_t first = segments[i].line + data[0] - line;
    take(first, first == 0 ? data[1] - column : data[1], data);
    leave(segments[i]);
  }
}

std::size_t numbers_in(const TokenSegments& segments, std::size_t begin, std::size_t end) {
  std::size_t size = 0;
  for (std::size_t i = begin; i < end; ++i) size += segments[i].segment->data.size();
  return size;
}

TokenData join(const TokenSegments& segments, std::size_t begin, std::size_t end) {
  TokenData out;
  out.reserve(numbers_in(segments, begin, end));
  for_joined(segments, begin, end, [&](std::uint32_t line, std::uint32_t column, const TokenData& data) {
    out.insert(out.end(), {line, column});
    out.insert(out.end(), data.begin() + 2, data.end());
  });
  return out;
}

void close(TokenSegment& segment) {
  for (std::size_t i = 0; i < segment.data.size(); i += 5) {
    segment.last_line += segment.data[i];
    segment.last_column = segment.data[i + 1] + (segment.data[i] == 0 ? segment.last_column : 0);
  }
  segment.content = hash_of(
      {reinterpret_cast<const char*>(segment.data.data()), segment.data.size() * sizeof(std::uint32_t)});
}

// One version of a file.
struct Scene {
  const Revision& file;
  const TokenStyle& style;
  const TokenHeat& heat;
  const wire::StopFlag& stop;
  std::uint64_t heated;

  std::uint64_t surroundings(Span span, const std::vector<std::uint32_t>& variables) const {
    return mix(mix(hash_of(file.text().text().substr(span.begin, span.size())), heated),
               module_says(file.analysis(), variables, span));
  }
  TokenData tokens(Span span, std::uint32_t line) const {
    std::vector<Token> tokens = tokens_of(file, span, stop);
    heat_tokens(tokens, file.text().text(), heat);
    return encode_tokens(file.text(), tokens, style, line);
  }
};

// The parts that an earlier version had, by item.
struct KnownPart {
  const TokenSegment* segment;
  const TokenSegment::Part* part;
};
using KnownParts = std::unordered_map<const ast::Item*, KnownPart>;

// A segment that begins and ends with lines and is correct ML, item by item.
class LastingSegment {
 public:
  LastingSegment(const Scene& scene, Span span, std::size_t chunk, const KnownParts& known)
      : scene_(scene),
        text_(scene.file.text()),
        placed_(scene.file.module().items.chunks()[chunk]),
        facts_(*scene.file.analysis().items.chunks()[chunk].chunk),
        span_(span),
        first_line_(text_.line_of(span.begin)),
        known_(known) {}

  std::shared_ptr<TokenSegment> make() {
    const auto& entries = placed_.chunk->entries;
    for (std::size_t i = 0; i < entries.size();) {
      std::size_t end = i + 1;
      while (end < entries.size() && !starts_line(end)) ++end;
      // Items that share a line are made anew together.
      add({begin_of(i), end < entries.size() ? begin_of(end) : span_.end},
          end == i + 1 ? entries[i].item.get() : nullptr, i);
      i = end;
    }
    close(*out_);
    return std::move(out_);
  }

 private:
  ByteOffset line_begin(std::size_t item) const {
    return text_.line_start(text_.line_of(placed_.start + placed_.chunk->entries[item].start));
  }
  bool starts_line(std::size_t item) const {
    const ByteOffset line = line_begin(item);
    const ByteOffset begin = placed_.start + placed_.chunk->entries[item].start;
    return text_.text().substr(line, begin - line).find_first_not_of(" \t") == std::string_view::npos;
  }
  ByteOffset begin_of(std::size_t item) const { return item == 0 ? span_.begin : line_begin(item); }

  void add(Span span, const ast::Item* item, std::size_t index) {
    TokenSegment::Part part{item, facts_.facts[index].get()};
    part.surroundings = item ? scene_.surroundings(span, variables_of({&facts_.facts[index], 1})) : 0;
    const std::uint32_t line = text_.line_of(span.begin);
    const auto it = item ? known_.find(item) : known_.end();
    TokenData fresh;
    if (it != known_.end() && it->second.part->facts == part.facts &&
        it->second.part->surroundings == part.surroundings) {
      const auto begin = it->second.segment->data.begin();
      fresh.assign(begin + static_cast<std::ptrdiff_t>(it->second.part->begin),
                   begin + static_cast<std::ptrdiff_t>(it->second.part->end));
      if (!fresh.empty()) fresh[0] = it->second.part->line;
    } else {
      fresh = scene_.tokens(span, line);
    }
    TokenData& data = out_->data;
    part.begin = data.size();
    part.end = data.size() + fresh.size();
    if (!fresh.empty()) {
      part.line = fresh[0];
      const std::uint32_t at = line - first_line_ + part.line;
      std::uint32_t end = at;
      for (std::size_t i = 5; i < fresh.size(); i += 5) end += fresh[i];
      // A token of the part before may end where this one begins: columns would count from it.
      if (!data.empty() && at == last_line_) {
        part.item = nullptr;
        fresh[1] -= last_column();
      }
      fresh[0] = at - last_line_;
      last_line_ = end;
      data.insert(data.end(), fresh.begin(), fresh.end());
    }
    out_->parts.push_back(part);
  }
  std::uint32_t last_column() const {
    const TokenData& data = out_->data;
    std::uint32_t column = 0;
    for (std::size_t i = data.size(); i > 0; i -= 5) {
      column += data[i - 4];
      if (data[i - 5] != 0) break;
    }
    return column;
  }

  const Scene& scene_;
  const DocumentText& text_;
  const decltype(ast::Module::items)::Placed& placed_;
  const sema::FactsChunk& facts_;
  const Span span_;
  const std::uint32_t first_line_;
  const KnownParts& known_;
  std::shared_ptr<TokenSegment> out_ = std::make_shared<TokenSegment>();
  std::uint32_t last_line_ = 0;
};

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
  const auto& chunks = file.module().items.chunks();
  const auto& facts = file.analysis().items.chunks();
  std::unordered_map<const ast::ItemChunk*, const PlacedSegment*> known;
  known.reserve(before.size());
  for (const PlacedSegment& placed : before)
    if (placed.segment->chunk) known.emplace(placed.segment->chunk.get(), &placed);
  Scene scene{file, style, heat, stop, heat.size()};
  for (const auto& [name, how] : heat)
    scene.heated = mix(mix(scene.heated, hash_of(name)), static_cast<unsigned>(how));

  const std::vector<Piece> pieces = pieces_of(file);
  TokenSegments out(pieces.size());
  std::vector<std::uint64_t> surroundings(pieces.size());
  std::vector<std::vector<std::uint32_t>> variables(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i % 16 == 0) stop.check();
    const Span span = pieces[i].span;
    out[i].line = text.line_of(span.begin);
    if (!pieces[i].lasting) continue;
    const auto it = known.find(chunks[i].chunk.get());
    const TokenSegment* last = it != known.end() ? it->second->segment.get() : nullptr;
    if (last && last->facts != facts[i].chunk) last = nullptr;
    if (!last) variables[i] = variables_of(facts[i].chunk->facts);
    surroundings[i] = scene.surroundings(span, last ? last->variables : variables[i]);
    if (!last) continue;
    if (last->surroundings != surroundings[i]) {
      variables[i] = last->variables;
      continue;
    }
    out[i].segment = it->second->segment;
    it->second = nullptr;
  }
  KnownParts parts;
  for (const auto& [chunk, placed] : known) {
    if (!placed) continue;
    for (const TokenSegment::Part& part : placed->segment->parts)
      if (part.item) parts.emplace(part.item, KnownPart{placed->segment.get(), &part});
  }
  const auto make = [&](std::size_t i) {
    std::shared_ptr<TokenSegment> segment;
    if (pieces[i].lasting) {
      segment = LastingSegment(scene, pieces[i].span, i, parts).make();
      segment->chunk = chunks[i].chunk;
      segment->facts = facts[i].chunk;
      segment->surroundings = surroundings[i];
      segment->variables = std::move(variables[i]);
    } else {
      segment = std::make_shared<TokenSegment>();
      segment->data = scene.tokens(pieces[i].span, out[i].line);
      close(*segment);
    }
    segment->data.shrink_to_fit();
    out[i].segment = std::move(segment);
  };
  for_missing(
      pieces, [&](std::size_t i) { return out[i].segment == nullptr; }, make);
  return out;
}

TokenData flat(const TokenSegments& segments) { return join(segments, 0, segments.size()); }

void append_data(const TokenSegments& segments, std::string& to) {
  // Two or three characters for most numbers, and room for what goes around them all.
  to.reserve(to.size() + numbers_in(segments, 0, segments.size()) * 5 / 2 + 256);
  to.push_back('[');
  for_joined(segments, 0, segments.size(),
             [&](std::uint32_t line, std::uint32_t column, const TokenData& data) {
               if (to.back() != '[') to.push_back(',');
               wire::append_number(to, line);
               to.push_back(',');
               wire::append_number(to, column);
               for (std::size_t i = 2; i < data.size(); ++i) {
                 to.push_back(',');
                 wire::append_number(to, data[i]);
               }
             });
  to.push_back(']');
}

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
  return TokenEdit{numbers_in(before, 0, head) + begin, old.size() - begin - end,
                   TokenData(data.begin() + static_cast<std::ptrdiff_t>(begin),
                             data.end() - static_cast<std::ptrdiff_t>(end))};
}

}  // namespace ml::lsp
