// refactor.rewrite: another form with the same meaning.

#include <fmt/format.h>

#include <optional>

#include "lsp/features/code_action/action.h"

namespace ml::lsp {

namespace field = syntax::field;

namespace {

class Rewriter {
 public:
  Rewriter(const Scene& scene, std::vector<Action>& out) : s_(scene), out_(out) {}

  void run() {
    TSNode node = s_.node_at(s_.range);
    bool statement_seen = false;
    for (; !ts_node_is_null(node); node = ts_node_parent(node)) {
      const TSSymbol s = ts_node_symbol(node);
      if (s == sym::String) quotes(node);
      if (s == sym::FnArrowFunction || s == sym::ArrowFunction) arrow(node);
      if (s == sym::FunctionExpression) function(node);
      if (s == sym::FunctionStatement && in_header(node)) declaration(node);
      if (s == sym::TernaryExpression) swap_ternary(node);
      if (statement_seen) continue;
      if (s == sym::IfStatement && in_header(node)) if_statement(node);
      if (s == sym::AssignStatement || s == sym::ReturnStatement) ternary_statement(node);
      if (s == sym::AssignStatement) function_variable(node);
      statement_seen = s == sym::Block || s == sym::AssignStatement || s == sym::ReturnStatement ||
                       s == sym::IfStatement || s == sym::FunctionStatement;
    }
  }

 private:
  void add(std::string title, std::vector<Change> changes) {
    out_.push_back({std::move(title), "refactor.rewrite", std::move(changes), false, false, nullptr});
  }
  bool in_header(TSNode node) const {
    TSNode body = s_.field(node, field::Body);
    return ts_node_is_null(body) || s_.range.begin <= ts_node_start_byte(body);
  }
  // The only statement of a block or brace-less body; null node otherwise, and when there are comments.
  TSNode only_statement(TSNode body) const {
    if (ts_node_is_null(body)) return TSNode{};
    if (ts_node_symbol(body) != sym::Block) return body;
    TSNode found{};
    for (std::uint32_t i = 0; i < ts_node_named_child_count(body); ++i) {
      if (!ts_node_is_null(found) || ts_node_symbol(ts_node_named_child(body, i)) == sym::Comment)
        return TSNode{};
      found = ts_node_named_child(body, i);
    }
    return found;
  }
  // `f` of `return f;`, or null node.
  TSNode returned(TSNode body) const {
    const TSNode only = only_statement(body);
    if (ts_node_is_null(only) || ts_node_symbol(only) != sym::ReturnStatement) return TSNode{};
    return s_.field(only, field::Value);
  }
  std::string parameters(TSNode node) const {
    TSNode params = s_.field(node, field::Params);
    if (!ts_node_is_null(params)) return std::string(s_.text(params));
    params = s_.field(node, field::Param);
    return ts_node_is_null(params) ? "()" : "(" + std::string(s_.text(params)) + ")";
  }
  std::string as_body(TSNode node) const {
    const TSNode body = s_.field(node, field::Body);
    if (!ts_node_is_null(body)) return std::string(s_.text(body));
    return fmt::format("{{ return {}; }}", s_.text(s_.field(node, field::Result)));
  }

  void quotes(TSNode node) {
    const std::string_view text = s_.text(node);
    if (text.size() < 2 || text.substr(1, text.size() - 2).find_first_of("'\"\\") != text.npos) return;
    const char other = text[0] == '"' ? '\'' : '"';
    add(fmt::format("Use {} quotes", other == '"' ? "double" : "single"),
        {{syntax::span(node), fmt::format("{0}{1}{0}", other, text.substr(1, text.size() - 2))}});
  }
  void arrow(TSNode node) {
    add("Convert to 'function'",
        {{syntax::span(node), fmt::format("function{} {}", parameters(node), as_body(node))}});
    const TSNode result = s_.field(node, field::Result), body = s_.field(node, field::Body);
    if (!ts_node_is_null(result)) {
      add("Give the function a block",
          {{syntax::span(result), fmt::format("{{ return {}; }}", s_.text(result))}});
    } else if (const TSNode value = returned(body); !ts_node_is_null(value)) {
      add("Write the function as an expression", {{syntax::span(body), std::string(s_.text(value))}});
    }
  }
  void function(TSNode node) {
    if (!ts_node_is_null(s_.field(node, field::Star)) || !ts_node_is_null(s_.field(node, field::Name)) ||
        !ts_node_is_null(s_.field(node, field::Type)))
      return;
    const TSNode body = s_.field(node, field::Body), value = returned(body);
    if (ts_node_named_child_count(body) == 0) return;  // `=> {}` makes an object
    add("Convert to an arrow function",
        {{syntax::span(node),
          fmt::format("fn{} => {}", parameters(node),
                      ts_node_is_null(value) ? std::string(s_.text(body)) : std::string(s_.text(value)))}});
  }
  void declaration(TSNode node) {
    const TSNode parent = ts_node_parent(node);
    if (!ts_node_is_null(s_.field(node, field::Star)) || !ts_node_is_null(s_.field(node, field::Type)) ||
        ts_node_is_null(parent))
      return;
    const TSNode body = s_.field(node, field::Body), value = returned(body);
    if (ts_node_named_child_count(body) == 0) return;  // `=> {}` makes an object
    add("Convert to a variable with an arrow function",
        {{syntax::span(node),
          fmt::format("{} = fn{} => {};", s_.text(s_.field(node, field::Name)), parameters(node),
                      ts_node_is_null(value) ? std::string(s_.text(body)) : std::string(s_.text(value)))}});
  }
  void function_variable(TSNode node) {
    const TSNode target = s_.field(node, field::Target), value = s_.field(node, field::Value);
    const TSNode parent = ts_node_parent(node);
    if (ts_node_symbol(target) != sym::Identifier || !is_function_node(ts_node_symbol(value)) ||
        ts_node_is_null(parent))
      return;
    if (ts_node_symbol(parent) != sym::Block && ts_node_symbol(parent) != sym::Program) return;
    if (!ts_node_is_null(s_.field(value, field::Star)) || !ts_node_is_null(s_.field(value, field::Type)))
      return;
    if (s_.range.begin > ts_node_start_byte(value)) {
      const TSNode body = s_.field(value, field::Body);
      if (!ts_node_is_null(body) && s_.range.begin > ts_node_start_byte(body)) return;
    }
    add("Convert to a function declaration",
        {{syntax::span(node),
          fmt::format("function {}{} {}", s_.text(target), parameters(value), as_body(value))}});
  }
  void swap_ternary(TSNode node) {
    const TSNode condition = s_.field(node, field::Condition);
    if (s_.range.begin > ts_node_end_byte(s_.field(node, field::Then))) return;
    add("Invert the condition",
        {{syntax::span(condition), inverted(condition)},
         {syntax::span(s_.field(node, field::Then)), std::string(s_.text(s_.field(node, field::Else)))},
         {syntax::span(s_.field(node, field::Else)), std::string(s_.text(s_.field(node, field::Then)))}});
  }

  std::string inverted(TSNode condition) const {
    const std::string_view text = s_.text(condition);
    if (ts_node_symbol(condition) == sym::ParenthesizedExpression &&
        ts_node_named_child_count(condition) == 1)
      return "(" + inverted(ts_node_named_child(condition, 0)) + ")";
    if (ts_node_symbol(condition) == sym::UnaryExpression && text.starts_with('!'))
      return std::string(s_.text(s_.field(condition, field::Operand)));
    if (ts_node_symbol(condition) == sym::BinaryExpression) {
      const TSNode op = s_.field(condition, field::Operator);
      const std::string_view word = s_.text(op);
      // `<` has no opposite that holds for NaN.
      const std::string_view opposite = word == "==" ? "!=" : word == "!=" ? "==" : "";
      if (!opposite.empty()) {
        std::string out(text);
        out.replace(ts_node_start_byte(op) - ts_node_start_byte(condition), word.size(), opposite);
        return out;
      }
    }
    if (needs_parentheses(condition)) return "!(" + std::string(text) + ")";
    return "!" + std::string(text);
  }

  void if_statement(TSNode node) {
    struct Branch {
      TSNode condition, body;
    };
    std::vector<Branch> branches{{s_.field(node, field::Condition), s_.field(node, field::Body)}};
    TSNode otherwise{};
    unsigned alternatives = 0;
    for (std::uint32_t i = 0; i < ts_node_named_child_count(node); ++i) {
      const TSNode child = ts_node_named_child(node, i);
      if (ts_node_symbol(child) == sym::ElifClause)
        branches.push_back({s_.field(child, field::Condition), s_.field(child, field::Body)});
      if (ts_node_symbol(child) == sym::ElseClause) {
        otherwise = s_.field(child, field::Body);
        ++alternatives;
      }
    }
    const TSNode body = branches.front().body;
    if (alternatives != 1 || ts_node_is_null(body)) return;
    if (branches.size() == 1 && ts_node_symbol(body) == sym::Block && ts_node_symbol(otherwise) == sym::Block)
      add("Invert 'if'", {{syntax::span(branches.front().condition), inverted(branches.front().condition)},
                          {syntax::span(body), std::string(s_.text(otherwise))},
                          {syntax::span(otherwise), std::string(s_.text(body))}});
    // All of them return, or assign the same: `start` is what stands before the values.
    std::optional<std::string> start;
    const auto value_of = [&](TSNode branch) {
      const TSNode only = only_statement(branch);
      std::string before;
      if (ts_node_is_null(only)) return TSNode{};
      if (ts_node_symbol(only) == sym::ReturnStatement)
        before = "return ";
      else if (ts_node_symbol(only) == sym::AssignStatement)
        before = std::string(s_.text(s_.field(only, field::Target))) + " = ";
      else
        return TSNode{};
      if (start && *start != before) return TSNode{};
      start = std::move(before);
      return s_.field(only, field::Value);
    };
    const auto part = [&](TSNode value) {
      const TSSymbol s = ts_node_symbol(value);
      const std::string text(s_.text(value));
      return s == sym::TernaryExpression || s == sym::ArrowFunction || s == sym::FnArrowFunction
                 ? "(" + text + ")"
                 : text;
    };
    const TSNode last = value_of(otherwise);
    if (ts_node_is_null(last)) return;
    std::string text = part(last);
    for (std::size_t i = branches.size(); i-- > 0;) {
      const TSNode value = value_of(branches[i].body);
      if (ts_node_is_null(value) || ts_node_is_null(branches[i].condition)) return;
      text = fmt::format("{} ? {} : {}", part(branches[i].condition), part(value), text);
      if (i > 0) text = "(" + text + ")";
    }
    add("Convert to '? :'", {{syntax::span(node), *start + text + ";"}});
  }
  void ternary_statement(TSNode node) {
    TSNode value = s_.field(node, field::Value);
    if (ts_node_is_null(value) || ts_node_symbol(value) != sym::TernaryExpression) return;
    const TSNode parent = ts_node_parent(node);
    if (ts_node_is_null(parent) ||
        (ts_node_symbol(parent) != sym::Block && ts_node_symbol(parent) != sym::Program))
      return;
    const std::string indent = s_.indentation(ts_node_start_byte(node));
    const std::string start(s_.text(Span{ts_node_start_byte(node), ts_node_start_byte(value)}));
    const auto block = [&](TSNode result) {
      return fmt::format(" {{\n{0}{1}{2}{3};\n{0}}}", indent, s_.level(), start, s_.text(result));
    };
    std::string text;
    for (const char* word = "if"; ts_node_symbol(value) == sym::TernaryExpression; word = " elif") {
      text += fmt::format("{} ({}){}", word, s_.text(s_.field(value, field::Condition)),
                          block(s_.field(value, field::Then)));
      value = s_.field(value, field::Else);
      const bool nested = ts_node_symbol(value) == sym::ParenthesizedExpression &&
                          ts_node_named_child_count(value) == 1 &&
                          ts_node_symbol(ts_node_named_child(value, 0)) == sym::TernaryExpression;
      if (nested) value = ts_node_named_child(value, 0);
    }
    add("Convert to 'if'", {{syntax::span(node), text + " else" + block(value)}});
  }

  const Scene& s_;
  std::vector<Action>& out_;
};

}  // namespace

void add_rewrites(const Scene& scene, std::vector<Action>& out) { Rewriter(scene, out).run(); }

}  // namespace ml::lsp
