// The store's questions about who imports whom.

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/stdlib/catalogue.h"
#include "lsp/documents/modules.h"

namespace ml::lsp {
namespace fs = std::filesystem;

std::vector<std::string> ModuleStore::closed_importers(const std::string& key,
                                                       const FactsChange& change) const {
  using Kind = sema::ImportedModule::Kind;
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  const auto changed = facts_.find(key);
  const std::shared_ptr<const ModuleFacts> now = changed != facts_.end() ? changed->second : nullptr;
  // A name that is not there is told with those that are.
  std::unordered_set<std::string_view> settled;
  if (now)
    for (const Export& e : now->exports) settled.insert(e.name());
  for (const std::string& name : change.names) settled.erase(name);
  const auto concerns = [&](const ModuleUse& use) {
    return !use.member.empty() && use.file == key && !settled.contains(use.member);
  };
  for (const auto& [other, facts] : facts_) {
    if (other == key || !facts || open_.contains(other)) continue;
    const bool imports_it = std::ranges::any_of(facts->imports, [&](const KnownImport& import) {
      return import.file == key || (change.all_concerned && import.kind == Kind::NotFound);
    });
    if (imports_it && (change.all_concerned || std::ranges::any_of(facts->uses, concerns)))
      out.push_back(other);
  }
  return out;
}

// Keys of the files that a file imports: as its facts say, else by reading it; of what is closed that once.
std::vector<std::string> ModuleStore::imported_files(const std::string& key) {
  bool closed = false;
  unsigned forgotten = 0;
  {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> files;
    if (const auto it = facts_.find(key); it != facts_.end() && it->second) {
      for (const KnownImport& import : it->second->imports) {
        if (!import.file.empty()) files.emplace_back(import.file);
      }
      return files;
    }
    if (const auto it = imported_.find(key); it != imported_.end()) return it->second;
    closed = !open_.contains(key);
    forgotten = forgotten_;
  }
  std::vector<std::string> files;
  if (const CurrentRevision revision = this->revision(key);
      revision && revision->text().text().find("import") != std::string_view::npos) {
    for (const std::string& dotted : revision->parsed().imports) {
      if (stdlib::catalogue().module(dotted)) continue;
      if (std::string file = locate(revision->file(), dotted); !file.empty())
        files.push_back(std::move(file));
    }
  }
  const std::lock_guard lock(mutex_);
  if (closed && forgotten == forgotten_) imported_[key] = files;
  return files;
}

// False: surely not. Of an import that is so new that the graph does not have it, nothing is known.
bool ModuleStore::may_be_in_circle(const std::string& importer, const std::string& from) {
  const auto files = [this](const std::string& key) { return imported_files(key); };
  const std::vector<std::string> known = files(importer);
  if (std::ranges::find(known, from) == known.end()) return true;
  const std::lock_guard lock(circles_mutex_);
  ImportCircles circles = std::exchange(circles_, {});  // an exception leaves none that are half found
  {
    const std::lock_guard graph(mutex_);
    if (std::exchange(circles_of_, graph_) != graph_) circles = {};
  }
  const bool together = circles.together(from, importer, files);
  circles_ = std::move(circles);
  return together;
}

// Looks at open documents and at files whose facts are known or can be parsed.
std::string ModuleStore::cycle(const std::string& importer, const std::string& from) {
  const auto title = [](const std::string& key) { return fs::path(key).stem().string(); };
  if (from == importer) return title(importer) + " -> " + title(importer);
  if (!may_be_in_circle(importer, from)) return {};
  std::map<std::string, std::string> came_from{{from, importer}};
  std::vector<std::string> queue{from};
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const std::string key = queue[next];
    for (std::string& target : imported_files(key)) {
      if (target == importer) {
        std::string chain = title(importer);
        for (std::string at = key; at != importer; at = came_from[at]) chain = title(at) + " -> " + chain;
        return title(importer) + " -> " + chain;
      }
      if (came_from.emplace(target, key).second) queue.push_back(std::move(target));
    }
  }
  return {};
}

}  // namespace ml::lsp
