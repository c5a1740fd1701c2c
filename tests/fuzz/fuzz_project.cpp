// Any bytes are a safe project file: the first says in which language.

#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/project/project_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ml::cli::ProjectFile project =
      ml::cli::read_project_file(text, data[0] % 2 == 0 ? "/p/mlpy.yaml" : "/p/mlpy.json");
  for (const ml::cli::ProjectKey& key : ml::cli::project_keys()) {
    (void)project.texts(key.name);
    (void)project.text_of(key.name);
    (void)project.flag(key.name);
    (void)project.number(key.name);
  }
  return 0;
}
