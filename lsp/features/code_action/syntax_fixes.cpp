// Quick fixes for findings of the syntax: habits from other languages, and what is missing.

#include <fmt/format.h>

#include "lsp/features/code_action/action.h"
#include "lsp/semantics/imports.h"

namespace ml::lsp {

namespace field = syntax::field;

namespace {

class Fixer {
 public:
  Fixer(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out)
      : s_(scene), d_(finding), out_(out) {}

  void run() {
    switch (static_cast<std::uint32_t>(d_.code)) {
      case 2: return character();
      case 3: return unterminated();
      case 4: return replace("Close the comment", Span{line_end(), line_end()}, " */", true);
      case 101: return insert("Insert ';'", d_.span.begin, ";");
      case 102: return unclosed();
      case 105: return remove_statement("Remove 'nonlocal'");
      case 106: return braces();
      case 108: return replace("Remove the ':' too many", d_.span, "", true);
      case 113: return replace("Compare with '=='", d_.span, "==", true);
      case 120: return compound();
      case 121: return power();
      case 122:
        return replace(text() == "===" ? "Replace '===' by '=='" : "Replace '!==' by '!='", d_.span,
                       text() == "===" ? "==" : "!=", true);
      case 123: return replace("Replace 'catch' by 'except'", d_.span, "except", true);
      case 126: return keyword_argument();
      case 128: return comprehension();
      case 129: return replace(fmt::format("Remove '{}'", text()), and_blanks(d_.span), "", true);
      case 130: return generator();
      case 131: return imports();
      case 132: return bare_block();
      case 133: return shorthand();
      case 135:
        if (text() == "&" || text() == "|")
          replace(fmt::format("Replace '{0}' by '{0}{0}'", text()), d_.span,
                  std::string(text()) + std::string(text()), false);
        return;
      case 136: return replace(fmt::format("Replace '{}' by 'elif'", text()), d_.span, "elif", true);
      case 137: {
        const TSNode node = s_.around(d_.span, {sym::Decorator});
        if (!ts_node_is_null(node))
          replace("Remove the decorator", s_.whole_lines(syntax::span(node)), "", false);
        return;
      }
      case 139:
        if (text() == "and") return replace("Replace 'and' by '&&'", d_.span, "&&", true);
        if (text() == "or") return replace("Replace 'or' by '||'", d_.span, "||", true);
        if (text() == "not") return replace("Replace 'not' by '!'", and_blanks(d_.span), "!", true);
        return;
      default: return;
    }
  }

 private:
  std::string_view text() const { return s_.text(d_.span); }
  void add(std::string title, std::vector<Change> changes, bool preferred) {
    out_.push_back({std::move(title), "quickfix", std::move(changes), preferred, preferred, &d_});
  }
  void replace(std::string title, Span span, std::string by, bool preferred) {
    add(std::move(title), {{span, std::move(by)}}, preferred);
  }
  void insert(std::string title, ByteOffset at, std::string what) {
    replace(std::move(title), {at, at}, std::move(what), true);
  }
  ByteOffset line_end() const { return s_.file.text().line_span(s_.file.text().line_of(d_.span.begin)).end; }
  Span and_blanks(Span span) const {
    while (span.end < s_.text().size() && s_.text()[span.end] == ' ') ++span.end;
    return span;
  }
  std::string parenthesised(TSNode node) const {
    const std::string value(s_.text(node));
    return needs_parentheses(node) ? "(" + value + ")" : value;
  }

  void character() {
    const std::string_view c = text();
    if (c == "\u00A0") return replace("Replace by a space", d_.span, " ", true);
    if (c == "\u201C" || c == "\u201D") return replace("Replace by '\"'", d_.span, "\"", true);
    if (c == "\u2018" || c == "\u2019") return replace("Replace by \"'\"", d_.span, "'", true);
  }
  void unterminated() {
    ByteOffset end = line_end();
    const char quote = s_.text()[d_.span.begin];
    const auto is_end = [](char c) {
      return c == ';' || c == ')' || c == ' ' || c == ']' || c == '}' || c == ',';
    };
    while (end > d_.span.begin + 1 && is_end(s_.text()[end - 1])) --end;
    insert(fmt::format("Close the string with {}", quote), end, std::string(1, quote));
  }
  void unclosed() {
    const char open = text().empty() ? ' ' : text()[0];
    const char close = open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : ' ';
    if (close == ' ') return;
    // Where the parser misses it; for `(` and `[` else the end of the line's statement.
    TSNode node = s_.node_at(d_.span);
    for (TSNode up = node; !ts_node_is_null(up); up = ts_node_parent(up)) {
      for (std::uint32_t i = 0; i < ts_node_child_count(up); ++i) {
        const TSNode child = ts_node_child(up, i);
        if (ts_node_symbol(child) != sym::MissingClose || ts_node_start_byte(child) < d_.span.end) continue;
        return insert(fmt::format("Insert '{}'", close), ts_node_start_byte(child), std::string(1, close));
      }
      if (ts_node_start_byte(up) < d_.span.begin) break;
    }
    ByteOffset end = line_end();
    while (end > d_.span.end && (s_.text()[end - 1] == ' ' || s_.text()[end - 1] == ';')) --end;
    if (close == '}') return unclosed_block();
    insert(fmt::format("Insert '{}'", close), end, std::string(1, close));
  }
  // The indentation tells which block was left open, from that of the finding on.
  void unclosed_block() {
    const auto& lines = s_.file.text();
    std::vector<std::string> open;
    for (std::uint32_t n = lines.line_of(d_.span.begin); n < lines.line_count(); ++n) {
      const std::string_view line = lines.line_text(n);
      const std::size_t first = line.find_first_not_of(" \t");
      if (first == line.npos || line.substr(first).starts_with("//")) continue;
      const std::size_t last = line.find_last_not_of(" \t\r");
      const bool closes = line[first] == '}';
      if (!open.empty() && (closes ? first < open.back().size() : first <= open.back().size()))
        return insert("Insert '}'", lines.line_start(n), open.back() + "}\n");
      if (closes && !open.empty()) open.pop_back();
      if (line[last] == '{') open.emplace_back(line.substr(0, first));
    }
    if (open.empty()) return;
    const std::string gap = s_.text().ends_with('\n') ? "" : "\n";
    insert("Insert '}'", lines.size(), gap + open.back() + "}\n");
  }
  void remove_statement(const char* title) {
    const TSNode statement = s_.statement(d_.span);
    if (!ts_node_is_null(statement)) replace(title, s_.whole_lines(syntax::span(statement)), "", true);
  }
  void braces() {
    const TSNode node =
        s_.around(d_.span, {sym::FunctionStatement, sym::ImportStatement, sym::CapabilityStatement});
    if (ts_node_is_null(node)) return;
    const Span span = syntax::span(node);
    add("Put braces around it", {{{span.begin, span.begin}, "{ "}, {{span.end, span.end}, " }"}}, true);
  }
  void compound() {
    const TSNode node = s_.around(d_.span, {sym::CompoundAssignment, sym::UpdateExpression});
    if (ts_node_is_null(node)) return;
    const TSNode owner = ts_node_parent(node);
    const TSSymbol o = ts_node_is_null(owner) ? TSSymbol{} : ts_node_symbol(owner);
    if (o != sym::ExpressionStatement) return;
    const std::string target(s_.text(s_.field(node, field::Target)));
    const std::string op(text());
    const TSNode value = s_.field(node, field::Value);
    std::string by;
    if (ts_node_is_null(value))
      by = fmt::format("{0} = {0} {1} 1", target, op[0]);
    else if (op == "+=" || op == "-=" || op == "*=" || op == "/=" || op == "%=" || op == "&&=" || op == "||=")
      by = fmt::format("{0} = {0} {1} {2}", target, op.substr(0, op.size() - 1), parenthesised(value));
    else
      return;
    replace(fmt::format("Write '{}'", by), syntax::span(node), by, true);
  }
  void power() {
    const TSNode node = s_.around(d_.span, {sym::BinaryExpression});
    if (ts_node_is_null(node)) return;
    const TSNode left = s_.field(node, field::Left), right = s_.field(node, field::Right);
    std::vector<Change> changes;
    std::string module = imported_as(s_.file, "math");
    if (module.empty()) {
      const Insertion import = import_insertion(s_.file, "math");
      changes.push_back({{import.at, import.at}, import.text});
      module = "math";
    }
    changes.push_back(
        {syntax::span(node), fmt::format("{}.pow({}, {})", module, s_.text(left), s_.text(right))});
    add(fmt::format("Write '{}.pow(…)'", module), std::move(changes), true);
  }
  void keyword_argument() {
    const TSNode call = s_.around(d_.span, {sym::CallExpression});
    if (ts_node_is_null(call)) return;
    std::vector<Change> changes;
    for (std::uint32_t i = 0; i < ts_node_named_child_count(call); ++i) {
      const TSNode node = ts_node_named_child(call, i);
      if (ts_node_symbol(node) == sym::AssignmentExpression)
        changes.push_back({{ts_node_start_byte(node), ts_node_start_byte(s_.field(node, field::Value))}, ""});
    }
    const char* title = changes.size() > 1 ? "Leave out the names" : "Leave out the name";
    if (!changes.empty()) add(title, std::move(changes), false);
  }
  void comprehension() {
    const TSNode node = s_.around(d_.span, {sym::Comprehension});
    if (ts_node_is_null(node)) return;
    const std::string variable(s_.text(s_.field(node, field::Variable)));
    std::string by = parenthesised(s_.field(node, field::Iterable));
    const TSNode condition = s_.field(node, field::Condition), value = s_.field(node, field::Value);
    if (!ts_node_is_null(condition)) by += fmt::format(".filter(fn({}) => {})", variable, s_.text(condition));
    if (s_.text(value) != variable || ts_node_is_null(condition))
      by += fmt::format(".map(fn({}) => {})", variable, s_.text(value));
    replace("Write it with 'map'", syntax::span(node), by, true);
  }
  void generator() {
    const TSNode node = s_.around(d_.span, {sym::FunctionStatement, sym::FunctionExpression});
    if (ts_node_is_null(node)) return;
    const ByteOffset at = ts_node_end_byte(ts_node_child(node, 0));
    insert("Make the function a generator: 'function*'", at, "*");
  }
  void imports() {
    const TSNode node = s_.around(d_.span, {sym::ImportStatement});
    if (ts_node_is_null(node)) return;
    const TSNode foreign = s_.field(node, field::Foreign);
    const std::string indent = s_.indentation(d_.span.begin);
    std::string by;
    if (ts_node_is_null(foreign)) {
      for (std::uint32_t i = 1; i < ts_node_child_count(node); ++i) {
        const TSNode child = ts_node_child(node, i);
        const TSSymbol kind = ts_node_symbol(child);
        if (kind == sym::DottedName || kind == sym::ImportExtra)
          by += (by.empty() ? "import " : ";\n" + indent + "import ") + std::string(s_.text(child));
        else if (kind == tok::As || kind == sym::Identifier)
          by += " " + std::string(s_.text(child));
      }
    } else {
      const std::uint32_t count = ts_node_child_count(foreign);
      std::string module(s_.text(count > 0 ? ts_node_child(foreign, count - 1) : foreign));
      std::erase_if(module, [](char c) { return c == '"' || c == '\''; });
      if (module.empty() || module.find_first_of("./") == 0) return;
      by = "import " + module;
    }
    replace(fmt::format("Write '{};'", by.substr(0, by.find('\n'))), syntax::span(node), by + ";", true);
  }
  void bare_block() {
    const TSNode node = s_.around(d_.span, {sym::BareBlockStatement});
    if (ts_node_is_null(node)) return;
    const Span span = syntax::span(node);
    if (span.size() < 2 || s_.text()[span.begin] != '{' || s_.text()[span.end - 1] != '}') return;
    add("Remove the braces", {{and_blanks({span.begin, span.begin + 1}), ""}, {{span.end - 1, span.end}, ""}},
        true);
  }
  void shorthand() {
    const TSNode node = s_.around(d_.span, {sym::ShorthandProperty, sym::MethodProperty});
    if (ts_node_is_null(node)) return;
    const TSNode name = s_.field(node, field::Name);
    if (ts_node_is_null(name)) return;
    const std::string word(s_.text(name));
    if (ts_node_symbol(node) == sym::ShorthandProperty)
      insert(fmt::format("Write '{0}: {0}'", word), ts_node_end_byte(name), ": " + word);
    else
      insert(fmt::format("Write '{}: function(…)'", word), ts_node_end_byte(name), ": function");
  }

  const Scene& s_;
  const Diagnostic& d_;
  std::vector<Action>& out_;
};

}  // namespace

void add_syntax_fixes(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out) {
  Fixer(scene, finding, out).run();
}

}  // namespace ml::lsp
