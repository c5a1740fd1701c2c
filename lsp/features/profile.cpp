// mlpy/profile/*: the loaded profiles (editor-protocols.md 4.4).

#include "lsp/profile/live.h"
#include "lsp/profile/requests.h"

namespace ml::lsp {

void add_profile(Registry& registry) {
  registry.request("mlpy/profile/load", Lane::Worker, profile_load);
  registry.request("mlpy/profile/clear", Lane::Worker, profile_clear);
  registry.request("mlpy/profile/compare", Lane::Worker, profile_compare);
  registry.request("mlpy/profile/status", Lane::Latency, profile_status);
  registry.request("mlpy/profile/hotspots", Lane::Worker, profile_hotspots);
  registry.request("mlpy/profile/lookup", Lane::Latency, profile_lookup);
  registry.request("mlpy/profile/flame", Lane::Worker, profile_flame);
  registry.request("mlpy/profile/export", Lane::Worker, profile_export);
  registry.notification("mlpy/profile/live", take_live_costs);
  registry.advertise([](json::object& to, const ClientInfo&) {
    to["experimental"] = json::object{{"mlProfile", {{"version", 1}}}};
  });
}

}  // namespace ml::lsp
