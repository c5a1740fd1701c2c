#pragma once

// What the imports of a module bind (language.md 3.16).

#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/diag/sink.h"
#include "core/sema/analysis.h"
#include "core/sema/summary.h"

namespace ml::sema {

// A module as its importers see it.
struct ModuleView {
  std::string_view dotted;
  ImportedModule::Kind kind = ImportedModule::Kind::NotFound;
  const stdlib::Module* library = nullptr;
  std::vector<std::string> names;             // top-level names of a user module
  std::unordered_set<std::uint32_t> exports;  // of them, those that are words of this workspace: NameId::raw
};

// `import a.b; import a.c;` bind one namespace `a` with two children.
struct ModuleTree {
  const ModuleView* module = nullptr;  // null: only a part of a dotted name
  std::string_view dotted;             // up to here
  std::unordered_map<std::uint32_t, std::unique_ptr<ModuleTree>> children;  // by NameId::raw of the part
  std::uint64_t stamp = 0;                                                  // differs when members may differ

  bool is_known() const;    // members can be judged
  bool is_library() const;  // nothing in it is a module of the user
};

// The import statements of one version of a module, resolved.
class Imports {
 public:
  // Resolves `import` and adds it to the namespace `tree`, or makes `tree` that module when there is an
  // alias. Findings (ML0601, ML0602, ML0604, ML0608) go to `sink`, relative to the item.
  void add(const ast::ImportStmt& import, ModuleTree& tree, const Words& words, const ImportResolver& resolve,
           DiagSink& sink);

 private:
  std::unordered_map<std::string_view, std::unique_ptr<ModuleView>> modules_;  // by dotted name
};

}  // namespace ml::sema
