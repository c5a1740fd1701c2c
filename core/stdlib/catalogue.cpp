#include "core/stdlib/catalogue.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace ml::stdlib {
namespace {

#include "core/stdlib/catalogue_tables.inc"

auto key_of(const Entry& entry) { return std::tuple(entry.owner, entry.name); }

template <class Range>
bool holds(const Range& sorted, std::string_view name) {
  return std::binary_search(std::begin(sorted), std::end(sorted), name);
}

}  // namespace

const Module* Catalogue::module(std::string_view name) const {
  const auto found = std::ranges::lower_bound(modules_, name, {}, &Module::name);
  return found != modules_.end() && found->name == name ? &*found : nullptr;
}

const Entry* Catalogue::find(std::string_view module_name, std::string_view owner,
                             std::string_view name) const {
  const Module* owner_module = module(module_name);
  if (owner_module == nullptr) return nullptr;
  const std::tuple key(owner, name);
  const auto found = std::ranges::lower_bound(owner_module->entries, key, {}, key_of);
  const bool is_member =
      found != owner_module->entries.end() && key_of(*found) == key && found->kind != EntryKind::Class;
  return is_member ? &*found : nullptr;
}

bool Catalogue::is_builtin(std::string_view name) const { return holds(kBuiltins, name); }

bool Catalogue::is_member_name(std::string_view name) const { return holds(kMemberNames, name); }

const Catalogue& catalogue() {
  static constexpr Catalogue kCatalogue{std::span(kModules)};
  return kCatalogue;
}

std::string_view catalogue_json() { return kJson; }

}  // namespace ml::stdlib
