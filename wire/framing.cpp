#include "wire/framing.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ml::wire {
namespace {

constexpr std::size_t kMaxLine = 8192, kKeptOfSkipped = 64 << 10;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string charset_of(std::string_view content_type) {
  const std::string text = lower(content_type);
  std::size_t at = text.find("charset");
  if (at == text.npos) return "utf-8";
  at = text.find('=', at);
  if (at == text.npos) return "utf-8";
  std::string_view value = std::string_view(text).substr(at + 1);
  value = trimmed(value.substr(0, value.find(';')));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  return std::string(value);
}

}  // namespace

void FrameReader::feed(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::Hopeless) {
    if (state_ == State::Body) {
      bytes.remove_prefix(take_body(bytes));
      continue;
    }
    const std::size_t end = bytes.find('\n');
    const std::size_t size = end == bytes.npos ? bytes.size() : end + 1;
    garbage_ += size;
    // Of a line that is no header in any case only the beginning matters.
    line_.append(bytes.substr(0, std::min(size, kMaxLine - std::min(kMaxLine, line_.size()))));
    bytes.remove_prefix(size);
    if (end != std::string_view::npos) {
      while (!line_.empty() && (line_.back() == '\n' || line_.back() == '\r')) line_.pop_back();
      line();
      line_.clear();
    }
    if (garbage_ > limits_.max_garbage && state_ != State::Body) {
      state_ = State::Hopeless;
      sink_({Frame::Kind::Hopeless, "no header in " + std::to_string(garbage_) + " bytes"});
    }
  }
}

void FrameReader::line() {
  if (state_ == State::Resync) {
    if (!lower(std::string_view(line_).substr(0, 16)).starts_with("content-length")) return;
    const std::size_t colon = line_.find_first_not_of(" \t", 14);
    if (colon == line_.npos || line_[colon] != ':') return;
    state_ = State::Header;
  }
  if (line_.empty()) {
    if (has_length_) return begin_body();
    if (headers_ > 0) incident("a header without Content-Length");
    return;
  }
  const std::size_t colon = line_.find(':');
  const std::string_view name =
      colon == line_.npos ? std::string_view() : trimmed(std::string_view(line_).substr(0, colon));
  if (!is_header_name(name) || line_.size() >= kMaxLine) return incident("a line that is no header");
  ++headers_;
  header(name, trimmed(std::string_view(line_).substr(colon + 1)));
}

void FrameReader::header(std::string_view name, std::string_view value) {
  const std::string key = lower(name);
  if (key == "content-type") charset_ = charset_of(value);
  if (key != "content-length") return;
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), length_);
  if (failed != std::errc() || end != value.data() + value.size() || value.empty() ||
      length_ > std::uint64_t{1} << 63)
    return incident("Content-Length is '" + std::string(value.substr(0, 40)) + "'");
  has_length_ = true;
}

void FrameReader::begin_body() {
  state_ = State::Body;
  left_ = length_;
  body_.clear();
  garbage_ = 0;
  if (left_ == 0) end_body();
}

std::size_t FrameReader::take_body(std::string_view bytes) {
  const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  const bool skipped =
      length_ > limits_.max_body || !(charset_.empty() || charset_ == "utf-8" || charset_ == "utf8");
  const std::size_t kept =
      skipped ? std::min(size, kKeptOfSkipped - std::min(kKeptOfSkipped, body_.size())) : size;
  // Growth by half: old and new together stay below twice the body's size plus one piece.
  if (body_.size() + kept > body_.capacity())
    body_.reserve(
        std::min<std::size_t>(static_cast<std::size_t>(skipped ? kKeptOfSkipped : length_),
                              std::max(body_.size() + kept, body_.capacity() + body_.capacity() / 2)));
  body_.append(bytes.substr(0, kept));
  left_ -= size;
  if (left_ == 0) end_body();
  return size;
}

void FrameReader::end_body() {
  state_ = State::Header;
  const bool large = length_ > limits_.max_body;
  const std::string charset = std::exchange(charset_, {});
  has_length_ = false;
  headers_ = 0;
  incidents_ = 0;
  if (large) {
    sink_({Frame::Kind::TooLarge, std::exchange(body_, {})});
  } else if (!charset.empty() && charset != "utf-8" && charset != "utf8") {
    body_ = {};
    sink_({Frame::Kind::BadCharset, charset});
  } else {
    sink_({Frame::Kind::Body, std::exchange(body_, {})});
  }
}

void FrameReader::incident(std::string why) {
  state_ = State::Resync;
  has_length_ = false;
  headers_ = 0;
  charset_.clear();
  sink_({Frame::Kind::Incident, std::move(why)});
  if (++incidents_ < limits_.max_incidents) return;
  state_ = State::Hopeless;
  sink_({Frame::Kind::Hopeless, std::to_string(incidents_) + " broken headers in a row"});
}

std::string frame_header(std::size_t body_size) {
  return "Content-Length: " + std::to_string(body_size) + "\r\n\r\n";
}

}  // namespace ml::wire
