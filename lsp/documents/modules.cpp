#include "lsp/documents/modules.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "cli/project/project_file.h"
#include "core/base/files.h"
#include "core/stdlib/catalogue.h"
#include "core/text/nearest.h"
#include "lsp/documents/index_cache.h"
#include "lsp/documents/uri.h"

namespace ml::lsp {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestFile = 64 << 20;

// A module's text; nothing for folders, devices and what is no source by its size.
std::optional<std::string> read_module(const std::string& path) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed) || fs::file_size(path, failed) > kLargestFile || failed)
    return std::nullopt;
  return read_file(path);
}

bool same_imports(const ModuleFacts& a, const ModuleFacts& b) {
  return std::ranges::equal(a.imports, b.imports, {}, &KnownImport::file, &KnownImport::file);
}

}  // namespace

FileStamp stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return {std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec,
          static_cast<std::uint64_t>(info.st_size)};
}

void ModuleStore::set_places(std::vector<std::string> paths, std::vector<std::string> roots) {
  const std::lock_guard lock(mutex_);
  paths_ = std::move(paths);
  roots_ = std::move(roots);
  forget_imported();
}

void ModuleStore::forget_projects() {
  const std::lock_guard lock(mutex_);
  projects_.clear();
  forget_imported();
}

void ModuleStore::forget_imported() {
  imported_.clear();
  ++forgotten_;
  ++graph_;
}

void ModuleStore::set_open(const std::string& key, CurrentRevision revision) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(open_[key], std::move(revision))) forget_imported();
}

void ModuleStore::close(const std::string& key) {
  CurrentRevision old;  // dies after the lock
  const std::lock_guard lock(mutex_);
  if (const auto it = open_.find(key); it != open_.end()) {
    old = std::move(it->second);
    open_.erase(it);
  }
  facts_.erase(key);
  forget_imported();
}

FactsChange difference(const ModuleFacts* before, const ModuleFacts* after) {
  FactsChange out;
  if (!before || !after) {
    out.all_concerned = before != after;
    return out;
  }
  using Errors = ModuleFacts::Errors;
  // Where nobody has asked, nobody has said anything that depends on it.
  const bool same_errors = before->errors == after->errors ||
                           (before->errors == Errors::Unknown && after->errors == Errors::None) ||
                           (before->errors == Errors::None && after->errors == Errors::Unknown);
  out.all_concerned = !same_errors || !same_imports(*before, *after);
  std::set<std::string_view> old_names, new_names;
  for (const Export& e : before->exports) old_names.insert(e.name());
  for (const Export& e : after->exports) new_names.insert(e.name());
  for (const std::string_view name : old_names)
    if (!new_names.contains(name)) out.names.emplace_back(name);
  for (const std::string_view name : new_names)
    if (!old_names.contains(name)) out.names.emplace_back(name);
  return out;
}

FactsChange ModuleStore::set_facts(const Revision& revision) {
  auto facts = std::make_shared<const ModuleFacts>(facts_of(revision));
  const std::lock_guard lock(mutex_);
  auto& old = facts_[revision.file().key];
  FactsChange change = difference(old.get(), facts.get());
  if (!old || !same_imports(*old, *facts)) ++graph_;
  old = std::move(facts);
  return change;
}

std::shared_ptr<const ModuleFacts> ModuleStore::known(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto it = facts_.find(key);
  return it != facts_.end() ? it->second : nullptr;
}

ModuleStore::CurrentRevision ModuleStore::open_revision(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto it = open_.find(key);
  return it != open_.end() ? it->second : nullptr;
}

void ModuleStore::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (!open_.contains(key)) facts_.erase(key);
  forget_imported();
}

void ModuleStore::forget_all() {
  const std::lock_guard lock(mutex_);
  std::erase_if(facts_, [&](const auto& entry) { return !open_.contains(entry.first); });
  forget_imported();
}

std::shared_ptr<const ModuleFacts> ModuleStore::find(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = facts_.find(key); it != facts_.end()) return it->second;
    if (open_.contains(key)) return nullptr;  // about to be analysed
  }
  const FileStamp stamp = stamp_of(key);  // before it is read: of a change meanwhile it would know nothing
  const CurrentRevision revision = this->revision(key);
  if (!revision) return nullptr;
  auto facts = std::make_shared<ModuleFacts>(quick_facts_of(*revision));
  if (!revision->is_open()) facts->stamp = stamp;
  const std::lock_guard lock(mutex_);
  auto& place = facts_[key];
  if (!place) place = std::move(facts);
  if (imported_.contains(key)) ++graph_;
  read_since_ = true;
  return place;
}

// Looked for when somebody wants to know: it takes longer than all the rest.
bool ModuleStore::has_errors(const std::shared_ptr<const ModuleFacts>& facts) {
  using Errors = ModuleFacts::Errors;
  if (facts->errors != Errors::Unknown) return facts->errors == Errors::Some;
  const CurrentRevision revision = this->revision(facts->key);
  const bool wrong = revision && has_own_errors(revision->analysed_alone().analysis);
  auto known = std::make_shared<ModuleFacts>(packed(*facts));
  known->errors = wrong ? Errors::Some : Errors::None;
  const std::lock_guard lock(mutex_);
  if (const auto it = facts_.find(facts->key); it != facts_.end() && it->second == facts)
    it->second = std::move(known);
  return wrong;
}

// Everything goes before anything comes back: the new lists would lie in the gaps between the old ones.
void ModuleStore::pack() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const ModuleFacts>> closed;
  std::erase_if(facts_, [&](const auto& entry) {
    const bool packs = entry.second && entry.second->stamp;
    if (packs) closed.push_back(entry.second);
    return packs;
  });
  const std::string bytes = write_index(closed);
  closed.clear();
  for (ModuleFacts& facts : read_index(bytes)) {
    auto shared = std::make_shared<const ModuleFacts>(std::move(facts));
    facts_.insert_or_assign(shared->key, shared);
  }
}

std::size_t ModuleStore::take_known(std::vector<ModuleFacts>&& known) {
  using Kind = sema::ImportedModule::Kind;
  std::size_t taken = 0;
  for (ModuleFacts& facts : known) {
    const File file(facts.key, {}, facts.path);
    const bool same_imports = std::ranges::all_of(facts.imports, [&](const KnownImport& i) {
      if (i.kind == Kind::Library) return stdlib::catalogue().module(i.dotted) != nullptr;
      return (i.kind == Kind::User || i.kind == Kind::NotFound) && locate(file, i.dotted, i.file) == i.file;
    });
    if (!same_imports || !facts.stamp || stamp_of(facts.key) != facts.stamp) continue;
    auto shared = std::make_shared<const ModuleFacts>(std::move(facts));
    const std::lock_guard lock(mutex_);
    if (open_.contains(shared->key) || !facts_.emplace(shared->key, shared).second) continue;
    if (imported_.contains(shared->key)) ++graph_;
    ++taken;
  }
  return taken;
}

std::optional<std::vector<std::shared_ptr<const ModuleFacts>>> ModuleStore::closed_since() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(read_since_, false)) return std::nullopt;
  std::vector<std::shared_ptr<const ModuleFacts>> out;
  for (const auto& [key, facts] : facts_) {
    if (facts && facts->stamp) out.push_back(facts);
  }
  return out;
}

std::vector<std::shared_ptr<const ModuleFacts>> ModuleStore::all() const {
  std::vector<std::shared_ptr<const ModuleFacts>> out;
  std::vector<CurrentRevision> fresh;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, facts] : facts_) {
      if (facts) out.push_back(facts);
    }
    for (const auto& [key, revision] : open_) {
      const auto known = facts_.find(key);
      if (known == facts_.end() || !known->second) fresh.push_back(revision);
    }
  }
  // Not kept: the check that is under way has to see what is new.
  for (const CurrentRevision& revision : fresh)
    out.push_back(std::make_shared<const ModuleFacts>(facts_of(*revision)));
  return out;
}

ModuleStore::CurrentRevision ModuleStore::revision(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = open_.find(key); it != open_.end()) return it->second;
  }
  if (!key.starts_with('/')) return nullptr;
  auto text = read_module(key);
  if (!text) return nullptr;
  return std::make_shared<Revision>(std::make_shared<File>(key, uri_of_path(key), key),
                                    std::make_shared<DocumentText>(std::move(*text)), 0, *this, false);
}

std::shared_ptr<const ModuleStore::Project> ModuleStore::project_above(const std::string& folder) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = projects_.find(folder); it != projects_.end()) return it->second;
  }
  auto project = std::make_shared<Project>();
  if (const auto file = cli::project_file_above(folder)) {
    const cli::ProjectFile read = cli::read_project_file(read_module(file->string()).value_or(""), *file);
    if (read.usable()) {
      for (const char* key : {"import_paths", "ml_module_paths"})
        for (const std::string& path : read.texts(key)) project->paths.push_back(key_of_path(path));
      project->own_folder = read.flag("allow_current_dir").value_or(true);
    }
  }
  const std::lock_guard lock(mutex_);
  return projects_[folder] = std::move(project);
}

std::vector<std::string> ModuleStore::places(const File& importer) const {
  // The key, not the path: symlinks are resolved, as in the keys of open documents.
  const std::string own = importer.path.empty() ? "" : fs::path(importer.key).parent_path().string();
  const auto project = own.empty() ? nullptr : project_above(own);
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all = paths_;
  const auto add = [&](const std::string& place) {
    if (!place.empty() && std::find(all.begin(), all.end(), place) == all.end()) all.push_back(place);
  };
  if (project)
    for (const std::string& path : project->paths) add(path);
  if (!project || project->own_folder) add(own);
  for (const std::string& root : roots_) {
    if (importer.path.empty() || (importer.key.starts_with(root + "/") && (!project || project->own_folder)))
      add(root);
  }
  return all;
}

bool ModuleStore::exists(const std::string& path) const {
  {
    const std::lock_guard lock(mutex_);
    if (open_.contains(path)) return true;
  }
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

std::string ModuleStore::locate(const File& importer, std::string_view dotted,
                                std::string_view likely) const {
  std::string relative(dotted);
  std::replace(relative.begin(), relative.end(), '.', '/');
  for (const std::string& place : places(importer)) {
    for (std::string candidate : {place + "/" + relative + ".ml", place + "/" + relative + "/__init__.ml"}) {
      if (!exists(candidate)) continue;
      if (candidate == likely) return candidate;
      {
        const std::lock_guard lock(mutex_);
        if (open_.contains(candidate)) return candidate;
      }
      std::error_code failed;
      const fs::path canonical = fs::canonical(candidate, failed);
      return failed ? candidate : canonical.string();
    }
  }
  return {};
}

Import ModuleStore::find_import(const File& importer, std::string_view dotted) const {
  using Kind = sema::ImportedModule::Kind;
  Import out;
  out.dotted = dotted;
  if (stdlib::catalogue().module(dotted)) {
    out.kind = Kind::Library;
    return out;
  }
  out.file = locate(importer, dotted);
  out.kind = out.file.empty() ? Kind::NotFound : Kind::User;
  return out;
}

sema::ImportedModule ModuleStore::resolve(const File& importer, std::string_view dotted, Import& where) {
  using Kind = sema::ImportedModule::Kind;
  sema::ImportedModule result;
  const std::string file = locate(importer, dotted);
  if (stdlib::catalogue().module(dotted)) {
    result.kind = where.kind = Kind::Library;
    result.hides_user_module = !file.empty();
    return result;
  }
  if (file.empty()) {
    result.detail = not_found(importer, dotted);
    return result;
  }
  where.file = file;
  if (std::string chain = cycle(importer.key, file); !chain.empty()) {
    result.kind = Kind::Cycle;
    result.detail = std::move(chain);
  } else {
    result = seen(file);
  }
  where.kind = result.kind;
  return result;
}

sema::ImportedModule ModuleStore::seen(const std::string& file) {
  using Kind = sema::ImportedModule::Kind;
  sema::ImportedModule result;
  result.kind = Kind::User;
  // An open document's names come from its text as it is now, not as it was when last analysed.
  const CurrentRevision open = open_revision(file);
  std::shared_ptr<const ModuleFacts> facts;
  if (open) {
    const Parsed& parsed = open->parsed();
    result.exports = exported_names(parsed.surface);
    const std::optional<bool> wrong = open->known_errors();
    if (parsed.has_syntax_errors || wrong.value_or(false)) result.kind = Kind::Broken;
    if (!wrong) facts = known(file);
  } else if ((facts = find(file))) {
    for (const Export& e : facts->exports) result.exports.emplace_back(e.name());
  }
  if (facts && result.kind == Kind::User && has_errors(facts)) result.kind = Kind::Broken;
  if (result.kind == Kind::Broken) result.detail = fs::path(file).filename().string();
  return result;
}

std::vector<std::string> ModuleStore::importable(const File& importer) const {
  std::vector<std::string> names;
  for (const stdlib::Module& m : stdlib::catalogue().modules()) {
    if (!m.name.starts_with('$') && m.name != "builtin") names.emplace_back(m.name);
  }
  for (const std::string& place : places(importer)) {
    std::error_code failed;
    for (fs::directory_iterator it(place, failed), end; !failed && it != end && names.size() < 1000;
         it.increment(failed)) {
      if (it->path().extension() == ".ml" && it->path().string() != importer.key)
        names.push_back(it->path().stem().string());
    }
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [key, revision] : open_) {
    if (fs::path(key).extension() == ".ml" && key != importer.key &&
        fs::path(key).parent_path() == fs::path(importer.key).parent_path())
      names.push_back(fs::path(key).stem().string());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string ModuleStore::dotted_name(const File& importer, const std::string& key) const {
  std::vector<std::string> names = dotted_names(importer, key);
  return names.empty() ? std::string() : std::move(names.front());
}

std::vector<std::string> ModuleStore::dotted_names(const File& importer, const std::string& key) const {
  std::vector<std::string> out;
  for (const std::string& place : places(importer)) {
    if (!key.starts_with(place + "/") || !key.ends_with(".ml")) continue;
    std::string name = key.substr(place.size() + 1, key.size() - place.size() - 4);
    if (name.ends_with("/__init__")) name.resize(name.size() - 9);
    std::replace(name.begin(), name.end(), '/', '.');
    out.push_back(std::move(name));
  }
  return out;
}

std::string ModuleStore::not_found(const File& importer, std::string_view dotted) const {
  std::string detail = "looked in ";
  for (const std::string& place : places(importer)) detail += (detail.size() > 10 ? ", " : "") + place;
  if (detail.size() == 10) detail += "the library only";
  Nearest near(dotted);
  const std::vector<std::string> names = importable(importer);
  for (const std::string& name : names) near.offer(name);
  if (!near.best().empty()) detail += "; did you mean '" + std::string(near.best()) + "'?";
  return detail;
}

}  // namespace ml::lsp
