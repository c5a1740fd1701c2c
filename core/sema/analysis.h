#pragma once

// What the analysis knows about one module. The emitter and the editor features read it; nothing changes it.
// Sema is incremental: facts that depend on an item alone are computed once per item (ItemFacts, shared
// between versions of the file), and a link step per version joins them. Nothing here may be quadratic in the
// file.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/stdlib/catalogue.h"

namespace ml::sema {

// Where a name leads.
enum class NameUse : std::uint8_t {
  Local,      // variable of the function the name stands in
  Enclosing,  // variable of an enclosing function (a closure cell)
  Module,     // top-level variable
  Builtin,    // built-in of the language, no user binding visible
  Host,       // provided by the host
  Unknown,    // nobody binds it: a NameError when it is called
};

enum class VariableKind : std::uint8_t { Variable, Parameter, Function, Import, Loop, Except };

using VariableId =
    Id<struct VariableTag>;  // index into FunctionScope::variables, or Analysis::module_variables
using FunctionId = Id<struct FunctionTag>;  // index into ItemFacts::functions; none = the top level

struct Variable {
  NameId name;
  VariableKind kind = VariableKind::Variable;  // of its first binding
  bool is_const = false;
  bool captured = false;       // read or bound from a nested function (module variables: from any function)
  bool hoisted = false;        // a function declaration bound at scope entry (language.md 3.4)
  bool hides_builtin = false;  // has a built-in's name
  std::uint32_t bindings = 0;  // places that bind it, nested `nonlocal` assignments included
  // The function it is always bound to: exactly one binding, a declaration or `x = fn...` / `x = y => ...`.
  const ast::Function* function = nullptr;
  Span first_binding;
};

// One function, or the top-level code of an item (always ItemFacts::functions[0], with `function` null).
struct FunctionScope {
  const ast::Function* function = nullptr;  // null for the item's top-level code
  FunctionId parent;                        // none: directly at top level
  // Parameters first, in order; empty for top-level code. The name of a function expression is a variable of
  // that function itself (kind Function, `function` the function itself), unless a parameter or assignment in
  // it binds the name too; such a name is visible only inside.
  std::vector<Variable> variables;
  std::vector<NameId> globals;    // names `nonlocal` leads to the top level
  std::vector<NameId> nonlocals;  // names `nonlocal` leads to an enclosing function
};

struct NameRef {
  NameUse use = NameUse::Unknown;
  FunctionId owner;     // Local, Enclosing: whose variable
  VariableId variable;  // Local, Enclosing: in that function; Module: in Analysis::module_variables
};

struct ItemSummary;   // core/sema/summary.h
struct ChunkSummary;  // core/sema/chunk.h

// A place that reads a library function which needs a capability that nobody has by default.
struct LibraryUse {
  const stdlib::Entry* entry = nullptr;
  Span span;  // relative to the item
};

// What one item says of itself. Outer functions come before inner ones.
struct ItemFacts {
  std::vector<FunctionScope> functions;
  std::vector<FunctionId> function_of;  // by ast::Function::id
  std::vector<NameRef> names;           // by NodeId of a NameExpr or Binding

  // For the link step of this and later versions; no concern of other readers.
  std::shared_ptr<const ItemSummary> summary;  // what depends on the item alone; keeps the item alive
  std::vector<std::uint64_t> environment;  // what the module said of the item's free names when it was linked
  std::vector<Diagnostic> linked_findings;  // findings that depend on `environment`, relative to the item
  std::vector<std::uint32_t> unknown_refs;  // indices into the summary's refs that nobody binds
  std::vector<LibraryUse> uses;             // of library functions that need a grant
};

// The facts of an ast::ItemChunk, shared between versions.
struct FactsChunk {
  std::vector<std::shared_ptr<const ItemFacts>> facts;

  // For the link step of this and later versions.
  std::shared_ptr<const ChunkSummary> summary;
  std::vector<std::uint64_t> environment;  // as in ItemFacts, of all items together
  std::vector<std::uint32_t> with_findings, with_unknown, with_uses;  // items that have some

  std::size_t size() const { return facts.size(); }
  struct Place {};
  const std::shared_ptr<const ItemFacts>& at(std::size_t index, Place) const { return facts[index]; }
};

// How an import was found; the caller does the looking (core does no input or output).
struct ImportedModule {
  enum class Kind : std::uint8_t { Library, User, NotFound, Cycle, Broken } kind = Kind::NotFound;
  std::vector<std::string> exports;  // User: top-level names
  std::string detail;         // NotFound: places tried and close names; Cycle: the chain; Broken: findings
  bool leaves_roots = false;  // NotFound: there is a file, but a link leads it out of the import roots
  bool hides_user_module = false;  // Library: a user file of that name exists (ML0604)
};
using ImportResolver = std::function<ImportedModule(std::string_view dotted)>;

struct AnalyzeOptions {
  std::vector<std::string> host_names;  // top-level variables the host provides
  bool interactive = false;             // unknown names count as host-provided
};

struct Analysis {
  ChunkedList<FactsChunk, FactsChunk::Place> items;  // parallel to Module::items, in the same chunks
  std::vector<Variable> module_variables;            // top-level variables, imports included
  std::vector<Diagnostic> diagnostics;               // file offsets, source order; syntax findings included
  bool incomplete = false;  // a security finding stands for an error: the program cannot be compiled anyway

  // Errors of the language; what security says is a matter of its own (core/diag/security.h).
  bool has_errors() const;
};

// What the security checks took (profiler-reports.md 1.1). Of two threads at once it is half of both.
struct SecurityTimes {
  std::uint64_t patterns_ns = 0;   // of items by themselves, and of capabilities
  std::uint64_t data_flow_ns = 0;  // of tainted data
};

// Pure. `previous` (may be null) is an earlier result for an earlier version of the same module: items that
// both versions share are not analysed again. `times` (may be null) is added to.
Analysis analyze(const ast::Module& module, Interner& names, const stdlib::Catalogue& library,
                 const ImportResolver& resolve, const AnalyzeOptions& options, const Analysis* previous,
                 SecurityTimes* times = nullptr);

}  // namespace ml::sema
