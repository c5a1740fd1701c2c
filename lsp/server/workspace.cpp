#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <unordered_set>

#include "cli/project/project_file.h"
#include "core/base/files.h"
#include "core/base/heap.h"
#include "core/base/two_threads.h"
#include "core/syntax/memory.h"
#include "lsp/documents/index_cache.h"
#include "lsp/documents/uri.h"
#include "lsp/server/source_files.h"
#include "lsp/server/state.h"

namespace ml::lsp {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// Lets other threads go first: those that somebody waits for.
void give_way() { setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5); }

// What an earlier run knew of the files.
void take_known(ModuleStore& modules, const std::string& cache, const std::vector<std::string>& folders,
                const std::vector<std::string>& files) {
  if (cache.empty()) return;
  const auto bytes = read_file(index_cache_file(cache, MLPY_VERSION, folders));
  if (!bytes) return;
  auto known = read_index(*bytes);
  const std::unordered_set<std::string_view> there(files.begin(), files.end());
  std::erase_if(known, [&](const ModuleFacts& facts) { return !there.contains(facts.key); });
  modules.take_known(std::move(known));
}

// Tells the client about work that takes longer than 300 ms (editor-protocols.md 1.5).
class WorkProgress {
 public:
  WorkProgress(wire::Peer& peer, bool wanted, std::string title)
      : peer_(peer), wanted_(wanted), title_(std::move(title)) {}
  ~WorkProgress() {
    if (begun_) send({{"kind", "end"}});
  }
  void report(std::size_t done, std::size_t all) {
    const auto now = Clock::now();
    if (!wanted_ || now - start_ < 300ms || now - last_ < 100ms) return;
    last_ = now;
    if (!begun_) {
      begun_ = true;
      peer_.request("window/workDoneProgress/create", json::object{{"token", title_}},
                    [](wire::Response&&) {});
      send({{"kind", "begin"}, {"title", title_}, {"percentage", 0}});
    }
    send({{"kind", "report"}, {"percentage", done * 100 / std::max<std::size_t>(all, 1)}});
  }

 private:
  using Clock = std::chrono::steady_clock;
  void send(json::object value) {
    const bool report = value.at("kind") == "report";
    peer_.notify("$/progress", json::object{{"token", title_}, {"value", std::move(value)}},
                 report ? wire::Keep::WhileRoom : wire::Keep::Always);
  }
  wire::Peer& peer_;
  const bool wanted_;
  const std::string title_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
  bool begun_ = false;
};

}  // namespace

void Server::set_folders(std::vector<std::string> folders) {
  world().folders = folders;
  std::vector<std::string> paths;
  for (const std::string& path : world_->settings->import_paths) {
    if (fs::path(path).is_absolute()) paths.push_back(key_of_path(path));
    for (const std::string& folder : folders) {
      if (!fs::path(path).is_absolute()) paths.push_back(key_of_path(fs::path(folder) / path));
    }
  }
  modules_.set_places(std::move(paths), std::move(folders));
  watch_profiles();
}

void Server::change_folders(const json::object& params) {
  const json::object& event = object_at(params, "event");
  std::vector<std::string> folders = world_->folders;
  const auto each = [&](const char* name, auto&& take) {
    const auto* list = event.if_contains(name);
    if (!list || !list->is_array()) return;
    for (const auto& folder : list->get_array()) {
      if (!folder.is_object()) continue;
      if (const auto path = path_of_uri(text_at(folder.get_object(), "uri"))) take(key_of_path(*path));
    }
  };
  each("removed", [&](const std::string& folder) { std::erase(folders, folder); });
  each("added", [&](std::string folder) {
    std::erase(folders, folder);
    folders.push_back(std::move(folder));
  });
  // Files of folders that are not part of the workspace any more.
  const auto below = [](const std::string& key, const std::string& folder) {
    return key.starts_with(folder + "/");
  };
  for (const auto& facts : modules_.all()) {
    const auto holds = [&](const std::string& folder) { return below(facts->key, folder); };
    if (std::any_of(world_->folders.begin(), world_->folders.end(), holds) &&
        std::none_of(folders.begin(), folders.end(), holds))
      modules_.forget(facts->key);
  }
  set_folders(std::move(folders));
  if (world_->client->can("workspace.configuration")) pull_settings();
  check_all();
  index_workspace();
}

void Server::set_settings(const json::value& section, FolderSettings folders) {
  auto settings = std::make_shared<Settings>(read_settings(section));
  const bool first = world_->settings->raw.empty();
  const auto equal = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second->raw == b.second->raw;
  };
  const bool same =
      settings->raw == world_->settings->raw && std::ranges::equal(folders, world_->folder_settings, equal);
  if (const std::string word = settings->text("trace.server", ""); !same && !word.empty()) set_trace(word);
  world().settings = std::move(settings);
  world().folder_settings = std::move(folders);
  if (same && !first) return;
  closed_findings_.forget_all();
  set_folders(world_->folders);
  check_all();
  if (ready_) check_all_closed();
  for (const char* what : {"codeLens", "inlayHint", "semanticTokens"}) refresh(what);
}

void Server::pull_settings() {
  json::array items;
  for (const std::string& folder : world_->folders)
    items.push_back(json::object{{"scopeUri", uri_of_path(folder)}, {"section", "ml"}});
  if (items.empty()) items.push_back(json::object{{"section", "ml"}});
  request("workspace/configuration", json::object{{"items", std::move(items)}},
          [this, folders = world_->folders](wire::Response&& response) {
            const json::array* all = response.failed ? nullptr : response.result.if_array();
            if (!all || all->empty() || !all->front().is_object()) return;
            FolderSettings others;
            for (std::size_t i = 1; i < folders.size() && i < all->size(); ++i) {
              if ((*all)[i].is_object() && (*all)[i] != all->front())
                others[folders[i]] = std::make_shared<const Settings>(read_settings((*all)[i]));
            }
            // A folder inside of one with other settings has its own, too.
            if (!others.empty())
              others[folders[0]] = std::make_shared<const Settings>(read_settings(all->front()));
            set_settings(all->front(), std::move(others));
          });
}

void Server::ask_for_folders() {
  request("workspace/workspaceFolders", json::object(), [this](wire::Response&& response) {
    const json::array* all = response.failed ? nullptr : response.result.if_array();
    if (!all || all->empty()) return;
    change_folders(json::object{{"event", json::object{{"added", *all}, {"removed", json::array()}}}});
  });
}

void Server::index_workspace() {
  const std::uint64_t run = ++index_run_;
  if (!world_->settings->index || world_->folders.empty()) return indexed();
  world().indexed = false;
  indexing_ = true;
  index_.post([this, folders = world_->folders, most = world_->settings->index_max_files,
               wanted = world_->client->can("window.workDoneProgress"),
               watched = world_->client->can("workspace.didChangeWatchedFiles.dynamicRegistration"), run] {
    if (!watched) sources_.watch(folders, most);
    const std::vector<std::string> files = list_files(folders, most);
    take_known(modules_, options_.index_cache, folders, files);
    {
      WorkProgress progress(peer_, wanted, "Reading the workspace");
      std::atomic<std::size_t> next = 0;
      const auto read = [&](bool reports) {
        give_way();
        for (std::size_t i = 0; (i = next++) < files.size() && !closing_;) {
          try {
            modules_.find(files[i]);
          } catch (const std::exception& defect) {
            on_trouble("index of " + files[i] + ": " + defect.what());
          }
          if (reports) progress.report(i, files.size());
        }
        // What was needed for reading; only this thread can give that back.
        if (options_.own_process) return_freed_memory();
      };
      if (has_second_core())
        at_once([&] { read(true); }, [&] { read(false); });
      else
        read(true);
    }
    modules_.pack();
    save_index(folders);
    if (options_.own_process) {
      syntax::return_free_memory();
      return_freed_memory();
    }
    loop_.post([this, run, files] {
      if (run != index_run_) return;
      indexed();
      worked();
      mind_memory();
      check_unresolved();
      check_closed(files);
    });
  });
}

void Server::indexed() {
  world().indexed = true;
  indexing_ = false;
  for (auto& task : std::exchange(waiting_for_index_, {})) worker_.post(std::move(task));
}

void Server::save_index(const std::vector<std::string>& folders) {
  if (options_.index_cache.empty() || folders.empty()) return;
  if (auto files = modules_.closed_since())
    lsp::save_index(index_cache_file(options_.index_cache, MLPY_VERSION, folders), *files);
}

void Server::files_changed(const json::object& params) {
  const auto* list = params.if_contains("changes");
  if (!list) list = params.if_contains("files");
  if (!list || !list->is_array()) throw Refusal{wire::code::InvalidParams, "changes is not an array"};
  std::vector<std::string> keys;
  for (const auto& change : list->get_array()) {
    if (!change.is_object()) continue;
    if (const auto* uri = change.get_object().if_contains("uri"); uri && uri->is_string())
      keys.push_back(key_of_uri(wire::sv(uri->get_string())));
  }
  files_changed(std::move(keys));
}

void Server::files_changed(std::vector<std::string> keys) {
  if (std::any_of(keys.begin(), keys.end(), [](const auto& key) { return key.ends_with(".mlprof"); }))
    watcher_.look();
  if (std::any_of(keys.begin(), keys.end(), is_project_file)) projects_changed();
  std::vector<std::shared_ptr<const ModuleFacts>> before;
  for (const std::string& key : keys) {
    before.push_back(modules_.known(key));
    modules_.forget(key);
    closed_findings_.forget(key);
  }
  for (const std::string& key : keys) {
    if (key.ends_with(".ml")) check_importers(key);
  }
  check_closed(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) check_closed_importers(keys[i], std::move(before[i]));
  worker_.post([this, keys] {
    for (const std::string& key : keys) {
      if (key.ends_with(".ml")) modules_.find(key);
    }
  });
}

void Server::projects_changed() {
  modules_.forget_projects();
  modules_.forget_all();  // where their imports lead
  check_all();
}

void Server::register_dynamic() {
  json::array wanted;
  if (world_->client->can("workspace.didChangeWatchedFiles.dynamicRegistration")) {
    json::array watchers;
    for (const char* glob : {"**/*.ml", "**/.mlpy/**"})
      watchers.push_back(json::object{{"globPattern", glob}});
    for (const char* name : cli::project_file_names())
      watchers.push_back(json::object{{"globPattern", std::string("**/") + name}});
    wanted.push_back(json::object{{"id", "ml.watch"},
                                  {"method", "workspace/didChangeWatchedFiles"},
                                  {"registerOptions", {{"watchers", std::move(watchers)}}}});
  }
  if (world_->client->can("workspace.didChangeConfiguration.dynamicRegistration"))
    wanted.push_back(json::object{{"id", "ml.configuration"},
                                  {"method", "workspace/didChangeConfiguration"},
                                  {"registerOptions", {{"section", "ml"}}}});
  if (!wanted.empty())
    request("client/registerCapability", json::object{{"registrations", std::move(wanted)}},
            [](wire::Response&&) {});
}

}  // namespace ml::lsp
