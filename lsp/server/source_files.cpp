#include "lsp/server/source_files.h"

#include <algorithm>

#include "cli/project/project_file.h"

namespace ml::lsp {
namespace fs = std::filesystem;
namespace {

bool is_left_out(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with('.') || name == "node_modules" || name == "__pycache__";
}

}  // namespace

bool is_project_file(std::string_view path) {
  const auto names = cli::project_file_names();
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> list_files(const std::vector<std::string>& folders, std::size_t most,
                                    const std::function<void(const std::string&)>& folder) {
  std::vector<std::string> files;
  for (const std::string& root : folders) {
    std::error_code failed;
    fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, failed), end;
    if (!failed && folder) folder(root);
    while (!failed && it != end && files.size() < most) {
      std::error_code gone;
      if (it->is_directory(gone)) {
        if (is_left_out(it->path()))
          it.disable_recursion_pending();
        else if (folder && !it->is_symlink(gone))
          folder(it->path().string());
      } else if (it->path().extension() == ".ml" && it->is_regular_file(gone)) {
        files.push_back(it->path().string());
      }
      it.increment(failed);
    }
  }
  return files;
}

void SourceWatcher::watch(std::vector<std::string> folders, std::size_t most_files) {
  {
    const std::lock_guard lock(mutex_);
    if (folders == folders_ && most_files == most_) return;
    folders_ = std::move(folders);
    most_ = most_files;
    fresh_ = true;
  }
  events_.look_again();
}

bool SourceWatcher::look() {
  std::vector<std::string> folders;
  std::size_t most = 0;
  bool fresh = false;
  {
    const std::lock_guard lock(mutex_);
    folders = folders_;
    most = most_;
    fresh = std::exchange(fresh_, false);
  }
  bool all_watched = true;
  std::map<std::string, FileStamp> now;
  const auto watched = [&](const std::string& folder) {
    all_watched = events_.watch(folder) && all_watched;
    for (const std::string_view name : cli::project_file_names()) {
      std::string file = folder + "/" + std::string(name);
      if (const FileStamp stamp = stamp_of(file)) now.emplace(std::move(file), stamp);
    }
  };
  for (std::string& file : list_files(folders, most, watched)) {
    const FileStamp stamp = stamp_of(file);
    now.emplace(std::move(file), stamp);
  }
  std::vector<std::string> changed;
  for (const auto& [file, stamp] : now) {
    const auto before = stamps_.find(file);
    if (before == stamps_.end() || before->second != stamp) changed.push_back(file);
  }
  for (const auto& [file, stamp] : stamps_) {
    if (!now.contains(file)) changed.push_back(file);
  }
  stamps_ = std::move(now);
  if (!fresh && !changed.empty()) changed_(std::move(changed));
  return all_watched;
}

}  // namespace ml::lsp
