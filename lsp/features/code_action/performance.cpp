// Cures of what core/advice finds: another way to compute the same. Each result is parsed, analysed and
// compiled before it is offered.

#include <fmt/format.h>

#include <algorithm>

#include "core/advice/hints.h"
#include "core/emit/python.h"
#include "core/stdlib/catalogue.h"
#include "lsp/features/code_action/performance.h"
#include "lsp/profile/static_hints.h"
#include "lsp/profile/surfaces.h"
#include "lsp/profile/wording.h"

namespace ml::lsp {

namespace field = syntax::field;
using advice::Hint;
using advice::Rule;

namespace {

// Inference looks at the whole file: longer ones are looked at where a profile has a finding only.
constexpr ByteOffset kLongest = 1 << 15;

bool transpiles(const Revision& file, std::string text) {
  const Revision made(std::make_shared<File>(file.file().key, file.file().uri, file.file().path),
                      std::make_shared<const DocumentText>(std::move(text)), 0, file.modules(), false);
  if (made.analysis().has_errors()) return false;
  return emit::emit(made.module(), made.analysis(), made.names(), stdlib::catalogue(), made.text().text(), {})
      .diagnostics.empty();
}

std::string with(std::string_view text, std::vector<Change> changes) {
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.span.begin < b.span.begin; });
  std::string out;
  ByteOffset at = 0;
  for (const Change& change : changes) {
    out += text.substr(at, change.span.begin - at);
    out += change.text;
    at = change.span.end;
  }
  return out + std::string(text.substr(at));
}

class Cures {
 public:
  Cures(const Scene& scene, const Hint& hint, std::string share, std::vector<Action>& out)
      : s_(scene), h_(hint), share_(std::move(share)), out_(out) {}

  void run() {
    loop_ = h_.loop_line == 0 ? TSNode{} : loop_at(h_.loop);
    switch (h_.rule) {
      case Rule::nested_loops:
      case Rule::search_in_loop:
        if (h_.callee.line != 0) return;
        return loop_of_span().id ? inner_loop(loop_of_span()) : search();
      case Rule::recursion: return memo();
      case Rule::string_growth: return growth();
      case Rule::loop_condition:
      case Rule::repeated_work: return hoist();
      case Rule::copy:
      case Rule::temporaries: return;
    }
  }

 private:
  static bool is_loop(TSNode node) {
    const TSSymbol s = ts_node_symbol(node);
    return s == sym::ForInStatement || s == sym::ForCStatement || s == sym::WhileStatement;
  }
  TSNode loop_at(Span head) const {
    TSNode node = s_.node_at(head);
    while (!ts_node_is_null(node) && !is_loop(node)) node = ts_node_parent(node);
    return node;
  }
  // The loop whose head the hint names; null node when it is a call.
  TSNode loop_of_span() const {
    const TSNode node = s_.node_at(h_.span);
    return !ts_node_is_null(node) && is_loop(node) ? node : TSNode{};
  }
  bool none(TSNode node) const { return node.id == nullptr || ts_node_is_null(node); }

  std::string fresh(std::string name) const {
    const std::string base = name;
    for (int n = 2; s_.text().find(name) != std::string_view::npos; ++n) name = base + std::to_string(n);
    return name;
  }
  std::size_t uses(TSNode node, std::string_view name) const {
    const auto all = uses_in(s_, node, syntax::span(node));
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const Use& u) { return u.name == name; }));
  }
  bool writes(TSNode node, std::string_view name) const {
    const auto all = uses_in(s_, node, syntax::span(node));
    return std::any_of(all.begin(), all.end(), [&](const Use& u) { return u.name == name && u.writes; });
  }
  // Lines before a statement that stands on lines of its own.
  bool before(TSNode statement, const std::vector<std::string>& lines, std::vector<Change>& to) const {
    const ByteOffset at = ts_node_start_byte(statement);
    const std::string indent = s_.indentation(at);
    const auto& text = s_.file.text();
    if (text.line_start(text.line_of(at)) + indent.size() != at) return false;
    std::string all;
    for (const std::string& line : lines) all += line + "\n" + indent;
    to.push_back({{at, at}, all});
    return true;
  }
  void add(std::string title, std::vector<Change> changes) {
    if (!share_.empty()) title += " (" + share_ + " of execution time)";
    Action action{std::move(title), "quickfix", std::move(changes), false, false, nullptr};
    if (transpiles(s_.file, with(s_.text(), action.changes))) out_.push_back(std::move(action));
  }

  // `array.includes(x)` in a loop: keys of an object, made once.
  void search() {
    const TSNode call = s_.around(h_.span, {sym::CallExpression});
    if (none(call) || none(loop_) || syntax::span(call) != h_.span) return;
    const TSNode callee = s_.field(call, field::Callee), argument = s_.field(call, field::Argument);
    if (none(callee) || none(argument) || ts_node_symbol(callee) != sym::MemberExpression) return;
    const TSNode array = s_.field(callee, field::Object);
    const std::string_view method = s_.text(s_.field(callee, field::Name));
    if (ts_node_symbol(array) != sym::Identifier || method != "includes") return;
    const std::string name(s_.text(array));
    if (uses(loop_, name) != 1) return;  // it may change
    const std::string keys = fresh(name + "_keys"), key = fresh("key");
    // What stands around the call may bind tighter than `==`.
    const std::string text = fmt::format("({}[{}] == true)", keys, s_.text(argument));
    std::vector<Change> changes{{h_.span, text}};
    if (!before(loop_,
                {keys + " = {};", fmt::format("for ({} in {}) {{", key, name),
                 fmt::format("{}{}[{}] = true;", s_.level(), keys, key), "}"},
                changes))
      return;
    add(fmt::format("Look up keys of an object instead of searching \"{}\"", name), std::move(changes));
  }

  // A loop that looks for equal elements: only those with that key are visited.
  void inner_loop(TSNode inner) {
    if (none(loop_) || ts_node_eq(inner, loop_) || ts_node_symbol(inner) != sym::ForInStatement) return;
    const TSNode array = s_.field(inner, field::Iterable), variable = s_.field(inner, field::Variable);
    if (none(array) || none(variable) || ts_node_symbol(array) != sym::Identifier) return;
    const std::string name(s_.text(array)), element(s_.text(variable));
    const TSNode body = s_.field(inner, field::Body);
    if (writes(body, element)) return;
    // The first statement decides: `if (element.key == wanted)`, and nothing else is in the loop.
    TSNode condition{};
    if (ts_node_symbol(body) == sym::Block && ts_node_named_child_count(body) != 1) return;
    const TSNode only = ts_node_symbol(body) == sym::Block ? ts_node_named_child(body, 0) : body;
    if (ts_node_symbol(only) != sym::IfStatement || !none(s_.field(only, field::Alternative))) return;
    condition = s_.field(only, field::Condition);
    while (ts_node_symbol(condition) == sym::ParenthesizedExpression)
      condition = ts_node_named_child(condition, 0);
    if (ts_node_symbol(condition) != sym::BinaryExpression ||
        s_.text(s_.field(condition, field::Operator)) != "==")
      return;
    TSNode key = s_.field(condition, field::Left), wanted = s_.field(condition, field::Right);
    if (uses(key, element) == 0 && !is_name(key, element)) std::swap(key, wanted);
    const bool plain = is_name(key, element) || (ts_node_symbol(key) == sym::MemberExpression &&
                                                 is_name(s_.field(key, field::Object), element));
    const bool simple = ts_node_symbol(wanted) == sym::Identifier ||
                        (ts_node_symbol(wanted) == sym::MemberExpression &&
                         ts_node_symbol(s_.field(wanted, field::Object)) == sym::Identifier);
    if (!plain || !simple || uses(wanted, element) != 0 || is_name(wanted, element)) return;
    // The array stays as it is while the outer loop runs: nothing in it but the two heads names it.
    const bool same =
        ts_node_symbol(loop_) == sym::ForInStatement && is_name(s_.field(loop_, field::Iterable), name);
    if (uses(loop_, name) != (same ? 2u : 1u)) return;
    const std::string groups = fresh(name + "_by_key"), one = fresh(element + "_key");
    const std::string indent = s_.level();
    const std::string key_text(s_.text(key)), wanted_text(s_.text(wanted));
    std::vector<Change> changes{
        {syntax::span(array), fmt::format("({0}[{1}] == null ? [] : {0}[{1}])", groups, wanted_text)}};
    if (!before(loop_,
                {groups + " = {};", fmt::format("for ({} in {}) {{", element, name),
                 fmt::format("{}{} = {};", indent, one, key_text),
                 fmt::format("{0}if ({1}[{2}] == null) {{ {1}[{2}] = []; }}", indent, groups, one),
                 fmt::format("{}{}[{}].push({});", indent, groups, one, element), "}"},
                changes))
      return;
    add(fmt::format("Look up \"{}\" by key instead of looping over it", name), std::move(changes));
  }
  bool is_name(TSNode node, std::string_view name) const {
    return !none(node) && ts_node_symbol(node) == sym::Identifier && s_.text(node) == name;
  }

  // A function that calls itself: its results are kept.
  void memo() {
    const TSNode function = s_.around(h_.span, {sym::FunctionStatement});
    if (none(function) || ts_node_symbol(ts_node_parent(function)) != sym::Program) return;
    const TSNode name_node = s_.field(function, field::Name), params = s_.field(function, field::Params);
    if (none(name_node) || none(params)) return;
    const std::string name(s_.text(name_node));
    std::vector<std::string> parameters;
    for (std::uint32_t i = 0; i < ts_node_named_child_count(params); ++i) {
      const TSNode param = ts_node_named_child(params, i);
      if (ts_node_symbol(param) != sym::Param || !none(s_.field(param, field::Default))) return;
      parameters.emplace_back(s_.text(s_.field(param, field::Name)));
    }
    if (parameters.empty()) return;
    // Numbers and texts are keys themselves; of several parameters, their text with what they are.
    std::string key = parameters[0], list = parameters[0];
    for (std::size_t i = 1; i < parameters.size(); ++i) list += ", " + parameters[i];
    if (parameters.size() > 1) key = "str([" + list + "])";
    const std::string results = fresh(name + "_results"), computed = fresh("compute_" + name);
    const std::string known = fresh("key"), indent = s_.level();
    std::string text = results + " = {};\n\n";
    text += fmt::format("function {}({}) {{\n", name, list);
    text += fmt::format("{}{} = {};\n", indent, known, key);
    text += fmt::format("{0}if ({1}[{2}] == null) {{ {1}[{2}] = {3}({4}); }}\n", indent, results, known,
                        computed, list);
    text += fmt::format("{}return {}[{}];\n}}\n\n", indent, results, known);
    const ByteOffset at = ts_node_start_byte(function);
    add(fmt::format("Keep the results of {}", name), {{{at, at}, text}, {syntax::span(name_node), computed}});
  }

  // `s = s + part` in a loop: the parts are joined once.
  void growth() {
    const TSNode statement = s_.statement(h_.span);
    if (none(statement) || none(loop_) || ts_node_symbol(statement) != sym::AssignStatement) return;
    const TSNode target = s_.field(statement, field::Target);
    TSNode value = s_.field(statement, field::Value);
    if (none(target) || ts_node_symbol(target) != sym::Identifier) return;
    const std::string name(s_.text(target));
    if (uses(loop_, name) != 2) return;
    std::vector<std::string> parts;
    while (ts_node_symbol(value) == sym::BinaryExpression &&
           s_.text(s_.field(value, field::Operator)) == "+") {
      const TSNode part = s_.field(value, field::Right);
      const TSSymbol kind = ts_node_symbol(part);
      const bool text = kind == sym::String || kind == sym::Template;
      parts.insert(parts.begin(), text ? std::string(s_.text(part)) : fmt::format("str({})", s_.text(part)));
      value = s_.field(value, field::Left);
    }
    if (parts.empty() || !is_name(value, name)) return;
    // Leaving the function from inside would leave the text without its end.
    if (contains(loop_, {sym::ReturnStatement, sym::YieldStatement}) && !none(function_around(loop_)) &&
        !is_local_to(function_around(loop_), name))
      return;
    const std::string list = fresh(name + "_parts");
    std::string pushed;
    for (std::size_t i = 0; i < parts.size(); ++i) pushed += (i ? ", " : "") + parts[i];
    std::vector<Change> changes{{syntax::span(statement), fmt::format("{}.push({});", list, pushed)}};
    if (!before(loop_, {fmt::format("{} = [{}];", list, name)}, changes)) return;
    const ByteOffset end = ts_node_end_byte(loop_);
    changes.push_back(
        {{end, end},
         fmt::format("\n{}{} = {}.join(\"\");", s_.indentation(ts_node_start_byte(loop_)), name, list)});
    add(fmt::format("Collect the parts of \"{}\" and join them once", name), std::move(changes));
  }
  static TSNode function_around(TSNode node) {
    while (!ts_node_is_null(node) && !is_function_node(ts_node_symbol(node))) node = ts_node_parent(node);
    return node;
  }
  bool is_local_to(TSNode function, std::string_view name) const {
    return writes(function, name) && !contains(function, {sym::NonlocalStatement});
  }
  bool contains(TSNode node, std::initializer_list<TSSymbol> kinds) const {
    std::vector<TSNode> open{node};
    while (!open.empty()) {
      const TSNode at = open.back();
      open.pop_back();
      if (std::find(kinds.begin(), kinds.end(), ts_node_symbol(at)) != kinds.end()) return true;
      for (std::uint32_t i = 0; i < ts_node_named_child_count(at); ++i)
        open.push_back(ts_node_named_child(at, i));
    }
    return false;
  }

  // A call that gives the same on every pass: computed once before the loop.
  void hoist() {
    const TSNode call = s_.around(h_.span, {sym::CallExpression});
    if (none(call) || none(loop_) || syntax::span(call) != h_.span) return;
    std::string base;
    const TSNode callee = s_.field(call, field::Callee);
    if (ts_node_symbol(callee) == sym::Identifier) base = s_.text(callee);
    if (ts_node_symbol(callee) == sym::MemberExpression) base = s_.text(s_.field(callee, field::Name));
    if (base.empty()) return;
    const TSNode argument = s_.field(call, field::Argument);
    const std::string name =
        fresh(base == "len" && !none(argument) && ts_node_symbol(argument) == sym::Identifier
                  ? std::string(s_.text(argument)) + "_length"
                  : base + "_result");
    std::vector<Change> changes{{h_.span, name}};
    if (!before(loop_, {fmt::format("{} = {};", name, s_.text(call))}, changes)) return;
    add(fmt::format("Compute {} once before the loop", h_.name), std::move(changes));
  }

  const Scene& s_;
  const Hint& h_;
  const std::string share_;
  std::vector<Action>& out_;
  TSNode loop_{};
};

}  // namespace

void add_performance_fixes(const Scene& scene, std::vector<Action>& out) {
  const Revision& file = scene.file;
  if (file.parsed().has_syntax_errors || file.analysis().has_errors()) return;
  const std::uint32_t first = file.text().line_of(scene.range.begin),
                      last = file.text().line_of(scene.range.end);
  const auto near = [&](std::uint32_t line) { return first <= line && line <= last; };
  if (file.text().size() > kLongest) {
    const auto found = cost_findings(scene.ask.snapshot, file);
    if (std::none_of(found.begin(), found.end(),
                     [&](const CostFinding& f) { return near(file.text().line_of(f.span.begin)); }))
      return;
  }
  const auto costs = costs_of(scene.ask.snapshot, file);
  const advice::Subject subject{file.module(),       file.analysis(), file.names(),
                                stdlib::catalogue(), scene.text(),    !is_imported(file)};
  for (const Hint& hint : advice::hints(subject)) {
    if (!near(hint.line - 1) && !(hint.rule == Rule::nested_loops && near(hint.loop_line - 1))) continue;
    scene.ask.check();
    std::string measured;
    if (const Placed* p = costs ? costs->around(hint.span.begin) : nullptr)
      measured =
          (is_edited(p->state) ? "~" : "") + share(*costs->run, costs->run->function(p->function).self_ns);
    Cures(scene, hint, measured, out).run();
  }
}

}  // namespace ml::lsp
