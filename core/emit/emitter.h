#pragma once

// The writing half of core/emit, private to this folder. One Emitter writes one module, or some top-level
// statements of a long one while another thread's writes the others; its parts are spread over
// expressions.cpp, operators.cpp, calls.cpp, statements.cpp, loops.cpp and functions.cpp.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/emit/infer.h"
#include "core/emit/program.h"
#include "core/emit/python.h"
#include "core/emit/survey.h"
#include "core/emit/types.h"
#include "core/emit/writer.h"

namespace ml::emit {

// How tightly a Python expression binds; a place that needs more puts parentheses around it.
enum Level : int {
  kLoose,
  kTernaryLevel,
  kOrLevel,
  kAndLevel,
  kNotLevel,
  kCompareLevel,
  kAddLevel,
  kMulLevel,
  kUnaryLevel,
  kPostfixLevel
};

inline constexpr unsigned kMostBlocks = 19;  // loops and `try`s within each other: CPython's limit is 20

// Top-level statements from `begin` on, up to `end`.
struct ItemRange {
  std::uint32_t begin, end;
};

class Emitter {
 public:
  // Writes the statements `items`; expects to end with about `expected` bytes of Python.
  Emitter(const Program& program, const Survey& survey, Inference& types, const LineStarts& ml_lines,
          ItemRange items, std::size_t expected);

  // First what is bound before the first statement, then the statements.
  void declarations();
  void statements();
  // Adds what `later`, the Emitter of the items behind, has written. That one goes on with nothing.
  void take_over(Emitter& later);
  Emitted finish();

 private:
  using E = const ast::Expr*;

  // --- text and places (emitter.cpp)
  const ast::Stmt* enter(std::uint32_t item);
  Span at(Span relative) const { return relative.moved(start_); }
  void name(NameId id);
  void too_deep(Span relative);
  void open(char bracket, Span where);
  void close(char bracket);
  void temporary(unsigned n);
  unsigned new_temporary() { return ++temporaries_; }
  // Evaluates `value` now, into a temporary, as a statement before the one that uses it.
  unsigned hold(E value);
  // The temporary, or the expression where nothing was held (0).
  void held_or(unsigned held, E value);

  // --- what is known about an expression (expressions.cpp)
  Types types(E e) { return types_.types(item_, e); }
  bool simple(E e) const;  // a name or a constant: may be written twice
  bool effects(E e) const { return survey_.nodes[p_.node(item_, e->id)] & kHasEffects; }
  bool stable(E e) const;  // no call can change its value
  // Whether `first` may be evaluated after `second` although it comes first.
  bool may_wait(E first, E second) const { return stable(first) || !effects(second); }
  bool is_builtin(E e, std::string_view word) const;
  std::string_view member_name(const ast::MemberExpr& m) const { return p_.names.text(m.name); }

  // --- expressions (expressions.cpp)
  void expression(E e, int level = kLoose);
  void name_read(E e);
  void template_text(const ast::TemplateExpr& t);
  void object(const ast::ObjectExpr& o);
  void ternary(const ast::TernaryExpr& t);
  void index(const ast::IndexExpr& i);
  void slice(const ast::SliceExpr& s);
  void slice_bounds(const ast::SliceExpr& s);
  bool plain_slice(const ast::SliceExpr& s);
  void member(const ast::MemberExpr& m);
  void subscript(E object, std::string_view key);
  bool literal_receiver(E e) const;
  void optional(E e);

  // --- operators (operators.cpp)
  void unary(const ast::UnaryExpr& u, int level);
  void logical(const ast::LogicalExpr& l, int level);
  void binary(const ast::BinaryExpr& b, int level);
  void plain(const ast::BinaryExpr& b, int level);
  void add(const ast::BinaryExpr& b, int level);
  void concat(const ast::BinaryExpr& b, const std::vector<const ast::BinaryExpr*>& chain, std::size_t first);
  void add_long_chain(const ast::BinaryExpr& b, const std::vector<const ast::BinaryExpr*>& chain);
  void helper(const ast::BinaryExpr& b, std::string_view helper);

  // --- calls (calls.cpp)
  void call(const ast::CallExpr& c, bool as_statement = false);
  void arguments(const ast::CallExpr& c);
  void builtin_call(const ast::CallExpr& c, std::string_view word);
  bool method_call(const ast::CallExpr& c, const ast::MemberExpr& m, bool as_statement);
  bool string_method(const ast::CallExpr& c, const ast::MemberExpr& m, std::string_view word);
  bool array_method(const ast::CallExpr& c, const ast::MemberExpr& m, std::string_view word,
                    bool as_statement);
  bool slice_method(const ast::CallExpr& c, const ast::MemberExpr& m);
  void python_method(const ast::CallExpr& c, const ast::MemberExpr& m, std::string_view method);
  bool arguments_are(const ast::CallExpr& c, std::size_t count, Types t);
  Span call_place(const ast::CallExpr& c) const;

  // --- statements (statements.cpp)
  void block(ast::Block b);
  void statement(const ast::Stmt& s);
  void simple_statement(const ast::Stmt& s);
  void begin_statement();
  void end_statement(Mark begin, Span ml);
  void expression_statement(E e);
  void assign(const ast::AssignStmt& a);
  void assign_name(NameId target, CellId cell, E value);
  void unpack(const ast::UnpackStmt& u);
  void if_statement(const ast::IfStmt& s);
  void try_statement(const ast::TryStmt& s);
  void import(const ast::ImportStmt& s);
  void name_twin(std::string_view dotted);
  std::string_view twin(std::string_view dotted) const;  // empty when the module is not imported

  // --- loops (loops.cpp)
  struct Counting {
    CellId variable = kNone;
    NameId name;
    E start = nullptr, bound = nullptr, step = nullptr;   // step: null for 1 per round
    bool down = false, inclusive = false, whole = false;  // whole: the bound certainly is an int
  };
  struct Loop {
    const ast::Stmt* step = nullptr;  // what `continue` has to do first
    unsigned flag = 0;                // or: the loop does it itself, from its second round on
  };
  void while_statement(const ast::WhileStmt& s);
  void for_in(const ast::ForInStmt& s);
  void for_c(const ast::ForCStmt& s);
  bool counting(const ast::ForCStmt& s, Counting& out);
  void for_counting(const ast::ForCStmt& s, const Counting& c);
  bool bound_stays(E e, const ast::ForCStmt& loop, bool& whole);
  bool length_stays(E array, const ast::ForCStmt& loop);
  bool variable_stays(E e, const ast::ForCStmt& loop);
  bool assigns(ast::Block b, CellId cell) const;
  bool assigns(const ast::Stmt& s, CellId cell) const;
  // The line of a loop: its indentation and its row, which the caller closes; and its end, from the `:` on.
  std::size_t open_statement(Span where);
  void end_header();
  void enter_loop(Loop loop, Span where);
  void leave_loop();

  // --- functions (functions.cpp)
  void hoist_functions(E e);  // writes the `def`s that `e` needs
  void hoist_declarations(ast::Block b);
  void define(const ast::Function& f, std::string_view python_name, NameId ml_name);
  void define_expression(const ast::FunctionExpr& e);
  void parameters(const ast::Function& f);
  std::string_view own_name(const ast::Function& f) const;
  static bool evaluates_before_generator(const ast::Function& f);
  std::size_t begin_generator(const ast::Function& f);
  void end_generator(const ast::Function& f, std::size_t row);
  void function_body(const ast::Function& f);
  void scope_words(FunctionNo f);
  void lambda(const ast::FunctionExpr& e, int level);
  bool hoisted(const ast::FunctionStmt& s);

  const Program& p_;
  const Survey& survey_;
  Inference& types_;
  const ItemRange items_;
  Writer w_;
  Emitted out_;

  std::uint32_t item_ = 0;
  ByteOffset start_ = 0;         // of the item in the file
  FunctionNo function_ = kNone;  // whose body is being written
  unsigned indent_ = 0, brackets_ = 0, blocks_ = 0, depth_ = 0;
  unsigned temporaries_ = 0, functions_ = 0, flags_ = 0;
  std::size_t statement_rows_ = 0;
  std::vector<Loop> loops_;
  std::vector<bool> hoisted_done_;  // by CellId: its hoisted declaration is written
  std::vector<unsigned> defined_;   // by FunctionNo, once written: N of `__fn_N`, 0 of a declaration
  std::unordered_map<std::string_view, std::string> twins_;  // by dotted module name
};

}  // namespace ml::emit
