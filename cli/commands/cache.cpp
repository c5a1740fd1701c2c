#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "cli/cache.h"
#include "cli/commands/commands.h"
#include "core/stdlib/catalogue.h"

namespace ml::cli {

namespace {

int show(const std::optional<Cache>& cache, bool as_json) {
  const CacheInfo info = cache ? cache->info() : CacheInfo{};
  const std::uint64_t loads = info.hits + info.misses;
  const double rate = loads ? static_cast<double>(info.hits) / static_cast<double>(loads) : 0.0;
  if (as_json) {
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"enabled", cache.has_value()},
                                                                  {"location", info.folder.string()},
                                                                  {"entries", info.entries},
                                                                  {"bytes", info.bytes},
                                                                  {"hits", info.hits},
                                                                  {"misses", info.misses},
                                                                  {"hit_rate", rate},
                                                                  {"most_entries", Cache::kMostEntries},
                                                                  {"most_bytes", Cache::kMostBytes}}));
    return kOk;
  }
  if (!cache) {
    fmt::print("The transpilation cache is off.\n");
    return kOk;
  }
  fmt::print(
      "Compilation Cache Statistics\n  Cache Size: {}/{}\n  Hit Rate:   {:.1f}%\n  Hits:       {}\n"
      "  Misses:     {}\n  Total Size: {:.1f} MB of {} MB\n  Location:   {}\n",
      info.entries, Cache::kMostEntries, 100 * rate, info.hits, info.misses,
      static_cast<double>(info.bytes) / (1 << 20), Cache::kMostBytes >> 20, info.folder.string());
  return kOk;
}

int tell_removed(std::uint64_t removed) {
  fmt::print("{} cached program{} removed.\n", removed, removed == 1 ? "" : "s");
  return kOk;
}

struct CacheArguments {
  bool json = false, stats = false, clear = false, prune = false, execution = false;
  std::string module;
};

int cache_command(const CacheArguments& wanted) {
  const auto cache = Cache::of_user();
  if (wanted.clear) return tell_removed(cache ? cache->clear() : 0);
  if (!wanted.module.empty()) return tell_removed(cache ? cache->clear_module(wanted.module) : 0);
  if (wanted.prune) return tell_removed(cache ? cache->prune_now() : 0);
  if (wanted.execution) {
    fmt::print("There is no execution cache: results of programs with effects must not be reused.\n");
    return kOk;
  }
  return show(cache, wanted.json);
}

}  // namespace

void add_cache_command(CLI::App& app, int& status) {
  auto wanted = std::make_shared<CacheArguments>();
  CLI::App* cache = app.add_subcommand("cache", "Look at the transpilation cache");
  cache->add_flag("--stats,--show-compilation-cache", wanted->stats, "Size, place and use (default)");
  cache->add_flag("--json", wanted->json, "As JSON");
  cache->add_flag("--clear-cache", wanted->clear, "Remove every cached program");
  cache->add_option("--clear-module", wanted->module, "Remove programs with a module of this name");
  cache->add_flag("--prune", wanted->prune, "Remove what was not used for 30 days or is beyond the limits");
  cache->add_flag("--show-execution-cache", wanted->execution, "Say that there is none");
  cache->require_subcommand(0, 1);
  cache->add_subcommand("info", "The same as --stats")->add_flag("--json", wanted->json, "As JSON");
  cache->add_subcommand("clear", "The same as --clear-cache")->callback([wanted] { wanted->clear = true; });
  cache->callback([wanted, &status] { status = cache_command(*wanted); });
}

int catalogue_command() {
  fmt::print("{}\n", stdlib::catalogue_json());
  return kOk;
}

}  // namespace ml::cli
