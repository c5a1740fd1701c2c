// Any bytes as an index of files: what is read can be written, and comes back the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "lsp/documents/index_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ml::lsp;
  std::vector<std::shared_ptr<const ModuleFacts>> files;
  for (ModuleFacts& facts : read_index({reinterpret_cast<const char*>(data), size}))
    files.push_back(std::make_shared<const ModuleFacts>(std::move(facts)));
  const std::string written = write_index(files);
  std::vector<std::shared_ptr<const ModuleFacts>> again;
  for (ModuleFacts& facts : read_index(written))
    again.push_back(std::make_shared<const ModuleFacts>(std::move(facts)));
  if (again.size() != files.size() || write_index(again) != written) std::abort();
  return 0;
}
