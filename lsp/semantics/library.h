#pragma once

// The standard library as features ask for it (core/stdlib/catalogue.h).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/emit/types.h"
#include "core/stdlib/catalogue.h"

namespace ml::lsp {

const stdlib::Entry* find_builtin(std::string_view name);                                    // or null
const stdlib::Entry* find_library_member(std::string_view module, std::string_view member);  // or null
// The member of a value that has one of `types`; null when no type or more than one entry fits.
const stdlib::Entry* find_member(emit::Types types, std::string_view member);
// Members every value of these types may have, for completion: "$string" and so on; all types when 0.
std::vector<const stdlib::Entry*> members_of(emit::Types types);

// The signatures of a module (or of the members of values, "$string") as a document to read, for
// `ml/virtualText`; empty when there is no such module. Its URI is "ml-stdlib:/math".
std::string library_text(std::string_view module);
std::string library_uri(std::string_view module);
std::uint32_t library_line(const stdlib::Entry& entry);  // of the entry in that text, from 0

// "string", "array", ... of "$string" and so on; other names as they are.
std::string_view title_of_module(std::string_view module);

// The class of the entry's module that a call of it gives, as its members; empty when it gives none.
std::vector<const stdlib::Entry*> members_of_result(const stdlib::Entry& entry);

// "sqrt(x: num) -> float": the label, else made from the parameters.
std::string signature_of(const stdlib::Entry& entry);

}  // namespace ml::lsp
