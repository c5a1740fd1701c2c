#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ml::profiler::store {

// A text as it stands in a JSON string: zstd, then base64.
std::string pack_text(std::string_view text);

// The reverse; none if the bytes are damaged or the text is larger than `limit` bytes.
std::optional<std::string> unpack_text(std::string_view packed, std::size_t limit);

bool is_gzip(std::string_view bytes);

// None: damaged, cut short, or larger than `limit` bytes.
std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit);

// RFC 3339, in UTC: "2026-11-21T09:15:02Z", with nine decimals unless they are zero.
std::string rfc3339(std::uint64_t unix_ns);

// Any offset; decimals beyond nanoseconds are dropped. None: no such time, or before 1970.
std::optional<std::uint64_t> from_rfc3339(std::string_view text);

}  // namespace ml::profiler::store
