#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lsp/documents/modules.h"
#include "lsp/documents/revision.h"
#include "wire/stop.h"

namespace ml::lsp {

// One open file that is edited: its versions, as the server makes them.
struct Versions {
  std::shared_ptr<const Revision> revision(const std::string& text) {
    return std::make_shared<Revision>(file, std::make_shared<DocumentText>(text), ++version, modules, true);
  }
  ModuleStore modules;
  std::shared_ptr<File> file = std::make_shared<File>("untitled:a", "untitled:a", "");
  std::int64_t version = 0;
  wire::StopFlag stop;
};

}  // namespace ml::lsp
