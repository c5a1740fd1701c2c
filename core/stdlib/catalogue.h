#pragma once

// The catalogue of the standard library (stdlib-core.md section 13): every built-in, library module, library
// class and member of ML's own values, with signatures, one-line docs and capabilities. Generated at build
// time from core/stdlib/modules/*.json, the only place where they are written; the Python runtime reads the
// same files. All views point into static storage.

#include <cstdint>
#include <span>
#include <string_view>

namespace ml::stdlib {

struct Param {
  std::string_view name, type, default_value, doc;  // default_value: ML source text, empty when there is none
  bool optional = false, variadic = false;
};

enum class EntryKind : std::uint8_t { Function, Method, Property, Constant, Class };

struct Entry {
  std::string_view module;  // "math", "builtin", or "$string" "$array" "$object" "$number" "$boolean"
                            // "$function" "$generator"
  std::string_view owner;   // class name, or empty
  std::string_view name;
  EntryKind kind = EntryKind::Function;
  std::string_view label, returns, doc, value, alias_of;
  std::span<const Param> params;
  std::span<const std::string_view> capabilities;
  // Over all forms of the function (`range` has two). max 65535: any number.
  std::uint16_t min_arguments = 0, max_arguments = 0;
};

struct Module {
  std::string_view name, doc, version;
  std::span<const Entry> entries;  // sorted by (owner, name)
};

class Catalogue {
 public:
  // `modules` sorted by name.
  constexpr explicit Catalogue(std::span<const Module> modules) : modules_(modules) {}
  const Module* module(std::string_view name) const;  // null when unknown
  // Member of a module (owner empty) or of a class; null when unknown. Classes themselves are not members:
  // they are only listed in Module::entries.
  const Entry* find(std::string_view module, std::string_view owner, std::string_view name) const;
  bool is_builtin(std::string_view name) const;      // a global built-in function
  bool is_member_name(std::string_view name) const;  // a member of any ML value type ("$..." modules)
  std::span<const Module> modules() const { return modules_; }

 private:
  std::span<const Module> modules_;
};

// The catalogue compiled into this program.
const Catalogue& catalogue();

// The same catalogue as the JSON of stdlib-core.md section 13, for `mlpy stdlib-catalogue --json` and
// editors.
std::string_view catalogue_json();

}  // namespace ml::stdlib
