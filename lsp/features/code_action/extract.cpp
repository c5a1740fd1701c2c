// refactor.extract, and refactor.inline of variables.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lsp/features/code_action/action.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {

namespace field = syntax::field;

namespace {

bool is_expression(TSSymbol s) {
  switch (s) {
    case sym::Number:
    case sym::String:
    case sym::Template:
    case sym::Identifier:
    case sym::Bool:
    case sym::Null:
    case sym::Array:
    case sym::Object:
    case sym::ParenthesizedExpression:
    case sym::FunctionExpression:
    case sym::FnArrowFunction:
    case sym::ArrowFunction:
    case sym::UnaryExpression:
    case sym::BinaryExpression:
    case sym::LogicalExpression:
    case sym::TernaryExpression:
    case sym::CallExpression:
    case sym::IndexExpression:
    case sym::SliceExpression:
    case sym::MemberExpression: return true;
    default: return false;
  }
}

bool holds(TSNode node, std::initializer_list<TSSymbol> kinds, bool into_functions) {
  const TSSymbol s = ts_node_symbol(node);
  if (std::find(kinds.begin(), kinds.end(), s) != kinds.end()) return true;
  if (!into_functions && is_function_node(s)) return false;
  for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i) {
    if (holds(ts_node_child(node, i), kinds, into_functions)) return true;
  }
  return false;
}

class Extractor {
 public:
  Extractor(const Scene& scene, std::vector<Action>& out) : s_(scene), out_(out) {}

  void run() {
    Span selected = s_.range;
    const auto blank = [&](ByteOffset at) {
      const char c = s_.text()[at];
      return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    };
    while (selected.begin < selected.end && blank(selected.begin)) ++selected.begin;
    while (selected.end > selected.begin && blank(selected.end - 1)) --selected.end;
    if (selected.size() == 0) {
      refuse("Extract variable", "refactor.extract.variable", "select an expression");
      return refuse("Extract function", "refactor.extract.function", "select an expression or statements");
    }
    item_ = s_.item(selected);
    if (ts_node_is_null(item_) && !find_item(selected)) return;
    const TSNode node = s_.node_at(selected);
    if (syntax::span(node) == selected && is_expression(ts_node_symbol(node))) {
      expression(node);
    } else {
      statements(selected);
    }
  }

 private:
  bool find_item(Span selected) {  // several at top level
    item_ = s_.item({selected.begin, selected.begin + 1});
    return !ts_node_is_null(item_);
  }
  void add(std::string title, std::string kind, std::vector<Change> changes) {
    out_.push_back({std::move(title), std::move(kind), std::move(changes), false, false, nullptr});
  }
  void refuse(const char* title, const char* kind, const char* reason) {
    out_.push_back(disabled_action(title, kind, reason));
  }
  // A name that nothing in the file has.
  std::string fresh(std::string name) const {
    const auto taken = [&](const std::string& word) {
      for (auto at = s_.text().find(word); at != std::string_view::npos; at = s_.text().find(word, at + 1)) {
        const auto is_word = [](char c) {
          return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
        };
        const bool left = at > 0 && is_word(s_.text()[at - 1]);
        const bool right = at + word.size() < s_.text().size() && is_word(s_.text()[at + word.size()]);
        if (!left && !right) return true;
      }
      return false;
    };
    if (!taken(name)) return name;
    for (unsigned n = 2;; ++n) {
      if (!taken(name + std::to_string(n))) return name + std::to_string(n);
    }
  }

  // Names that the place sees but a function at top level would not: variables of the functions around it.
  std::set<std::string_view> locals_around(Span span) const {
    std::set<std::string_view> out;
    for (TSNode up = s_.node_at(span); !ts_node_is_null(up); up = ts_node_parent(up)) {
      const Span around = syntax::span(up);
      if (!is_function_node(ts_node_symbol(up)) || (around.begin >= span.begin && around.end <= span.end))
        continue;
      std::set<std::string_view> outer;
      for (const Use& use : uses_in(s_, up, around)) {
        const TSNode owner = ts_node_parent(s_.node_at(use.span));
        if (ts_node_symbol(owner) == sym::NonlocalStatement) outer.insert(use.name);
        const bool own_name = ts_node_eq(owner, up) && ts_node_symbol(up) == sym::FunctionStatement;
        if (use.writes && !own_name) out.insert(use.name);
      }
      for (const std::string_view name : outer) {
        if (ts_node_is_null(ts_node_parent(up))) out.erase(name);
      }
    }
    return out;
  }

  void expression(TSNode node) {
    const Span span = syntax::span(node);
    const TSNode statement = s_.statement(span);
    if (ts_node_is_null(statement)) return;
    // What is written to, or is a pattern, is no value.
    const TSNode parent = ts_node_parent(node);
    const auto is = [&](TSFieldId id) {
      const TSNode found = ts_node_child_by_field_id(parent, id);
      return !ts_node_is_null(found) && ts_node_eq(found, node);
    };
    if (is(field::Target) || is(field::Name) || is(field::Key) || is(field::Type) || is(field::Variable))
      return;
    if (ts_node_symbol(parent) == sym::Param || ts_node_symbol(parent) == sym::Params ||
        ts_node_symbol(parent) == sym::DottedName || ts_node_symbol(parent) == sym::ImportStatement)
      return;
    // Evaluated again and again, or only sometimes: not before the statement.
    bool once = true;
    for (TSNode up = node; !ts_node_eq(up, statement); up = ts_node_parent(up)) {
      const TSNode outer = ts_node_parent(up);
      const TSSymbol s = ts_node_symbol(outer);
      if (is_function_node(s) || s == sym::ElifClause || s == sym::WhileStatement) once = false;
      if (s == sym::ForCStatement) once = false;
      const TSNode body = ts_node_child_by_field_id(outer, field::Body);
      if (!ts_node_is_null(body) && ts_node_eq(body, up)) once = false;  // a body without braces
    }
    const std::string value(s_.text(node));
    const std::string indent = s_.indentation(ts_node_start_byte(statement));
    const ByteOffset line = ts_node_start_byte(statement);
    if (once) {
      const std::string name = fresh("value");
      add("Extract variable", "refactor.extract.variable",
          {{{line, line}, fmt::format("{} = {};\n{}", name, value, indent)}, {span, name}});
    }
    const TSSymbol s = ts_node_symbol(node);
    const ByteOffset top = s_.whole_lines(syntax::span(item_)).begin;
    if (s == sym::Number || s == sym::String ||
        (s == sym::UnaryExpression && ts_node_symbol(s_.field(node, field::Operand)) == sym::Number)) {
      const std::string name = fresh("VALUE");
      add("Extract constant", "refactor.extract.constant",
          {{{top, top}, fmt::format("const {} = {};\n", name, value)}, {span, name}});
    }
    if (holds(node, {sym::YieldStatement}, false)) return;
    const std::string name = fresh("extracted");
    const std::string parameters = join(parameters_of(span));
    add("Extract function", "refactor.extract.function",
        {{{top, top},
          fmt::format("function {}({}) {{\n{}return {};\n}}\n\n", name, parameters, s_.level(), value)},
         {span, fmt::format("{}({})", name, parameters)}});
  }

  // Locals around that the stretch mentions, in order.
  std::vector<std::string_view> parameters_of(Span span) const {
    const auto locals = locals_around(span);
    std::vector<std::string_view> out;
    std::set<std::string_view> written;
    for (const Use& use : uses_in(s_, s_.node_at(span), span)) {
      if (use.writes) written.insert(use.name);  // an inner function's parameter, say
      if (!use.writes && locals.contains(use.name) && !written.contains(use.name) &&
          std::find(out.begin(), out.end(), use.name) == out.end())
        out.push_back(use.name);
    }
    return out;
  }
  static std::string join(const std::vector<std::string_view>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
  }

  void statements(Span selected) {
    // Whole statements of one block.
    TSNode block = s_.node_at(selected);
    if (ts_node_symbol(block) != sym::Block && ts_node_symbol(block) != sym::Program)
      block = ts_node_parent(block);
    if (ts_node_is_null(block) ||
        (ts_node_symbol(block) != sym::Block && ts_node_symbol(block) != sym::Program))
      return;
    Span span{0, 0};
    for (std::uint32_t i = 0; i < ts_node_child_count(block); ++i) {
      const TSNode child = ts_node_child(block, i);
      const Span at = syntax::span(child);
      if (at.size() == 0 || at.end <= selected.begin || at.begin >= selected.end) continue;
      if (at.begin < selected.begin || at.end > selected.end || !ts_node_is_named(child))
        return refuse("Extract function", "refactor.extract.function",
                      "the selection is neither an expression nor whole statements");
      if (ts_node_symbol(child) == sym::FunctionStatement || ts_node_symbol(child) == sym::ImportStatement ||
          ts_node_symbol(child) == sym::CapabilityStatement ||
          holds(child,
                {sym::ReturnStatement, sym::BreakStatement, sym::ContinueStatement, sym::YieldStatement,
                 sym::NonlocalStatement},
                false))
        return refuse("Extract function", "refactor.extract.function",
                      "the selection holds a declaration, or a jump out of it");
      if (span.size() == 0) span.begin = at.begin;
      span.end = at.end;
    }
    if (span.size() == 0) return;
    const bool top_level = ts_node_symbol(block) == sym::Program;
    // The function, or the whole file, that the statements are part of.
    TSNode owner = block;
    while (!top_level && !is_function_node(ts_node_symbol(owner))) {
      owner = ts_node_parent(owner);
      if (ts_node_is_null(owner)) owner = s_.root();
      if (ts_node_symbol(owner) == sym::Program) break;
    }
    const bool global = ts_node_symbol(owner) == sym::Program;
    std::vector<std::string_view> written, results;
    for (const Use& use : uses_in(s_, block, span)) {
      if (use.writes && std::find(written.begin(), written.end(), use.name) == written.end())
        written.push_back(use.name);
    }
    const auto outside = uses_in(s_, owner, syntax::span(owner));
    std::set<std::string_view> nonlocal;
    for (const Use& use : outside) {
      if (ts_node_symbol(ts_node_parent(s_.node_at(use.span))) == sym::NonlocalStatement)
        nonlocal.insert(use.name);
    }
    bool in_loop = false;
    for (TSNode up = block; !ts_node_is_null(up) && !ts_node_eq(up, owner); up = ts_node_parent(up)) {
      const TSSymbol s = ts_node_symbol(up);
      in_loop = in_loop || s == sym::WhileStatement || s == sym::ForInStatement || s == sym::ForCStatement;
    }
    for (const std::string_view name : written) {
      if (nonlocal.contains(name)) return;
      const bool used = std::any_of(outside.begin(), outside.end(), [&](const Use& use) {
        return use.name == name && (use.span.begin >= span.end || (in_loop && use.span.end <= span.begin));
      });
      if (used || global) results.push_back(name);
    }
    // Parameters: locals that are read before the stretch writes them. In a loop order says little.
    std::vector<std::string_view> parameters;
    const auto locals = locals_around(span);
    for (const Use& use : outside) {
      const bool bound_before = std::any_of(outside.begin(), outside.end(), [&](const Use& o) {
        return o.name == use.name && o.writes && (o.span.end <= span.begin || in_loop);
      });
      if (use.span.begin < span.begin || use.span.end > span.end) continue;
      const bool needed =
          global ? std::find(written.begin(), written.end(), use.name) != written.end() && bound_before
                 : locals.contains(use.name) &&
                       (bound_before || std::find(written.begin(), written.end(), use.name) == written.end());
      if (needed && std::find(parameters.begin(), parameters.end(), use.name) == parameters.end())
        parameters.push_back(use.name);
    }
    const std::string name = fresh("extracted");
    std::string body;
    const std::string old_indent = s_.indentation(span.begin);
    std::string_view rest = s_.text(span);
    // Strings over several lines must stay as they are: then nothing is indented anew.
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      std::string_view line = rest.substr(0, end);
      rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
      if (!body.empty() && line.starts_with(old_indent)) line.remove_prefix(old_indent.size());
      body += s_.level() + std::string(line) + "\n";
    }
    std::string call = fmt::format("{}({});", name, join(parameters));
    if (results.size() == 1) {
      body += fmt::format("{}return {};\n", s_.level(), results[0]);
      call = fmt::format("{} = {}", results[0], call);
    } else if (results.size() > 1) {
      body += fmt::format("{}return [{}];\n", s_.level(), join(results));
      call = fmt::format("[{}] = {}", join(results), call);
    }
    if (holds(block, {sym::Template}, true) && s_.text(span).find('`') != std::string_view::npos) return;
    const ByteOffset top = s_.whole_lines(syntax::span(item_)).begin;
    add("Extract function", "refactor.extract.function",
        {{{top, top}, fmt::format("function {}({}) {{\n{}}}\n\n", name, join(parameters), body)},
         {span, call}});
  }

  const Scene& s_;
  std::vector<Action>& out_;
  TSNode item_{};
};

}  // namespace

void add_extractions(const Scene& scene, std::vector<Action>& out) { Extractor(scene, out).run(); }

void add_inlining(const Scene& scene, std::vector<Action>& out) {
  const auto at = symbol_at(scene.file, scene.range.begin);
  if (!at || (at->symbol.kind != Symbol::Kind::Local && at->symbol.kind != Symbol::Kind::Global)) return;
  const std::string title = fmt::format("Inline '{}'", at->symbol.name);
  const auto refuse = [&](const char* reason) {
    out.push_back(disabled_action(title, "refactor.inline.variable", reason));
  };
  const auto uses = occurrences_in(scene.file, at->symbol);
  TSNode binding{};
  std::vector<Span> reads;
  for (const Occurrence& use : uses) {
    if (!use.write) {
      reads.push_back(use.span);
      continue;
    }
    if (!ts_node_is_null(binding)) return refuse("it is assigned more than once");
    binding = ts_node_parent(scene.node_at(use.span));
    const TSSymbol s = ts_node_symbol(binding);
    if (s != sym::AssignStatement && s != sym::DeclareStatement) return;
    const TSNode target = scene.field(binding, field::Target);
    if (!(syntax::span(target) == use.span)) return;
  }
  if (ts_node_is_null(binding)) return;
  if (reads.empty()) return refuse("it is never read");
  const TSNode value = scene.field(binding, field::Value);
  if (ts_node_is_null(value) || is_function_node(ts_node_symbol(value))) return;
  const TSNode owner = ts_node_parent(binding);
  if (ts_node_is_null(owner) ||
      (ts_node_symbol(owner) != sym::Block && ts_node_symbol(owner) != sym::Program))
    return;
  // A value that is made anew at each use must be one that is never told apart.
  const bool made = holds(value, {sym::CallExpression, sym::Array, sym::Object}, true);
  if (made && reads.size() > 1) return refuse("its value would be made anew at each use");
  for (const Span read : reads) {
    if (read.begin < ts_node_end_byte(binding)) return;
  }
  if (at->symbol.kind == Symbol::Kind::Global) {
    for (const auto& facts : scene.ask.snapshot.modules().all()) {
      for (const ModuleUse& use : facts->uses) {
        if (use.file == scene.file.file().key && use.member == at->symbol.name)
          return refuse("other files use it");
      }
    }
  }
  Action action{title, "refactor.inline.variable", {}, false, false, nullptr};
  action.changes.push_back({scene.whole_lines(syntax::span(binding)), ""});
  const std::string text(scene.text(value));
  const bool wrap = needs_parentheses(value);
  for (const Span read : reads) {
    const TSNode parent = ts_node_parent(scene.node_at(read));
    const TSSymbol s = ts_node_symbol(parent);
    const bool operand = s == sym::BinaryExpression || s == sym::LogicalExpression ||
                         s == sym::UnaryExpression || s == sym::TernaryExpression ||
                         s == sym::MemberExpression || s == sym::CallExpression ||
                         s == sym::IndexExpression || s == sym::SliceExpression;
    const bool number = ts_node_symbol(value) == sym::Number && s == sym::MemberExpression;
    action.changes.push_back({read, (wrap && operand) || number ? "(" + text + ")" : text});
  }
  out.push_back(std::move(action));
}

}  // namespace ml::lsp
