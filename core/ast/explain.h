#pragma once

#include <string_view>

#include "core/diag/sink.h"
#include "core/text/span.h"

namespace ml::ast {

// Says what is wrong with statements that the parser refused: the findings of language.md 2.3 and 6.2, each
// at its precise place with what was expected and what to write instead. It makes no tree and decides nothing
// about correct programs; the tree-sitter grammar alone does. `region` starts and ends at statements of the
// top level of `text`; findings have offsets of `text`. One finding per mistake: after one it goes on behind
// the enclosing bracket, or at the next statement.
//
// Why not from the ERROR nodes themselves: what tree-sitter skips or inserts is chosen for the cheapest
// repair, differs between a fresh and an incremental parse of the same text, and does not say what was
// expected.
void explain(std::string_view text, Span region, DiagSink& sink);

}  // namespace ml::ast
