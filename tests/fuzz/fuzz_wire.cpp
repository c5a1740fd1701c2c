// Any bytes as a client's stream, in pieces: nothing may fall over, every request is answered once.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "wire/envelope.h"
#include "wire/framing.h"

namespace {

// Boost.JSON reads fractions and exponents up to a few units of the last place beside the number: those are
// the same here.
bool same(const ml::wire::json::value& a, const ml::wire::json::value& b) {
  if (a.is_double() && b.is_double()) {
    const double x = a.get_double(), y = b.get_double();
    return x == y || std::abs(x - y) <= 1e-14 * std::max(std::abs(x), std::abs(y));
  }
  if (const auto* list = a.if_array()) {
    const auto* other = b.if_array();
    return other && std::equal(list->begin(), list->end(), other->begin(), other->end(), same);
  }
  const auto* fields = a.if_object();
  if (!fields) return a == b;
  const auto* others = b.if_object();
  return others && std::equal(fields->begin(), fields->end(), others->begin(), others->end(),
                              [](const auto& one, const auto& other) {
                                return one.key() == other.key() && same(one.value(), other.value());
                              });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = data[0] % 32 + 1;
  std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  ml::wire::JsonRpc rpc;
  std::size_t bodies = 0;
  const auto take = [&](std::string_view body) {
    std::string problem;
    auto value = ml::wire::parse_json(body, problem);
    if (!value) return;
    const std::string text = ml::wire::write_json(*value);
    const auto again = ml::wire::parse_json(text, problem);
    if (!again || !same(*again, *value)) std::abort();
    rpc.read(std::move(*value));
  };
  ml::wire::FrameLimits limits;
  limits.max_body = 1000;
  ml::wire::FrameReader reader(
      [&](ml::wire::Frame&& frame) {
        if (frame.kind != ml::wire::Frame::Kind::Body) return;
        ++bodies;
        if (frame.bytes.size() > limits.max_body) std::abort();
        take(frame.bytes);
      },
      limits);
  for (std::size_t at = 0; at < stream.size(); at += piece) reader.feed(stream.substr(at, piece));
  take(stream);
  return 0;
}
