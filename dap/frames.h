#pragma once

// Messages between adapter and agent as bytes: JSON objects with their length before them, four bytes,
// little-endian (runtime/python/mlpy/runtime/debugging/channel.py).

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "wire/json.h"

namespace ml::dap {

inline std::string framed(const wire::json::object& message) {
  const std::string body = wire::write_json(message);
  const auto length = static_cast<std::uint32_t>(body.size());
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  return bytes + body;
}

// Cuts a stream into messages. What is no JSON object is passed over.
class FrameReader {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 30;

  void add(std::string_view bytes) { bytes_.append(bytes); }
  // The next message that is complete.
  std::optional<wire::json::object> next() {
    while (!broken_ && bytes_.size() - at_ >= sizeof(std::uint32_t)) {
      std::uint32_t length = 0;
      std::memcpy(&length, bytes_.data() + at_, sizeof length);
      broken_ = length > kMost;
      if (broken_ || bytes_.size() - at_ - sizeof length < length) break;
      std::string problem;
      auto value = wire::parse_json(std::string_view(bytes_).substr(at_ + sizeof length, length), problem);
      at_ += sizeof length + length;
      if (auto* object = value ? value->if_object() : nullptr) return std::move(*object);
    }
    bytes_.erase(0, at_);
    at_ = 0;
    return std::nullopt;
  }
  // A length that nobody sends: nothing can be read any more.
  bool broken() const { return broken_; }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
  bool broken_ = false;
};

}  // namespace ml::dap
