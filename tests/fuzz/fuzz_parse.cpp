// Any bytes through the parser that never has to choose: the tree is tree-sitter's, to the last bit, or there
// is none because tree-sitter had to recover from something or the bytes are no text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/syntax/deterministic.h"
#include "core/syntax/run.h"
#include "core/syntax/subtree.h"
#include "core/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ml::syntax;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const TreePointer theirs = run(text, nullptr), ours = run_deterministic(text);
  if (!theirs) return 0;
  if (ours) {
    if (!are_equal(root_of(ours.get()), root_of(theirs.get()))) std::abort();
  } else if (!ts_node_has_error(ts_tree_root_node(theirs.get())) && !ml::find_invalid_utf8(text) &&
             !ml::starts_with_bom(text)) {
    std::abort();
  }
  return 0;
}
