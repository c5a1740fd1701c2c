#pragma once

// The module under compilation as inference and emission look at it: AST, analysis and dense numbers for
// everything that gets a fact of its own (nodes, functions, variables).

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/emit/python.h"
#include "core/sema/analysis.h"
#include "core/stdlib/catalogue.h"

namespace ml::emit {

using CellId = std::uint32_t;      // a variable of the module or of a function
using FunctionNo = std::uint32_t;  // a FunctionScope, counted over all items

inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

struct Ref {
  sema::NameUse use = sema::NameUse::Unknown;
  CellId cell = kNone;  // kNone for built-ins, host names and unknown names
};

class Program {
 public:
  Program(const ast::Module& module, const sema::Analysis& analysis, const Interner& names,
          const stdlib::Catalogue& library, const EmitOptions& options);

  const ast::Module& module;
  const sema::Analysis& analysis;
  const Interner& names;
  const stdlib::Catalogue& library;
  const EmitOptions& options;

  // One top-level statement. A flat copy: items of the module and of the analysis are looked for in chunks.
  struct Item {
    const ast::Stmt* stmt;
    const sema::ItemFacts* facts;
    ByteOffset start;  // of the item in the file
    ast::StmtKind kind;
  };
  const std::vector<Item>& items() const { return items_; }

  std::size_t node_count() const { return node_base_.back(); }
  std::size_t node_count(std::uint32_t item) const { return node_base_[item + 1] - node_base_[item]; }
  std::size_t variable_count() const { return variable_count_; }
  std::size_t function_count() const { return function_base_.back(); }
  std::size_t module_variable_count() const { return analysis.module_variables.size(); }

  std::uint32_t node(std::uint32_t item, NodeId id) const { return node_base_[item] + id.raw; }

  // Where the NameExpr or Binding `id` leads.
  const Ref& ref(std::uint32_t item, NodeId id) const { return refs_[node_base_[item] + id.raw]; }
  CellId cell(std::uint32_t item, NodeId id) const { return ref(item, id).cell; }
  const sema::Variable& variable(CellId cell) const { return *variables_[cell]; }

  FunctionNo function_no(std::uint32_t item, const ast::Function& f) const {
    return function_base_[item] + items_[item].facts->function_of[f.id.raw].raw;
  }
  const sema::FunctionScope& scope(FunctionNo f) const { return *scopes_[f]; }
  CellId parameter(FunctionNo f, std::size_t index) const {
    return variable_base_[f] + static_cast<CellId>(index);
  }
  // What the catalogue's questions of the same names say of the word.
  bool is_member_name(NameId word) const { return words_[word.raw] & kMemberName; }
  bool is_builtin(NameId word) const { return words_[word.raw] & kBuiltin; }
  // Words that Python or the generated code keeps for itself: a variable of this name gets another one.
  bool is_reserved(NameId word) const { return words_[word.raw] & kReserved; }
  // Whether the item is a function declaration that is bound before the first statement (language.md 3.4).
  bool is_hoisted(std::uint32_t item) const { return hoisted_[item]; }
  // The number that the first function in the item has.
  FunctionNo first_function(std::uint32_t item) const { return function_base_[item]; }
  // The library or user module that a name certainly stands for (an import bound once, without a shared
  // root), or an empty view.
  std::string_view module_named(std::uint32_t item, const ast::Expr* e) const;

 private:
  void find_refs();
  void find_words();
  void find_imports();
  void find_hoisted();

  static constexpr std::uint8_t kMemberName = 1, kBuiltin = 2, kReserved = 4;
  struct ImportedName {
    std::string_view whole;     // the module that the variable holds itself: `import a;` or any `as`
    std::uint32_t imports = 0;  // import statements that bind the variable
    bool same = true;           // and they all mean the same module
  };
  std::vector<Item> items_;
  std::vector<std::uint32_t> node_base_, function_base_, variable_base_;
  std::vector<Ref> refs_;            // by node
  std::vector<std::uint8_t> words_;  // by NameId
  std::vector<const sema::FunctionScope*> scopes_;
  std::vector<const sema::Variable*> variables_;
  std::vector<bool> hoisted_;             // by item
  std::vector<ImportedName> imported_;    // by module variable
  std::vector<std::string_view> dotted_;  // every dotted name imported without `as`
  std::uint32_t variable_count_ = 0;
};

}  // namespace ml::emit
