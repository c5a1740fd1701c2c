// Profiles that programs leave in the project (editor-protocols.md 4.3).

#include "lsp/profile/session.h"
#include "lsp/server/state.h"

namespace ml::lsp {
void Server::watch_profiles() {
  if (!ready_) return;
  std::set<std::string> folders;
  const bool wanted = world_->settings->flag("profile.autoLoad", true);
  if (wanted) {
    folders.insert(world_->folders.begin(), world_->folders.end());
    for (const auto& [key, doc] : documents_)
      if (!doc.file->path.empty()) folders.insert(project_of(key));
  }
  const std::string below = world_->settings->text("profile.folder", ".mlpy/profiles");
  Profiles now = *profiles_of(snapshot());
  now.watching.clear();
  for (const std::string& folder : folders) now.watching.push_back(folder + "/" + below + "/latest.mlprof");
  if (now.watching == profiles_of(snapshot())->watching) return;
  Editor::set_part<Profiles>(std::make_shared<const Profiles>(std::move(now)));
  watcher_.watch(std::move(folders), below);
}

void Server::profile_left(const std::string& file) {
  worker_.post([this, file] {
    std::vector<std::string> folders;
    RunResult result = load_run_file(file, folders);
    loop_.post([this, result = std::move(result)]() mutable {
      if (result.run)
        offer_run(*this, std::move(result.run));
      else
        log(MessageType::Warning, result.error);
    });
  });
}

}  // namespace ml::lsp
