#include "core/syntax/subtree.h"

#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "core/syntax/deterministic.h"
#include "core/syntax/run.h"
#include "core/syntax/symbols.h"
#include "core/syntax/tree.h"

namespace ml::syntax {

namespace {

// A list that has to be balanced, comments between and behind statements, a token too long to be packed, a
// template.
constexpr std::string_view kSample =
    "# note\n"
    "f([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], \"a\", `b ${c(d)} e`);\n"
    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
    "function g(x) { if (x > 0) { return x // 2 } // note\n y = {a: x, b: -x}; return y.a }\n"
    "import math; g(1)  # note\n";

bool has_layout() {
  const TreePointer tree = run("f();", nullptr);
  const Subtree root = root_of(tree.get());
  if (is_packed(root) || data(root)->references == 0 || size(root) != 4 || !is_visible(root)) return false;
  if (symbol(root) != sym::Program || data(root)->children != 2) return false;
  const Subtree items = *children_begin(root), end = *(children_end(root) - 1);
  if (is_packed(items) || size(items) != 4 || is_visible(items)) return false;
  return is_packed(end) && symbol(end) == 0;
}

bool is_made_alike() {
  const TreePointer theirs = run(kSample, nullptr), ours = run_deterministic(kSample);
  return theirs && ours && are_equal(root_of(theirs.get()), root_of(ours.get()));
}

bool have_equal_data(const SubtreeData& one, const SubtreeData& other) {
  const auto same = [](const Length& a, const Length& b) {
    return a.bytes == b.bytes && a.extent.row == b.extent.row && a.extent.column == b.extent.column;
  };
  if (!same(one.padding, other.padding) || !same(one.size, other.size) || one.lookahead != other.lookahead ||
      one.error_cost != other.error_cost || one.children != other.children || one.symbol != other.symbol ||
      one.state != other.state || one.flags != other.flags) {
    return false;
  }
  if (one.children > 0) return std::memcmp(&one.inner, &other.inner, sizeof one.inner) == 0;
  if ((one.flags & flag::kExternal) == 0) return true;
  return one.scanner.length == other.scanner.length &&
         std::memcmp(one.scanner.state, other.scanner.state, one.scanner.length) == 0;
}

}  // namespace

Subtree root_of(const TSTree* tree) { return identity(ts_tree_root_node(tree)); }

bool has_known_layout() {
  static const bool known = has_layout() && is_made_alike();
  return known;
}

bool are_equal(Subtree one, Subtree other) {
  std::vector<std::pair<Subtree, Subtree>> open{{one, other}};
  while (!open.empty()) {
    const auto [a, b] = open.back();
    open.pop_back();
    if (is_packed(a) || is_packed(b)) {
      if (a != b) return false;
      continue;
    }
    if (!have_equal_data(*data(a), *data(b))) return false;
    for (std::size_t i = 0; i < data(a)->children; ++i)
      open.emplace_back(children_begin(a)[i], children_begin(b)[i]);
  }
  return true;
}

}  // namespace ml::syntax
