#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/profile.h"
#include "cli/profile_run.h"
#include "cli/project.h"
#include "core/base/files.h"

namespace ml::cli {

int capture_command(const CaptureOptions& options) {
  RunFacts facts;
  facts.main_file = options.files.front();
  facts.kind = "debug";
  for (const std::string& file : options.files)
    if (auto text = read_file(file)) facts.sources[file] = std::move(*text);
  auto profile = profile_of(read_file(options.capture).value_or(""), facts);
  if (!profile) {
    fmt::print(stderr, "mlpy: nothing was measured yet\n");
    return kFailed;
  }
  profile->run.debugged = options.debugged;
  const int keep = options.keep > 0
                       ? options.keep
                       : project_profile(std::filesystem::path(facts.main_file).parent_path()).keep;
  const auto saved = save_profile(*profile, facts.main_file, options.save, keep);
  if (!saved) return kFailed;
  fmt::print("{}\n", saved->string());
  return kOk;
}

}  // namespace ml::cli
