#pragma once

// The language server (docs: editor-protocols.md sections 1 to 4).
//
// Threads: a reader (wire::Peer), a writer (wire::Outbox), the state thread, which alone changes the world,
// and two pools that answer requests from snapshots. Nothing is locked while thinking.

#include <chrono>
#include <cstdint>
#include <string>

#include "wire/transport.h"

namespace ml::lsp {

// How long after a change the diagnostics are computed: at once when the last time was short.
struct Debounce {
  std::chrono::milliseconds quick{5}, most{150};
  std::chrono::milliseconds after(std::chrono::nanoseconds last) const {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(last);
    return ms < quick ? std::chrono::milliseconds{0} : ms * 2 < most ? ms * 2 : most;
  }
};

struct ServerOptions {
  Debounce debounce;
  // Performance hints are looked for when nothing has been typed for so long.
  std::chrono::milliseconds idle{300};
  unsigned latency_threads = 2, worker_threads = 1;
  std::uint64_t max_message = std::uint64_t{512} << 20;
  bool watch_parent = true;
  // The process is the server's alone and ends with it: `serve` does not wait for work that goes on, and
  // memory that is free goes back to the system when the server rests.
  bool own_process = false;
  // The server rests when it has had nothing to do for so long: files give up what takes much memory and is
  // quickly computed again. Those that somebody works with do so later: the next edit takes longer then.
  // `rest_unused`: those that were only opened.
  std::chrono::milliseconds rest{1000}, rest_unused{150}, rest_after_use{30'000};
  // Folder of what is known of closed files from one run to the next; empty: none.
  std::string index_cache;
};

// Serves one client until it leaves. The exit code: 0 when `shutdown` came before, else 1.
int serve(wire::Transport& transport, const ServerOptions& options);

// `mlpy lsp`, `mlpy --lsp` and `mlpy-lsp` with the arguments behind that. Exit code of the process; 2 for
// wrong arguments.
int lsp_main(int argc, const char* const* argv);

}  // namespace ml::lsp
