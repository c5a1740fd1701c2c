#pragma once

// What the analysis of one item yields for the link step. Private to core/sema. Nothing here depends on the
// rest of the module; it is computed once per item and shared between versions of the file.

#include <memory>
#include <mutex>
#include <vector>

#include "core/ast/module.h"
#include "core/sema/analysis.h"
#include "core/sema/taint_graph.h"
#include "core/sema/types.h"

namespace ml::sema {

inline constexpr std::uint32_t kNone = 0xffffffff;

inline std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  // Not `seed ^ value`: both are often small numbers.
  seed = (seed * 0xff51afd7ed558ccdu + value) * 0x9e3779b97f4a7c15u;
  return seed ^ (seed >> 29);
}

enum class BindKind : std::uint8_t { Parameter, Assign, Const, Pattern, Loop, Except, Function, Import };

// One place that binds a name.
struct BindingSite {
  NameId name;
  NodeId node;
  Span span;
  BindKind kind = BindKind::Assign;
  ValueType type = ValueType::Unknown;      // of the bound value
  bool direct = false;                      // a statement of the function body or top level, not in a block
  bool straight = false;                    // always runs when control passes it
  bool loop_head = false;                   // in the first part of a C-style `for`
  bool nested = false;                      // through `nonlocal`, from a function inside
  std::uint32_t sequence = 0;               // order of evaluation within the item
  const ast::Function* function = nullptr;  // the bound function, when the value is one
  const ast::ImportStmt* import = nullptr;
  std::uint32_t free = kNone;  // module variables: index into ItemSummary::free
};

// One place that reads a name.
struct Reference {
  NameId name;
  NodeId node;
  Span span;
  std::uint32_t function = 0;  // index into ItemFacts::functions
  std::uint32_t free = kNone;  // names that leave the item: index into ItemSummary::free
  std::uint32_t sequence = 0;
  bool call = false;     // `name(...)`
  bool in_try = false;   // in the `try` part of a `try` with `except`: certain failures are warnings
  bool divisor = false;  // right side of `//` (language.md 1.3)
};

// What happens to a module variable when control passes an item.
enum class PassEffect : std::uint8_t { None, MaybeAssigned, Assigned };

// A name the item uses or binds at module level.
struct FreeName {
  NameId name;
  bool read = false, called = false;
  bool inside_function = false;  // read or bound there
  PassEffect effect = PassEffect::None;
};

// A read in the item's top-level code whose outcome depends on what ran before the item.
struct EntryRead {
  std::uint32_t free = 0;
  Span span;
  bool maybe_assigned_here = false;  // some paths through the item assign the name before
  bool in_try = false;
};

// A read that comes before every assignment of the local variable; ML0204 or ML0205, as the module decides.
struct EarlyRead {
  NameId name;
  Span span;
  bool in_try = false;
};

// A name of a `nonlocal` statement.
struct OuterName {
  NodeId node;
  Span span;
  std::uint32_t free = 0;
};

// A local variable that hides a module variable if there is one (ML0213).
struct LocalName {
  NameId name;
  Span span;
};

// A construct whose check depends on the types or bindings of names.
enum class SiteKind : std::uint8_t { Binary, Unary, Call, Member, Index, ForIn, Unpack };
struct Site {
  SiteKind kind;
  bool in_try = false;
  bool assigned = false;                // Member: the target of an assignment
  const void* node = nullptr;           // Expr, or Stmt for ForIn and Unpack; Member: the end of `a.b.c`
  const ast::CallExpr* call = nullptr;  // Member: the call of it
};

// What is known of a local variable besides Variable; parallel to FunctionScope::variables.
struct LocalInfo {
  BindingSite first;
  ValueType type = ValueType::Unknown;  // of a variable with one binding
  bool uncallable = true;               // no binding binds what may be a function
  bool self = false;                    // the name of a function expression
  bool bound_inside = false;            // a nested function assigns it
  bool is_function = false;             // declared by `function`
  bool called = false;
  bool hides_outer = false;  // hides a variable of an enclosing function
  std::uint32_t reads = 0;
  std::uint32_t first_read = kNone;  // sequence of the first read in the function itself
};

struct ItemSummary {
  std::shared_ptr<const ast::Item> item;
  std::vector<FreeName> free;
  std::vector<Reference> refs;        // that leave the item
  std::vector<BindingSite> bindings;  // of module variables
  std::vector<OuterName> nonlocals;   // that lead to the top level
  std::vector<EntryRead> entry_reads;
  std::vector<EarlyRead> early_reads;
  std::vector<LocalName> locals;
  std::vector<Site> sites;                // that need the module
  std::vector<LocalInfo> local_info;      // of all functions of the item
  std::vector<std::uint32_t> local_base;  // per function: where its variables begin in local_info
  std::vector<Diagnostic> findings;       // that depend on the item alone
  mutable std::once_flag taint_made;
  mutable std::unique_ptr<const TaintGraph> taint;  // made when a module asks for it, by any thread
  bool completes = true;                            // control can pass its end
  bool broken = false;                              // has parts that did not parse

  const LocalInfo& local(FunctionId function, VariableId variable) const {
    return local_info[local_base[function.raw] + variable.raw];
  }
};

// The built-ins by NameId. One per analyze().
struct Words {
  Words(const Interner& interner, const stdlib::Catalogue& catalogue);

  bool is_builtin(NameId name) const { return builtin[name.raw] != kNotBuiltin; }
  const stdlib::Entry* entry(NameId name) const;  // null for `builtin` itself and for what is no built-in
  std::string_view text(NameId name) const { return names.text(name); }
  bool is_private(NameId name) const { return text(name).starts_with('_'); }

  static constexpr std::uint16_t kNotBuiltin = 0xffff, kBuiltinModule = 0xfffe;
  const Interner& names;
  const stdlib::Catalogue& library;
  const stdlib::Module* builtins = nullptr;
  std::vector<std::uint16_t> builtin;  // by NameId: index into the entries of module "builtin"
};

}  // namespace ml::sema
