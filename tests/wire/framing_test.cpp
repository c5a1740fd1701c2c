#include <catch2/catch.hpp>

#include "wire/framing.h"

using namespace ml::wire;
using Kind = Frame::Kind;

namespace {

std::string names(const std::vector<Frame>& frames) {
  static constexpr const char* kNames[] = {"body", "too-large", "charset", "incident", "hopeless"};
  std::string out;
  for (const Frame& frame : frames)
    out += std::string(out.empty() ? "" : " ") + kNames[static_cast<int>(frame.kind)];
  return out;
}

std::vector<Frame> read(std::string_view stream, std::size_t piece = 1 << 20, FrameLimits limits = {}) {
  std::vector<Frame> frames;
  FrameReader reader([&](Frame&& frame) { frames.push_back(std::move(frame)); }, limits);
  for (std::size_t at = 0; at < stream.size(); at += piece) reader.feed(stream.substr(at, piece));
  return frames;
}

// The bodies, whatever the pieces.
std::vector<std::string> bodies(std::string_view stream) {
  std::vector<std::string> found;
  for (const Frame& frame : read(stream)) {
    REQUIRE(frame.kind == Kind::Body);
    found.push_back(frame.bytes);
  }
  for (const std::size_t piece : {1, 2, 3, 7}) {
    std::vector<std::string> again;
    for (const Frame& frame : read(stream, piece)) again.push_back(frame.bytes);
    CHECK(again == found);
  }
  return found;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("frames are cut at Content-Length") {
  CHECK(bodies("Content-Length: 2\r\n\r\n{}Content-Length: 3\r\n\r\n[1]") == Strings{"{}", "[1]"});
  CHECK(bodies("Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\n1") == Strings{"", "1"});
}

TEST_CASE("header names in any case and order, spaces around the colon, unknown ones ignored") {
  CHECK(bodies("content-length : 2\r\n\r\n{}") == Strings{"{}"});
  CHECK(bodies("CONTENT-LENGTH:2\r\n\r\n{}") == Strings{"{}"});
  CHECK(bodies("X-Other: a: b\r\nContent-Length:   2  \r\nMore: 1\r\n\r\n{}") == Strings{"{}"});
  CHECK(bodies("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}") ==
        Strings{"{}"});
}

TEST_CASE("bare line feeds are accepted") { CHECK(bodies("Content-Length: 2\n\n{}") == Strings{"{}"}); }

TEST_CASE("charsets: utf-8, utf8 and none; others skip the body") {
  const auto with = [](const std::string& charset) {
    return "Content-Length: 2\r\nContent-Type: application/vscode-jsonrpc; charset=" + charset +
           "\r\n\r\n{}Content-Length: 1\r\n\r\n1";
  };
  CHECK(names(read(with("utf8"))) == "body body");
  CHECK(names(read(with("\"UTF-8\""))) == "body body");
  const auto other = read(with("utf-16"));
  CHECK(names(other) == "charset body");
  CHECK(other[0].bytes == "utf-16");
  CHECK(names(read("Content-Length: 1\r\nContent-Type: text/plain\r\n\r\n1")) == "body");
}

TEST_CASE("broken lengths are one incident each and reading goes on at the next header") {
  for (const std::string length :
       {"-1", "abc", "", "1.5", "0x10", "99999999999999999999", "9223372036854775809"}) {
    INFO(length);
    const auto frames = read("Content-Length: " + length + "\r\n\r\n{\"a\":1}\nContent-Length: 2\r\n\r\n{}");
    CHECK(names(frames) == "incident body");
    CHECK(frames.back().bytes == "{}");
  }
  CHECK(names(read("Other: 1\r\n\r\n{}\r\nContent-Length: 2\r\n\r\n{}")) == "incident body");
  CHECK(names(read("{\"jsonrpc\": 1}\nnoise\ncontent-length: 2\r\n\r\n{}")) == "incident body");
}

TEST_CASE("eight incidents in a row are hopeless, a good body starts the count anew") {
  std::string bad;
  for (int i = 0; i < 7; ++i) bad += "Content-Length: x\r\n\r\n";
  const std::string good = "Content-Length: 2\r\n\r\n{}";
  CHECK(read(bad + good + bad + good).back().kind == Kind::Body);
  const auto frames = read(bad + "Content-Length: x\r\n\r\n" + good);
  CHECK(frames.size() == 9);
  CHECK(frames.back().kind == Kind::Hopeless);
}

TEST_CASE("a MiB without a header is hopeless") {
  const std::string line(100, 'x');
  std::string noise;
  while (noise.size() <= (1 << 20)) noise += line + "\n";
  CHECK(names(read(noise)) == "incident hopeless");
  CHECK(names(read(std::string((1 << 20) + 1, 'x'))) == "hopeless");
  CHECK(names(read(noise.substr(0, 1 << 19) + "\nContent-Length: 2\r\n\r\n{}")) == "incident body");
}

TEST_CASE("a body over the limit is skipped and its beginning kept") {
  FrameLimits limits;
  limits.max_body = 100'000;
  std::string large = "Content-Length: 100001\r\n\r\n{\"seq\":1" + std::string(100'001 - 8, ' ');
  for (const std::size_t piece : {1000, 1 << 20}) {
    const auto frames = read(large + "Content-Length: 2\r\n\r\n{}", piece, limits);
    CHECK(names(frames) == "too-large body");
    CHECK(frames[0].bytes.size() == 64 << 10);
    CHECK(frames[0].bytes.starts_with("{\"seq\":1"));
  }
}

TEST_CASE("a large promise takes no memory until the bytes come") {
  FrameReader reader([](Frame&&) { FAIL("no frame yet"); });
  reader.feed("Content-Length: 500000000\r\n\r\n{");
  CHECK(reader.incomplete());
}

TEST_CASE("written headers end in CRLF") { CHECK(frame_header(12) == "Content-Length: 12\r\n\r\n"); }
