#pragma once

// How data flows through one item (security.md section 4, "Taint"). Depends on the item alone: names that
// leave it are named, not resolved. Made when a module has both sources and something to protect, once per
// item.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/ast/nodes.h"
#include "core/sema/analysis.h"

namespace ml::sema {

struct Words;

struct TaintNode {
  enum class Kind : std::uint8_t {
    Clean,
    Join,       // what any input holds
    Derive,     // the same, but not the object itself: a part of it, a text made of it
    Parameter,  // `index` of `function`
    Captured,   // whatever variable `index` (of TaintGraph::captured) ever holds
    Entry,      // module variable `name` as it is when control comes to the item
    Anytime,    // whatever module variable `name` ever holds
    Call,       // result of call `index`
  };
  Kind kind = Kind::Clean;
  std::uint32_t function = 0;  // whose code it is, index into ItemFacts::functions
  std::uint32_t index = 0;
  NameId name;
  std::uint32_t first = 0, count = 0;  // inputs
};

struct TaintCall {
  const ast::CallExpr* call = nullptr;
  const ast::NameExpr* root = nullptr;  // `root.path[0].path[1](...)`; null: called on something computed
  std::vector<NameId> path;
  std::uint32_t receiver = 0;            // node of what the method is called on; 0 for plain calls
  std::vector<std::uint32_t> arguments;  // nodes
  std::vector<FunctionId> callbacks;     // functions written as arguments
};

struct TaintGraph {
  struct Store {
    std::uint32_t variable = 0, node = 0;  // index into `captured`
  };
  struct ModuleStore {
    NameId name;
    std::uint32_t node = 0;
    bool at_end = false;  // the value after the item; else one of the values functions give it
  };
  struct Result {
    std::uint32_t function = 0, node = 0;
  };
  struct PrivateRead {
    std::uint32_t node = 0;  // of the object
    const ast::MemberExpr* member = nullptr;
  };

  std::vector<TaintNode> nodes;                         // 0 is Clean; inputs of a loop may come later
  std::vector<std::uint32_t> inputs;                    // of all nodes
  std::vector<std::vector<std::uint32_t>> more_inputs;  // of loops: by TaintNode::index of a Join, 0: none
  std::vector<TaintCall> calls;
  std::uint32_t captured = 0;  // number of captured variables
  std::vector<Store> stores;
  std::vector<ModuleStore> module_stores;
  std::vector<Result> results;
  std::vector<PrivateRead> private_reads;
};

// `words` only for the names of methods.
TaintGraph make_taint_graph(const ItemFacts& facts, const Words& words);

}  // namespace ml::sema
