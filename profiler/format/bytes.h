#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ml::profiler::capture {

// A record is `length u32, kind u16, check u16, payload`; `check` folds kind and payload (FNV-1a), so a
// record torn by a kill is told from a whole one. All integers little-endian, strings `length u32, bytes`.
inline constexpr std::size_t kRecordHead = 8;
inline constexpr std::size_t kMaxRecord = 16u << 20;
inline constexpr std::size_t kMaxText = 64u << 10;

inline std::uint16_t check_of(std::uint16_t kind, std::string_view payload) {
  std::uint32_t h = 2166136261u;
  const auto mix = [&h](unsigned char c) { h = (h ^ c) * 16777619u; };
  mix(static_cast<unsigned char>(kind & 0xff));
  for (const char c : payload) mix(static_cast<unsigned char>(c));
  return static_cast<std::uint16_t>(h ^ (h >> 16));
}

class Writer {
 public:
  explicit Writer(std::string& to) : to_(to) {}
  void u8(std::uint8_t v) { put(v, 1); }
  void u16(std::uint16_t v) { put(v, 2); }
  void u32(std::uint32_t v) { put(v, 4); }
  void u64(std::uint64_t v) { put(v, 8); }
  void text(std::string_view s) {
    s = s.substr(0, kMaxText);
    u32(static_cast<std::uint32_t>(s.size()));
    to_.append(s);
  }

 private:
  void put(std::uint64_t v, int bytes) {
    for (int i = 0; i < bytes; ++i) to_.push_back(static_cast<char>(v >> (8 * i)));
  }
  std::string& to_;
};

// Reads forward; past the end every read gives 0 or "" and `ok()` turns false for good.
class Reader {
 public:
  explicit Reader(std::string_view from) : from_(from) {}
  bool ok() const { return ok_; }
  bool empty() const { return at_ >= from_.size(); }
  std::size_t left() const { return from_.size() - at_; }
  std::size_t at() const { return at_; }
  std::uint8_t u8() { return static_cast<std::uint8_t>(get(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(get(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(get(4)); }
  std::uint64_t u64() { return get(8); }
  std::string_view text() {
    const std::uint32_t n = u32();
    if (n > kMaxText) ok_ = false;
    return raw(ok_ ? n : 0);
  }
  std::string_view raw(std::size_t n) {
    if (!ok_ || n > left()) {
      ok_ = false;
      return {};
    }
    const std::string_view s = from_.substr(at_, n);
    at_ += n;
    return s;
  }

 private:
  std::uint64_t get(std::size_t bytes) {
    std::uint64_t v = 0;
    const std::string_view s = raw(bytes);
    for (std::size_t i = 0; i < s.size(); ++i)
      v |= std::uint64_t{static_cast<unsigned char>(s[i])} << (8 * i);
    return v;
  }
  std::string_view from_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace ml::profiler::capture
