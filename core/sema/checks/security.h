#pragma once

// The security findings (security.md section 4) of one item that need nothing else of the module. What
// depends on the meaning of names is in security_calls.cpp (calls of library functions, called from
// members.cpp and calls.cpp), in link_security.cpp (names nobody binds, capabilities) and in taint.h.

#include <cstdint>
#include <string>
#include <vector>

#include "core/diag/sink.h"
#include "core/sema/checks/view.h"
#include "core/sema/collect.h"
#include "core/sema/summary.h"

namespace ml::sema {

// Kept between items, so that looking at one allocates nothing.
struct SecurityScratch {
  struct Open {
    const ast::Expr* e;
    bool chained;  // the left operand of a `+` that was looked at as a whole
    std::uint32_t depth;
  };
  std::vector<Open> stack;
  std::vector<const ast::Expr*> children;
  std::string name;
};

void check_item_security(const ast::Item& item, const Collected& collected, const Words& words,
                         SecurityScratch& scratch, DiagSink& sink);

// The text `e` always is, as far as literals, `+`, templates, `join`, `chr`, indices and slices say so; false
// when it is not known, or longer than a name.
bool constant_text(const ast::Expr* e, const Words& words, std::string& out);

// A call of a library function or built-in (`entry`).
void check_library_call(const ast::CallExpr& call, const stdlib::Entry& entry, const View& view,
                        DiagSink& sink);

}  // namespace ml::sema
