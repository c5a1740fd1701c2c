#include "dap/scratch.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

namespace ml::dap {

Scratch::Scratch() {
  std::error_code failed;
  name_ = std::filesystem::temp_directory_path(failed) / "mlpy-dap-XXXXXX";
  if (failed || !::mkdtemp(name_.data())) name_.clear();
}

void Scratch::remove() {
  std::error_code ignored;
  if (!name_.empty()) std::filesystem::remove_all(std::exchange(name_, {}), ignored);
}

}  // namespace ml::dap
