#include "lsp/features/semantic_tokens/tokens.h"

#include <algorithm>

#include "core/syntax/subtree.h"
#include "core/syntax/symbols.h"
#include "core/syntax/walk.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;
namespace sym = syntax::sym;
namespace tok = syntax::tok;

constexpr std::string_view kUnsafeNames[] = {"eval",    "exec",    "compile", "getattr", "setattr",
                                             "hasattr", "globals", "locals",  "vars"};

class Names : public Visitor {
 public:
  Names(const Revision& file, std::vector<Token>& out) : file_(file), out_(out) {}

  void item(std::uint32_t index) {
    const PlacedItem placed = file_.module().items[index];
    start_ = placed.start;
    facts_ = file_.analysis().items[index].get();
    callee_ = nullptr;
    walk(*placed.item, *this);
  }

  void on_statement(const Stmt& s) override {
    if (s.kind == StmtKind::Import) {
      const auto& import = as<ImportStmt>(&s);
      const std::uint32_t library = stdlib::catalogue().module(import.dotted) ? kDefaultLibrary : 0u;
      for (const Binding& part : import.path) add(part.span, TokenType::Namespace, library);
      if (import.alias.name) add(import.alias.span, TokenType::Namespace, library | kDeclaration);
    }
    if (s.kind == StmtKind::Capability) {
      const auto& c = as<CapabilityStmt>(&s);
      add(c.name_span, TokenType::Class, kDeclaration);
    }
    if (s.kind == StmtKind::Assign && as<AssignStmt>(&s).value->kind == ExprKind::Function)
      function_value_ = true;
    else if (s.kind == StmtKind::Declare)
      function_value_ = as<DeclareStmt>(&s).value && as<DeclareStmt>(&s).value->kind == ExprKind::Function;
    else
      function_value_ = false;
  }
  void on_binding(const Binding& b, Role role) override {
    switch (role) {
      case Role::Import: return;
      case Role::Parameter: return add(b.span, TokenType::Parameter, kDeclaration | variable_modifiers(b.id));
      case Role::Function: return add(b.span, TokenType::Function, kDeclaration | kDefinition);
      case Role::Loop:
      case Role::Except: return add(b.span, TokenType::Variable, kDeclaration | variable_modifiers(b.id));
      case Role::Nonlocal: return add(b.span, TokenType::Variable, kCaptured);
      case Role::Declare:
      case Role::Assign: {
        const sema::Variable* v = variable(b.id);
        // Of a module's variable the binding is a span of the file.
        const ByteOffset base = ref(b.id).use == sema::NameUse::Module ? start_ : 0;
        const bool first = v && v->first_binding.begin == b.span.begin + base;
        if (function_value_ && v && v->function)
          return add(b.span, TokenType::Function, kDeclaration | kDefinition);
        const TokenType type =
            v && v->kind == sema::VariableKind::Parameter ? TokenType::Parameter : TokenType::Variable;
        return add(
            b.span, type,
            (role == Role::Declare || first ? kDeclaration : 0u) | kModification | variable_modifiers(b.id));
      }
    }
  }
  void on_expression(const Expr& e) override {
    switch (e.kind) {
      case ExprKind::Call: callee_ = as<CallExpr>(&e).callee; break;  // what is visited next
      case ExprKind::Name: name(as<NameExpr>(&e)); break;
      case ExprKind::Member: {
        const auto& m = as<MemberExpr>(&e);
        const bool called = callee_ == &e;
        const std::uint32_t unsafe = file_.names().text(m.name).starts_with("__") ? kUnsafe : 0u;
        add(m.name_span, called ? TokenType::Method : TokenType::Property,
            unsafe | (library_module(m.object) ? kDefaultLibrary : 0u));
        break;
      }
      case ExprKind::Object:
        for (const Property& p : as<ObjectExpr>(&e).properties) {
          if (p.key_kind != Property::Key::Word) continue;
          add(p.key_span, p.value->kind == ExprKind::Function ? TokenType::Method : TokenType::Property,
              kDeclaration);
        }
        break;
      default: break;
    }
  }

 private:
  void add(Span span, TokenType type, std::uint32_t modifiers) {
    out_.push_back({span.moved(start_), type, modifiers});
  }
  sema::NameRef ref(NodeId id) const {
    return id.raw < facts_->names.size() ? facts_->names[id.raw] : sema::NameRef{};
  }
  const sema::Variable* variable(NodeId id) const { return variable_of(file_.analysis(), *facts_, ref(id)); }
  std::uint32_t variable_modifiers(NodeId id) const {
    const sema::NameRef r = ref(id);
    const sema::Variable* v = variable_of(file_.analysis(), *facts_, r);
    if (!v) return 0;
    return (v->is_const ? kReadonly : 0u) | (v->captured && r.use != sema::NameUse::Module ? kCaptured : 0u);
  }
  bool library_module(const Expr* e) const {
    if (e->kind != ExprKind::Name) return false;
    const sema::Variable* v = variable(e->id);
    return v && v->kind == sema::VariableKind::Import &&
           stdlib::catalogue().module(file_.names().text(v->name));
  }
  void name(const NameExpr& e) {
    const sema::NameRef r = ref(e.id);
    const std::string_view text = file_.names().text(e.name);
    if (r.use == sema::NameUse::Builtin) {
      const bool unsafe =
          std::find(std::begin(kUnsafeNames), std::end(kUnsafeNames), text) != std::end(kUnsafeNames);
      return add(e.span, TokenType::Function, kDefaultLibrary | (unsafe ? kUnsafe : 0u));
    }
    const sema::Variable* v = variable_of(file_.analysis(), *facts_, r);
    if (!v) return add(e.span, TokenType::Variable, 0);
    if (v->kind == sema::VariableKind::Import)
      return add(e.span, TokenType::Namespace, stdlib::catalogue().module(text) ? kDefaultLibrary : 0u);
    const std::uint32_t captured =
        r.use == sema::NameUse::Enclosing || (v->captured && r.use == sema::NameUse::Local) ? kCaptured : 0u;
    if (v->function) return add(e.span, TokenType::Function, captured);
    add(e.span, v->kind == sema::VariableKind::Parameter ? TokenType::Parameter : TokenType::Variable,
        captured | (v->is_const ? kReadonly : 0u));
  }

  const Revision& file_;
  std::vector<Token>& out_;
  const sema::ItemFacts* facts_ = nullptr;  // of the item
  const Expr* callee_ = nullptr;
  ByteOffset start_ = 0;
  bool function_value_ = false;
};

bool is_operator(TSSymbol s) {
  return (s >= tok::Bang && s <= tok::SlashSlash && s != sym::Number && s != sym::String &&
          s != tok::Backquote && s != tok::DollarOpenBrace) ||
         s == tok::Equal || s == tok::EqualGreater || s == tok::Question || s == tok::Star;
}

// Tokens of the tree alone: what is no name, and names where the program is broken.
class Leaves {
 public:
  Leaves(const Revision& file, std::vector<Token>& out) : text_(file.text().text()), out_(out) {}

  // Those that touch `within`. A tree without errors is read by its layout (core/syntax/walk.h) if that is
  // known.
  void visit(const Revision& file, Span within, const wire::StopFlag& stop) {
    const TSNode root = file.tree().root();
    if (!syntax::has_known_layout() || ts_node_has_error(root)) return visit_by_cursor(root, within, stop);
    std::vector<syntax::WalkFrame> frames;
    unsigned visited = 0;
    syntax::walk(
        root, frames,
        [&](TSSymbol symbol, Span span, TSFieldId field) {
          if (++visited % 2048 == 0) stop.check();
          return enter(syntax::public_symbol(symbol), span, field);
        },
        [] {}, within);
  }

 private:
  void visit_by_cursor(TSNode root, Span within, const wire::StopFlag& stop) {
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    struct Guard {
      TSTreeCursor* cursor;
      ~Guard() { ts_tree_cursor_delete(cursor); }
    } guard{&cursor};
    unsigned visited = 0;
    for (;;) {
      if (++visited % 2048 == 0) stop.check();
      const TSNode node = ts_tree_cursor_current_node(&cursor);
      const Span span = syntax::span(node);
      if (span.begin > within.end) return;
      if (span.end >= within.begin &&
          enter(ts_node_symbol(node), span, ts_tree_cursor_current_field_id(&cursor)) &&
          (span.begin < within.begin ? ts_tree_cursor_goto_first_child_for_byte(&cursor, within.begin) >= 0
                                     : ts_tree_cursor_goto_first_child(&cursor)))
        continue;
      while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
        if (!ts_tree_cursor_goto_parent(&cursor)) return;
      }
    }
  }

  // False: nothing inside is of interest.
  bool enter(TSSymbol s, Span span, TSFieldId field) {
    if (span.size() == 0) return false;
    switch (s) {
      case sym::Comment:
      case sym::UnterminatedComment: return add(span, TokenType::Comment);
      case sym::String:
      case sym::UnterminatedString:
      case sym::TemplateChars:
      case sym::UnterminatedTemplate:
      case tok::Backquote: return add(span, TokenType::String);
      case sym::Number:
      case sym::MalformedNumber: return add(span, TokenType::Number);
      case sym::Bool:
      case sym::Null:
      case sym::DeclareWord: return add(span, TokenType::Keyword);
      case sym::CapabilityItem: in_capability_ = span; return true;
      case sym::Identifier:
        if (field == syntax::field::Type) return add(span, TokenType::Type);
        if (in_capability_.contains(span.begin))
          return add(span, field == syntax::field::Action ? TokenType::Modifier : TokenType::Keyword);
        return add(span, TokenType::Variable);  // unless the program says more
      default: break;
    }
    if (syntax::is_named(s)) return true;
    const char first = text_[span.begin];
    if ((first >= 'a' && first <= 'z')) return add(span, TokenType::Keyword);
    if (is_operator(s)) add(span, TokenType::Operator);
    return false;
  }
  bool add(Span span, TokenType type) {
    out_.push_back({span, type, 0});
    return false;
  }
  std::string_view text_;
  std::vector<Token>& out_;
  Span in_capability_;
};

}  // namespace

std::vector<Token> tokens_of(const Revision& file, Span within, const wire::StopFlag& stop) {
  std::vector<Token> names, all;
  const Module& module = file.module();
  Names collect(file, names);
  file.analysed();
  const std::uint32_t first = item_at(module, within.begin).value_or(0);
  for (std::uint32_t i = first; i < module.items.size() && module.items[i].start <= within.end; ++i) {
    if (i % 64 == 0) stop.check();
    collect.item(i);
  }
  Leaves(file, all).visit(file, within, stop);
  const auto before = [](const Token& a, const Token& b) { return a.span.begin < b.span.begin; };
  std::stable_sort(names.begin(), names.end(), before);
  // What the program says of a name wins over what the tree says.
  auto next = names.begin();
  for (Token& token : all) {
    while (next != names.end() && next->span.begin < token.span.begin) ++next;
    if (next != names.end() && next->span == token.span) token = *next;
  }
  std::erase_if(all,
                [&](const Token& t) { return t.span.end <= within.begin || t.span.begin >= within.end; });
  return all;
}

}  // namespace ml::lsp
