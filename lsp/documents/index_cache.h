#pragma once

// The index of closed files on the disk, so that a server does not read again what has not changed. One file
// for each set of folders, replaced as a whole, below mlpy's cache folder. Who reads it believes nothing:
// ModuleStore::take_known takes only files that are as they were.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/documents/modules.h"

namespace ml::lsp {

// $MLPY_CACHE_DIR, $XDG_CACHE_HOME/mlpy, ~/.cache/mlpy, each with "/index" behind; empty: no cache, because
// MLPY_NO_CACHE is set or there is no home.
std::filesystem::path index_cache_folder();

// The file for these folders in the cache folder. `version`: of mlpy; another one knows nothing of this.
std::filesystem::path index_cache_file(const std::filesystem::path& cache, std::string_view version,
                                       const std::vector<std::string>& folders);

std::string write_index(const std::vector<std::shared_ptr<const ModuleFacts>>& files);
// Bytes from anywhere. Files up to the first one that is damaged.
std::vector<ModuleFacts> read_index(std::string_view bytes);

// Writes it, and removes what other workspaces left there that nobody has used for a month.
void save_index(const std::filesystem::path& file,
                const std::vector<std::shared_ptr<const ModuleFacts>>& files);

}  // namespace ml::lsp
