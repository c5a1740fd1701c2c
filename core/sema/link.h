#pragma once

// The link step: joins the items of one version of a module. Its cost is a few operations per name a chunk
// of items uses; items whose surroundings did not change keep their linked facts and are not visited.

#include <memory>
#include <vector>

#include "core/diag/sink.h"
#include "core/sema/chunk.h"
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
  std::uint64_t signature = 0;               // what callers see of Variable::function
  std::uint64_t stamp = 0;                   // differs when the name may mean something else to its users
};

class Linker {
 public:
  Linker(const ast::Module& module, const Words& words, const ImportResolver& resolve,
         const AnalyzeOptions& options, Analysis& out);

  // `out.items` holds facts of every item, linked for another version or not at all. `fresh`: those of them
  // that nobody else has, in the order of the items; with `all` these are all. `times` (may be null) is
  // added to.
  void run(const std::vector<std::shared_ptr<ItemFacts>>& fresh, bool all, SecurityTimes* times);

 private:
  friend class LinkView;

  void declare();
  void declare(const ChunkSummary::Binding& binding, ByteOffset chunk_start);
  void add_uses();
  void finish_variables();
  void link_items(const std::vector<std::shared_ptr<ItemFacts>>& fresh, bool all);
  bool is_linked(const FactsChunk& chunk) const;
  bool is_linked(const ItemFacts& facts) const;
  std::shared_ptr<const FactsChunk> link_chunk(const FactsChunk& old) const;
  void link_item(ItemFacts& facts) const;
  void link_findings(ItemFacts& facts) const;
  void check_order();
  void check_bindings();
  void report_unknown();
  bool host_name(std::string_view name, Span span, DiagSink& sink) const;
  void check_capabilities();
  bool may_be_tainted() const;
  void check_data_flow();
  bool is_refused(Span span) const;
  void assemble();

  struct Chunk {
    const FactsChunk& facts;
    const ChunkSummary& summary;
    ByteOffset start;
  };
  std::size_t chunk_count() const { return out_.items.chunks().size(); }
  Chunk chunk(std::size_t i) const {
    const FactsChunk& facts = *out_.items.chunks()[i].chunk;
    return {facts, *facts.summary, module_.items.chunks()[i].start};
  }

  std::uint64_t stamp(NameId name) const;
  std::uint64_t is_bound(NameId name) const { return variable(name) != kNone ? 1 : 0; }
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
