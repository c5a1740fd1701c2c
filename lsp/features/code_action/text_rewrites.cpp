// refactor.rewrite: texts joined with `+` <-> templates.

#include <fmt/format.h>

#include "lsp/features/code_action/action.h"

namespace ml::lsp {

namespace field = syntax::field;

namespace {

class TextRewriter {
 public:
  TextRewriter(const Scene& scene, std::vector<Action>& out) : s_(scene), out_(out) {}

  void run() {
    TSNode sum{};
    for (TSNode node = s_.node_at(s_.range); !none(node); node = ts_node_parent(node)) {
      const TSSymbol s = ts_node_symbol(node);
      if (s == sym::Template) return to_sum(node);
      if (is_sum(node))
        sum = node;
      else if (!none(sum) || s == sym::Block)
        break;
    }
    if (!none(sum)) to_template(sum);
  }

 private:
  static bool none(TSNode node) { return node.id == nullptr || ts_node_is_null(node); }
  bool is_sum(TSNode node) const {
    return ts_node_symbol(node) == sym::BinaryExpression && s_.text(s_.field(node, field::Operator)) == "+";
  }
  void add(const char* title, TSNode node, std::string text) {
    out_.push_back(
        {title, "refactor.rewrite", {{syntax::span(node), std::move(text)}}, false, false, nullptr});
  }

  // Only a sum that starts with a text is one of texts from its first `+` on.
  void to_template(TSNode sum) {
    std::vector<TSNode> parts;
    TSNode left = sum;
    for (; is_sum(left); left = s_.field(left, field::Left))
      parts.insert(parts.begin(), s_.field(left, field::Right));
    if (none(left) || ts_node_symbol(left) != sym::String) return;
    parts.insert(parts.begin(), left);
    std::string out = "`";
    for (TSNode part : parts) {
      if (none(part)) return;
      if (ts_node_symbol(part) == sym::String) {
        std::string_view text = s_.text(part);
        text = text.substr(1, text.size() - 2);
        if (text.find_first_of("\\`$") != text.npos) return;
        out += text;
        continue;
      }
      if (ts_node_symbol(part) == sym::ParenthesizedExpression && ts_node_named_child_count(part) == 1)
        part = ts_node_named_child(part, 0);
      const std::string_view text = s_.text(part);
      if (text.find_first_of("`\n") != text.npos) return;
      out += fmt::format("${{{}}}", text);
    }
    if (parts.size() > 1) add("Convert to a template", sum, out + "`");
  }

  void to_sum(TSNode node) {
    std::string out;
    bool values = false;
    for (std::uint32_t i = 0; i < ts_node_named_child_count(node); ++i) {
      const TSNode child = ts_node_named_child(node, i);
      if (ts_node_symbol(child) == sym::TemplateChars) {
        const std::string_view text = s_.text(child);
        if (text.find_first_of("\\\"\n") != text.npos) return;
        out += fmt::format("{}\"{}\"", out.empty() ? "" : " + ", text);
        continue;
      }
      const TSNode value =
          ts_node_symbol(child) == sym::Substitution ? s_.field(child, field::Value) : TSNode{};
      if (none(value)) return;
      const std::string text(s_.text(value));
      out += (out.empty() ? "\"\" + " : " + ") + (needs_parentheses(value) ? "(" + text + ")" : text);
      values = true;
    }
    if (!values) return;
    const TSNode parent = ts_node_parent(node);
    const TSSymbol owner = ts_node_symbol(parent);
    const bool operand = owner == sym::BinaryExpression || owner == sym::UnaryExpression ||
                         owner == sym::MemberExpression || owner == sym::IndexExpression ||
                         owner == sym::SliceExpression;
    add("Convert to '+'", node, operand ? "(" + out + ")" : out);
  }

  const Scene& s_;
  std::vector<Action>& out_;
};

}  // namespace

void add_text_rewrites(const Scene& scene, std::vector<Action>& out) { TextRewriter(scene, out).run(); }

}  // namespace ml::lsp
