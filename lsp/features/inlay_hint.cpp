// textDocument/inlayHint: names of parameters, types, results, capabilities, closing braces
// (editor-protocols.md 3.8), and costs of a loaded profile.

#include <algorithm>
#include <set>

#include "lsp/features/registry.h"
#include "lsp/profile/surfaces.h"
#include "lsp/semantics/describe.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/types.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

constexpr std::uint32_t kLongBlock = 25;  // lines
enum HintKind : int { kType = 1, kParameter = 2 };

struct Wanted {
  bool parameters, variables, results, capabilities, braces;
};

class Hints : public Visitor {
 public:
  Hints(const Ask& ask, const Revision& file, Span range, Wanted wanted, json::array& out)
      : ask_(ask), r_(file), range_(range), wanted_(wanted), out_(out) {}

  void item(std::uint32_t index) {
    index_ = index;
    start_ = r_.module().items[index].start;
    walk(*r_.module().items[index].item, *this);
  }

  void on_statement(const Stmt& s) override {
    ask_.check();
    if (!wanted_.braces) return;
    const char* word = s.kind == StmtKind::If                                  ? "if"
                       : s.kind == StmtKind::While                             ? "while"
                       : s.kind == StmtKind::ForIn || s.kind == StmtKind::ForC ? "for"
                       : s.kind == StmtKind::Try                               ? "try"
                                                                               : nullptr;
    if (word) brace(s.span, word);
  }

  void on_expression(const Expr& e) override {
    if (e.kind != ExprKind::Call || !near(e.span)) return;
    const CallExpr& call = as<CallExpr>(&e);
    std::vector<std::string> names;
    const stdlib::Entry* entry = nullptr;
    if (!callee(call, names, entry)) return;
    if (wanted_.capabilities && entry && !entry->capabilities.empty())
      add(start_ + e.span.end, " \xE2\x9B\xA8 " + std::string(entry->capabilities.front()), 0, false, false,
          "needs the capability " + std::string(entry->capabilities.front()));
    if (!wanted_.parameters) return;
    for (std::size_t i = 0; i < call.arguments.size() && i < names.size(); ++i) {
      const Expr& argument = *call.arguments[i];
      if (names[i].size() < 2 || !unclear(argument)) continue;
      add(start_ + argument.span.begin, names[i] + ":", kParameter, false, true,
          "parameter `" + names[i] + "`");
    }
  }

  void on_binding(const Binding& b, Role role) override {
    if (!wanted_.variables || !near(b.span) || !b.name) return;
    if (role != Role::Assign && role != Role::Declare && role != Role::Loop) return;
    const auto at = symbol_at(r_, start_ + b.span.begin);
    if (!at || !at->binds ||
        !told_.insert(at->symbol.name + "/" + std::to_string(at->symbol.function.raw)).second)
      return;
    const emit::Types types = r_.types().of_variable(index_, b.id);
    const std::string text = describe_types(types);
    if (types == 0 || text == "any" || text.find('|') != std::string::npos) return;
    add(start_ + b.span.end, ": " + text, kType, false, false, "inferred from what is assigned");
  }

  void enter_function(const Function& f) override {
    if (wanted_.braces && f.form == FunctionForm::Declaration && f.name.name)
      brace(f.span, std::string(r_.names().text(f.name.name)));
    if (!wanted_.results || !near(f.header)) return;
    const emit::Types types = r_.types().result(index_, f);
    const std::string text = describe_types(types);
    if (types == 0 || text == "any") return;
    ByteOffset end = start_ + f.header.end;
    const std::string_view all = r_.text().text();
    while (end > start_ &&
           (all[end - 1] == ' ' || all[end - 1] == '{' || all[end - 1] == '>' || all[end - 1] == '='))
      --end;
    add(end, " \xE2\x86\x92 " + text, kType, false, false, "inferred from the returns");
  }

 private:
  bool near(Span span) const {
    return start_ + span.begin <= range_.end && start_ + span.end >= range_.begin;
  }

  static bool unclear(const Expr& e) {
    switch (e.kind) {
      case ExprKind::Number:
      case ExprKind::String:
      case ExprKind::Template:
      case ExprKind::Bool:
      case ExprKind::Null:
      case ExprKind::Array:
      case ExprKind::Object: return true;
      case ExprKind::Unary: return unclear(*as<UnaryExpr>(&e).operand);
      default: return false;
    }
  }

  // Names of the parameters of what is called, when it is certain what that is.
  bool callee(const CallExpr& call, std::vector<std::string>& names, const stdlib::Entry*& entry) const {
    ByteOffset at = call.callee->span.begin;
    if (call.callee->kind == ExprKind::Member)
      at = as<MemberExpr>(call.callee).name_span.begin;
    else if (call.callee->kind != ExprKind::Name)
      return false;
    const auto symbol = symbol_at(r_, start_ + at);
    if (!symbol) return false;
    entry = symbol->symbol.entry;
    if (entry) {
      if (entry->max_arguments > entry->params.size()) return true;  // as many as one likes
      // Several forms: what the first argument means depends on how many there are.
      if (call.arguments.size() < entry->params.size() && entry->name == "range") return true;
      for (const stdlib::Param& p : entry->params) names.emplace_back(p.name);
      return true;
    }
    if (symbol->symbol.kind != Symbol::Kind::Local && symbol->symbol.kind != Symbol::Kind::Global)
      return false;
    const FunctionPlace place = function_of(symbol->symbol, r_, ask_.snapshot.modules());
    if (!place.function) return false;
    for (const Param& p : place.function->params)
      names.emplace_back(place.revision->names().text(p.binding.name));
    return true;
  }

  void brace(Span span, const std::string& name) {
    const ByteOffset end = start_ + span.end;
    if (end < range_.begin || end > range_.end || end == 0 || r_.text().text()[end - 1] != '}') return;
    if (r_.text().line_of(end) - r_.text().line_of(start_ + span.begin) > kLongBlock)
      add(end, " // " + name, 0, true, false, "");
  }

  void add(ByteOffset at, const std::string& label, int kind, bool left, bool right,
           const std::string& tooltip) {
    if (at < range_.begin || at > range_.end) return;
    json::object hint{{"position", to_json(r_.text().position(at, ask_.client().encoding))},
                      {"label", label}};
    if (kind != 0) hint["kind"] = kind;
    if (left) hint["paddingLeft"] = true;
    if (right) hint["paddingRight"] = true;
    if (!tooltip.empty()) hint["data"] = json::object{{"tooltip", tooltip}};
    out_.push_back(std::move(hint));
  }

  const Ask& ask_;
  const Revision& r_;
  const Span range_;
  const Wanted wanted_;
  json::array& out_;
  std::uint32_t index_ = 0;
  ByteOffset start_ = 0;
  std::set<std::string> told_;
};

void add_tooltip(json::object& hint) {
  const json::value* data = hint.if_contains("data");
  const json::value* text = data && data->is_object() ? data->get_object().if_contains("tooltip") : nullptr;
  if (!text || !text->is_string()) return;
  json::object tooltip{{"kind", "markdown"}, {"value", text->get_string()}};
  hint["tooltip"] = std::move(tooltip);
}

json::value hints(const Ask& ask) {
  const auto file = ask.document();
  const Span range = ask.bytes(*file);
  const Settings& settings = ask.settings();
  const Wanted wanted{
      settings.flag("inlayHints.parameterNames", true), settings.flag("inlayHints.variableTypes", false),
      settings.flag("inlayHints.returnTypes", false), settings.flag("inlayHints.capabilities", false),
      settings.flag("inlayHints.closingBraces", false)};
  json::array out;
  Hints maker(ask, *file, range, wanted, out);
  const auto& items = file->module().items;
  const auto first = item_at(file->module(), range.begin);
  for (std::uint32_t i = first.value_or(0); i < items.size() && items[i].start <= range.end; ++i) {
    ask.check();
    maker.item(i);
  }
  add_cost_hints(ask, *file, range, out);
  if (!ask.client().lists("textDocument.inlayHint.resolveSupport.properties", "tooltip")) {
    for (json::value& hint : out) add_tooltip(hint.get_object());
  }
  return out;
}

json::value resolve(const Ask& ask) {
  json::object out = ask.params;
  add_tooltip(out);
  return out;
}

}  // namespace

void add_inlay_hint(Registry& registry) {
  registry.request("textDocument/inlayHint", Lane::Latency, hints);
  registry.request("inlayHint/resolve", Lane::Latency, resolve);
  registry.advertise([](json::object& to, const ClientInfo&) {
    to["inlayHintProvider"] = json::object{{"resolveProvider", true}};
  });
}

}  // namespace ml::lsp
