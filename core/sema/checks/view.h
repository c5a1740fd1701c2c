#pragma once

// What a check of a site may ask about names. The same checks run when an item is analysed alone, with names
// that leave the item pending, and again at the link for sites that met a pending name.

#include "core/ast/nodes.h"
#include "core/diag/sink.h"
#include "core/sema/analysis.h"
#include "core/sema/summary.h"
#include "core/sema/types.h"

namespace ml::sema {

struct ModuleTree;

// A variable or built-in behind a name.
struct NameFacts {
  NameUse use = NameUse::Unknown;
  ValueType type = ValueType::Unknown;  // of a variable with one binding
  bool uncallable = false;              // every binding binds a literal that is no function
  bool calls_function = false;          // a call of the name certainly reaches `function`
  bool hides_builtin = false;
  const ast::Function* function = nullptr;  // the only thing ever bound to it
  const ModuleTree* module = nullptr;       // bound by imports only
};

class View {
 public:
  explicit View(const Words& word_table) : words(word_table) {}

  NameFacts name(const ast::Expr* e) const {
    const NameFacts facts = look_up(ast::as<ast::NameExpr>(e));
    return facts;
  }
  ValueType type(const ast::Expr* e) const {
    return e->kind == ast::ExprKind::Name ? name(e).type : literal_type(e);
  }
  // A library function is read; only the link step keeps it.
  virtual void note_use(const stdlib::Entry&, Span) const {}
  // Some name could not be judged yet: the findings of this site do not count, the link will check it again.
  bool met_pending() const { return pending_; }
  void reset() { pending_ = false; }

  const Words& words;

 protected:
  ~View() = default;
  virtual NameFacts look_up(const ast::NameExpr& name) const = 0;
  mutable bool pending_ = false;
};

// All checks of language.md 6.5 that concern one place.
void check_site(const Site& site, const View& view, DiagSink& sink);

// The parts of check_site, one file each.
void check_call(const ast::CallExpr& call, bool in_try, const View& view, DiagSink& sink);  // calls.cpp
void check_binary(const ast::BinaryExpr& binary, const View& view, DiagSink& sink);         // operators.cpp
void check_unary(const ast::UnaryExpr& unary, const View& view, DiagSink& sink);            // operators.cpp
void check_index(const ast::IndexExpr& index, const View& view, DiagSink& sink);            // sequences.cpp
void check_for_in(const ast::ForInStmt& loop, const View& view, DiagSink& sink);            // sequences.cpp
void check_unpack(const ast::UnpackStmt& unpack, const View& view, DiagSink& sink);         // sequences.cpp
void check_members(const Site& site, const View& view, DiagSink& sink);                     // members.cpp

// ML0402 for a call of a library function or member; `shown` is how messages call it ("math.sqrt",
// "string.upper").
void check_library_arguments(const ast::CallExpr& call, const stdlib::Entry& entry, std::string_view shown,
                             bool in_try, DiagSink& sink);

// Moves `span` of a call to its callee and parentheses: what the reader has to look at.
Span call_span(const ast::CallExpr& call);

}  // namespace ml::sema
