#pragma once

// Names visible at a place, and values that a name may have been given.

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "lsp/documents/modules.h"
#include "lsp/documents/revision.h"

namespace ml::lsp {

struct VisibleName {
  std::string_view name;
  const sema::Variable* variable = nullptr;
  std::uint32_t item = 0;     // variables of functions
  sema::FunctionId function;  // whose variable; none: of the module
  sema::VariableId id;
  unsigned distance = 0;  // functions between the place and it
};

// Innermost first; inner names hide outer ones, so a name may come twice. Stops when `take` gives false.
void visible_names(const Revision& revision, ByteOffset at,
                   const std::function<bool(const VisibleName&)>& take);
std::optional<VisibleName> look_up(const Revision& revision, ByteOffset at, std::string_view name);
const sema::Variable* module_variable(const Revision& revision, std::string_view name);  // or null

// The functions around a place, outermost first: indices into ItemFacts::functions of the item.
std::vector<std::uint32_t> functions_around(const Revision& revision, std::uint32_t item, ByteOffset at);

// --- what a value may come from

// An expression of some file that makes a value: a literal, a function, or a call of what is not in sight.
struct Origin {
  std::shared_ptr<const Revision> revision;
  std::uint32_t item = 0;
  const ast::Expr* made = nullptr;  // not a name, member, or choice of two
};
// Where the value of an expression may have been made: followed through names, parameters (from calls in the
// file), members, elements, choices and results of functions. Bounded; what it does not see is left out.
std::vector<Origin> origins_of(std::shared_ptr<const Revision> revision, std::uint32_t item,
                               const ast::Expr* e, ModuleStore& modules);

struct ObjectField {
  std::string name;
  std::shared_ptr<const Revision> revision;
  std::uint32_t item = 0;
  Span span;  // of the key, in the file
  const ast::Expr* value = nullptr;
};
// The keys of the object literals among the origins, in source order.
std::vector<ObjectField> fields_of(const std::vector<Origin>& origins);

// The dotted module a NameExpr or chain of members stands for by the imports of the file, or empty.
std::string_view module_of(const Revision& revision, std::uint32_t item, const ast::Expr* e);
const Import* import_named(const Revision& revision, std::string_view dotted);  // or null

}  // namespace ml::lsp
