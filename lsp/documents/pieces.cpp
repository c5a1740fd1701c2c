#include "lsp/documents/pieces.h"

#include <algorithm>

#include "core/base/two_threads.h"

namespace ml::lsp {

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

void for_missing(const std::vector<Piece>& pieces, const std::function<bool(std::size_t)>& missing,
                 const std::function<void(std::size_t)>& make) {
  std::vector<std::size_t> all;
  std::size_t bytes = 0, before = 0, middle = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!missing(i)) continue;
    all.push_back(i);
    bytes += pieces[i].span.size();
  }
  const auto some = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) make(all[i]);
  };
  if (bytes < 2 * kWorthThread || !has_second_core()) return some(0, all.size());
  while (middle < all.size() && before < bytes / 2) before += pieces[all[middle++]].span.size();
  at_once([&] { some(0, middle); }, [&] { some(middle, all.size()); });
}

}  // namespace ml::lsp
