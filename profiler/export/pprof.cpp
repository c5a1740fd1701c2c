#include <zlib.h>

#include <stdexcept>
#include <unordered_map>

#include "profiler/export/frames.h"
#include "profiler/export/writers.h"

namespace ml::profiler::exports {
namespace {

// Protocol buffers, wire format: varints and length-delimited fields are all that profile.proto needs.
class Message {
 public:
  void number(std::uint32_t field, std::uint64_t value) {
    if (value == 0) return;  // the default
    varint(field << 3);
    varint(value);
  }
  void bytes(std::uint32_t field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    out_.append(value);
  }
  void message(std::uint32_t field, const Message& value) { bytes(field, value.out_); }
  void packed(std::uint32_t field, const std::vector<std::uint64_t>& values) {
    Message inner;
    for (const std::uint64_t v : values) inner.varint(v);
    message(field, inner);
  }
  const std::string& text() const { return out_; }

 private:
  void varint(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7) out_.push_back(static_cast<char>(v | 0x80));
    out_.push_back(static_cast<char>(v));
  }
  std::string out_;
};

class Strings {
 public:
  std::uint64_t id(std::string_view text) {
    const auto [at, fresh] = ids_.try_emplace(std::string(text), order_.size());
    if (fresh) order_.push_back(at->first);
    return at->second;
  }
  void put(Message& profile) const {
    for (const std::string& text : order_) profile.bytes(6, text);
  }

 private:
  std::unordered_map<std::string, std::uint64_t> ids_{{"", 0}};
  std::vector<std::string> order_{""};
};

Message value_type(Strings& strings, std::string_view type, std::string_view unit) {
  Message m;
  m.number(1, strings.id(type));
  m.number(2, strings.id(unit));
  return m;
}

std::string gzip(const std::string& data) {
  z_stream z{};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib cannot start");
  std::string out(deflateBound(&z, static_cast<uLong>(data.size())) + 32, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  z.avail_in = static_cast<uInt>(data.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int done = deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  if (done != Z_STREAM_END) throw std::runtime_error("zlib cannot compress the profile");
  return out;
}

}  // namespace

// profile.proto of github.com/google/pprof; field numbers are from there.
std::string pprof(const Profile& profile) {
  Strings strings;
  Message out;
  out.message(1, value_type(strings, "samples", "count"));
  out.message(1, value_type(strings, "wall", "nanoseconds"));
  if (profile.has_memory()) out.message(1, value_type(strings, "alloc_space", "bytes"));

  // A location is a function at a line; ids from 1.
  std::unordered_map<std::uint64_t, std::uint64_t> known;
  std::vector<std::uint64_t> location(profile.tree.size());
  Message locations;
  for (std::size_t i = 0; i < profile.tree.size(); ++i) {
    const Profile::Node& node = profile.tree[i];
    const auto [at, fresh] =
        known.try_emplace(std::uint64_t{node.function} << 32 | node.line, known.size() + 1);
    location[i] = at->second;
    if (!fresh) continue;
    Message line, m;
    line.number(1, node.function + 1u);
    line.number(2, node.line != 0 ? node.line : profile.functions[node.function].line);
    m.number(1, at->second);
    m.message(4, line);
    locations.message(4, m);
  }
  for (std::size_t i = 0; i < profile.tree.size(); ++i) {
    const Profile::Node& node = profile.tree[i];
    if (node.self_ns == 0 && node.samples == 0 && node.alloc_bytes == 0) continue;
    std::vector<std::uint64_t> stack, values{node.samples, node.self_ns};
    for (std::size_t at = i;; at = profile.tree[at].parent) {
      stack.push_back(location[at]);
      if (profile.tree[at].parent == kNone) break;
    }
    if (profile.has_memory()) values.push_back(node.alloc_bytes);
    Message sample;
    sample.packed(1, stack);
    sample.packed(2, values);
    out.message(2, sample);
  }
  std::string body = out.text() + locations.text();
  Message rest;
  for (std::size_t i = 0; i < profile.functions.size(); ++i) {
    const Profile::Function& f = profile.functions[i];
    Message m;
    m.number(1, i + 1);
    m.number(2, strings.id(f.name));
    m.number(3, strings.id(f.name));
    m.number(4, strings.id(file_of(profile, f)));
    m.number(5, f.line);
    rest.message(5, m);
  }
  rest.number(9, profile.run.started_unix_ns);
  rest.number(10, profile.elapsed_ns);
  rest.message(11, value_type(strings, "wall", "nanoseconds"));
  rest.number(12, profile.collection.interval_ns);
  rest.number(14, strings.id("wall"));
  strings.put(rest);
  return gzip(body + rest.text());
}

}  // namespace ml::profiler::exports
