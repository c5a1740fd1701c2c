#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/model/profile.h"

// Reading JSON objects of a shape that is given: used by read.cpp and fill.cpp only.
namespace ml::profiler::store {

// Why a file cannot be read; thrown and caught inside read_mlprof.
struct Invalid {
  std::string why;
};

// No number of a real run reaches this, and the sum of a million of them cannot overflow.
inline constexpr std::uint64_t kMaxNumber = std::uint64_t{1} << 60;

// The members of one object. Every function throws Invalid, naming the member, if a required one is missing
// or its type is wrong. A member that is null counts as missing.
class Fields {
 public:
  // `where` is the way to the object: "functions[3]", or empty for the document itself.
  Fields(const boost::json::value& value, std::string_view table, std::size_t row = kNoRow);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::uint64_t number(std::string_view name) const;  // required
  std::uint64_t number(std::string_view name, std::uint64_t otherwise) const;
  std::uint32_t small(std::string_view name) const;  // required; 32 bits
  std::uint32_t small(std::string_view name, std::uint32_t otherwise) const;
  std::optional<int> exit_code(std::string_view name) const;                   // null allowed
  std::uint32_t index(std::string_view name, std::size_t size) const;          // required, below `size`
  std::uint32_t index_or_null(std::string_view name, std::size_t size) const;  // kNone: null or missing
  std::string text(std::string_view name) const;                               // required
  std::string text(std::string_view name, std::string_view otherwise) const;
  bool flag(std::string_view name, bool otherwise) const;
  std::vector<std::string> texts(std::string_view name) const;      // missing: none
  std::vector<std::uint32_t> numbers(std::string_view name) const;  // missing: none
  const boost::json::array& rows(std::string_view name) const;      // required
  const boost::json::array* rows_if(std::string_view name) const;
  Fields object(std::string_view name) const;                   // required
  const boost::json::value* find(std::string_view name) const;  // null and missing: nullptr

  // The place of the word in `words`, as an enumeration; required.
  template <class Enum, std::size_t N>
  Enum word(std::string_view name, const std::array<std::string_view, N>& words) const {
    const std::string value = text(name);
    for (std::size_t i = 0; i < N; ++i)
      if (words[i] == value) return static_cast<Enum>(i);
    fail(name, "is '" + value.substr(0, 40) + "', which this version does not know");
  }
  template <class Enum, std::size_t N>
  Enum word(std::string_view name, const std::array<std::string_view, N>& words, Enum otherwise) const {
    return has(name) ? word<Enum>(name, words) : otherwise;
  }

  [[noreturn]] void fail(std::string_view name, const std::string& why) const;

 private:
  static constexpr std::size_t kNoRow = ~std::size_t{0};
  const boost::json::value& need(std::string_view name) const;
  std::uint64_t to_number(std::string_view name, const boost::json::value& value) const;
  std::uint32_t to_small(std::string_view name, std::uint64_t value) const;
  std::string to_text(std::string_view name, const boost::json::value& value) const;

  const boost::json::object* object_ = nullptr;
  mutable std::size_t next_ = 0;  // behind the member that was asked for last
  std::string_view table_;
  std::size_t row_;
};

}  // namespace ml::profiler::store
