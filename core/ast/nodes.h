#pragma once

// The abstract syntax of ML (language.md section 2). Plain data in an arena: built once by core/ast/build.h,
// never changed afterwards, safe to read from any thread. What later phases learn about a node (its symbol,
// its type) is kept in their own tables, indexed by NodeId.
//
// Spans are relative to the start of the item (top-level statement) that owns the node, so an item that an
// edit only moved keeps its nodes. Item::start turns them into offsets of the file.

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/id.h"
#include "core/text/span.h"

namespace ml::ast {

enum class ExprKind : std::uint8_t {
  Bad,
  Number,
  String,
  Template,
  Bool,
  Null,
  Name,
  Array,
  Object,
  Unary,
  Binary,
  Logical,
  Ternary,
  Call,
  Index,
  Slice,
  Member,
  Function,
};

enum class StmtKind : std::uint8_t {
  Bad,
  Empty,
  Expr,
  Assign,
  Declare,
  Unpack,
  Function,
  If,
  While,
  ForIn,
  ForC,
  Try,
  Return,
  Throw,
  Break,
  Continue,
  Nonlocal,
  Yield,
  Import,
  Capability,
};

struct Expr {
  ExprKind kind;
  NodeId id;
  Span span;  // whole expression, enclosing parentheses excluded
};

struct Stmt {
  StmtKind kind;
  Span span;  // including the terminator where there is one
};

using Block = std::span<const Stmt* const>;

// A place that binds or names a variable: assignment target, parameter, loop variable, pattern element, ...
struct Binding {
  NameId name;
  NodeId id;
  Span span;
};

// --- expressions
// ------------------------------------------------------------------------------------------------

struct BadExpr : Expr {};  // something that did not parse; its type is unknown and it is never reported again

struct NumberExpr : Expr {
  std::string_view text;  // as written: `007`, `0xFF`, `1.`, `.5e3`
  bool is_float;
};

struct StringExpr : Expr {
  std::string_view value;  // escapes processed (language.md 1.6), UTF-8
};

struct TemplatePart {
  std::string_view text;  // literal text before `expr`, escapes processed
  const Expr* expr;       // null for the last part
};
struct TemplateExpr : Expr {
  std::span<const TemplatePart> parts;
};

struct BoolExpr : Expr {
  bool value;
};
struct NullExpr : Expr {};  // null and undefined

struct NameExpr : Expr {
  NameId name;
};

struct ArrayExpr : Expr {
  std::span<const Expr* const> items;
};

struct Property {
  enum class Key : std::uint8_t { Word, String, Number } key_kind;
  Span key_span;
  std::string_view key;  // word, processed string, or number as written
  const Expr* value;
};
struct ObjectExpr : Expr {
  std::span<const Property> properties;
};

enum class UnaryOp : std::uint8_t { Not, Minus, Plus };
struct UnaryExpr : Expr {
  UnaryOp op;
  const Expr* operand;
};

enum class BinaryOp : std::uint8_t { Add, Sub, Mul, Div, FloorDiv, Mod, Eq, Ne, Lt, Gt, Le, Ge };
struct BinaryExpr : Expr {
  BinaryOp op;
  Span op_span;  // where run-time errors point
  const Expr *left, *right;
};

enum class LogicalOp : std::uint8_t { And, Or };
struct LogicalExpr : Expr {
  LogicalOp op;
  Span op_span;
  const Expr *left, *right;
};

struct TernaryExpr : Expr {
  const Expr *condition, *then_value, *else_value;
};

struct CallExpr : Expr {
  const Expr* callee;  // a MemberExpr makes it a method call
  std::span<const Expr* const> arguments;
  Span open;  // the `(`
};

struct IndexExpr : Expr {
  const Expr *object, *index;
  Span open;  // the `[`
};

struct SliceExpr : Expr {
  const Expr *object, *begin, *end, *step;  // omitted bounds are null
  Span open;
};

struct MemberExpr : Expr {
  const Expr* object;
  NameId name;
  Span name_span;
};

struct Param {
  Binding binding;
  const Expr* default_value;  // null when required
};

enum class FunctionForm : std::uint8_t { Declaration, FunctionExpr, FnArrow, Arrow };
struct Function {
  NodeId id;
  FunctionForm form;
  bool is_generator;
  Binding name;  // name.name is none when anonymous
  Span span;     // from `function`/`fn`/first parameter to the end of the body
  Span header;   // up to the `{` or `=>`
  std::span<const Param> params;
  const Expr* result;  // expression arrows; null otherwise
  Block body;          // block bodies
  Span body_span;      // with braces
};
struct FunctionExpr : Expr {
  const Function* function;
};

// --- statements
// -------------------------------------------------------------------------------------------------

struct BadStmt : Stmt {};
struct EmptyStmt : Stmt {};

struct ExprStmt : Stmt {
  const Expr* value;
};

// `target = value;` where target is a NameExpr, IndexExpr, SliceExpr or MemberExpr.
struct AssignStmt : Stmt {
  const Expr *target, *value;
};

enum class DeclareWord : std::uint8_t { None, Let, Const, Var };

// `let x = e;` `let x;` (value null).
struct DeclareStmt : Stmt {
  DeclareWord word;
  Binding binding;
  const Expr* value;
};

// `[a, b] = e;` `{x, y} = e;`, with or without let/const/var.
struct UnpackStmt : Stmt {
  DeclareWord word;
  bool is_object;
  Span pattern;
  std::span<const Binding> names;
  const Expr* value;
};

struct FunctionStmt : Stmt {
  const Function* function;
};

struct IfBranch {
  const Expr* condition;  // null for the final else
  Block body;
  Span span;  // from the keyword to the end of the body
};
struct IfStmt : Stmt {
  std::span<const IfBranch> branches;
};

struct WhileStmt : Stmt {
  const Expr* condition;
  Block body;
};

struct ForInStmt : Stmt {
  Binding variable;
  const Expr* iterable;
  Block body;
};

// init and step are an AssignStmt, DeclareStmt, UnpackStmt, ExprStmt or null.
struct ForCStmt : Stmt {
  const Stmt* init;
  const Expr* condition;
  const Stmt* step;
  Block body;
};

struct ExceptClause {
  Binding variable;  // name none when absent
  Block body;
  Span span;
};
struct TryStmt : Stmt {
  Block body;
  std::span<const ExceptClause> excepts;
  bool has_finally;
  Block finally_body;
  Span finally_span;
};

struct ReturnStmt : Stmt {
  const Expr* value;  // may be null
};
struct ThrowStmt : Stmt {
  const Expr* value;
};
struct BreakStmt : Stmt {};
struct ContinueStmt : Stmt {};

struct NonlocalStmt : Stmt {
  std::span<const Binding> names;
};
struct YieldStmt : Stmt {
  const Expr* value;  // may be null
};

// `import a.b.c as d;`
struct ImportStmt : Stmt {
  std::span<const Binding> path;  // one per dotted part; path[0] is what is bound when there is no alias
  std::string_view dotted;        // "a.b.c"
  Binding alias;                  // name none when absent
};

struct CapabilityItem {
  enum class Kind : std::uint8_t { Resource, Allow } kind;
  std::string_view action;  // read write execute network system; empty for resource
  std::string_view target;  // processed string; empty when absent
  bool has_target;
  Span span;
};
struct CapabilityStmt : Stmt {
  std::string_view name;  // dotted
  Span name_span;
  std::span<const CapabilityItem> items;
};

// `as<CallExpr>(e)`: the caller has looked at kind.
template <class T, class Base>
const T& as(const Base* node) {
  return static_cast<const T&>(*node);
}

}  // namespace ml::ast
