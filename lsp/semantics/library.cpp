#include "lsp/semantics/library.h"

namespace ml::lsp {
namespace {

struct TypeModule {
  emit::Types type;
  std::string_view module;
};
constexpr TypeModule kModules[] = {
    {emit::kString, "$string"},   {emit::kArray, "$array"},  {emit::kObject, "$object"},
    {emit::kNumber, "$number"},   {emit::kBool, "$boolean"}, {emit::kFunction, "$function"},
    {emit::kOther, "$generator"},
};

}  // namespace

const stdlib::Entry* find_builtin(std::string_view name) {
  return stdlib::catalogue().find("builtin", "", name);
}

const stdlib::Entry* find_library_member(std::string_view module, std::string_view member) {
  return stdlib::catalogue().find(module, "", member);
}

const stdlib::Entry* find_member(emit::Types types, std::string_view member) {
  const stdlib::Entry* found = nullptr;
  for (const auto& [type, module] : kModules) {
    if (types != 0 && !(types & type)) continue;
    const stdlib::Entry* entry = stdlib::catalogue().find(module, "", member);
    if (!entry) continue;
    if (found) return nullptr;
    found = entry;
  }
  return found;
}

std::vector<const stdlib::Entry*> members_of(emit::Types types) {
  std::vector<const stdlib::Entry*> out;
  for (const auto& [type, name] : kModules) {
    if (types != 0 && !(types & type)) continue;
    const stdlib::Module* module = stdlib::catalogue().module(name);
    if (!module) continue;
    for (const stdlib::Entry& entry : module->entries) {
      if (entry.owner.empty()) out.push_back(&entry);
    }
  }
  return out;
}

std::string signature_of(const stdlib::Entry& entry) {
  if (!entry.label.empty()) return std::string(entry.label);
  std::string out(entry.name);
  if (entry.kind == stdlib::EntryKind::Function || entry.kind == stdlib::EntryKind::Method) {
    out += "(";
    for (const stdlib::Param& p : entry.params) {
      if (out.back() != '(') out += ", ";
      out += std::string(p.name) + (p.type.empty() ? "" : ": " + std::string(p.type));
      if (!p.default_value.empty()) out += " = " + std::string(p.default_value);
    }
    out += ")";
  }
  if (!entry.returns.empty()) out += " -> " + std::string(entry.returns);
  return out;
}

}  // namespace ml::lsp
