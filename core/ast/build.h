#pragma once

#include <string_view>

#include "core/ast/module.h"
#include "core/base/interner.h"
#include "core/syntax/tree.h"

namespace ml::ast {

// The items of a file and all its syntax findings (language.md 2.3 and 6.2, in source order, file offsets).
//
// `text` is what `tree` was parsed from; the result keeps no view of it. A module without findings of error
// severity has no Bad node. Any text gives a module: broken statements are Bad nodes of items marked
// `refused`.
//
// `previous` was built with the same interner from the tree of which syntax::reparse made `tree`, and that
// tree is still alive: items whose syntax node was reused are shared, so that an edit costs the changed items
// and a walk over the others. The result equals that of a fresh build.
Module build(const syntax::Tree& tree, std::string_view text, Interner& names,
             const Module* previous = nullptr);

}  // namespace ml::ast
