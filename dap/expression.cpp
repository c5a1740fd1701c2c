#include "dap/expression.h"

#include <charconv>

#include "core/ast/build.h"
#include "core/emit/python.h"
#include "core/sema/analysis.h"
#include "core/sema/children.h"
#include "core/stdlib/catalogue.h"
#include "core/syntax/tree.h"
#include "dap/token.h"

namespace ml::dap {
namespace {

namespace json = wire::json;

// `$hits` -> `dollar_hits`, `20ms` -> nanoseconds, `50MB` -> bytes; not inside strings.
std::string plain_ml(std::string_view ml) {
  static constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
      {"ns", "1"},    {"us", "1000"},    {"ms", "1000000"},   {"s", "1000000000"},
      {"KB", "1000"}, {"MB", "1000000"}, {"GB", "1000000000"}};
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < ml.size(); ++i) {
    const char c = ml[i];
    if (quote) {
      if (c == '\\' && i + 1 < ml.size()) out += ml[i++];
      if (ml[i] == quote) quote = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else if (c == '$' && i + 1 < ml.size() && word(ml[i + 1])) {
      out += "dollar_";
      continue;
    } else if (std::isdigit(static_cast<unsigned char>(c)) && (i == 0 || !word(ml[i - 1]))) {
      std::size_t end = i;
      while (end < ml.size() && (std::isdigit(static_cast<unsigned char>(ml[end])) || ml[end] == '.')) ++end;
      std::size_t stop = end;
      while (stop < ml.size() && word(ml[stop])) ++stop;
      for (const auto& [unit, factor] : kUnits) {
        if (ml.substr(end, stop - end) != unit) continue;
        out += "(" + std::string(ml.substr(i, end - i)) + " * " + std::string(factor) + ")";
        i = stop;
        break;
      }
      if (i == ml.size()) break;
      if (i == stop && stop != end) {
        --i;
        continue;
      }
    }
    out += ml[i];
  }
  return out;
}

std::optional<json::value> constant(const ast::Expr* e) {
  using namespace ast;
  if (e->kind == ExprKind::Null) return json::value(nullptr);
  if (e->kind == ExprKind::Bool) return json::value(as<BoolExpr>(e).value);
  if (e->kind == ExprKind::String) return json::value(wire::sv(as<StringExpr>(e).value));
  if (e->kind == ExprKind::Unary && as<UnaryExpr>(e).op == UnaryOp::Minus) {
    auto positive = constant(as<UnaryExpr>(e).operand);
    if (positive && positive->is_int64()) return json::value(-positive->get_int64());
    return std::nullopt;
  }
  if (e->kind != ExprKind::Number) return std::nullopt;
  const std::string_view text = as<NumberExpr>(e).text;
  std::int64_t whole = 0;
  if (const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), whole);
      bad == std::errc() && end == text.data() + text.size() && (text.size() == 1 || text[0] != '0'))
    return json::value(whole);
  return std::nullopt;
}

std::optional<json::array> comparison(const ast::Expr* e, const Interner& names) {
  using namespace ast;
  if (e->kind != ExprKind::Binary) return std::nullopt;
  const auto& b = as<BinaryExpr>(e);
  int op = 0;  // Py_LT, Py_LE, Py_EQ, Py_NE, Py_GT, Py_GE
  switch (b.op) {
    case BinaryOp::Lt: op = 0; break;
    case BinaryOp::Le: op = 1; break;
    case BinaryOp::Eq: op = 2; break;
    case BinaryOp::Ne: op = 3; break;
    case BinaryOp::Gt: op = 4; break;
    case BinaryOp::Ge: op = 5; break;
    default: return std::nullopt;
  }
  if (b.left->kind != ExprKind::Name) return std::nullopt;
  const std::string_view left = names.text(as<NameExpr>(b.left).name);
  if (left.starts_with("dollar_")) return std::nullopt;
  if (b.right->kind == ExprKind::Name) {
    const std::string_view right = names.text(as<NameExpr>(b.right).name);
    if (right.starts_with("dollar_")) return std::nullopt;
    return json::array{wire::sv(left), op, wire::sv(right), true};
  }
  const auto value = constant(b.right);
  if (!value) return std::nullopt;
  return json::array{wire::sv(left), op, *value, false};
}

std::variant<Piece, std::string> compile_text(const std::string& text, bool as_expression,
                                              std::int64_t& error_at) {
  Interner names;
  const syntax::Tree tree = syntax::parse(text);
  const ast::Module module = ast::build(tree, text, names);
  sema::AnalyzeOptions options;
  options.interactive = true;
  const auto resolve = [](std::string_view dotted) {
    sema::ImportedModule found;
    if (stdlib::catalogue().module(dotted)) found.kind = sema::ImportedModule::Kind::Library;
    return found;
  };
  const sema::Analysis analysis =
      sema::analyze(module, names, stdlib::catalogue(), resolve, options, nullptr);
  for (const Diagnostic& d : analysis.diagnostics) {
    if (d.severity != Severity::Error) continue;
    error_at = d.span.begin;
    return d.message;
  }
  const emit::Emitted emitted = emit::emit(module, analysis, names, stdlib::catalogue(), text, {});
  if (!emitted.diagnostics.empty()) return emitted.diagnostics.front().message;
  Piece piece;
  piece.code = {{"python", wire::sv(emitted.python)},
                {"positions", hexadecimal(emitted.positions.to_bytes())}};
  if (as_expression) piece.code["shift"] = 1;
  piece.is_expression = as_expression;
  std::vector<const ast::Expr*> stack;
  for (const ast::PlacedItem& item : module.items) {
    const ast::Stmt* s = item.item->stmt;
    if (!s || s->kind != ast::StmtKind::Expr) continue;
    const ast::Expr* value = ast::as<ast::ExprStmt>(s).value;
    if (as_expression) piece.comparison = comparison(value, names);
    if (value->kind == ast::ExprKind::Function)
      piece.declares = bool(ast::as<ast::FunctionExpr>(value).function->name.name);
    sema::visit_expression(value, stack, [&](const ast::Expr* e) {
      piece.has_calls = piece.has_calls || e->kind == ast::ExprKind::Call;
    });
  }
  return piece;
}

}  // namespace

std::string pointed(std::string message, std::string_view ml, std::int64_t at) {
  if (at < 0 || at > static_cast<std::int64_t>(ml.size())) return message;
  const auto offset = static_cast<std::size_t>(at);
  const std::size_t before = offset == 0 ? ml.npos : ml.rfind('\n', offset - 1);
  const std::size_t begin = before == ml.npos ? 0 : before + 1;
  std::string caret;
  for (const char c : ml.substr(begin, offset - begin))  // one for each character
    if (c == '\t' || (static_cast<unsigned char>(c) & 0xC0) != 0x80) caret += c == '\t' ? '\t' : ' ';
  return message + "\n" + std::string(ml.substr(begin, ml.find('\n', offset) - begin)) + "\n" + caret + "^";
}

std::variant<Piece, std::string> compile_piece(std::string_view ml, bool expression_only,
                                               std::int64_t* error_at) {
  std::string text = plain_ml(ml);
  const bool same = text == ml;
  while (!text.empty() && (text.back() == ';' || std::isspace(static_cast<unsigned char>(text.back()))))
    text.pop_back();
  if (text.empty()) return "there is nothing to evaluate";
  const auto tell = [&](std::int64_t at) {
    if (error_at) *error_at = same ? std::min(at, static_cast<std::int64_t>(text.size())) : -1;
  };
  std::int64_t at = -1, further = -1;
  auto piece = compile_text("(" + text + "\n);\n", true, at);
  tell(--at);
  if (auto* problem = std::get_if<std::string>(&piece)) {
    constexpr std::string_view kOurs = "found ')'";  // what closes the piece
    if (at >= static_cast<std::int64_t>(text.size()) && problem->ends_with(kOurs))
      problem->replace(problem->size() - kOurs.size(), kOurs.size(), "found the end");
  }
  const Piece* expression = std::get_if<Piece>(&piece);
  if (expression_only || (expression && !expression->declares)) return piece;
  auto statements = compile_text(text + (text.back() == '}' ? "\n" : ";\n"), false, further);
  if (std::holds_alternative<Piece>(statements)) return statements;
  if (expression || further <= at) return piece;
  tell(further);  // it was meant as a statement
  return statements;
}

}  // namespace ml::dap
