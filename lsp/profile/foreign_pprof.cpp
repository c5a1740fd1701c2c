// profile.proto of github.com/google/pprof; field numbers are from there.

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "lsp/profile/foreign.h"
#include "lsp/profile/tally.h"

namespace ml::lsp {
namespace {

// Protocol buffers, wire format.
class Message {
 public:
  explicit Message(std::string_view bytes) : bytes_(bytes) {}

  // The next field; false at the end and where the bytes make no sense (`broken`).
  bool next() {
    if (bytes_.empty()) return false;
    const std::uint64_t tag = varint();
    field_ = tag >> 3;
    number_ = 0;
    inner_ = {};
    switch (tag & 7) {
      case 0: number_ = varint(); break;
      case 1: skip(8); break;
      case 2: inner_ = take(varint()); break;
      case 5: skip(4); break;
      default: broken_ = true;
    }
    return !broken_;
  }
  std::uint64_t field() const { return field_; }
  std::uint64_t number() const { return number_; }
  std::string_view inner() const { return inner_; }
  bool broken() const { return broken_; }
  // Packed or one by one.
  void numbers(std::vector<std::uint64_t>& out) const {
    if (inner_.data() == nullptr) return out.push_back(number_);
    for (Message packed(inner_); !packed.bytes_.empty() && !packed.broken_;) out.push_back(packed.varint());
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    broken_ = true;
    return 0;
  }
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size()) {
      broken_ = true;
      return {};
    }
    const std::string_view part = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return part;
  }
  void skip(std::uint64_t size) { take(size); }

  std::string_view bytes_, inner_;
  std::uint64_t field_ = 0, number_ = 0;
  bool broken_ = false;
};

struct Function {
  std::uint64_t name = 0, file = 0, line = 0;
};

}  // namespace

std::optional<std::string> mlprof_of_pprof(std::string_view bytes) {
  std::vector<std::string_view> strings;
  std::vector<std::string_view> samples;
  std::vector<std::uint64_t> units;
  std::unordered_map<std::uint64_t, Function> functions;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> locations;  // functions, innermost first
  Message file(bytes);
  while (file.next()) {
    Message inner(file.inner());
    switch (file.field()) {
      case 1: {
        std::uint64_t unit = 0;
        while (inner.next())
          if (inner.field() == 2) unit = inner.number();
        units.push_back(unit);
        break;
      }
      case 2: samples.push_back(file.inner()); break;
      case 4: {
        std::uint64_t id = 0;
        std::vector<std::uint64_t> lines;
        while (inner.next()) {
          if (inner.field() == 1) id = inner.number();
          if (inner.field() != 4) continue;
          for (Message line(inner.inner()); line.next();)
            if (line.field() == 1) lines.push_back(line.number());
        }
        locations[id] = std::move(lines);
        break;
      }
      case 5: {
        std::uint64_t id = 0;
        Function f;
        while (inner.next()) {
          if (inner.field() == 1) id = inner.number();
          if (inner.field() == 2) f.name = inner.number();
          if (inner.field() == 4) f.file = inner.number();
          if (inner.field() == 5) f.line = inner.number();
        }
        functions[id] = f;
        break;
      }
      case 6: strings.push_back(file.inner()); break;
      default: break;
    }
    if (inner.broken()) return std::nullopt;
  }
  if (file.broken() || strings.empty() || samples.empty()) return std::nullopt;
  const auto text = [&](std::uint64_t id) { return id < strings.size() ? strings[id] : std::string_view(); };
  std::size_t time = units.size(), count = units.size();
  std::uint64_t scale = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::string_view unit = text(units[i]);
    const std::uint64_t ns = unit == "nanoseconds"    ? 1
                             : unit == "microseconds" ? 1000
                             : unit == "milliseconds" ? 1'000'000
                                                      : 0;
    if (ns != 0 && scale == 0) time = i, scale = ns;
    if (unit == "count" && count == units.size()) count = i;
  }
  if (scale == 0) return std::nullopt;
  Tally tally;
  for (const std::string_view sample : samples) {
    std::vector<std::uint64_t> places, values;
    for (Message inner(sample); inner.next();) {
      if (inner.field() == 1) inner.numbers(places);
      if (inner.field() == 2) inner.numbers(values);
    }
    if (time >= values.size()) continue;
    std::vector<std::uint32_t> stack;
    for (const std::uint64_t place : places) {
      const auto lines = locations.find(place);
      if (lines == locations.end()) continue;
      for (const std::uint64_t id : lines->second) {
        const Function& f = functions[id];
        stack.push_back(tally.frame(text(f.name), text(f.file),
                                    f.line < UINT32_MAX ? static_cast<std::uint32_t>(f.line) : 0));
      }
    }
    std::reverse(stack.begin(), stack.end());
    const std::uint64_t most = UINT64_MAX / scale;
    tally.stack(stack, std::min(values[time], most) * scale, count < values.size() ? values[count] : 0);
  }
  return tally.empty() ? std::nullopt : std::optional(tally.mlprof("pprof"));
}

}  // namespace ml::lsp
