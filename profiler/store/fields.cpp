#include "profiler/store/fields.h"

namespace ml::profiler::store {

namespace json = boost::json;

Fields::Fields(const json::value& value, std::string_view table, std::size_t row)
    : object_(value.if_object()), table_(table), row_(row) {
  if (object_ != nullptr) return;
  std::string where = table.empty() ? "the document" : std::string(table);
  if (row != kNoRow) where += '[' + std::to_string(row) + ']';
  throw Invalid{where + " is not an object"};
}

void Fields::fail(std::string_view name, const std::string& why) const {
  std::string where(table_);
  if (row_ != kNoRow) where += '[' + std::to_string(row_) + ']';
  if (!where.empty()) where += '.';
  throw Invalid{where + std::string(name) + ' ' + why};
}

const json::value* Fields::find(std::string_view name) const {
  // Members mostly stand in the order in which they are asked for, and there are millions of them.
  const auto* member = object_->begin() + next_;
  if (member == object_->end() || member->key() != name) member = object_->find(name);
  if (member == object_->end()) return nullptr;
  next_ = static_cast<std::size_t>(member - object_->begin()) + 1;
  return member->value().is_null() ? nullptr : &member->value();
}

const json::value& Fields::need(std::string_view name) const {
  const json::value* value = find(name);
  if (value == nullptr) fail(name, "is missing");
  return *value;
}

std::uint64_t Fields::to_number(std::string_view name, const json::value& value) const {
  std::uint64_t number = kMaxNumber;
  if (const std::int64_t* i = value.if_int64(); i != nullptr && *i >= 0)
    number = static_cast<std::uint64_t>(*i);
  else if (const std::uint64_t* u = value.if_uint64(); u != nullptr)
    number = *u;
  else if (const double* d = value.if_double();  // JSON does not tell 5 from 5.0 and 5e0
           d != nullptr && *d >= 0 && *d < 9e15 && *d == static_cast<double>(static_cast<std::uint64_t>(*d)))
    number = static_cast<std::uint64_t>(*d);
  else
    fail(name, "is not a whole number, 0 or more");
  if (number >= kMaxNumber) fail(name, "is too large");
  return number;
}

std::uint32_t Fields::to_small(std::string_view name, std::uint64_t value) const {
  if (value >= kNone) fail(name, "is too large");
  return static_cast<std::uint32_t>(value);
}

std::string Fields::to_text(std::string_view name, const json::value& value) const {
  const json::string* text = value.if_string();
  if (text == nullptr) fail(name, "is not a string");
  return std::string(text->data(), text->size());
}

std::uint64_t Fields::number(std::string_view name) const { return to_number(name, need(name)); }

std::uint64_t Fields::number(std::string_view name, std::uint64_t otherwise) const {
  const json::value* value = find(name);
  return value == nullptr ? otherwise : to_number(name, *value);
}

std::uint32_t Fields::small(std::string_view name) const { return to_small(name, number(name)); }

std::uint32_t Fields::small(std::string_view name, std::uint32_t otherwise) const {
  return to_small(name, number(name, otherwise));
}

std::optional<int> Fields::exit_code(std::string_view name) const {
  const json::value* value = find(name);
  if (value == nullptr) return std::nullopt;
  const std::int64_t* code = value->if_int64();
  if (code == nullptr || *code < -0x7fffffff || *code > 0x7fffffff) fail(name, "is not an exit code");
  return static_cast<int>(*code);
}

std::uint32_t Fields::index(std::string_view name, std::size_t size) const {
  const std::uint64_t i = number(name);
  if (i >= size) fail(name, "is " + std::to_string(i) + ", beyond the table's end");
  return static_cast<std::uint32_t>(i);
}

std::uint32_t Fields::index_or_null(std::string_view name, std::size_t size) const {
  return has(name) ? index(name, size) : kNone;
}

std::string Fields::text(std::string_view name) const { return to_text(name, need(name)); }

std::string Fields::text(std::string_view name, std::string_view otherwise) const {
  const json::value* value = find(name);
  return value == nullptr ? std::string(otherwise) : to_text(name, *value);
}

bool Fields::flag(std::string_view name, bool otherwise) const {
  const json::value* value = find(name);
  if (value == nullptr) return otherwise;
  const bool* flag = value->if_bool();
  if (flag == nullptr) fail(name, "is neither true nor false");
  return *flag;
}

const json::array* Fields::rows_if(std::string_view name) const {
  const json::value* value = find(name);
  if (value == nullptr) return nullptr;
  const json::array* rows = value->if_array();
  if (rows == nullptr) fail(name, "is not an array");
  return rows;
}

const json::array& Fields::rows(std::string_view name) const {
  need(name);
  return *rows_if(name);
}

std::vector<std::string> Fields::texts(std::string_view name) const {
  std::vector<std::string> texts;
  if (const json::array* list = rows_if(name))
    for (const json::value& value : *list) texts.push_back(to_text(name, value));
  return texts;
}

std::vector<std::uint32_t> Fields::numbers(std::string_view name) const {
  std::vector<std::uint32_t> numbers;
  if (const json::array* list = rows_if(name)) {
    numbers.reserve(list->size());
    for (const json::value& value : *list) numbers.push_back(to_small(name, to_number(name, value)));
  }
  return numbers;
}

Fields Fields::object(std::string_view name) const { return Fields(need(name), name); }

}  // namespace ml::profiler::store
