#pragma once

// Everything a request may look at, as it was when the request arrived. Immutable; cheap to copy.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "lsp/documents/modules.h"
#include "lsp/documents/revision.h"
#include "lsp/server/client.h"

namespace ml::lsp {

struct World {
  std::shared_ptr<const ClientInfo> client = std::make_shared<ClientInfo>();
  std::shared_ptr<const Settings> settings = std::make_shared<Settings>();
  // Of folders that have their own: by canonical path. `settings` holds for files elsewhere.
  std::map<std::string, std::shared_ptr<const Settings>, std::less<>> folder_settings;
  std::vector<std::string> folders;                                    // of the workspace: canonical paths
  std::map<std::string, std::shared_ptr<Revision>, std::less<>> open;  // by key
  std::map<std::string, std::string, std::less<>> keys;                // uri as the client writes it -> key
  std::map<std::type_index, std::shared_ptr<const void>> parts;        // data of features (Editor::set_part)
  std::set<std::string, std::less<>> silent;                           // open, but no ML (2.3): keys
  bool indexed = false;                                                // the workspace has been read
};

// The world that changes, of one thread, and what it looked like to the snapshots that were taken of it.
class OwnWorld {
 public:
  const World* operator->() const { return &shared_->world; }
  // To be changed: a copy, if a snapshot still reads this one.
  World& change();
  // Not changed as long as it is held, by whatever thread.
  std::shared_ptr<const World> lend() const;

 private:
  struct Shared {
    World world;
    std::atomic<std::uint32_t> readers{0};
  };
  // A count of its own: that of a shared pointer does not say that its last reader has finished reading.
  struct Lease {
    explicit Lease(std::shared_ptr<Shared> from) : of(std::move(from)) {
      of->readers.fetch_add(1, std::memory_order_relaxed);
    }
    ~Lease() { of->readers.fetch_sub(1, std::memory_order_release); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    const std::shared_ptr<Shared> of;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

class Snapshot {
 public:
  Snapshot(std::shared_ptr<const World> world, ModuleStore& modules)
      : world_(std::move(world)), modules_(&modules) {}

  const ClientInfo& client() const { return *world_->client; }
  const Settings& settings() const { return *world_->settings; }
  // Of the folder that holds the file.
  const Settings& settings_of(std::string_view key) const;
  const Settings& settings_of_uri(std::string_view uri) const;
  const std::vector<std::string>& folders() const { return world_->folders; }
  bool indexed() const { return world_->indexed; }
  bool is_silent(std::string_view key) const { return world_->silent.contains(key); }

  // Open documents, by key.
  const std::map<std::string, std::shared_ptr<Revision>, std::less<>>& open() const { return world_->open; }
  // The open document, else what the disk holds, else null.
  std::shared_ptr<const Revision> file(std::string_view uri) const;
  std::shared_ptr<const Revision> file_of_key(const std::string& key) const;
  // As answers write it: the client's own spelling for open documents.
  std::string uri_of(const std::string& key) const;

  // The module graph and the index of the workspace. Not frozen: it is as new as what has been read.
  ModuleStore& modules() const { return *modules_; }

  // What a feature keeps between requests, or null. One per type.
  template <class T>
  std::shared_ptr<const T> part() const {
    const auto it = world_->parts.find(typeid(T));
    return it == world_->parts.end() ? nullptr : std::static_pointer_cast<const T>(it->second);
  }

 private:
  std::shared_ptr<const World> world_;
  ModuleStore* modules_;
};

}  // namespace ml::lsp
