#include "core/base/heap.h"
#include "lsp/server.h"

int main(int argc, char** argv) {
  ml::keep_freed_memory();
  return ml::lsp::lsp_main(argc - 1, argv + 1);
}
