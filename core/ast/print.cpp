#include "core/ast/print.h"

#include <fmt/format.h>

#include <array>

#include "core/text/source_map.h"

namespace ml::ast {
namespace {

constexpr std::array kUnary = {"!", "-", "+"};
constexpr std::array kBinary = {"+", "-", "*", "/", "//", "%", "==", "!=", "<", ">", "<=", ">="};
constexpr std::array kLogical = {"&&", "||"};
constexpr std::array kWords = {"", "let ", "const ", "var "};
constexpr std::array kForms = {"function", "function", "fn", "arrow"};

class Printer {
 public:
  Printer(const Interner& names, const LineIndex* lines) : names_(names), lines_(lines) {}

  void item(const PlacedItem& placed) {
    start_ = placed.start;
    statement(placed.item->stmt);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string_view text(NameId name) const { return name ? names_.text(name) : std::string_view("?"); }

  // One line; `at` is the place shown, so operators show where they stand.
  template <class... Args>
  void line(Span at, fmt::format_string<Args...> form, Args&&... args) {
    out_.append(static_cast<std::size_t>(level_) * 2, ' ');
    fmt::format_to(std::back_inserter(out_), form, std::forward<Args>(args)...);
    if (lines_) {
      const LineColumn place = lines_->line_column(at.begin + start_);
      fmt::format_to(std::back_inserter(out_), " {}:{}", place.line, place.column);
    }
    out_ += '\n';
  }
  template <class Inner>
  void inside(Inner&& inner) {
    ++level_;
    inner();
    --level_;
  }
  void labelled(const char* label, const Expr* value) {
    if (!value) return;
    out_.append(static_cast<std::size_t>(level_) * 2, ' ');
    out_ += label;
    out_ += '\n';
    inside([&] { expression(value); });
  }
  void block(const char* label, Block body) {
    out_.append(static_cast<std::size_t>(level_) * 2, ' ');
    out_ += label;
    out_ += '\n';
    inside([&] {
      for (const Stmt* stmt : body) statement(stmt);
    });
  }
  void binding(const char* label, const Binding& b) { line(b.span, "{} {}", label, text(b.name)); }

  void function(const Function& f);
  void expression(const Expr* node);
  void statement(const Stmt* node);

  const Interner& names_;
  const LineIndex* lines_;
  std::string out_;
  ByteOffset start_ = 0;
  int level_ = 0;
};

void Printer::function(const Function& f) {
  line(f.span, "Function {}{} {}", kForms[static_cast<std::size_t>(f.form)], f.is_generator ? "*" : "",
       f.name.name ? text(f.name.name) : "<anonymous>");
  inside([&] {
    for (const Param& p : f.params) {
      binding("Param", p.binding);
      inside([&] { labelled("default", p.default_value); });
    }
    labelled("result", f.result);
    if (!f.result) block("body", f.body);
  });
}

void Printer::expression(const Expr* node) {
  switch (node->kind) {
    case ExprKind::Bad: return line(node->span, "Bad");
    case ExprKind::Number: {
      const auto& n = as<NumberExpr>(node);
      return line(node->span, "Number {}{}", n.text, n.is_float ? " float" : "");
    }
    case ExprKind::String: return line(node->span, "String {}", json_quoted(as<StringExpr>(node).value));
    case ExprKind::Bool: return line(node->span, "Bool {}", as<BoolExpr>(node).value);
    case ExprKind::Null: return line(node->span, "Null");
    case ExprKind::Name: return line(node->span, "Name {}", text(as<NameExpr>(node).name));
    case ExprKind::Template:
      line(node->span, "Template");
      return inside([&] {
        for (const TemplatePart& part : as<TemplateExpr>(node).parts) {
          line(node->span, "text {}", json_quoted(part.text));
          if (part.expr) expression(part.expr);
        }
      });
    case ExprKind::Array:
      line(node->span, "Array");
      return inside([&] {
        for (const Expr* e : as<ArrayExpr>(node).items) expression(e);
      });
    case ExprKind::Object:
      line(node->span, "Object");
      return inside([&] {
        for (const Property& p : as<ObjectExpr>(node).properties) {
          static constexpr std::array kKinds = {"word", "string", "number"};
          line(p.key_span, "{} {}", kKinds[static_cast<std::size_t>(p.key_kind)], json_quoted(p.key));
          inside([&] { expression(p.value); });
        }
      });
    case ExprKind::Unary: {
      const auto& u = as<UnaryExpr>(node);
      line(node->span, "Unary {}", kUnary[static_cast<std::size_t>(u.op)]);
      return inside([&] { expression(u.operand); });
    }
    case ExprKind::Binary: {
      const auto& b = as<BinaryExpr>(node);
      line(b.op_span, "Binary {}", kBinary[static_cast<std::size_t>(b.op)]);
      return inside([&] {
        expression(b.left);
        expression(b.right);
      });
    }
    case ExprKind::Logical: {
      const auto& b = as<LogicalExpr>(node);
      line(b.op_span, "Logical {}", kLogical[static_cast<std::size_t>(b.op)]);
      return inside([&] {
        expression(b.left);
        expression(b.right);
      });
    }
    case ExprKind::Ternary: {
      const auto& t = as<TernaryExpr>(node);
      line(node->span, "Ternary");
      return inside([&] {
        expression(t.condition);
        expression(t.then_value);
        expression(t.else_value);
      });
    }
    case ExprKind::Call: {
      const auto& c = as<CallExpr>(node);
      line(node->span, "Call");
      return inside([&] {
        expression(c.callee);
        for (const Expr* argument : c.arguments) expression(argument);
      });
    }
    case ExprKind::Index: {
      const auto& i = as<IndexExpr>(node);
      line(i.open, "Index");
      return inside([&] {
        expression(i.object);
        expression(i.index);
      });
    }
    case ExprKind::Slice: {
      const auto& s = as<SliceExpr>(node);
      line(s.open, "Slice");
      return inside([&] {
        expression(s.object);
        labelled("begin", s.begin);
        labelled("end", s.end);
        labelled("step", s.step);
      });
    }
    case ExprKind::Member: {
      const auto& m = as<MemberExpr>(node);
      line(m.name_span, "Member .{}", text(m.name));
      return inside([&] { expression(m.object); });
    }
    case ExprKind::Function: return function(*as<FunctionExpr>(node).function);
  }
}

void Printer::statement(const Stmt* node) {
  switch (node->kind) {
    case StmtKind::Bad: return line(node->span, "Bad statement");
    case StmtKind::Empty: return line(node->span, "Empty");
    case StmtKind::Break: return line(node->span, "Break");
    case StmtKind::Continue: return line(node->span, "Continue");
    case StmtKind::Function: return function(*as<FunctionStmt>(node).function);
    case StmtKind::Expr:
      line(node->span, "Expression");
      return inside([&] { expression(as<ExprStmt>(node).value); });
    case StmtKind::Assign:
      line(node->span, "Assign");
      return inside([&] {
        expression(as<AssignStmt>(node).target);
        expression(as<AssignStmt>(node).value);
      });
    case StmtKind::Declare: {
      const auto& d = as<DeclareStmt>(node);
      line(d.binding.span, "Declare {}{}", kWords[static_cast<std::size_t>(d.word)], text(d.binding.name));
      return inside([&] {
        if (d.value) expression(d.value);
      });
    }
    case StmtKind::Unpack: {
      const auto& u = as<UnpackStmt>(node);
      line(u.pattern, "Unpack {}{}", kWords[static_cast<std::size_t>(u.word)],
           u.is_object ? "object" : "array");
      return inside([&] {
        for (const Binding& b : u.names) binding("Bind", b);
        expression(u.value);
      });
    }
    case StmtKind::If:
      line(node->span, "If");
      return inside([&] {
        for (const IfBranch& branch : as<IfStmt>(node).branches) {
          labelled("condition", branch.condition);
          block(branch.condition ? "then" : "else", branch.body);
        }
      });
    case StmtKind::While:
      line(node->span, "While");
      return inside([&] {
        expression(as<WhileStmt>(node).condition);
        block("body", as<WhileStmt>(node).body);
      });
    case StmtKind::ForIn: {
      const auto& f = as<ForInStmt>(node);
      line(node->span, "ForIn");
      return inside([&] {
        binding("Bind", f.variable);
        expression(f.iterable);
        block("body", f.body);
      });
    }
    case StmtKind::ForC: {
      const auto& f = as<ForCStmt>(node);
      line(node->span, "ForC");
      return inside([&] {
        if (f.init) statement(f.init);
        labelled("condition", f.condition);
        if (f.step) statement(f.step);
        block("body", f.body);
      });
    }
    case StmtKind::Try: {
      const auto& t = as<TryStmt>(node);
      line(node->span, "Try");
      return inside([&] {
        block("body", t.body);
        for (const ExceptClause& clause : t.excepts) {
          line(clause.span, "Except {}", clause.variable.name ? text(clause.variable.name) : "");
          inside([&] { block("body", clause.body); });
        }
        if (t.has_finally) block("finally", t.finally_body);
      });
    }
    case StmtKind::Return:
      line(node->span, "Return");
      return inside([&] {
        if (as<ReturnStmt>(node).value) expression(as<ReturnStmt>(node).value);
      });
    case StmtKind::Throw:
      line(node->span, "Throw");
      return inside([&] { expression(as<ThrowStmt>(node).value); });
    case StmtKind::Yield:
      line(node->span, "Yield");
      return inside([&] {
        if (as<YieldStmt>(node).value) expression(as<YieldStmt>(node).value);
      });
    case StmtKind::Nonlocal:
      line(node->span, "Nonlocal");
      return inside([&] {
        for (const Binding& b : as<NonlocalStmt>(node).names) binding("Name", b);
      });
    case StmtKind::Import: {
      const auto& i = as<ImportStmt>(node);
      if (i.alias.name) return line(node->span, "Import {} as {}", i.dotted, text(i.alias.name));
      return line(node->span, "Import {}", i.dotted);
    }
    case StmtKind::Capability: {
      const auto& c = as<CapabilityStmt>(node);
      line(node->span, "Capability {}", c.name);
      return inside([&] {
        for (const CapabilityItem& item : c.items) {
          const bool resource = item.kind == CapabilityItem::Kind::Resource;
          line(item.span, "{} {}", resource ? "resource" : fmt::format("allow {}", item.action),
               item.has_target ? json_quoted(item.target) : "");
        }
      });
    }
  }
}

}  // namespace

std::string print(const Module& module, const Interner& names, const LineIndex* lines) {
  Printer printer(names, lines);
  for (const PlacedItem& item : module.items) printer.item(item);
  return printer.take();
}

}  // namespace ml::ast
