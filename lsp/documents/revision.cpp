#include "lsp/documents/revision.h"

#include <algorithm>
#include <functional>

#include "core/ast/build.h"
#include "core/stdlib/catalogue.h"
#include "lsp/documents/modules.h"
#include "lsp/semantics/types.h"

namespace ml::lsp {

namespace {
using Clock = std::chrono::steady_clock;

// What `before` has, for building from another tree: addresses of nodes say nothing there.
ast::Module without_nodes(const ast::Module& before) {
  ast::Module out = before;
  out.items = {};
  out.items.reserve_chunks(before.items.chunks().size());
  for (const auto& placed : before.items.chunks()) {
    auto chunk = std::make_shared<ast::ItemChunk>(*placed.chunk);
    for (ast::ItemChunk::Entry& entry : chunk->entries) entry.node = 0;
    out.items.add(std::move(chunk), ast::ChunkPlace{placed.start});
  }
  return out;
}

}  // namespace

const syntax::Tree& Parsed::tree() const {
  std::call_once(tree_once_, [this] {
    if (!tree_) tree_ = syntax::parse(text->text());
    has_tree_.store(true, std::memory_order_release);
  });
  return tree_;
}

Revision::Revision(std::shared_ptr<File> file, std::shared_ptr<const DocumentText> text, std::int64_t version,
                   ModuleStore& modules, bool open)
    : file_(std::move(file)), text_(std::move(text)), version_(version), modules_(modules), open_(open) {}

Revision::~Revision() = default;

const Parsed& Revision::parsed() const {
  if (const Parsed* ready = ready_parsed_.load(std::memory_order_acquire)) return *ready;
  const std::lock_guard lock(file_->mutex_);
  return parse_locked();
}

const Parsed& Revision::parse_locked() const {
  if (parsed_) return *parsed_;
  const auto start = Clock::now();
  const auto& last = file_->last_parsed_;
  if (last && last->text->text() == text_->text()) {
    parsed_ = last;
  } else {
    parsed_ = parse_from(last.get());
    file_->last_parsed_ = parsed_;
  }
  ready_parsed_.store(parsed_.get(), std::memory_order_release);
  parse_time_ = Clock::now() - start;
  return *parsed_;
}

std::shared_ptr<Parsed> Revision::parse_from(const Parsed* last) const {
  auto parsed = std::make_shared<Parsed>();
  parsed->text = text_;
  const std::string_view text = text_->text();
  parsed->tree_ = last && last->has_tree_.load(std::memory_order_acquire)
                      ? syntax::reparse(text, last->tree_, difference(last->text->text(), text))
                      : syntax::parse(text);
  parsed->has_tree_ = true;
  if (last && !last->module_is_of_tree_) {
    const ast::Module before = without_nodes(last->module);
    parsed->module = ast::build(parsed->tree_, text, file_->names_, &before);
  } else {
    parsed->module = ast::build(parsed->tree_, text, file_->names_, last ? &last->module : nullptr);
  }
  parsed->surface = surface_of(parsed->module, file_->names_, last ? last->surface : FileSurface());
  parsed->import_lines = import_lines_of(parsed->module, parsed->surface);
  for (const auto& chunk : parsed->surface) {
    for (const std::string& dotted : chunk->imports) {
      if (std::find(parsed->imports.begin(), parsed->imports.end(), dotted) == parsed->imports.end())
        parsed->imports.push_back(dotted);
    }
  }
  parsed->has_syntax_errors =
      std::any_of(parsed->module.diagnostics.begin(), parsed->module.diagnostics.end(),
                  [](const Diagnostic& d) { return d.severity == Severity::Error; });
  return parsed;
}

std::shared_ptr<Revision> Revision::at_rest() const {
  const std::lock_guard lock(file_->mutex_);
  if (!parsed_ || !analysed_ || parsed_ != file_->last_parsed_ || analysed_ != file_->last_analysed_)
    return nullptr;
  if (!types_ && !parsed_->has_tree_.load(std::memory_order_acquire)) return nullptr;
  auto parsed = std::make_shared<Parsed>();
  parsed->text = text_;
  parsed->module = parsed_->module;
  parsed->surface = parsed_->surface;
  parsed->imports = parsed_->imports;
  parsed->import_lines = parsed_->import_lines;
  parsed->has_syntax_errors = parsed_->has_syntax_errors;
  parsed->module_is_of_tree_ = false;
  auto rested = std::make_shared<Revision>(file_, text_, version_, modules_, open_);
  rested->parsed_ = file_->last_parsed_ = parsed;
  rested->analysed_ = analysed_;
  rested->ready_parsed_.store(rested->parsed_.get(), std::memory_order_release);
  rested->ready_analysed_.store(rested->analysed_.get(), std::memory_order_release);
  return rested;
}

const Analysed& Revision::analysed() const {
  if (const Analysed* ready = ready_analysed_.load(std::memory_order_acquire)) return *ready;
  const Parsed& parsed = this->parsed();
  {
    const std::lock_guard lock(file_->mutex_);
    if (analysed_) return *analysed_;
  }
  // Without our lock: this looks at other files.
  Resolved resolved = resolve_imports(parsed);
  const std::lock_guard lock(file_->mutex_);
  if (analysed_) return *analysed_;
  const auto start = Clock::now();
  const std::uint64_t seen = resolved.seen();
  auto analysed = std::make_shared<Analysed>(analyse_locked(std::move(resolved.imports), resolved.found));
  analysed->seen = seen;
  analysed->took = parse_time_ + (Clock::now() - start);
  analysed_ = analysed;
  ready_analysed_.store(analysed_.get(), std::memory_order_release);
  file_->last_analysed_ = std::move(analysed);
  return *analysed_;
}

Revision::Resolved Revision::resolve_imports(const Parsed& parsed) const {
  Resolved out;
  for (const std::string& dotted : parsed.imports) {
    Import import;  // not found until it is
    import.dotted = dotted;
    out.found.push_back(modules_.resolve(*file_, dotted, import));
    out.imports.push_back(std::move(import));
  }
  return out;
}

std::uint64_t Revision::Resolved::seen() const {
  std::uint64_t hash = 0;
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x9e3779b97f4a7c15u + (hash >> 29); };
  const std::hash<std::string> text;
  for (std::size_t i = 0; i < found.size(); ++i) {
    mix(text(imports[i].file));
    mix(static_cast<std::uint64_t>(found[i].kind) * 2 + (found[i].hides_user_module ? 1 : 0));
    mix(text(found[i].detail));
    for (const std::string& name : found[i].exports) mix(text(name));
  }
  return hash;
}

std::shared_ptr<const Revision> Revision::up_to_date() const {
  bool any_open = false;
  for (const Import& import : analysed().imports) {
    if (const auto open = modules_.open_revision(import.file)) {
      open->analysed();
      any_open = true;
    }
  }
  if (!any_open || resolve_imports(parsed()).seen() == analysed().seen) return shared();
  return std::make_shared<Revision>(file_, text_, version_, modules_, open_);
}

std::optional<bool> Revision::known_errors() const {
  const Analysed* ready = ready_analysed_.load(std::memory_order_acquire);
  return ready ? std::optional(has_own_errors(ready->analysis)) : std::nullopt;
}

Analysed Revision::analyse_locked(std::vector<Import> imports,
                                  const std::vector<sema::ImportedModule>& found) const {
  const auto resolve = [&](std::string_view dotted) {
    for (std::size_t i = 0; i < imports.size(); ++i) {
      if (imports[i].dotted == dotted) return found[i];
    }
    return sema::ImportedModule{};
  };
  Analysed out;
  out.analysis = sema::analyze(parsed_->module, file_->names_, stdlib::catalogue(), resolve, {},
                               file_->last_analysed_ ? &file_->last_analysed_->analysis : nullptr);
  out.imports = std::move(imports);
  return out;
}

std::vector<Import> Revision::imports_alone() const {
  std::vector<Import> imports;
  for (const std::string& dotted : parsed().imports) imports.push_back(modules_.find_import(*file_, dotted));
  return imports;
}

Analysed Revision::analysed_alone() const {
  std::vector<Import> imports = imports_alone();
  std::vector<sema::ImportedModule> found(imports.size());
  for (std::size_t i = 0; i < imports.size(); ++i) found[i].kind = imports[i].kind;
  const std::lock_guard lock(file_->mutex_);
  return analyse_locked(std::move(imports), found);
}

std::vector<Diagnostic> Revision::findings_if_imports_are(sema::ImportedModule::Kind kind) const {
  std::vector<Import> imports = analysed().imports;
  std::vector<sema::ImportedModule> found(imports.size());
  for (std::size_t i = 0; i < imports.size(); ++i)
    found[i].kind = imports[i].file.empty() ? imports[i].kind : kind;
  const std::lock_guard lock(file_->mutex_);
  return analyse_locked(std::move(imports), found).analysis.diagnostics;
}

TypeFacts& Revision::types() const {
  if (TypeFacts* ready = ready_types_.load(std::memory_order_acquire)) return *ready;
  const Analysed& analysed = this->analysed();
  const std::lock_guard lock(file_->mutex_);
  if (!types_) types_ = std::make_unique<TypeFacts>(parsed_->module, analysed.analysis, file_->names_);
  ready_types_.store(types_.get(), std::memory_order_release);
  return *types_;
}

}  // namespace ml::lsp
