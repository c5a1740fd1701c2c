#include "dap/statements.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "core/ast/build.h"
#include "core/base/files.h"
#include "core/syntax/tree.h"

namespace ml::dap {
namespace {

using namespace ast;

class Finder {
 public:
  Finder(const LineIndex& lines, const Interner& names, Statements& to)
      : lines_(lines), names_(names), to_(to) {}

  void item(const Stmt* s, ByteOffset start) {
    start_ = start;
    statement(s, -1, -1);
  }

 private:
  int row(Span relative, int parent, int stop) {
    const Span span = relative.moved(start_);
    const LineByte begin = lines_.line_byte(span.begin), end = lines_.line_byte(span.end);
    const std::int32_t cells[] = {static_cast<std::int32_t>(begin.line),
                                  static_cast<std::int32_t>(begin.column),
                                  static_cast<std::int32_t>(end.line),
                                  static_cast<std::int32_t>(end.column),
                                  parent,
                                  stop};
    to_.table.append(reinterpret_cast<const char*>(cells), sizeof cells);
    stop_of_row_.push_back(stop);
    return rows_++;
  }

  int stop(Span relative, int parent, int function) {
    const int number = static_cast<int>(to_.stops.size());
    to_.stops.push_back({relative.moved(start_), function, block_});
    if (function >= 0 && to_.functions[static_cast<std::size_t>(function)].first_stop < 0)
      to_.functions[static_cast<std::size_t>(function)].first_stop = number;
    return row(relative, parent, number);
  }

  // `stop_here`: of the statement that makes it, where it is a part of one.
  void function(const ast::Function& f, int parent, int outer, NameId bound = {}, int stop_here = -1) {
    const NameId called = f.name.name ? f.name.name : bound;
    std::string name = called ? std::string(names_.text(called)) : "fn";
    if (outer >= 0) name = to_.functions[static_cast<std::size_t>(outer)].name + "." + name;
    const int number = static_cast<int>(to_.functions.size());
    to_.functions.push_back({std::move(name), f.span.moved(start_), outer, -1});
    const int own = row(f.span, parent, -1), around = std::exchange(block_, ++blocks_);
    // Where it begins it is made: often the first that the statement does.
    if (stop_here >= 0) row({f.span.begin, f.span.begin + 1}, own, stop_here);
    for (const Param& p : f.params) expression(p.default_value, own, number);
    if (f.result) expression(f.result, stop(f.result->span, own, number), number);
    block(f.body, own, number);
    block_ = around;
  }

  void expression(const Expr* e, int parent, int in) {
    if (!e) return;
    const auto all = [&](std::span<const Expr* const> list) {
      for (const Expr* x : list) expression(x, parent, in);
    };
    const auto each = [&](auto... parts) { (expression(parts, parent, in), ...); };
    switch (e->kind) {
      case ExprKind::Function:
        call(parent, {}, e->span);
        return function(*as<FunctionExpr>(e).function, parent, in, {},
                        parent < 0 ? -1 : stop_of_row_[static_cast<std::size_t>(parent)]);
      case ExprKind::Template:
        for (const TemplatePart& p : as<TemplateExpr>(e).parts) expression(p.expr, parent, in);
        return;
      case ExprKind::Array: return all(as<ArrayExpr>(e).items);
      case ExprKind::Object:
        for (const Property& p : as<ObjectExpr>(e).properties) expression(p.value, parent, in);
        return;
      case ExprKind::Unary: return each(as<UnaryExpr>(e).operand);
      case ExprKind::Binary: return each(as<BinaryExpr>(e).left, as<BinaryExpr>(e).right);
      case ExprKind::Logical: return each(as<LogicalExpr>(e).left, as<LogicalExpr>(e).right);
      case ExprKind::Ternary:
        return each(as<TernaryExpr>(e).condition, as<TernaryExpr>(e).then_value,
                    as<TernaryExpr>(e).else_value);
      case ExprKind::Call:
        each(as<CallExpr>(e).callee), all(as<CallExpr>(e).arguments);
        return call(parent, as<CallExpr>(e).callee->span, e->span);
      case ExprKind::Index: return each(as<IndexExpr>(e).object, as<IndexExpr>(e).index);
      case ExprKind::Slice: {
        const auto& s = as<SliceExpr>(e);
        return each(s.object, s.begin, s.end, s.step);
      }
      case ExprKind::Member: return each(as<MemberExpr>(e).object);
      default: return;
    }
  }

  void call(int row, Span callee, Span whole) {
    const int stop = row < 0 ? -1 : stop_of_row_[static_cast<std::size_t>(row)];
    if (stop >= 0)
      to_.calls.push_back(
          {stop, callee.begin == callee.end ? Span{} : callee.moved(start_), whole.moved(start_)});
  }

  // A body that the interpreter keeps something on its stack for, or guards.
  void inside(Block b, int parent, int in) {
    const int around = std::exchange(block_, block_ == Stop::kClosed ? Stop::kClosed : ++blocks_);
    block(b, parent, in);
    block_ = around;
  }

  void block(Block b, int parent, int in) {
    for (const Stmt* s : b) statement(s, parent, in);
  }

  void statement(const Stmt* s, int parent, int in) {
    if (!s) return;
    const auto here = [&] { return stop(s->span, parent, in); };
    switch (s->kind) {
      case StmtKind::Bad:
      case StmtKind::Empty:
      case StmtKind::Nonlocal:
      case StmtKind::Capability: return;
      case StmtKind::Function: return function(*as<FunctionStmt>(s).function, parent, in);
      case StmtKind::Expr: return expression(as<ExprStmt>(s).value, here(), in);
      case StmtKind::Assign: {
        const int own = here();
        expression(as<AssignStmt>(s).target, own, in);
        return expression(as<AssignStmt>(s).value, own, in);
      }
      case StmtKind::Declare: {
        const auto& d = as<DeclareStmt>(s);
        const int own = here();
        if (d.value && d.value->kind == ExprKind::Function)
          return function(*as<FunctionExpr>(d.value).function, own, in, d.binding.name,
                          stop_of_row_[static_cast<std::size_t>(own)]);
        return expression(d.value, own, in);
      }
      case StmtKind::Unpack: return expression(as<UnpackStmt>(s).value, here(), in);
      case StmtKind::Return: return expression(as<ReturnStmt>(s).value, here(), in);
      case StmtKind::Throw: return expression(as<ThrowStmt>(s).value, here(), in);
      case StmtKind::Yield: return expression(as<YieldStmt>(s).value, here(), in);
      case StmtKind::If: {
        const int own = here();
        bool first = true;
        for (const IfBranch& b : as<IfStmt>(s).branches) {
          const int at = first || !b.condition ? own : stop(b.span, own, in);
          expression(b.condition, at, in);
          block(b.body, at, in);
          first = false;
        }
        return;
      }
      case StmtKind::While: {
        const int own = here();
        expression(as<WhileStmt>(s).condition, own, in);
        return block(as<WhileStmt>(s).body, own, in);
      }
      case StmtKind::ForIn: {
        const int own = here();
        expression(as<ForInStmt>(s).iterable, own, in);
        return inside(as<ForInStmt>(s).body, own, in);
      }
      case StmtKind::ForC: {
        const int own = here();
        expression(as<ForCStmt>(s).condition, own, in);
        return inside(as<ForCStmt>(s).body, own, in);
      }
      case StmtKind::Try: {
        const auto& t = as<TryStmt>(s);
        const int own = row(s->span, parent, -1);
        inside(t.body, own, in);
        const int around = std::exchange(block_, Stop::kClosed);
        for (const ExceptClause& c : t.excepts) block(c.body, stop(c.span, own, in), in);
        block(t.finally_body, own, in);
        block_ = around;
        return;
      }
      case StmtKind::Break:
      case StmtKind::Continue:
      case StmtKind::Import: here(); return;
    }
  }

  const LineIndex& lines_;
  const Interner& names_;
  Statements& to_;
  ByteOffset start_ = 0;
  int rows_ = 0, block_ = 0, blocks_ = 0;
  std::vector<int> stop_of_row_;
};

}  // namespace

Statements find_statements(std::string_view text, const LineIndex& lines) {
  Statements found;
  Interner names;
  const syntax::Tree tree = syntax::parse(text);
  const Module module = build(tree, text, names);
  Finder finder(lines, names, found);
  for (const PlacedItem& item : module.items) finder.item(item.item->stmt, item.start);
  return found;
}

int Source::stop_for(int line, int column) const {
  const auto& stops = statements.stops;
  // Lines as ranges of bytes: asking for the line of every statement takes longer than parsing the file.
  const auto start_of = [&](std::int64_t number) {
    const auto at = lines.offset(LineByte{static_cast<std::uint32_t>(number), 0});
    return at ? *at : number < 1 ? ByteOffset{0} : std::numeric_limits<ByteOffset>::max();
  };
  const ByteOffset begin = start_of(line), end = start_of(std::int64_t{line} + 1);
  int best = -1, holds = -1;  // the last that begins before the column; the last that holds it, too
  for (std::size_t i = 0; i < stops.size(); ++i) {
    if (stops[i].span.begin < begin || stops[i].span.begin >= end) continue;
    if (column < 0) return static_cast<int>(i);
    if (best >= 0 && static_cast<int>(lines.editor(stops[i].span.begin).character) > column) continue;
    best = static_cast<int>(i);
    const EditorPosition close = lines.editor(stops[i].span.end);
    if (static_cast<int>(close.line) + 1 > line || static_cast<int>(close.character) > column) holds = best;
  }
  if (best >= 0) return holds >= 0 ? holds : best;
  int function = -1;
  for (std::size_t i = 0; i < statements.functions.size(); ++i) {
    const Span span = statements.functions[i].span;
    if (span.begin < end && span.end >= begin) function = static_cast<int>(i);
  }
  for (std::size_t i = 0; i < stops.size(); ++i) {
    if (stops[i].function != function) continue;
    best = static_cast<int>(i);
    if (stops[i].span.begin >= end) break;
  }
  return best;
}

int Source::stop_like(const Source& older, int stop) const {
  const auto like = [](const Source& a, int i, const Source& b, int j) {
    const auto function = [](const Source& source, const Stop& s) {
      return s.function < 0
                 ? std::string_view()
                 : std::string_view(source.statements.functions[static_cast<std::size_t>(s.function)].name);
    };
    const auto begin = [](const Source& source, const Stop& s) {
      const auto whole = std::string_view(source.text).substr(s.span.begin, s.span.size());
      return whole.substr(0, whole.find('\n'));
    };
    const Stop &one = a.statements.stops[static_cast<std::size_t>(i)],
               &two = b.statements.stops[static_cast<std::size_t>(j)];
    return begin(a, one) == begin(b, two) && function(a, one) == function(b, two);
  };
  int before = 0, found = -1;
  for (int i = 0; i < stop; ++i) before += like(older, i, older, stop);
  for (int i = 0; i < static_cast<int>(statements.stops.size()) && before >= 0; ++i)
    if (like(*this, i, older, stop)) found = i, --before;
  return found;
}

int Source::stop_at(int line, int byte_column) const {
  const auto at =
      lines.offset(LineByte{static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(byte_column)});
  int best = -1;
  for (std::size_t i = 0; at && i < statements.stops.size(); ++i) {
    if (statements.stops[i].span.contains(*at)) best = static_cast<int>(i);
  }
  return best;
}

std::shared_ptr<const Source> read_source(const std::string& path) {
  auto text = read_file(path);
  return text ? std::make_shared<const Source>(path, *std::move(text)) : nullptr;
}

}  // namespace ml::dap
