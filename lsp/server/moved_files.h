#pragma once

// workspace/didRenameFiles and didDeleteFiles: which files they are about.

#include <string>
#include <vector>

#include "lsp/documents/modules.h"
#include "lsp/server/client.h"

namespace ml::lsp {

// A file or a folder, by identity (uri.h).
struct MovedFile {
  std::string from;
  std::string to;  // empty: deleted

  // Where a file is now that was at `key`; empty when it was not this one and not below it.
  std::string place_of(const std::string& key) const;
};

// What the params name; entries that make no sense are left out. Throws Refusal when there is no list.
std::vector<MovedFile> moved_files(const json::object& params);

// The files and, of folders, all that `modules` knows below them: as they were called, and are called now.
std::vector<std::string> keys_of(const std::vector<MovedFile>& moved, const ModuleStore& modules);

}  // namespace ml::lsp
