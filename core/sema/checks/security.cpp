#include "core/sema/checks/security.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/sema/checks/security_text.h"
#include "core/sema/children.h"
#include "core/sema/library_roles.h"
#include "core/text/utf8.h"

namespace ml::sema {

using namespace ast;

namespace {

constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestLiteral = 1 << 20, kLongestChain = 5000;
constexpr std::uint32_t kDeepest = 200;

std::optional<long long> integer(const Expr* e) {
  bool negative = false;
  while (e->kind == ExprKind::Unary && as<UnaryExpr>(e).op == UnaryOp::Minus) {
    negative = !negative;
    e = as<UnaryExpr>(e).operand;
  }
  if (e->kind != ExprKind::Number) return std::nullopt;
  std::string_view text = as<NumberExpr>(e).text;
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) base = 16, text.remove_prefix(2);
  long long value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return negative ? -value : value;
}

class Folder {
 public:
  Folder(const Words& words, std::string& out) : words_(words), out_(out) {}

  bool add(const Expr* e, int depth = 0) {
    if (depth > 8 || out_.size() > kLongestName) return false;
    switch (e->kind) {
      case ExprKind::String: out_ += as<StringExpr>(e).value; return out_.size() <= kLongestName;
      case ExprKind::Template:
        for (const TemplatePart& part : as<TemplateExpr>(e).parts) {
          out_ += part.text;
          if (part.expr != nullptr && !add(part.expr, depth + 1)) return false;
        }
        return out_.size() <= kLongestName;
      case ExprKind::Binary: return sum(e, depth);
      case ExprKind::Call: return call(as<CallExpr>(e), depth);
      case ExprKind::Index: {
        const auto& index = as<IndexExpr>(e);
        const auto at = integer(index.index);
        std::string text;
        if (!at || !Folder(words_, text).add(index.object, depth + 1)) return false;
        const long long i = *at < 0 ? *at + static_cast<long long>(text.size()) : *at;
        if (i < 0 || i >= static_cast<long long>(text.size())) return false;
        out_ += text[static_cast<std::size_t>(i)];
        return true;
      }
      case ExprKind::Slice: return slice(as<SliceExpr>(e), depth);
      default: return false;
    }
  }

 private:
  // The left operands of a long sum are no deeper nesting.
  bool sum(const Expr* e, int depth) {
    std::vector<const Expr*> operands;
    for (; e->kind == ExprKind::Binary && as<BinaryExpr>(e).op == BinaryOp::Add; e = as<BinaryExpr>(e).left) {
      operands.push_back(as<BinaryExpr>(e).right);
      if (operands.size() > kLongestName) return false;
    }
    if (e->kind == ExprKind::Binary) return false;
    operands.push_back(e);
    return std::all_of(operands.rbegin(), operands.rend(), [&](const Expr* o) { return add(o, depth + 1); });
  }

  bool call(const CallExpr& call, int depth) {
    if (call.arguments.size() != 1) return false;
    const Expr* argument = call.arguments[0];
    if (call.callee->kind == ExprKind::Name && as<NameExpr>(call.callee).name) {
      const auto code = integer(argument);
      if (words_.text(as<NameExpr>(call.callee).name) != "chr" || !code || *code < 0 || *code > 0x10FFFF)
        return false;
      append_utf8(out_, static_cast<char32_t>(*code));
      return true;
    }
    if (call.callee->kind != ExprKind::Member) return false;
    const auto& member = as<MemberExpr>(call.callee);
    if (!member.name || words_.text(member.name) != "join") return false;
    const Expr *list = member.object, *separator = argument;
    if (list->kind != ExprKind::Array) std::swap(list, separator);
    std::string between;
    if (list->kind != ExprKind::Array || !Folder(words_, between).add(separator, depth + 1)) return false;
    bool first = true;
    for (const Expr* part : as<ArrayExpr>(list).items) {
      if (!first) out_ += between;
      first = false;
      if (!add(part, depth + 1)) return false;
    }
    return true;
  }

  bool slice(const SliceExpr& slice, int depth) {
    if (slice.step != nullptr) {
      const auto step = integer(slice.step);
      if (!step || (*step != 1 && *step != -1)) return false;
      if (*step == -1) {
        std::string text;
        if (slice.begin != nullptr || slice.end != nullptr ||
            !Folder(words_, text).add(slice.object, depth + 1))
          return false;
        out_.append(text.rbegin(), text.rend());
        return true;
      }
    }
    std::string text;
    if (!Folder(words_, text).add(slice.object, depth + 1)) return false;
    const auto size = static_cast<long long>(text.size());
    long long begin = 0, end = size;
    for (const auto& [bound, place] : {std::pair(slice.begin, &begin), std::pair(slice.end, &end)}) {
      if (bound == nullptr) continue;
      const auto value = integer(bound);
      if (!value) return false;
      *place = std::clamp(*value < 0 ? *value + size : *value, 0ll, size);
    }
    if (begin < end)
      out_ += text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    return true;
  }

  const Words& words_;
  std::string& out_;
};

bool is_type_word_of_host(std::string_view word) {
  return word.starts_with("__") || is_host_execution(word) ||
         (!instead_of_host_function(word).empty() && word != "object" && word != "type" && word != "file");
}

class Security {
 public:
  Security(const Item& item, const Words& words, SecurityScratch& scratch, DiagSink& sink)
      : item_(item),
        words_(words),
        sink_(sink),
        stack_(scratch.stack),
        children_(scratch.children),
        name_(scratch.name) {}

  void run() { statement(item_.stmt); }

 private:
  using Open = SecurityScratch::Open;

  void expression(const Expr* root) {
    if (root == nullptr) return;
    const std::size_t base = stack_.size();
    stack_.push_back({root, false, 0});
    while (stack_.size() > base) {
      const Open open = stack_.back();
      stack_.pop_back();
      depth_ = open.depth;
      if (depth_ == kDeepest) too_large(open.e->span);
      visit(open.e, open.chained);
    }
  }

  void children(const Expr* e, bool chained_left = false) {
    push_children(e, children_);
    const bool sum = chained_left && !children_.empty();
    for (std::size_t i = 0; i < children_.size(); ++i) {
      // The left operand of a sum is no deeper.
      const bool left = sum && i + 1 == children_.size();
      stack_.push_back({children_[i], left, left ? depth_ : depth_ + 1});
    }
    children_.clear();
  }

  void visit(const Expr* e, bool chained) {
    switch (e->kind) {
      case ExprKind::String:
        text(as<StringExpr>(e).value, e->span, std::ranges::find(paths_, e) != paths_.end());
        break;
      case ExprKind::Template: {
        std::string_view first;
        bool variable = false;
        for (const TemplatePart& part : as<TemplateExpr>(e).parts) {
          if (&part == as<TemplateExpr>(e).parts.data()) first = part.text;
          variable = variable || part.expr != nullptr;
          if (!part.text.empty()) text(part.text, e->span);
        }
        if (variable && looks_like_query(first)) sink_.emit(diag::BuiltQuery, e->span);
        if (variable) folded(e);
        children(e);
        break;
      }
      case ExprKind::Member: {
        const auto& member = as<MemberExpr>(e);
        if (member.name) member_name(words_.text(member.name), member.name_span);
        children(e);
        break;
      }
      case ExprKind::Object:
        for (const Property& p : as<ObjectExpr>(e).properties) {
          if (p.key == "__proto__" || p.key == "constructor.prototype")
            sink_.emit(diag::SpecialKey, p.key_span);
          secret(p.key, p.value);
        }
        children(e);
        break;
      case ExprKind::Index: {
        const Expr* key = as<IndexExpr>(e).index;
        if (key->kind == ExprKind::String && (as<StringExpr>(key).value == "__proto__" ||
                                              as<StringExpr>(key).value == "constructor.prototype"))
          sink_.emit(diag::SpecialKey, key->span);
        children(e);
        break;
      }
      case ExprKind::Binary: binary(as<BinaryExpr>(e), chained); break;
      case ExprKind::Call: call(as<CallExpr>(e)); break;
      case ExprKind::Slice:
        if (as<SliceExpr>(e).object->kind == ExprKind::String) folded(e);
        children(e);
        break;
      case ExprKind::Function: function(*as<FunctionExpr>(e).function, true); break;
      default: children(e); break;
    }
  }

  void too_large(Span span) {
    if (!std::exchange(too_large_, true)) sink_.emit(diag::SourceTooLarge, span);
  }

  void member_name(std::string_view name, Span span) {
    if (name.starts_with("__")) {
      sink_.emit(diag::ReservedMember, span, name);
    } else if (is_host_member(name)) {
      sink_.emit(diag::HostMember, span, name);
    }
  }

  // `path`: perhaps an argument that names a file, which is looked at when names are known.
  void text(std::string_view value, Span span, bool path = false) {
    if (value.size() < 4) return;
    if (value.size() > kLongestLiteral) return too_large(span);
    if (looks_like_host_code(value)) sink_.emit(diag::HostCodeText, span);
    if (looks_like_shell(value)) sink_.emit(diag::ShellText, span);
    if (has_template_markers(value)) sink_.emit(diag::TemplateText, span);
    if (looks_like_secret(value)) sink_.emit(diag::SecretText, span);
    if (has_active_markup(value)) sink_.emit(diag::MarkupText, span);
    if (!path && names_sensitive_file(value)) sink_.emit(diag::SensitiveText, span);
  }

  // A literal bound to a name that promises a secret.
  void secret(std::string_view name, const Expr* value) {
    if (value == nullptr || value->kind != ExprKind::String || name.size() < 5) return;
    const std::string_view text = as<StringExpr>(value).value;
    if (!text.empty() && names_a_secret(name) && !looks_like_secret(text))
      sink_.emit(diag::SecretText, value->span);
  }
  void secret(NameId name, const Expr* value) {
    if (name && value != nullptr && value->kind == ExprKind::String) secret(words_.text(name), value);
  }

  void binary(const BinaryExpr& e, bool chained) {
    if (e.op == BinaryOp::Add && !chained) {
      const Expr* first = &e;
      bool variable = false, text = false, marked = false;
      const auto operand = [&](const Expr* o) {
        const bool literal = o->kind == ExprKind::String;
        text = text || literal;
        variable = variable || !literal;
        marked = marked || !literal || as<StringExpr>(o).value.find('_') != std::string_view::npos;
      };
      std::string_view query;
      std::size_t operands = 0;
      for (; first->kind == ExprKind::Binary && as<BinaryExpr>(first).op == BinaryOp::Add;
           first = as<BinaryExpr>(first).left) {
        const Expr* right = as<BinaryExpr>(first).right;
        operand(right);
        if (++operands == kLongestChain) too_large(e.span);
        if (right->kind == ExprKind::String && looks_like_query(as<StringExpr>(right).value))
          query = as<StringExpr>(right).value;
      }
      operand(first);
      if (first->kind == ExprKind::String && looks_like_query(as<StringExpr>(first).value))
        query = as<StringExpr>(first).value;
      if (variable && !query.empty()) sink_.emit(diag::BuiltQuery, e.span);
      if (text && marked) folded(&e);
    } else if (e.op == BinaryOp::Mod && e.left->kind == ExprKind::String &&
               looks_like_query(as<StringExpr>(e.left).value)) {
      sink_.emit(diag::BuiltQuery, e.span);
    }
    children(&e, e.op == BinaryOp::Add);
  }

  void folded(const Expr* e) {
    name_.clear();
    if (!Folder(words_, name_).add(e)) return;
    if (is_reserved_word(name_) || is_host_member(name_))
      sink_.emit(diag::BuiltName, e->span, std::string_view(name_));
  }

  void call(const CallExpr& e) {
    if (e.callee->kind == ExprKind::Member && as<MemberExpr>(e.callee).name) {
      const auto& member = as<MemberExpr>(e.callee);
      const std::string_view name = words_.text(member.name);
      if (name == "join") folded(&e);
      for (std::size_t i = 0; i < std::min<std::size_t>(e.arguments.size(), 2); ++i) {
        const Expr* argument = e.arguments[i];
        if (argument->kind == ExprKind::String && names_sensitive_file(as<StringExpr>(argument).value) &&
            may_take_files(name, words_.library))
          paths_.push_back(argument);
      }
      const bool fills = name == "replace" || name == "format" || name == "replaceAll";
      if (fills && member.object->kind == ExprKind::String &&
          looks_like_query(as<StringExpr>(member.object).value) &&
          std::ranges::any_of(e.arguments,
                              [](const Expr* a) { return literal_type(a) == ValueType::Unknown; }))
        sink_.emit(diag::BuiltQuery, e.span);
    }
    children(&e);
  }

  void function(const Function& f, bool expression_form) {
    if (expression_form && f.name.name && words_.text(f.name.name).starts_with("__"))
      sink_.emit(diag::ReservedBinding, f.name.span);
    for (const Param& p : f.params) {
      annotation(p.binding);
      expression(p.default_value);
      secret(p.binding.name, p.default_value);
    }
    expression(f.result);
    block(f.body);
  }

  // `x: open`. The tree of the module has no annotations: they mean nothing.
  void annotation(const Binding& parameter) {
    const std::string_view text = item_.text;
    std::size_t at = text.find_first_not_of(" \t\r\n", parameter.span.end);
    if (at == text.npos || text[at] != ':') return;
    at = std::min(text.find_first_not_of(" \t\r\n", at + 1), text.size());
    std::size_t end = at;
    const auto part = [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    };
    while (end < text.size() && part(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    if (is_type_word_of_host(word))
      sink_.emit(diag::UnknownType, {static_cast<ByteOffset>(at), static_cast<ByteOffset>(end)}, word);
  }

  void block(Block statements) {
    for (const Stmt* s : statements) statement(s);
  }

  void capability(const CapabilityStmt& s) {
    bool resources = false, writes_anywhere = false, open = false;
    Span write;
    for (const CapabilityItem& part : s.items) resources |= part.kind == CapabilityItem::Kind::Resource;
    for (const CapabilityItem& part : s.items) {
      if (part.action == "execute" || part.action == "system") {
        sink_.emit(diag::ForbiddenPermission, part.span);
        continue;
      }
      if (part.has_target && !is_plain_resource(part.target)) {
        sink_.emit(diag::ResourceText, part.span);
      } else if (part.has_target && covers_everything(part.target)) {
        sink_.emit(diag::BroadPattern, part.span);
      } else if (!part.has_target && !resources) {
        open = true;
        if (part.action == "write") writes_anywhere = true, write = part.span;
      }
    }
    if (s.items.empty()) {
      open = true;
      writes_anywhere =
          s.name.ends_with(".write") || s.name.ends_with(".append") || s.name.ends_with(".delete");
      write = s.name_span;
    }
    if (open) sink_.emit(diag::BroadPattern, s.name_span);
    if (writes_anywhere) sink_.emit(diag::DirectoryWrite, write);
  }

  void statement(const Stmt* s) {
    switch (s->kind) {
      case StmtKind::Bad:
      case StmtKind::Empty:
      case StmtKind::Break:
      case StmtKind::Continue:
      case StmtKind::Nonlocal:
      case StmtKind::Import: break;
      case StmtKind::Expr: expression(as<ExprStmt>(s).value); break;
      case StmtKind::Assign: {
        const auto& assign = as<AssignStmt>(s);
        expression(assign.target);
        expression(assign.value);
        if (assign.target->kind == ExprKind::Name) secret(as<NameExpr>(assign.target).name, assign.value);
        if (assign.target->kind == ExprKind::Member) secret(as<MemberExpr>(assign.target).name, assign.value);
        if (assign.target->kind == ExprKind::Index &&
            as<IndexExpr>(assign.target).index->kind == ExprKind::String)
          secret(as<StringExpr>(as<IndexExpr>(assign.target).index).value, assign.value);
        break;
      }
      case StmtKind::Declare:
        expression(as<DeclareStmt>(s).value);
        secret(as<DeclareStmt>(s).binding.name, as<DeclareStmt>(s).value);
        break;
      case StmtKind::Unpack: expression(as<UnpackStmt>(s).value); break;
      case StmtKind::Function: function(*as<FunctionStmt>(s).function, false); break;
      case StmtKind::If:
        for (const IfBranch& branch : as<IfStmt>(s).branches) {
          expression(branch.condition);
          block(branch.body);
        }
        break;
      case StmtKind::While:
        expression(as<WhileStmt>(s).condition);
        block(as<WhileStmt>(s).body);
        break;
      case StmtKind::ForIn:
        expression(as<ForInStmt>(s).iterable);
        block(as<ForInStmt>(s).body);
        break;
      case StmtKind::ForC: {
        const auto& loop = as<ForCStmt>(s);
        if (loop.init != nullptr) statement(loop.init);
        expression(loop.condition);
        block(loop.body);
        if (loop.step != nullptr) statement(loop.step);
        break;
      }
      case StmtKind::Try: {
        const auto& t = as<TryStmt>(s);
        block(t.body);
        for (const ExceptClause& clause : t.excepts) {
          const bool empty = std::ranges::all_of(
              clause.body, [](const Stmt* inner) { return inner->kind == StmtKind::Empty; });
          if (empty) sink_.emit(diag::IgnoredError, clause.span);
          block(clause.body);
        }
        block(t.finally_body);
        break;
      }
      case StmtKind::Return: expression(as<ReturnStmt>(s).value); break;
      case StmtKind::Throw: expression(as<ThrowStmt>(s).value); break;
      case StmtKind::Yield: expression(as<YieldStmt>(s).value); break;
      case StmtKind::Capability: capability(as<CapabilityStmt>(s)); break;
    }
  }

  const Item& item_;
  const Words& words_;
  DiagSink& sink_;
  std::vector<Open>& stack_;
  std::vector<const Expr*>& children_;
  std::string& name_;
  std::uint32_t depth_ = 0;
  bool too_large_ = false;          // said once per item
  std::vector<const Expr*> paths_;  // arguments that are rather looked at as paths
};

}  // namespace

bool constant_text(const Expr* e, const Words& words, std::string& out) { return Folder(words, out).add(e); }

void check_item_security(const Item& item, const Collected& collected, const Words& words,
                         SecurityScratch& scratch, DiagSink& sink) {
  if (item.stmt == nullptr) return;
  for (const BindingSite& site : collected.bindings) {
    if (words.text(site.name).starts_with("__")) sink.emit(diag::ReservedBinding, site.span);
  }
  for (const Reference& ref : collected.refs) {
    const std::string_view name = words.text(ref.name);
    if (name.starts_with("__") && !is_host_execution(name)) sink.emit(diag::ReservedName, ref.span, name);
  }
  Security(item, words, scratch, sink).run();
}

}  // namespace ml::sema
