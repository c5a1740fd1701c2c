#include "core/text/source_map.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/text/line_index.h"
#include "core/text/utf8.h"

namespace ml {
namespace {

bool starts_before(const MapRow& a, const MapRow& b) {
  if (a.py_line != b.py_line) return a.py_line < b.py_line;
  if (a.py_column != b.py_column) return a.py_column < b.py_column;
  if (a.py_end_line != b.py_end_line) return a.py_end_line > b.py_end_line;
  return a.py_end_column > b.py_end_column;
}

void put_vlq(std::string& to, std::int64_t value) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::uint64_t rest =
      value < 0 ? (static_cast<std::uint64_t>(-value) << 1 | 1) : static_cast<std::uint64_t>(value) << 1;
  do {
    const unsigned digit = rest & 31;
    rest >>= 5;
    to.push_back(kDigits[digit | (rest ? 32u : 0u)]);
  } while (rest);
}

}  // namespace

void SourceMap::finish() { std::stable_sort(rows_.begin(), rows_.end(), starts_before); }

const MapRow* SourceMap::find(std::uint32_t py_line, std::uint32_t py_column) const {
  const auto after = std::upper_bound(
      rows_.begin(), rows_.end(), MapRow{py_line, py_column, 0, 0, 0, 0, 0, 0},
      [](const MapRow& place, const MapRow& row) {
        return place.py_line != row.py_line ? place.py_line < row.py_line : place.py_column < row.py_column;
      });
  for (auto row = after; row != rows_.begin();) {
    --row;
    if (py_line < row->py_end_line || (py_line == row->py_end_line && py_column < row->py_end_column))
      return &*row;
  }
  return nullptr;
}

std::string SourceMap::to_bytes() const {
  std::string out;
  out.reserve(rows_.size() * 32);
  for (const MapRow& r : rows_) {
    for (const std::uint32_t field : {r.py_line, r.py_column, r.py_end_line, r.py_end_column, r.ml_line,
                                      r.ml_column, r.ml_end_line, r.ml_end_column}) {
      for (unsigned shift = 0; shift < 32; shift += 8)
        out.push_back(static_cast<char>(field >> shift & 0xFF));
    }
  }
  return out;
}

SourceMap SourceMap::from_bytes(std::string_view bytes) {
  SourceMap map;
  map.rows_.reserve(bytes.size() / 32);
  for (std::size_t at = 0; at + 32 <= bytes.size(); at += 32) {
    std::array<std::uint32_t, 8> f{};
    for (std::size_t i = 0; i < 32; ++i) {
      f[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (i % 4 * 8);
    }
    map.rows_.push_back({f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7]});
  }
  return map;
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const DecodedPoint next = decode_utf8(text, at);
    at += next.size;
    switch (next.point) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (next.point < 0x20 || next.point == 0x2028 || next.point == 0x2029) {
          std::array<char, 8> hex{};
          std::snprintf(hex.data(), hex.size(), "\\u%04x", static_cast<unsigned>(next.point));
          out += hex.data();
        } else {
          append_utf8(out, next.point);
        }
    }
  }
  return out + "\"";
}

std::string version3_json(const SourceMap& map, const SourceMapTexts& texts) {
  const LineIndex python(texts.python_text), ml(texts.ml_text);
  std::string mappings;
  EditorPosition last{0, 0}, last_ml{0, 0};
  bool first_in_line = true;
  const std::vector<MapRow>& rows = map.rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const MapRow& row = rows[i];
    // Where an outer and inner ranges start together, the innermost, which comes last, says best what stands
    // there.
    if (i + 1 < rows.size() && rows[i + 1].py_line == row.py_line && rows[i + 1].py_column == row.py_column)
      continue;
    const auto py_at = python.offset(LineByte{row.py_line, row.py_column});
    const auto ml_at = ml.offset(LineByte{row.ml_line, row.ml_column});
    if (!py_at || !ml_at) continue;
    const EditorPosition to = python.editor(*py_at), from = ml.editor(*ml_at);
    for (; last.line < to.line; ++last.line) {
      mappings.push_back(';');
      last.character = 0;
      first_in_line = true;
    }
    if (!first_in_line) mappings.push_back(',');
    put_vlq(mappings, static_cast<std::int64_t>(to.character) - last.character);
    put_vlq(mappings, 0);
    put_vlq(mappings, static_cast<std::int64_t>(from.line) - last_ml.line);
    put_vlq(mappings, static_cast<std::int64_t>(from.character) - last_ml.character);
    last = to;
    last_ml = from;
    first_in_line = false;
  }
  return "{\"version\":3,\"file\":" + json_quoted(texts.python_name) + ",\"sources\":[" +
         json_quoted(texts.ml_name) + "],\"sourcesContent\":[" + json_quoted(texts.ml_text) +
         "],\"names\":[],\"mappings\":\"" + mappings + "\"}\n";
}

}  // namespace ml
