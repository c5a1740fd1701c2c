#pragma once

// JSON as it crosses the wire (editor-protocols.md 1.2). Text inside is WTF-8: an escape of a lone surrogate
// becomes its three bytes, so that offsets stay equal to the client's, and is written as an escape again.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ml::wire {

namespace json = boost::json;

inline json::string_view sv(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view sv(const json::string& text) { return {text.data(), text.size()}; }

inline constexpr std::size_t kMaxDepth = 512;

// The value of a text, or nothing and what is wrong with it. A byte order mark is skipped; of duplicate keys
// the last one wins; invalid UTF-8 and nesting beyond kMaxDepth are errors.
std::optional<json::value> parse_json(std::string_view text, std::string& problem);

// One line, valid UTF-8 whatever the strings hold.
std::string write_json(const json::value& value);

// For JSON that is written without a json::value.
void append_number(std::string& to, std::uint32_t number);
void append_string(std::string& to, std::string_view text);  // with its quotes

// The integer a number means: also `1.0`. Nothing for other values, fractions and what needs more than 64
// bits.
std::optional<std::int64_t> integer_of(const json::value& value);

}  // namespace ml::wire
