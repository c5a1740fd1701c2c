#pragma once

// The link step: joins the items of one version of a module. Its cost is a few operations per name an item
// uses; items whose surroundings did not change keep their linked facts.

#include <memory>
#include <vector>

#include "core/diag/sink.h"
#include "core/sema/modules.h"
#include "core/sema/summary.h"

namespace ml::sema {

// What is known of a module variable besides Variable; parallel to Analysis::module_variables.
struct ModuleVariable {
  ValueType type = ValueType::Unknown;  // of a variable with one binding
  bool uncallable = true;               // no binding binds what may be a function
  bool calls_function = false;          // a call of the name certainly reaches Variable::function
  bool host = false;                    // may have a value before the program starts
  bool bound_inside = false;            // functions assign it through `nonlocal`
  bool used = false, called = false;
  bool is_import = false, is_other = false;  // bound by imports, bound otherwise
  const ast::ImportStmt* alias = nullptr;    // the first import with an alias
  std::unique_ptr<ModuleTree> module;        // of import bindings
  std::uint64_t stamp = 0;                   // differs when the name may mean something else to its users
};

class Linker {
 public:
  Linker(const ast::Module& module, const Words& words, const ImportResolver& resolve,
         const AnalyzeOptions& options, Analysis& out);

  // `out.items` holds facts of every item, linked for another version or not at all.
  void run();

 private:
  friend class LinkView;

  void declare();
  void declare(std::uint32_t item, const BindingSite& site, DiagSink& imports);
  void add_uses();
  void finish_variables();
  void link_items();
  std::shared_ptr<const ItemFacts> link_item(const ItemFacts& old) const;
  void link_findings(ItemFacts& facts) const;
  void check_order();
  void check_bindings();
  void report_unknown();
  bool is_refused(Span span) const;
  void assemble();

  std::uint64_t stamp(NameId name) const;
  std::uint32_t variable(NameId name) const { return variable_of_[name.raw]; }
  NameRef ref(NameId name) const;

  const ast::Module& module_;
  const Words& words_;
  const ImportResolver& resolve_;
  const AnalyzeOptions& options_;
  Analysis& out_;
  std::vector<ModuleVariable> info_;
  std::vector<std::uint32_t> variable_of_;  // by NameId; kNone: no module variable
  std::vector<bool> host_;                  // by NameId
  Imports imports_;
  std::vector<Diagnostic> found_;  // file offsets
};

}  // namespace ml::sema
