// refactor.rewrite: loops that fill an array <-> map and filter, several assignments in one statement, `try`
// around statements, types of parameters.

#include <fmt/format.h>

#include <algorithm>

#include "lsp/features/code_action/action.h"
#include "lsp/semantics/describe.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/types.h"

namespace ml::lsp {

namespace field = syntax::field;

namespace {

constexpr const char* kKind = "refactor.rewrite";

class LoopRewriter {
 public:
  LoopRewriter(const Scene& scene, std::vector<Action>& out) : s_(scene), out_(out) {}

  void run() {
    for (TSNode node = s_.node_at(s_.range); !none(node); node = ts_node_parent(node)) {
      const TSSymbol s = ts_node_symbol(node);
      if (is_function_node(s) && in_header(node)) parameter_types(node);
      if (s == sym::ForInStatement && in_header(node)) to_chain(node);
      if (s == sym::AssignStatement && in_list(node)) {
        to_loop(node);
        split(node);
        join(node);
      }
      if (in_list(node)) break;
    }
    surround();
  }

 private:
  static bool none(TSNode node) { return node.id == nullptr || ts_node_is_null(node); }
  void add(std::string title, std::vector<Change> changes) {
    out_.push_back({std::move(title), kKind, std::move(changes), false, false, nullptr});
  }
  bool in_header(TSNode node) const {
    const TSNode body = s_.field(node, field::Body);
    return none(body) || s_.range.begin <= ts_node_start_byte(body);
  }
  // A statement among others.
  static bool in_list(TSNode node) {
    const TSNode parent = ts_node_parent(node);
    return !none(parent) && ts_node_is_named(node) &&
           (ts_node_symbol(parent) == sym::Block || ts_node_symbol(parent) == sym::Program);
  }
  // The only statement of a body, as written with or without braces; null node otherwise.
  static TSNode only(TSNode body) {
    if (none(body) || ts_node_symbol(body) != sym::Block) return body;
    return ts_node_named_child_count(body) == 1 ? ts_node_named_child(body, 0) : TSNode{};
  }
  bool is_name(TSNode node, std::string_view name) const {
    return !none(node) && ts_node_symbol(node) == sym::Identifier && s_.text(node) == name;
  }
  bool mentions(TSNode node, std::string_view name) const {
    if (none(node)) return false;
    if (is_name(node, name)) return true;
    const auto all = uses_in(s_, node, syntax::span(node));
    return std::any_of(all.begin(), all.end(), [&](const Use& use) { return use.name == name; });
  }
  // Whether the function, or the file, around a place uses a name elsewhere.
  bool used_outside(TSNode place, std::string_view name) const {
    TSNode owner = ts_node_parent(place);
    while (!none(ts_node_parent(owner)) && !is_function_node(ts_node_symbol(owner)))
      owner = ts_node_parent(owner);
    const Span within = syntax::span(place);
    const auto all = uses_in(s_, owner, syntax::span(owner));
    return std::any_of(all.begin(), all.end(), [&](const Use& use) {
      return use.name == name && (use.span.begin < within.begin || use.span.end > within.end);
    });
  }
  std::string operand(TSNode node) const {
    const std::string text(s_.text(node));
    return needs_parentheses(node) ? "(" + text + ")" : text;
  }
  // The value of an arrow function: braces would begin a block.
  std::string result(TSNode node) const {
    const std::string text(s_.text(node));
    return ts_node_symbol(node) == sym::Object ? "(" + text + ")" : text;
  }
  bool may_be_array(TSNode node) const {
    std::uint32_t item = 0;
    const ast::Expr* e = expression_at(s_.file, ts_node_start_byte(node), item);
    if (!e) return true;
    const std::string type = describe_types(s_.file.types().of(item, e));
    return type == "any" || type.find("array") != std::string::npos;
  }

  void to_chain(TSNode loop) {
    const TSNode before = ts_node_prev_named_sibling(loop);
    if (!in_list(loop) || none(before) || ts_node_symbol(before) != sym::AssignStatement) return;
    const TSNode target = s_.field(before, field::Target), empty = s_.field(before, field::Value);
    if (ts_node_symbol(target) != sym::Identifier || ts_node_symbol(empty) != sym::Array ||
        ts_node_named_child_count(empty) != 0)
      return;
    const std::string_view list = s_.text(target), variable = s_.text(s_.field(loop, field::Variable));
    const TSNode iterable = s_.field(loop, field::Iterable);
    TSNode step = only(s_.field(loop, field::Body)), condition{};
    if (!none(step) && ts_node_symbol(step) == sym::IfStatement) {
      if (!none(s_.field(step, field::Alternative)) || ts_node_named_child_count(step) != 2) return;
      condition = s_.field(step, field::Condition);
      step = only(s_.field(step, field::Body));
    }
    if (none(step) || ts_node_symbol(step) != sym::ExpressionStatement) return;
    const TSNode call = s_.field(step, field::Value);
    if (none(call) || ts_node_symbol(call) != sym::CallExpression || ts_node_named_child_count(call) != 2)
      return;
    const TSNode callee = s_.field(call, field::Callee), value = s_.field(call, field::Argument);
    if (ts_node_symbol(callee) != sym::MemberExpression || none(value) ||
        ts_node_symbol(value) == sym::SpreadElement || !is_name(s_.field(callee, field::Object), list))
      return;
    const std::string_view method = s_.text(s_.field(callee, field::Name));
    if (method != "push" && method != "append") return;
    const bool same = is_name(value, variable);
    if ((same && none(condition)) || mentions(value, list) || mentions(condition, list) ||
        mentions(iterable, list) || used_outside(loop, variable) || !may_be_array(iterable))
      return;
    std::string text = fmt::format("{} = {}", list, operand(iterable));
    if (!none(condition)) text += fmt::format(".filter(fn({}) => {})", variable, result(condition));
    if (!same) text += fmt::format(".map(fn({}) => {})", variable, result(value));
    add(same ? "Convert to 'filter'" : "Convert to 'map'",
        {{{ts_node_start_byte(before), ts_node_end_byte(loop)}, text + ";"}});
  }

  struct Step {
    std::string_view method, variable;
    TSNode value{};
  };
  // `object.map(fn(x) => value)`.
  bool read_step(TSNode call, Step& out, TSNode& object) const {
    if (none(call) || ts_node_symbol(call) != sym::CallExpression || ts_node_named_child_count(call) != 2)
      return false;
    const TSNode callee = s_.field(call, field::Callee), function = s_.field(call, field::Argument);
    if (ts_node_symbol(callee) != sym::MemberExpression || none(function)) return false;
    out.method = s_.text(s_.field(callee, field::Name));
    if (out.method != "map" && out.method != "filter") return false;
    const TSSymbol kind = ts_node_symbol(function);
    if (kind != sym::FnArrowFunction && kind != sym::ArrowFunction) return false;
    out.value = s_.field(function, field::Result);
    TSNode parameter = s_.field(function, field::Param);
    if (const TSNode list = s_.field(function, field::Params); !none(list)) {
      if (ts_node_named_child_count(list) != 1) return false;
      parameter = ts_node_named_child(list, 0);
      if (!none(s_.field(parameter, field::Default))) return false;
      parameter = s_.field(parameter, field::Name);
    }
    if (none(out.value) || none(parameter) || ts_node_symbol(parameter) != sym::Identifier) return false;
    out.variable = s_.text(parameter);
    object = s_.field(callee, field::Object);
    return true;
  }
  void to_loop(TSNode statement) {
    const TSNode target = s_.field(statement, field::Target);
    TSNode object{}, inner{};
    Step last, first;
    if (ts_node_symbol(target) != sym::Identifier ||
        !read_step(s_.field(statement, field::Value), last, object))
      return;
    const bool two = last.method == "map" && read_step(object, first, inner) && first.method == "filter" &&
                     first.variable == last.variable;
    const TSNode iterable = two ? inner : object;
    const std::string_view list = s_.text(target), x = last.variable;
    if (mentions(s_.field(statement, field::Value), list) || used_outside(statement, x)) return;
    const std::string indent = s_.indentation(ts_node_start_byte(statement)), level = s_.level();
    const TSNode condition = two ? first.value : last.method == "filter" ? last.value : TSNode{};
    const std::string value = last.method == "map" ? std::string(s_.text(last.value)) : std::string(x);
    std::string text = fmt::format("{} = [];\n{}for ({} in {}) {{\n", list, indent, x, s_.text(iterable));
    if (none(condition))
      text += fmt::format("{}{}{}.push({});\n", indent, level, list, value);
    else
      text += fmt::format("{0}{1}if ({2}) {{\n{0}{1}{1}{3}.push({4});\n{0}{1}}}\n", indent, level,
                          s_.text(condition), list, value);
    add("Convert to a loop", {{syntax::span(statement), text + indent + "}"}});
  }

  void split(TSNode statement) {
    const TSNode targets = s_.field(statement, field::Target), values = s_.field(statement, field::Value);
    if (ts_node_symbol(targets) != sym::Array || none(values) || ts_node_symbol(values) != sym::Array) return;
    const std::uint32_t count = ts_node_named_child_count(targets);
    if (count < 2 || count != ts_node_named_child_count(values)) return;
    std::string text;
    for (std::uint32_t i = 0; i < count; ++i) {
      const TSNode target = ts_node_named_child(targets, i), value = ts_node_named_child(values, i);
      if (ts_node_symbol(target) != sym::Identifier || ts_node_symbol(value) == sym::SpreadElement ||
          ts_node_symbol(value) == sym::Comment)
        return;
      for (std::uint32_t k = 0; k < i; ++k)
        if (mentions(value, s_.text(ts_node_named_child(targets, k)))) return;
      if (i > 0) text += "\n" + s_.indentation(ts_node_start_byte(statement));
      text += fmt::format("{} = {};", s_.text(target), s_.text(value));
    }
    add("Split into single assignments", {{syntax::span(statement), text}});
  }
  void join(TSNode statement) {
    const TSNode next = ts_node_next_named_sibling(statement);
    if (none(next) || ts_node_symbol(next) != sym::AssignStatement) return;
    const TSNode a = s_.field(statement, field::Target), b = s_.field(next, field::Target);
    const TSNode va = s_.field(statement, field::Value), vb = s_.field(next, field::Value);
    if (ts_node_symbol(a) != sym::Identifier || ts_node_symbol(b) != sym::Identifier || none(va) ||
        none(vb) || s_.text(a) == s_.text(b) || mentions(vb, s_.text(a)))
      return;
    // A function that the second value calls could read the first variable.
    const auto calls = [](auto&& self, TSNode node) -> bool {
      if (ts_node_symbol(node) == sym::CallExpression) return true;
      for (std::uint32_t i = 0; i < ts_node_named_child_count(node); ++i)
        if (self(self, ts_node_named_child(node, i))) return true;
      return false;
    };
    if (calls(calls, vb)) return;
    add("Join with the next assignment",
        {{{ts_node_start_byte(statement), ts_node_end_byte(next)},
          fmt::format("[{}, {}] = [{}, {}];", s_.text(a), s_.text(b), s_.text(va), s_.text(vb))}});
  }

  // The selected statements, or the one at the cursor when it calls something.
  void surround() {
    const TSNode first = s_.statement({s_.range.begin, s_.range.begin});
    if (none(first)) return;
    TSNode last = first;
    if (s_.range.size() > 0) {
      for (TSNode next = last; !none(next) && ts_node_start_byte(next) < s_.range.end;
           next = ts_node_next_named_sibling(next))
        last = next;
      if (ts_node_end_byte(last) > s_.range.end + 1) return;
    } else {
      const TSSymbol s = ts_node_symbol(first);
      if (s != sym::ExpressionStatement && s != sym::AssignStatement) return;
      const TSNode value = s_.field(first, field::Value);
      if (none(value) || ts_node_symbol(value) != sym::CallExpression) return;
    }
    for (TSNode node = first; !none(node); node = ts_node_next_named_sibling(node)) {
      const TSSymbol s = ts_node_symbol(node);
      if (s == sym::ImportStatement || s == sym::CapabilityStatement || s == sym::Comment) return;
      if (ts_node_eq(node, last)) break;
    }
    const Span span{ts_node_start_byte(first), ts_node_end_byte(last)};
    const std::string_view text = s_.text(span);
    // What stands in templates over several lines must not be indented.
    const bool several = text.find('\n') != text.npos;
    if (several && text.find('`') != text.npos) return;
    const std::string indent = s_.indentation(span.begin), level = s_.level();
    std::string body = indent + level;
    for (const char c : text) {
      body += c;
      if (c == '\n') body += level;
    }
    add("Surround with 'try'", {{span, fmt::format("try {{\n{0}\n{1}}} except (e) {{\n{1}{2}print(e);\n{1}}}",
                                                   body, indent, level)}});
  }

  void parameter_types(TSNode function) {
    const TSNode params = s_.field(function, field::Params);
    if (none(params)) return;
    std::vector<Change> changes;
    for (std::uint32_t i = 0; i < ts_node_named_child_count(params); ++i) {
      const TSNode param = ts_node_named_child(params, i);
      const TSNode name = ts_node_symbol(param) == sym::Param ? s_.field(param, field::Name) : TSNode{};
      if (none(name) || !none(s_.field(param, field::Type))) continue;
      const auto at = symbol_at(s_.file, ts_node_start_byte(name));
      if (!at || !at->node) continue;
      const std::string type = describe_types(s_.file.types().of_variable(at->item, at->node));
      static constexpr std::string_view kTypes[] = {"array",  "boolean", "function",
                                                    "number", "object",  "string"};
      if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes)) continue;
      const ByteOffset end = ts_node_end_byte(name);
      changes.push_back({{end, end}, ": " + type});
    }
    if (!changes.empty()) add("Add the types of the parameters", std::move(changes));
  }

  const Scene& s_;
  std::vector<Action>& out_;
};

}  // namespace

void add_loop_rewrites(const Scene& scene, std::vector<Action>& out) { LoopRewriter(scene, out).run(); }

}  // namespace ml::lsp
