#include "core/syntax/walk.h"

#include "core/syntax/symbols.h"

extern "C" TSSymbol ts_language_public_symbol(const TSLanguage*, TSSymbol);

namespace ml::syntax {

TSSymbol public_symbol(TSSymbol symbol) { return ts_language_public_symbol(language(), symbol); }

bool has_known_layout() {
  static const bool known = [] {
    const Tree tree = parse("f();");
    const Subtree root = identity(tree.root());
    if (is_packed(root) || data(root)->references == 0 || size(root) != 4 || !is_visible(root)) return false;
    if (symbol(root) != sym::Program || data(root)->children != 2) return false;
    const Subtree items = *children_begin(root), end = *(children_end(root) - 1);
    if (is_packed(items) || size(items) != 4 || is_visible(items)) return false;
    return is_packed(end) && symbol(end) == 0;
  }();
  return known;
}

}  // namespace ml::syntax
