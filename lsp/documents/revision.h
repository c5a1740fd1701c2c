#pragma once

// One text of one file and everything known about it, computed when somebody asks for it.
//
//   auto file = std::make_shared<File>(key, uri, modules);
//   auto revision = std::make_shared<Revision>(file, text, version);
//   revision->parsed().module        // stage 1: needs this file only
//   revision->analysed().analysis    // stage 2: looks at the files it imports (their stage 1)
//   revision->types()                // stage 3: inference, for hover and completion
//
// A revision never changes and its stages are computed at most once, by the first thread that asks, from the
// last stages computed for the same file: an edit costs what it changed. Texts nobody asked about cost
// nothing. Everything here is safe from any thread; no lock is held while another file is looked at.

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/sema/analysis.h"
#include "core/syntax/tree.h"
#include "lsp/documents/surface.h"
#include "lsp/documents/text.h"

namespace ml::lsp {

class ModuleStore;
class TypeFacts;  // lsp/semantics/types.h

struct Parsed {
  std::shared_ptr<const DocumentText> text;
  ast::Module module;
  FileSurface surface;
  std::vector<std::string> imports;  // dotted names, each once
  std::vector<ImportLine> import_lines;
  bool has_syntax_errors = false;

  // Made again when somebody asks, where it was given up (Revision::at_rest).
  const syntax::Tree& tree() const;

 private:
  friend class Revision;
  bool module_is_of_tree_ = true;  // else: it was built from an equal one, and may know nodes of that
  mutable std::once_flag tree_once_;
  mutable std::atomic<bool> has_tree_{false};
  mutable syntax::Tree tree_;
};

// Where an import leads.
struct Import {
  std::string dotted;
  sema::ImportedModule::Kind kind = sema::ImportedModule::Kind::NotFound;
  std::string file;  // key of the file; empty for library modules and what was not found
};

struct Analysed {
  sema::Analysis analysis;
  std::vector<Import> imports;
  std::uint64_t seen = 0;           // hash of what the imported files showed
  std::chrono::nanoseconds took{};  // parsing included
};

class Revision;

// What the revisions of one file share.
class File {
 public:
  File(std::string key_, std::string uri_, std::string path_)
      : key(std::move(key_)), uri(std::move(uri_)), path(std::move(path_)) {}
  const std::string key;   // identity (uri.h)
  const std::string uri;   // as the client writes it
  const std::string path;  // empty: not on disk (untitled:, ...)
  const Interner& names() const { return names_; }

 private:
  friend class Revision;
  std::mutex mutex_;  // held while a stage is computed; guards what follows, and is the interner's writer
  Interner names_;
  std::shared_ptr<const Parsed> last_parsed_;
  std::shared_ptr<const Analysed> last_analysed_;
};

class Revision : public std::enable_shared_from_this<Revision> {
 public:
  // `generation` tells apart revisions of one version (after another file changed).
  Revision(std::shared_ptr<File> file, std::shared_ptr<const DocumentText> text, std::int64_t version,
           ModuleStore& modules, bool open);
  ~Revision();

  const File& file() const { return *file_; }
  const std::shared_ptr<File>& shared_file() const { return file_; }
  const DocumentText& text() const { return *text_; }
  const std::shared_ptr<const DocumentText>& shared_text() const { return text_; }
  std::int64_t version() const { return version_; }
  bool is_open() const { return open_; }  // else: what the disk holds
  const Interner& names() const { return file_->names(); }
  ModuleStore& modules() const { return modules_; }
  std::shared_ptr<const Revision> shared() const { return shared_from_this(); }

  const Parsed& parsed() const;
  const Analysed& analysed() const;
  TypeFacts& types() const;  // thread-safe

  // This, or a revision of the same text that looks anew at the files it imports, if open ones among them
  // show something else by now. Waits for their analysis.
  std::shared_ptr<const Revision> up_to_date() const;
  // Its errors are not about what it imports. Nothing: nobody has analysed it yet.
  std::optional<bool> known_errors() const;

  // What the file imports and what is in it, whatever may be wrong with those it imports: they are looked at
  // for being there only, as if they exported nothing. Not kept.
  std::vector<Import> imports_alone() const;
  Analysed analysed_alone() const;
  // What would be found if every file that it imports were of this kind and exported nothing. Looks at none
  // of them; not kept.
  std::vector<Diagnostic> findings_if_imports_are(sema::ImportedModule::Kind kind) const;

  // The same without what takes much memory and is quickly computed again: the syntax tree and the types. The
  // next version of the file is made from that. Null: there is nothing to give up, or a newer version.
  std::shared_ptr<Revision> at_rest() const;

  // Shorthands that compute what they need.
  const syntax::Tree& tree() const { return parsed().tree(); }
  const ast::Module& module() const { return parsed().module; }
  const sema::Analysis& analysis() const { return analysed().analysis; }

 private:
  struct Resolved {
    std::vector<Import> imports;
    std::vector<sema::ImportedModule> found;  // parallel
    std::uint64_t seen() const;               // see Analysed
  };
  Resolved resolve_imports(const Parsed& parsed) const;
  const Parsed& parse_locked() const;
  Analysed analyse_locked(std::vector<Import> imports, const std::vector<sema::ImportedModule>& found) const;
  std::shared_ptr<Parsed> parse_from(const Parsed* last) const;

  const std::shared_ptr<File> file_;
  const std::shared_ptr<const DocumentText> text_;
  const std::int64_t version_;
  ModuleStore& modules_;
  const bool open_;
  // Guarded by file_->mutex_. Once set, a stage is also in `ready_...`: who reads an older revision must not
  // wait for the computation of a newer one.
  mutable std::shared_ptr<const Parsed> parsed_;
  mutable std::shared_ptr<const Analysed> analysed_;
  mutable std::atomic<const Parsed*> ready_parsed_{nullptr};
  mutable std::atomic<const Analysed*> ready_analysed_{nullptr};
  mutable std::atomic<TypeFacts*> ready_types_{nullptr};
  mutable std::unique_ptr<TypeFacts> types_;
  mutable std::chrono::nanoseconds parse_time_{};
};

}  // namespace ml::lsp
