#include "core/base/heap.h"
#include "dap/server.h"

int main(int argc, char** argv) {
  ml::keep_freed_memory();
  return ml::dap::dap_main(argc - 1, argv + 1);
}
