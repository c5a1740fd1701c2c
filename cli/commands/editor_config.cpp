#include "cli/commands/editor_config.h"

#include <fmt/format.h>

#include <string_view>

#include "cli/commands/commands.h"
#include "cli_editor_configs.h"
#include "core/text/nearest.h"

namespace ml::cli {

std::vector<std::string> editor_names() {
  std::vector<std::string> names;
  for (const auto& [name, text] : kEditorConfigs) names.emplace_back(name);
  return names;
}

int editor_config_command(const std::string& name) {
  Nearest near(name);
  for (const auto& [known, text] : kEditorConfigs) {
    if (known == name || (name == "neovim" && known == "nvim")) {
      fmt::print("{}", text);
      return kOk;
    }
    near.offer(known);
  }
  fmt::print(stderr, "mlpy: no configuration for '{}'\n", name);
  if (!near.best().empty()) fmt::print(stderr, "did you mean '{}'?\n", near.best());
  fmt::print(stderr, "editors: {}\n", fmt::join(editor_names(), ", "));
  return kUsage;
}

}  // namespace ml::cli
