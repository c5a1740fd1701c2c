#pragma once

// What library functions do with their arguments and where their results come from, as far as security is
// concerned (security.md section 4: taint). Derived from the catalogue's names.

#include <cstdint>
#include <string_view>

#include "core/stdlib/catalogue.h"

namespace ml::sema {

// The part of parameter `index` (arguments beyond the last belong to a variadic last one).
enum class ArgumentRole : std::uint8_t {
  None,
  File,     // path of a file or folder that is opened, listed, made, ...
  Deleted,  // the same, of what is deleted or moved away or over
  Url,      // address of a request
  Sent,     // goes to the network with a request
  Shown,    // printed or logged
  Pattern,  // regular expression
  Cells,    // rows of a CSV file
  Setting,  // name or value of an environment variable
  Format,   // says how a value is shown
};
ArgumentRole argument_role(const stdlib::Entry& entry, std::size_t index);

constexpr bool is_path(ArgumentRole role) {
  return role == ArgumentRole::File || role == ArgumentRole::Deleted;
}

// A function of the library with this name takes paths: for what is looked at before names are known. Goes
// through the whole catalogue.
bool may_take_files(std::string_view name, const stdlib::Catalogue& library);

// Where a result comes from.
enum class Origin : std::uint8_t { None, Input, Arguments, Environment, Files, Network };
Origin result_origin(const stdlib::Entry& entry);

// The result is harmless whatever the arguments were: int, float, path.basename, regex.escape,
// http.encodeURI, and everything whose result is a truth value or a number.
bool is_cleaner(const stdlib::Entry& entry);

// The result may hold what the arguments hold.
bool passes_on(const stdlib::Entry& entry);

// A capability that programs have unless they are denied it (security.md 2.1).
bool is_default_capability(std::string_view name);

}  // namespace ml::sema
