// Any bytes through the whole compiler: it must come back without falling over.

#include <cstddef>
#include <cstdint>

#include "tests/support/pipeline.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const std::vector<std::pair<std::string, std::vector<std::string>>> no_exports;
  static const ml::sema::ImportResolver resolve = ml::test::resolver_of(no_exports);
  ml::test::compile(text, resolve);
  return 0;
}
