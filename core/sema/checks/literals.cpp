#include "core/sema/checks/literals.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <unordered_set>
#include <vector>

namespace ml::sema {

using namespace ast;

namespace {

// One text per key of the object; numbers by value. Ints beyond 2^53 are compared digit by digit.
std::string number_key(std::string_view text) {
  int base = 10;
  if (text.size() > 2 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : mark == 'o' ? 8 : 10;
  }
  std::uint64_t integer = 0;
  const std::string_view digits = base == 10 ? text : text.substr(2);
  const auto whole = std::from_chars(digits.data(), digits.data() + digits.size(), integer, base);
  if (whole.ec == std::errc{} && whole.ptr == digits.data() + digits.size()) return std::to_string(integer);
  if (digits.find_first_not_of("0123456789") == digits.npos) {
    return std::string(digits.substr(std::min(digits.find_first_not_of('0'), digits.size())));
  }
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (value < 9007199254740992.0 && value == static_cast<double>(static_cast<std::uint64_t>(value))) {
    return std::to_string(static_cast<std::uint64_t>(value));
  }
  return std::string(text);
}

}  // namespace

void check_duplicate_keys(const ObjectExpr& object, DiagSink& sink) {
  if (object.properties.size() < 2) return;
  if (object.properties.size() <= 4) {  // the usual object: no table
    bool alike = false;
    for (std::size_t i = 0; i < object.properties.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const Property &a = object.properties[i], &b = object.properties[j];
        alike = alike || a.key == b.key ||
                (a.key_kind == Property::Key::Number && b.key_kind == Property::Key::Number);
      }
    }
    if (!alike) return;
  }
  std::unordered_set<std::string> seen;
  for (const Property& property : object.properties) {
    const bool is_number = property.key_kind == Property::Key::Number;
    if (!seen.insert(is_number ? "#" + number_key(property.key) : "$" + std::string(property.key)).second) {
      sink.emit(diag::DuplicateKey, property.key_span, property.key);
    }
  }
}

void check_duplicate_names(std::span<const Binding> names, const Words& words, DiagSink& sink) {
  if (names.size() < 2) return;
  std::vector<const Binding*> sorted;
  for (const Binding& name : names) {
    if (name.name) sorted.push_back(&name);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Binding* a, const Binding* b) { return a->name < b->name; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i]->name == sorted[i - 1]->name) {
      sink.emit(diag::DuplicatePatternName, sorted[i]->span, words.text(sorted[i]->name));
    }
  }
}

}  // namespace ml::sema
