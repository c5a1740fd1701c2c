#include "profiler/store/packing.h"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace ml::profiler::store {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += k <= n ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::array<std::int8_t, 256> values;
  values.fill(-1);
  for (std::size_t i = 0; i < kDigits.size(); ++i)
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const std::int8_t value = values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xff);
  }
  return bytes;
}

}  // namespace

std::string pack_text(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return to_base64(packed);
}

std::optional<std::string> unpack_text(std::string_view packed, std::size_t limit) {
  const auto bytes = from_base64(packed);
  if (!bytes) return std::nullopt;
  std::string text;
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ZSTD_inBuffer in{bytes->data(), bytes->size(), 0};
  std::size_t left = 1;
  while (left != 0 && text.size() <= limit) {
    const std::size_t before = text.size();
    text.resize(before + ZSTD_DStreamOutSize());
    ZSTD_outBuffer out{text.data() + before, text.size() - before, 0};
    left = ZSTD_decompressStream(context, &out, &in);
    text.resize(before + out.pos);
    if (ZSTD_isError(left) || (left != 0 && out.pos == 0 && in.pos == in.size)) break;
  }
  ZSTD_freeDCtx(context);
  if (left != 0 || in.pos != in.size || text.size() > limit) return std::nullopt;
  return text;
}

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit) {
  z_stream z{};
  if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) return std::nullopt;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  int status = Z_OK;
  while (status == Z_OK && text.size() <= limit) {
    const std::size_t before = text.size();
    text.resize(before + (std::size_t{1} << 16));
    z.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    z.avail_out = static_cast<uInt>(text.size() - before);
    status = inflate(&z, Z_NO_FLUSH);
    text.resize(text.size() - z.avail_out);
  }
  inflateEnd(&z);
  if (status != Z_STREAM_END || text.size() > limit) return std::nullopt;
  return text;
}

std::string rfc3339(std::uint64_t unix_ns) {
  using namespace std::chrono;
  const sys_seconds time{seconds{static_cast<std::int64_t>(unix_ns / 1'000'000'000)}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  char text[64];
  int n = snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                   static_cast<int>(clock.seconds().count()));
  std::string result(text, static_cast<std::size_t>(n));
  if (const auto rest = static_cast<unsigned>(unix_ns % 1'000'000'000); rest != 0) {
    n = snprintf(text, sizeof text, ".%09u", rest);
    result.append(text, static_cast<std::size_t>(n));
  }
  return result + 'Z';
}

std::optional<std::uint64_t> from_rfc3339(std::string_view text) {
  using namespace std::chrono;
  bool ok = true;
  const auto number = [&](std::size_t digits) {
    int value = 0;
    if (text.size() < digits) return ok = false, 0;
    for (const char c : text.substr(0, digits))
      ok = ok && c >= '0' && c <= '9', value = value * 10 + (c - '0');
    text.remove_prefix(digits);
    return value;
  };
  const auto mark = [&](std::string_view any) {
    if (text.empty() || any.find(text[0]) == std::string_view::npos) return ok = false, '\0';
    const char c = text[0];
    text.remove_prefix(1);
    return c;
  };
  const int y = number(4);
  mark("-");
  const int month_of = number(2);
  mark("-");
  const int day_of = number(2);
  mark("Tt ");
  const int hour = number(2);
  mark(":");
  const int minute = number(2);
  mark(":");
  const int second = number(2);
  std::int64_t nanoseconds_of = 0;
  if (ok && text.starts_with('.')) {
    text.remove_prefix(1);
    std::int64_t unit = 100'000'000;
    if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10)
      nanoseconds_of += unit * (text[0] - '0');
  }
  int offset = 0;
  if (const char sign = mark("Zz+-"); sign == '+' || sign == '-') {
    offset = number(2) * 60;
    mark(":");
    offset = (offset + number(2)) * (sign == '-' ? -1 : 1);
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(month_of)},
                            day{static_cast<unsigned>(day_of)}};
  if (!ok || !text.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const sys_seconds time = sys_days{date} + hours{hour} + minutes{minute} + seconds{second} - minutes{offset};
  const std::int64_t since = time.time_since_epoch().count();
  if (since < 0 || since > 18'000'000'000) return std::nullopt;
  return static_cast<std::uint64_t>(since) * 1'000'000'000 + static_cast<std::uint64_t>(nanoseconds_of);
}

}  // namespace ml::profiler::store
