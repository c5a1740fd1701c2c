#pragma once

// What a file shows to other files, and which files it looks at: names bound at top level, imports. Found per
// chunk of items, so that a version of a file takes over what an edit left alone.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/ast/module.h"
#include "core/base/arena.h"
#include "core/base/interner.h"
#include "core/sema/analysis.h"

namespace ml::lsp {

// A name bound at top level: what importers see. A view: the texts belong to whom it comes from. Small, as a
// workspace has many.
class Export {
 public:
  Export() = default;
  Export(std::string_view name, std::string_view detail, Span where, sema::VariableKind kind)
      : span(where),
        name_(name.data()),
        detail_(detail.data()),
        name_size_(static_cast<std::uint32_t>(name.size())),
        detail_size_(static_cast<std::uint32_t>(std::min<std::size_t>(detail.size(), kMostDetail)) &
                     kMostDetail),
        kind_(static_cast<std::uint32_t>(kind) & 7u) {}

  std::string_view name() const { return {name_, name_size_}; }
  std::string_view detail() const { return {detail_, detail_size_}; }  // functions: "(a, b)"
  sema::VariableKind kind() const { return static_cast<sema::VariableKind>(kind_); }

  Span span;  // of the first binding's name, in the file

 private:
  static constexpr std::uint32_t kMostDetail = (1u << 29) - 1;
  const char* name_ = nullptr;
  const char* detail_ = nullptr;
  std::uint32_t name_size_ = 0;
  std::uint32_t detail_size_ : 29 = 0, kind_ : 3 = 0;
};

// An import statement; spans in the file.
struct ImportLine {
  std::string dotted, bound;  // bound: the alias, else the first part of the path
  bool has_alias = false;
  Span statement, path, name;  // of "a.b.c"; of the bound name
};

// Of one chunk of items. Immutable; spans are relative to the chunk.
struct ChunkSurface {
  std::shared_ptr<const ast::ItemChunk> chunk;  // kept, so that its address names it
  std::vector<Export> exports;                  // each name once; texts of the interner and of `details`
  Arena details{256};
  std::vector<ImportLine> import_lines;
  std::vector<std::string> imports;  // dotted names, also of imports that are not complete
};
// Of the chunks of a module, in their order.
using FileSurface = std::vector<std::shared_ptr<const ChunkSurface>>;

// `before`: of an earlier version of the module, or empty.
FileSurface surface_of(const ast::Module& module, const Interner& names, const FileSurface& before);

// The names in source order of their first binding; texts of the surface.
std::vector<Export> exports_of(const ast::Module& module, const FileSurface& surface);
std::vector<std::string> exported_names(const FileSurface& surface);
std::vector<ImportLine> import_lines_of(const ast::Module& module, const FileSurface& surface);

// "(a, b = 1)" of a function of the item, as written.
std::string parameters_of(const ast::Item& item, const ast::Function& function);

}  // namespace ml::lsp
