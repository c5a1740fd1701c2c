// The setting memoryLimitMB: what can be computed again is given up before the process grows larger.

#include <unistd.h>

#include <fstream>

#include "core/base/heap.h"
#include "core/syntax/memory.h"
#include "lsp/server/state.h"

namespace ml::lsp {

using namespace std::chrono_literals;

namespace {

std::size_t resident_mb() {
  std::uint64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) >> 20;
}

}  // namespace

void Server::mind_memory() {
  const std::size_t limit = world_->settings->memory_limit_mb;
  const auto now = wire::Loop::Clock::now();
  if (limit == 0 || now < memory_seen_ + 1s) return;
  memory_seen_ = now;
  const std::size_t used = resident_mb();
  if (used * 10 < limit * 9) return;
  show(MessageType::Warning,
       "The language server uses 90 % of the " + std::to_string(limit) +
           " MB that the setting ml.memoryLimitMB allows. It gives up what it keeps for speed.");
  std::vector<std::shared_ptr<const Revision>> given_up;
  for (auto& [key, doc] : documents_) {
    if (!doc.stale && !doc.checking) put_to_rest(key, given_up);
  }
  worker_.post([given_up = std::move(given_up), own = options_.own_process]() mutable {
    given_up.clear();
    if (!own) return;
    syntax::return_free_memory();
    return_freed_memory();
  });
}

}  // namespace ml::lsp
