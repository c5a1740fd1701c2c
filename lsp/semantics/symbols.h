#pragma once

// What the name under the cursor is, where it is bound and used: in the file and across files. For
// definition, references, highlight, rename, hover, call hierarchy.
//
//   if (const auto at = symbol_at(revision, offset)) {
//     definitions_of(*at, revision, modules)            // places
//     occurrences_in(revision, at->symbol)              // this file
//     references_to(at->symbol, revision, modules, stop)  // all files
//   }
//
// Pure functions of revisions; safe from any thread. Spans are offsets of the file they belong to.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/stdlib/catalogue.h"
#include "lsp/documents/modules.h"
#include "lsp/documents/revision.h"
#include "wire/stop.h"

namespace ml::lsp {

struct Symbol {
  enum class Kind : std::uint8_t {
    Local,    // variable of a function: `item`, `function`, `variable` (of one revision)
    Global,   // variable of a module: `file`, `name`
    Builtin,  // `entry` (null for `builtin` itself)
    Library,  // member of a library module: `entry`
    Field,    // member of a value, known by name only; `entry` when its type has a member of that name
    Unknown,  // a name nobody binds
  } kind = Kind::Unknown;
  std::string name;
  std::string file;  // key of the file that binds it; Field, Unknown: that uses it
  sema::VariableKind variable_kind = sema::VariableKind::Variable;  // Local, Global
  std::uint32_t item = 0;
  sema::FunctionId function;
  sema::VariableId variable;
  const stdlib::Entry* entry = nullptr;
  // Globals that are imports: the module.
  std::string module_name, module_file;  // dotted; key, empty for library modules
};

struct SymbolAt {
  Symbol symbol;
  Span span;  // of the name
  std::uint32_t item = 0;
  NodeId node;                            // of the NameExpr, Binding or MemberExpr
  const ast::Expr* expression = nullptr;  // NameExpr or MemberExpr; null for bindings
  bool binds = false;
};

// The name that touches the offset (also directly behind it).
std::optional<SymbolAt> symbol_at(const Revision& revision, ByteOffset at);

struct Occurrence {
  Span span;
  bool write = false;        // binds or assigns
  bool declaration = false;  // the first binding
  Mark mark;                 // of closed files that were not read for this; else not `ascii`
};
// In source order. Field: every member and key of that name.
std::vector<Occurrence> occurrences_in(const Revision& revision, const Symbol& symbol);

struct Place {
  std::string file;  // key
  Span span;         // of the name
};
// Empty for built-ins and library members. An import leads to the module's file, from its beginning. A member
// of a value leads to the keys of the literals it may come from (scope.h), else to every key of that name.
std::vector<Place> definitions_of(const SymbolAt& at, const Revision& revision, ModuleStore& modules);

struct FileOccurrences {
  std::string file;
  std::vector<Occurrence> occurrences;
};
// The file of the symbol first; files that do not mention it are left out. Looks at the index: complete when
// the workspace has been read. Closed files are read anew only if they changed since. Throws wire::Stopped.
std::vector<FileOccurrences> references_to(const Symbol& symbol, const Revision& revision,
                                           ModuleStore& modules, const wire::StopFlag& stop);

// Calls `take(item)` once for each item whose text holds the word, in order. A search of the text: the other
// items are not visited.
void for_items_with(const Revision& revision, std::string_view word,
                    const std::function<void(std::uint32_t)>& take);

// The item that holds the offset; the last one that begins before it. None: before the first.
std::optional<std::uint32_t> item_at(const ast::Module& module, ByteOffset at);
// The innermost expression that holds the offset, or null.
const ast::Expr* expression_at(const Revision& revision, ByteOffset at, std::uint32_t& item);
// The variable a NameRef of the item leads to, or null.
const sema::Variable* variable_of(const sema::Analysis& analysis, const sema::ItemFacts& item,
                                  const sema::NameRef& ref);
const sema::Variable* variable_of(const sema::Analysis& analysis, std::uint32_t item,
                                  const sema::NameRef& ref);

}  // namespace ml::lsp
