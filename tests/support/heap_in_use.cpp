// Preloaded into a program (LD_PRELOAD): tells how many bytes of its heap are in use, as a line in the FIFO
// named by HEAP_IN_USE, each time somebody opens that for reading. Unlike the resident memory this is free of
// what the allocator keeps between blocks that are in use.

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

void* tell(void*) {
  sigset_t broken;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);  // the reader may be gone again
  pthread_sigmask(SIG_BLOCK, &broken, nullptr);
  const char* const path = std::getenv("HEAP_IN_USE");
  for (int fifo = 0; (fifo = open(path, O_WRONLY | O_CLOEXEC)) >= 0;) {
    const auto heap = mallinfo2();
    dprintf(fifo, "%zu\n", heap.uordblks + heap.hblkhd);
    close(fifo);
    usleep(100'000);  // one line a reader
  }
  return nullptr;
}

[[gnu::constructor]] void begin() {
  pthread_t thread = {};
  if (std::getenv("HEAP_IN_USE") != nullptr) pthread_create(&thread, nullptr, tell, nullptr);
}

}  // namespace
