#pragma once

// The header-framed stream that LSP and DAP share (editor-protocols.md 1.2): bytes in, bodies out. Knows no
// JSON.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ml::wire {

struct FrameLimits {
  std::uint64_t max_body = std::uint64_t{512} << 20;
  std::size_t max_garbage = 1 << 20;  // bytes without a header until we give up
  unsigned max_incidents = 8;         // in a row
};

struct Frame {
  enum class Kind : std::uint8_t {
    Body,        // `bytes` is a complete body
    TooLarge,    // was skipped; `bytes` holds its first 64 KiB
    BadCharset,  // was skipped; `bytes` names the charset
    Incident,    // the stream made no sense; `bytes` says why. Reading goes on at the next header
    Hopeless,    // the last event: nothing is read any more
  } kind = Kind::Body;
  std::string bytes;
};

// Takes the stream in pieces of any size. Not thread-safe. Bodies grow as they arrive, whatever their header
// promises, and are handed over without a copy.
class FrameReader {
 public:
  using Sink = std::function<void(Frame&&)>;
  explicit FrameReader(Sink sink, FrameLimits limits = {}) : sink_(std::move(sink)), limits_(limits) {}

  void feed(std::string_view bytes);

  // The stream ended inside a header or body.
  bool incomplete() const { return state_ == State::Body || !line_.empty() || headers_ > 0; }

 private:
  enum class State : std::uint8_t { Header, Body, Resync, Hopeless };
  void line();
  void header(std::string_view name, std::string_view value);
  void begin_body();
  void end_body();
  void incident(std::string why);
  std::size_t take_body(std::string_view bytes);

  Sink sink_;
  FrameLimits limits_;
  State state_ = State::Header;
  std::string line_, body_, charset_;
  bool has_length_ = false;
  std::uint64_t length_ = 0, left_ = 0;
  unsigned headers_ = 0, incidents_ = 0;
  std::size_t garbage_ = 0;
};

// What goes before a body of so many bytes.
std::string frame_header(std::size_t body_size);

}  // namespace ml::wire
