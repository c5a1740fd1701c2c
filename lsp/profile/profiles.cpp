#include "lsp/profile/profiles.h"

namespace ml::lsp {
namespace {

double number(const Settings& settings, std::string_view name, double otherwise) {
  const json::value* value = settings.at(name);
  return value && value->is_number() ? value->to_number<double>() : otherwise;
}

}  // namespace

std::shared_ptr<const LoadedRun> Profiles::find(std::string_view run_id) const {
  for (const auto& run : runs)
    if (run->profile.run.id == run_id) return run;
  if (baseline && baseline->profile.run.id == run_id) return baseline;
  return nullptr;
}

std::shared_ptr<const LoadedRun> Profiles::run_of(const std::string& key) const {
  for (const auto& run : runs)
    if (run->files.contains(key)) return run;
  for (const auto& run : runs)
    if (!run->root.empty() && key.starts_with(run->root + "/")) return run;
  return nullptr;
}

std::shared_ptr<const Profiles> profiles_of(const Snapshot& snapshot) {
  static const auto kEmpty = std::make_shared<const Profiles>();
  auto part = snapshot.part<Profiles>();
  return part ? part : kEmpty;
}

std::shared_ptr<const FileCosts> costs_of(const Snapshot& snapshot, const Revision& file) {
  const auto profiles = profiles_of(snapshot);
  const auto run = profiles->run_of(file.file().key);
  if (!run) return nullptr;
  return profiles->matches->costs(run, file,
                                  [&](const std::string& key) { return snapshot.file_of_key(key); });
}

Surface surface_of(const Snapshot& snapshot) {
  const ClientInfo& client = snapshot.client();
  const bool lens = client.can("textDocument.codeLens"), inlay = client.can("textDocument.inlayHint");
  const std::string wanted = snapshot.settings().text("profile.surface", "auto");
  Surface s;
  if (wanted == "off") {
    s.name = "off";
    return s;
  }
  s.lens = wanted == "lens" || wanted == "both";
  s.inlay = wanted == "inlay" || wanted == "both";
  s.lines = true;
  if (!s.lens && !s.inlay) {
    s.lens = lens;
    s.inlay = !lens && inlay;
    s.hints = !lens && !inlay;
  }
  s.name = s.lens && s.inlay ? "both" : s.lens ? "lens" : s.inlay ? "inlay" : "diagnostics";
  return s;
}

CostSettings cost_settings(const Settings& settings) {
  return {number(settings, "profile.minPercent", 0.1), number(settings, "profile.lineThreshold", 1),
          settings.text("profile.detail", "full") != "short",
          settings.text("profile.lineBase", "run") == "function"};
}

}  // namespace ml::lsp
