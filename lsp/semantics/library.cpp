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

namespace {

// Every line of the text and the entry it is about.
template <class Take>
void write_library(const stdlib::Module& module, Take&& take) {
  take("// " + std::string(title_of_module(module.name)) + ": " + std::string(module.doc), nullptr);
  for (const stdlib::Entry& entry : module.entries) {
    take("", nullptr);
    take("// " + std::string(entry.doc), nullptr);
    const std::string owner = entry.owner.empty() ? "" : std::string(entry.owner) + ".";
    take(owner + signature_of(entry), &entry);
  }
}

}  // namespace

std::string library_text(std::string_view name) {
  std::string out;
  if (const stdlib::Module* module = stdlib::catalogue().module(name))
    write_library(*module, [&](const std::string& line, const stdlib::Entry*) { out += line + "\n"; });
  return out;
}

std::uint32_t library_line(const stdlib::Entry& wanted) {
  std::uint32_t line = 0, found = 0;
  if (const stdlib::Module* module = stdlib::catalogue().module(wanted.module)) {
    write_library(*module, [&](const std::string&, const stdlib::Entry* entry) {
      if (entry == &wanted) found = line;
      ++line;
    });
  }
  return found;
}

std::string library_uri(std::string_view module) {
  return "ml-stdlib:/" + std::string(title_of_module(module));
}

std::string_view title_of_module(std::string_view module) {
  return module.starts_with('$') ? module.substr(1) : module;
}

std::vector<const stdlib::Entry*> members_of_result(const stdlib::Entry& entry) {
  std::vector<const stdlib::Entry*> out;
  const stdlib::Module* module = stdlib::catalogue().module(entry.module);
  if (!module || entry.returns.empty()) return out;
  for (const stdlib::Entry& other : module->entries) {
    if (other.owner == entry.returns) out.push_back(&other);
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
