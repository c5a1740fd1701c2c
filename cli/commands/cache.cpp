#include <fmt/format.h>

#include <boost/json.hpp>

#include "cli/cache.h"
#include "cli/commands/commands.h"
#include "core/stdlib/catalogue.h"

namespace ml::cli {

int cache_info_command(bool as_json) {
  const auto cache = Cache::of_user();
  const CacheInfo info = cache ? cache->info() : CacheInfo{};
  if (as_json) {
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"enabled", cache.has_value()},
                                                                  {"location", info.folder.string()},
                                                                  {"entries", info.entries},
                                                                  {"bytes", info.bytes},
                                                                  {"most_entries", Cache::kMostEntries},
                                                                  {"most_bytes", Cache::kMostBytes}}));
    return kOk;
  }
  if (!cache) {
    fmt::print("The transpilation cache is off.\n");
    return kOk;
  }
  fmt::print(
      "Compilation Cache Statistics\n  Cache Size: {}/{}\n  Total Size: {:.1f} MB of {} MB\n  Location:   "
      "{}\n",
      info.entries, Cache::kMostEntries, static_cast<double>(info.bytes) / (1 << 20), Cache::kMostBytes >> 20,
      info.folder.string());
  return kOk;
}

int cache_clear_command() {
  const auto cache = Cache::of_user();
  const auto removed = cache ? cache->clear() : 0;
  fmt::print("{} cached program{} removed.\n", removed, removed == 1 ? "" : "s");
  return kOk;
}

int catalogue_command() {
  fmt::print("{}\n", stdlib::catalogue_json());
  return kOk;
}

}  // namespace ml::cli
