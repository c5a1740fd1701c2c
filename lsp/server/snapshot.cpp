#include "lsp/server/snapshot.h"

#include "lsp/documents/uri.h"

namespace ml::lsp {

World& OwnWorld::change() {
  if (shared_->readers.load(std::memory_order_acquire) != 0) {
    auto copy = std::make_shared<Shared>();
    copy->world = shared_->world;
    shared_ = std::move(copy);
  }
  return shared_->world;
}

std::shared_ptr<const World> OwnWorld::lend() const {
  return {std::make_shared<Lease>(shared_), &shared_->world};
}

std::shared_ptr<const Revision> Snapshot::file(std::string_view uri) const {
  const auto known = world_->keys.find(uri);
  return file_of_key(known != world_->keys.end() ? known->second : key_of_uri(uri));
}

std::shared_ptr<const Revision> Snapshot::file_of_key(const std::string& key) const {
  if (const auto it = world_->open.find(key); it != world_->open.end()) return it->second;
  return modules_->revision(key);
}

std::string Snapshot::uri_of(const std::string& key) const {
  if (const auto it = world_->open.find(key); it != world_->open.end()) return it->second->file().uri;
  return key.starts_with('/') ? uri_of_path(key) : key;
}

const Settings& Snapshot::settings_of(std::string_view key) const {
  const Settings* found = &settings();
  std::size_t longest = 0;
  for (const auto& [folder, own] : world_->folder_settings) {
    if (folder.size() >= longest && key.size() > folder.size() && key.starts_with(folder) &&
        key[folder.size()] == '/')
      found = own.get(), longest = folder.size();
  }
  return *found;
}

const Settings& Snapshot::settings_of_uri(std::string_view uri) const {
  if (world_->folder_settings.empty()) return settings();
  const auto known = world_->keys.find(uri);
  return settings_of(known != world_->keys.end() ? known->second : key_of_uri(uri));
}

}  // namespace ml::lsp
