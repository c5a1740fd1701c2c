#include <algorithm>

#include "core/ast/build.h"
#include "lsp/features/code_action/action.h"

namespace ml::lsp {

namespace field = syntax::field;

TSNode Scene::around(Span span, std::initializer_list<TSSymbol> kinds) const {
  TSNode node = node_at(span);
  while (!ts_node_is_null(node) && std::find(kinds.begin(), kinds.end(), ts_node_symbol(node)) == kinds.end())
    node = ts_node_parent(node);
  return node;
}

TSNode Scene::statement(Span span) const {
  TSNode node = node_at(span);
  while (!ts_node_is_null(node)) {
    const TSNode parent = ts_node_parent(node);
    if (ts_node_is_null(parent)) break;
    const TSSymbol s = ts_node_symbol(parent);
    if ((s == sym::Block || s == sym::Program) && ts_node_is_named(node)) return node;
    node = parent;
  }
  return TSNode{};
}

TSNode Scene::item(Span span) const {
  TSNode node = node_at(span);
  while (!ts_node_is_null(node)) {
    const TSNode parent = ts_node_parent(node);
    if (ts_node_is_null(parent)) return TSNode{};
    if (ts_node_symbol(parent) == sym::Program) return node;
    node = parent;
  }
  return TSNode{};
}

std::string Scene::indentation(ByteOffset at) const {
  const std::string_view line = file.text().line_text(file.text().line_of(at));
  return std::string(line.substr(0, std::min(line.size(), line.find_first_not_of(" \t"))));
}

std::string Scene::level() const {
  const json::value* indent = ask.settings().at("format.indent");
  return std::string(indent && indent->is_int64() && indent->get_int64() > 0 && indent->get_int64() < 17
                         ? static_cast<std::size_t>(indent->get_int64())
                         : 4,
                     ' ');
}

bool Scene::is_used_elsewhere(std::string_view name) const {
  for (const auto& facts : ask.snapshot.modules().all())
    for (const ModuleUse& use : facts->uses)
      if (use.file == file.file().key && use.member == name) return true;
  return false;
}

Span Scene::whole_lines(Span span) const {
  const std::string_view all = text();
  ByteOffset begin = span.begin, end = span.end;
  while (begin > 0 && (all[begin - 1] == ' ' || all[begin - 1] == '\t')) --begin;
  while (end < all.size() && (all[end] == ' ' || all[end] == '\t' || all[end] == '\r')) ++end;
  const bool alone = (begin == 0 || all[begin - 1] == '\n') && (end == all.size() || all[end] == '\n');
  if (!alone) return span;
  return {begin, end < all.size() ? end + 1 : end};
}

Action disabled_action(std::string title, std::string kind, std::string reason) {
  Action action{std::move(title), std::move(kind), {}, false, false, nullptr};
  action.disabled = std::move(reason);
  return action;
}

bool parses_after(const Scene& scene, const Action& action, bool was_broken) {
  if (action.changes.empty()) return !action.new_file.empty();
  const TSNode item = scene.item(action.changes.front().span);
  Span span{0, scene.file.text().size()};
  if (!ts_node_is_null(item)) span = syntax::span(item);
  const auto extend = [&](Span to) { span = {std::min(span.begin, to.begin), std::max(span.end, to.end)}; };
  for (const Change& change : action.changes) {
    extend(change.span);
    if (const TSNode around = scene.item(change.span); !ts_node_is_null(around)) extend(syntax::span(around));
  }
  std::vector<Change> changes = action.changes;
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.span.begin < b.span.begin; });
  std::string after;
  ByteOffset at = span.begin;
  for (const Change& change : changes) {
    if (change.span.begin < at) return false;
    after += scene.text(Span{at, change.span.begin});
    after += change.text;
    at = change.span.end;
  }
  after += scene.text(Span{at, span.end});
  const auto mistakes = [](std::string_view text) {
    Interner names;
    const ast::Module module = ast::build(syntax::parse(text), text, names);
    return std::count_if(module.diagnostics.begin(), module.diagnostics.end(),
                         [](const Diagnostic& d) { return d.severity == Severity::Error; });
  };
  const auto left = mistakes(after);
  return left == 0 || (was_broken && left < mistakes(scene.text(span)));
}

bool is_function_node(TSSymbol s) {
  return s == sym::FunctionStatement || s == sym::FunctionExpression || s == sym::FnArrowFunction ||
         s == sym::ArrowFunction;
}

bool needs_parentheses(TSNode value) {
  switch (ts_node_symbol(value)) {
    case sym::BinaryExpression:
    case sym::LogicalExpression:
    case sym::TernaryExpression:
    case sym::UnaryExpression:
    case sym::ArrowFunction:
    case sym::FnArrowFunction:
    case sym::FunctionExpression: return true;
    default: return false;
  }
}

namespace {

void collect(const Scene& scene, TSNode node, Span within, std::vector<Use>& out, unsigned depth) {
  if (depth > syntax::kMaxDepth) return;
  const Span span = syntax::span(node);
  if (span.end <= within.begin || span.begin >= within.end) return;
  const std::uint32_t count = ts_node_child_count(node);
  const TSSymbol s = ts_node_symbol(node);
  for (std::uint32_t i = 0; i < count; ++i) {
    const TSNode child = ts_node_child(node, i);
    if (ts_node_symbol(child) != sym::Identifier) {
      collect(scene, child, within, out, depth + 1);
      continue;
    }
    const auto is = [&](TSFieldId id) {
      for (std::uint32_t n = 0; n < 1; ++n) {
        const TSNode found = ts_node_child_by_field_id(node, id);
        if (!ts_node_is_null(found) && ts_node_eq(found, child)) return true;
      }
      return false;
    };
    if (s == sym::MemberExpression && is(field::Name)) continue;
    if (s == sym::Property && is(field::Key)) continue;
    if (is(field::Type) || s == sym::CapabilityItem) continue;
    const Span at = syntax::span(child);
    if (at.begin < within.begin || at.end > within.end) continue;
    const bool pattern = (s == sym::Array || s == sym::Object || s == sym::ShorthandProperty) && [&] {
      TSNode up = s == sym::ShorthandProperty ? ts_node_parent(node) : node;
      const TSNode owner = ts_node_parent(up);
      if (ts_node_is_null(owner)) return false;
      const TSSymbol o = ts_node_symbol(owner);
      return (o == sym::AssignStatement || o == sym::DeclareStatement) &&
             ts_node_eq(ts_node_child_by_field_id(owner, field::Target), up);
    }();
    const bool writes =
        pattern || ((s == sym::AssignStatement || s == sym::DeclareStatement) && is(field::Target)) ||
        (s == sym::Param && is(field::Name)) || (s == sym::ArrowFunction && is(field::Param)) ||
        ((s == sym::ForInStatement || s == sym::ExceptClause) && is(field::Variable)) ||
        (s == sym::FunctionStatement && is(field::Name)) || s == sym::NonlocalStatement ||
        s == sym::ImportStatement || s == sym::DottedName;
    out.push_back({scene.text(at), at, writes});
  }
}

}  // namespace

std::vector<Use> uses_in(const Scene& scene, TSNode node, Span within) {
  std::vector<Use> out;
  collect(scene, node, within, out, 0);
  return out;
}

}  // namespace ml::lsp
