#pragma once

// The modules of the workspace: which file an import means, and what is known about files without holding
// their trees (the index). Thread-safe.
//
// An open document wins over the disk, also one that was never saved. What was read from the disk stays until
// `forget`; `find` reads on demand, the server reads whole folders in the background.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "lsp/documents/import_circles.h"
#include "lsp/documents/revision.h"

namespace ml::lsp {

// One use of a member of an imported module: `geo.area`, or the module itself (`member` empty).
struct ModuleUse {
  std::string_view file;  // key of the module's file
  std::string_view member;
  Span span;  // of the member's name
  Mark mark;
};

// Where an import leads; see Import.
struct KnownImport {
  std::string_view dotted, file;
  sema::ImportedModule::Kind kind = sema::ImportedModule::Kind::NotFound;
};

// Tells versions of a file on disk apart. Empty: not from the disk, or there is no such file.
struct FileStamp {
  std::int64_t modified_ns = 0;
  std::uint64_t size = 0;
  explicit operator bool() const { return modified_ns != 0; }
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
FileStamp stamp_of(const std::string& path);

// What the index keeps of a file, in as little memory as will do: a workspace has many.
struct ModuleFacts {
  std::string key, path;
  FileStamp stamp;  // of the text on the disk that this was made of
  std::span<const Export> exports;
  std::span<const Mark> export_marks;  // of the exports' names; none of open documents
  std::span<const KnownImport> imports;
  std::span<const ModuleUse> uses;
  // Of its own: findings about imports do not count. Unknown: nobody has asked yet.
  enum class Errors : std::uint8_t { None, Some, Unknown } errors = Errors::Unknown;

  Arena memory{0};  // of the lists and their texts
};

// The same lists and texts in memory of their own, in one piece.
ModuleFacts packed(std::string key, std::string path, std::span<const Export> exports,
                   std::span<const Mark> export_marks, std::span<const KnownImport> imports,
                   std::span<const ModuleUse> uses);
ModuleFacts packed(const ModuleFacts& facts);

// How a file shows itself differently to those who import it.
struct FactsChange {
  bool all_concerned = false;  // not only names came and went: whether it is correct, what it imports itself
  std::vector<std::string> names;
  explicit operator bool() const { return all_concerned || !names.empty(); }
};
// Null: not known, or no such file.
FactsChange difference(const ModuleFacts* before, const ModuleFacts* after);

class ModuleStore {
 public:
  // Folders to look in: `paths`, those that the file's project names, the importing file's, and `roots` of
  // the workspace that hold it.
  void set_places(std::vector<std::string> paths, std::vector<std::string> roots);
  // A project file may have come, changed or gone.
  void forget_projects();

  // --- open documents (the state thread tells)
  using CurrentRevision = std::shared_ptr<const Revision>;
  void set_open(const std::string& key, CurrentRevision revision);
  void close(const std::string& key);

  // After an analysis: what importers see that is different from before.
  FactsChange set_facts(const Revision& revision);

  // Puts what is known of closed files into memory side by side: what was needed for reading lies between.
  void pack();

  // What an earlier run knew of closed files (index_cache.h). Takes what still holds: the file is as it was,
  // and its imports lead where they led. Counts that.
  std::size_t take_known(std::vector<ModuleFacts>&& known);
  // The closed files for the next run. Null: nothing has been read since this was asked last.
  std::optional<std::vector<std::shared_ptr<const ModuleFacts>>> closed_since();

  // The disk has changed.
  void forget(const std::string& key);
  void forget_all();

  // --- questions
  // Closed files whose findings a change of the file may change, as far as is known what is in them.
  std::vector<std::string> closed_importers(const std::string& key, const FactsChange& change) const;
  // What is known already. Null: nothing.
  std::shared_ptr<const ModuleFacts> known(const std::string& key) const;
  CurrentRevision open_revision(const std::string& key) const;  // null: it is not open
  // Facts of a file: of the open document as last analysed, else of the disk, read now if need be. Null: no
  // such file.
  std::shared_ptr<const ModuleFacts> find(const std::string& key);
  // The same without reading.
  std::vector<std::shared_ptr<const ModuleFacts>> all() const;
  // The file at its newest, with tree and analysis: the open document, else the disk. Null: no such file.
  CurrentRevision revision(const std::string& key);

  // Library, User or NotFound, and the file.
  Import find_import(const File& importer, std::string_view dotted) const;
  sema::ImportedModule resolve(const File& importer, std::string_view dotted, Import& where);
  // The same in parts, for who asks for many importers. The file that the import would be of, as a key;
  // empty: none. `likely`: a key it may have.
  std::string locate(const File& importer, std::string_view dotted, std::string_view likely = {}) const;
  // The file as it looks to all who import it: User or Broken, and what it exports.
  sema::ImportedModule seen(const std::string& file);
  // "a -> b -> a" when the imports of `from`, which `importer` imports, lead back to `importer`, else empty.
  std::string cycle(const std::string& importer, const std::string& from);
  // Names that could be imported by the file: library modules, files beside it and in the roots.
  std::vector<std::string> importable(const File& importer) const;
  // How another file would write the import of `key`; empty: not reachable.
  std::string dotted_name(const File& importer, const std::string& key) const;
  // All the ways to write it, the first found first.
  std::vector<std::string> dotted_names(const File& importer, const std::string& key) const;

 private:
  // What the project file above a folder says of imports.
  struct Project {
    std::vector<std::string> paths;
    bool own_folder = true;
  };
  std::shared_ptr<const Project> project_above(const std::string& folder) const;
  std::vector<std::string> places(const File& importer) const;
  bool exists(const std::string& path) const;
  bool has_errors(const std::shared_ptr<const ModuleFacts>& facts);
  bool may_be_in_circle(const std::string& importer, const std::string& from);
  std::vector<std::string> imported_files(const std::string& key);
  void forget_imported();  // the mutex is held
  std::string not_found(const File& importer, std::string_view dotted) const;

  mutable std::mutex mutex_;  // of everything; never held while a revision computes
  std::vector<std::string> paths_, roots_;
  mutable std::map<std::string, std::shared_ptr<const Project>> projects_;  // by folder of files
  std::map<std::string, CurrentRevision, std::less<>> open_;
  std::map<std::string, std::shared_ptr<const ModuleFacts>, std::less<>> facts_;
  // What closed files without facts import, as far as somebody asked; and how often that was forgotten.
  std::map<std::string, std::vector<std::string>, std::less<>> imported_;
  unsigned forgotten_ = 0;
  unsigned graph_ = 0;       // how often what files import may have changed
  bool read_since_ = false;  // files, since closed_since

  std::mutex circles_mutex_;  // of what follows; taken before the other one
  ImportCircles circles_;
  unsigned circles_of_ = 0;  // the value of graph_ they hold for
};

// Everything the index keeps, from an analysed revision.
ModuleFacts facts_of(const Revision& revision);
// The same from a revision that need not be analysed: but for errors, and of imports whether they are there.
ModuleFacts quick_facts_of(const Revision& revision);
// Errors of a module that are not about what it imports.
bool has_own_errors(const sema::Analysis& analysis);

}  // namespace ml::lsp
