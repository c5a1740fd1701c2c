// Quick fixes for findings about what names are bound to, and for statements at the wrong place.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>

#include "lsp/documents/uri.h"
#include "lsp/features/code_action/action.h"
#include "lsp/semantics/imports.h"
#include "lsp/semantics/symbols.h"

namespace ml::lsp {

namespace field = syntax::field;

namespace {

class BindingFixer {
 public:
  BindingFixer(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out)
      : s_(scene), d_(finding), out_(out) {}

  void run() {
    switch (static_cast<std::uint32_t>(d_.code)) {
      case 104: return move_to_top();
      case 107: return give_default();
      case 109: return yield_alone();
      case 110: return add(fmt::format("Rename to '{}_'", text()), {{d_.span, std::string(text()) + "_"}});
      case 112: return empty_substitution();
      case 127: return spread();
      case 134: return do_while();
      case 5: return digits();
      case 206: return assign_before();
      case 209: {
        const std::string name = fresh(std::string(text()));
        return add(fmt::format("Rename to '{}'", name), {{d_.span, name}});
      }
      case 210: return duplicate_key();
      case 211: return earlier_function();
      case 212: return pattern_name();
      case 213:
      case 214: return rename(fresh(std::string(text())));
      case 217: return no_constant();
      case 301:
      case 302: return remove_statement();
      case 304: return return_null();
      case 309: return rename(fresh("e"));
      case 405: return no_call();
      case 601: return create_module();
      case 100103: {
        std::string name(text());
        name.erase(0, name.find_first_not_of('_'));
        while (name.ends_with('_')) name.pop_back();
        if (!name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0)
          return rename(fresh(name));
        return;
      }
      case 100117: return no_type();
      case 100213: return print_error();
      case 100306: return use_https();
      default: return;
    }
  }

 private:
  static bool none(TSNode node) { return node.id == nullptr || ts_node_is_null(node); }
  std::string_view text() const { return s_.text(d_.span); }
  void add(std::string title, std::vector<Change> changes, bool preferred = false) {
    out_.push_back({std::move(title), "quickfix", std::move(changes), preferred, false, &d_});
  }
  // A name that stands nowhere in the file: the one given, or with a number.
  std::string fresh(const std::string& base) const {
    const auto taken = [&](const std::string& name) {
      const auto is_word = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
      };
      for (auto at = s_.text().find(name); at != std::string_view::npos; at = s_.text().find(name, at + 1)) {
        const std::size_t end = at + name.size();
        if ((at == 0 || !is_word(s_.text()[at - 1])) && (end >= s_.text().size() || !is_word(s_.text()[end])))
          return true;
      }
      return false;
    };
    if (!taken(base)) return base;
    for (unsigned n = 2;; ++n)
      if (std::string name = base + std::to_string(n); !taken(name)) return name;
  }
  std::string inside(TSNode owner) const { return s_.indentation(ts_node_start_byte(owner)) + s_.level(); }
  // A line before a statement; on the same line where something else stands before it.
  Change line_before(TSNode statement, const std::string& line) const {
    const ByteOffset at = ts_node_start_byte(statement);
    const auto& lines = s_.file.text();
    const std::string indent = s_.indentation(at);
    const bool first = lines.line_start(lines.line_of(at)) + indent.size() == at;
    return {{at, at}, line + (first ? "\n" + indent : " ")};
  }

  void rename(const std::string& name) {
    const auto at = symbol_at(s_.file, d_.span.begin);
    if (!at || !at->binds) return;
    if (at->symbol.kind != Symbol::Kind::Local && at->symbol.kind != Symbol::Kind::Global) return;
    if (at->symbol.kind == Symbol::Kind::Global &&
        (at->symbol.variable_kind == sema::VariableKind::Import || s_.is_used_elsewhere(at->symbol.name)))
      return;
    std::vector<Change> changes;
    for (const Occurrence& use : occurrences_in(s_.file, at->symbol)) changes.push_back({use.span, name});
    if (!changes.empty()) add(fmt::format("Rename to '{}'", name), std::move(changes));
  }

  void remove_statement() {
    const TSNode node = s_.statement(d_.span);
    if (!none(node))
      add(fmt::format("Remove '{}'", s_.text(node).substr(0, s_.text(node).find_first_of(" ;\n"))),
          {{s_.whole_lines(syntax::span(node)), ""}});
  }
  void move_to_top() {
    const TSNode node = s_.around(d_.span, {sym::ImportStatement});
    if (none(node)) return;
    const TSNode name = s_.field(node, field::Path);
    const std::string dotted = none(name) ? "x" : std::string(s_.text(name));
    Insertion import = import_insertion(s_.file, dotted);
    const std::string written = fmt::format("import {};", dotted);
    const auto at = import.text.find(written);
    if (at == std::string::npos) return;
    import.text.replace(at, written.size(), s_.text(node));
    add("Move to the top of the file",
        {{s_.whole_lines(syntax::span(node)), ""}, {{import.at, import.at}, import.text}}, true);
  }
  void give_default() {
    const TSNode node = s_.around(d_.span, {sym::Param});
    if (none(node)) return;
    const ByteOffset at = ts_node_end_byte(node);
    add(fmt::format("Give '{}' the default null", s_.text(s_.field(node, field::Name))),
        {{{at, at}, " = null"}}, true);
  }
  void yield_alone() {
    const TSNode statement = s_.statement(d_.span);
    if (none(statement) || ts_node_start_byte(statement) >= d_.span.begin) return;
    add("Let 'yield' stand alone", {{{ts_node_start_byte(statement), d_.span.begin}, ""}});
  }
  void empty_substitution() {
    const TSNode node = s_.around(d_.span, {sym::Substitution});
    if (none(node)) return;
    const std::string_view all = s_.text(node);
    if (all.size() < 3 || all.substr(2, all.size() - 3).find_first_not_of(" \t") != all.npos) return;
    add("Remove '${}'", {{syntax::span(node), ""}}, true);
  }
  void spread() {
    const TSNode node = s_.around(d_.span, {sym::Array});
    if (none(node)) return;
    std::string out, plain;
    const auto flush = [&] {
      if (!plain.empty()) out += (out.empty() ? "[" : " + [") + plain + "]";
      plain.clear();
    };
    for (std::uint32_t i = 0; i < ts_node_named_child_count(node); ++i) {
      const TSNode child = ts_node_named_child(node, i);
      if (ts_node_symbol(child) == sym::Comment) return;
      if (ts_node_symbol(child) != sym::SpreadElement) {
        plain += (plain.empty() ? "" : ", ") + std::string(s_.text(child));
        continue;
      }
      flush();
      const TSNode value = ts_node_named_child(child, 0);
      if (none(value)) return;
      const std::string part(s_.text(value));
      out += (out.empty() ? "" : " + ") + (needs_parentheses(value) ? "(" + part + ")" : part);
    }
    flush();
    const TSSymbol owner = ts_node_symbol(ts_node_parent(node));
    const bool alone = owner == sym::AssignStatement || owner == sym::DeclareStatement ||
                       owner == sym::ReturnStatement || owner == sym::Property;
    add("Join the arrays with '+'", {{syntax::span(node), alone ? out : "(" + out + ")"}}, true);
  }
  // `do {…} while (c);` by its braces: there is no node for it.
  void do_while() {
    const std::string_view all = s_.text();
    const auto skip = [&](std::size_t at) {
      return std::min(all.find_first_not_of(" \t\r\n", at), all.size());
    };
    const auto closing = [&](std::size_t at, char open, char close) {
      for (int depth = 0; at < all.size(); ++at) {
        depth += all[at] == open ? 1 : all[at] == close ? -1 : 0;
        if (depth == 0) return at;
      }
      return std::string_view::npos;
    };
    const std::size_t begin = d_.span.begin, open = skip(begin + 2);
    if (!all.substr(begin).starts_with("do") || open >= all.size() || all[open] != '{') return;
    const std::size_t close = closing(open, '{', '}');
    if (close == all.npos) return;
    const std::size_t word = skip(close + 1), paren = skip(std::min(word + 5, all.size()));
    if (!all.substr(word).starts_with("while") || paren >= all.size() || all[paren] != '(') return;
    const std::size_t end = closing(paren, '(', ')');
    if (end == all.npos) return;
    const std::size_t after = skip(end + 1);
    const std::size_t stop = after < all.size() && all[after] == ';' ? after + 1 : end + 1;
    const std::string leave = fmt::format("if (!{}) {{ break; }}", all.substr(paren, end + 1 - paren));
    const std::string_view body = all.substr(open, close - open);
    const bool one_line = body.find('\n') == body.npos;
    const std::string indent = s_.indentation(d_.span.begin);
    std::string text = "while (true) " + std::string(body);
    while (text.ends_with(' ') || text.ends_with('\n') || text.ends_with('\t')) text.pop_back();
    text += one_line ? " " + leave + " }" : fmt::format("\n{}{}{}\n{}}}", indent, s_.level(), leave, indent);
    add("Write 'while (true)' with 'break'",
        {{{d_.span.begin, static_cast<ByteOffset>(stop)}, std::move(text)}}, true);
  }
  void digits() {
    std::string word(text());
    if (word.find('_') == word.npos || word.find_first_not_of("0123456789_.") != word.npos) return;
    std::erase(word, '_');
    add(fmt::format("Write '{}'", word), {{d_.span, word}}, true);
  }

  // The statement around a place that stands directly in the body of the function, or at top level.
  TSNode outermost_statement(Span at) const {
    TSNode node = s_.statement(at);
    while (!none(node)) {
      const TSNode block = ts_node_parent(node), owner = none(block) ? TSNode{} : ts_node_parent(block);
      if (none(owner) || is_function_node(ts_node_symbol(owner))) return node;
      const Span span = syntax::span(owner);
      const TSNode next = s_.statement({span.begin, span.begin + 1});
      if (none(next) || ts_node_start_byte(next) > ts_node_start_byte(node) || ts_node_eq(next, node))
        return node;
      node = next;
    }
    return node;
  }
  void assign_before() {
    const auto at = symbol_at(s_.file, d_.span.begin);
    if (!at) return;
    const auto uses = occurrences_in(s_.file, at->symbol);
    const auto first = std::find_if(uses.begin(), uses.end(), [](const Occurrence& u) { return u.write; });
    if (first == uses.end()) return;
    const TSNode statement = outermost_statement(first->span);
    if (none(statement) || ts_node_start_byte(statement) > d_.span.begin) return;
    add(fmt::format("Assign null to '{}' before", text()),
        {line_before(statement, fmt::format("{} = null;", text()))});
  }
  void duplicate_key() {
    const TSNode object = s_.around(d_.span, {sym::Object});
    if (none(object)) return;
    const auto word = [](std::string_view key) {
      return key.size() > 1 && (key[0] == '"' || key[0] == '\'') ? key.substr(1, key.size() - 2) : key;
    };
    for (std::uint32_t i = 0; i + 1 < ts_node_named_child_count(object); ++i) {
      const TSNode property = ts_node_named_child(object, i), key = s_.field(property, field::Key);
      if (none(key) || syntax::span(key) == d_.span || word(s_.text(key)) != word(text())) continue;
      return add(
          fmt::format("Remove the earlier '{}'", word(text())),
          {{{ts_node_start_byte(property), ts_node_start_byte(ts_node_named_child(object, i + 1))}, ""}});
    }
  }
  void earlier_function() {
    const TSNode here = s_.around(d_.span, {sym::FunctionStatement});
    if (none(here)) return;
    for (TSNode node = ts_node_prev_named_sibling(here); !none(node);
         node = ts_node_prev_named_sibling(node)) {
      if (ts_node_symbol(node) == sym::FunctionStatement && s_.text(s_.field(node, field::Name)) == text())
        return add(fmt::format("Remove the earlier '{}'", text()),
                   {{s_.whole_lines(syntax::span(node)), ""}});
    }
  }
  void pattern_name() {
    const TSNode pattern = s_.around(d_.span, {sym::Array, sym::Object});
    if (none(pattern)) return;
    for (const Use& use : uses_in(s_, pattern, syntax::span(pattern))) {
      if (use.name != text() || ts_node_symbol(pattern) != sym::Array) continue;
      const std::string name = fresh("_" + std::string(text()));
      return add(fmt::format("Rename the first one to '{}'", name), {{use.span, name}});
    }
  }
  void no_constant() {
    const auto at = symbol_at(s_.file, d_.span.begin);
    if (!at) return;
    for (const Occurrence& use : occurrences_in(s_.file, at->symbol)) {
      const TSNode node = use.write ? s_.around(use.span, {sym::DeclareStatement}) : TSNode{};
      if (none(node) || !s_.text(node).starts_with("const")) continue;
      const ByteOffset begin = ts_node_start_byte(node);
      return add("Declare it with 'let'", {{{begin, begin + 5}, "let"}});
    }
  }
  void return_null() {
    TSNode node = s_.node_at(d_.span);
    while (!none(node) && !is_function_node(ts_node_symbol(node))) node = ts_node_parent(node);
    const TSNode body = none(node) ? TSNode{} : s_.field(node, field::Body);
    if (none(body) || ts_node_symbol(body) != sym::Block) return;
    std::vector<Change> changes;
    bare_returns(body, changes);
    const ByteOffset end = ts_node_end_byte(body) - 1;
    const auto& lines = s_.file.text();
    const TSNode last = ts_node_named_child(body, ts_node_named_child_count(body) - 1);
    const bool ends =
        ts_node_symbol(last) == sym::ReturnStatement || ts_node_symbol(last) == sym::ThrowStatement;
    if (!ends) {
      const bool one_line = lines.line_of(ts_node_start_byte(body)) == lines.line_of(end);
      const ByteOffset line = lines.line_start(lines.line_of(end));
      if (one_line)
        changes.push_back({{end, end}, "return null; "});
      else
        changes.push_back({{line, line}, inside(node) + "return null;\n"});
    }
    if (!changes.empty()) add("Return null on the other paths", std::move(changes));
  }
  void bare_returns(TSNode node, std::vector<Change>& changes) const {
    for (std::uint32_t i = 0; i < ts_node_named_child_count(node); ++i) {
      const TSNode child = ts_node_named_child(node, i);
      if (is_function_node(ts_node_symbol(child))) continue;
      if (ts_node_symbol(child) == sym::ReturnStatement && none(s_.field(child, field::Value))) {
        const ByteOffset at = ts_node_start_byte(child) + 6;
        changes.push_back({{at, at}, " null"});
      }
      bare_returns(child, changes);
    }
  }
  void no_call() {
    const TSNode call = s_.around(d_.span, {sym::CallExpression});
    if (none(call)) return;
    const TSNode callee = s_.field(call, field::Callee);
    const std::string_view rest = s_.text(Span{ts_node_end_byte(callee), ts_node_end_byte(call)});
    if (rest == "()") add("Remove the '()'", {{{ts_node_end_byte(callee), ts_node_end_byte(call)}, ""}});
  }
  void create_module() {
    const ClientInfo& client = s_.ask.client();
    if (!client.can("workspace.workspaceEdit.documentChanges") ||
        !client.lists("workspace.workspaceEdit.resourceOperations", "create") || s_.file.file().path.empty())
      return;
    const TSNode node = s_.around(d_.span, {sym::ImportStatement});
    const TSNode path = none(node) ? TSNode{} : s_.field(node, field::Path);
    std::string name(none(path) ? text() : s_.text(path));
    if (name.empty() || name.find_first_of("/\\\"' ") != name.npos) return;
    std::replace(name.begin(), name.end(), '.', '/');
    Action action{fmt::format("Create '{}.ml'", name), "quickfix", {}, false, false, &d_};
    action.new_file = uri_of_path(std::filesystem::path(s_.file.file().path).parent_path() / (name + ".ml"));
    out_.push_back(std::move(action));
  }
  void no_type() {
    const TSNode node = s_.around(d_.span, {sym::Param});
    const TSNode name = none(node) ? TSNode{} : s_.field(node, field::Name);
    const TSNode type = none(node) ? TSNode{} : s_.field(node, field::Type);
    if (!none(name) && !none(type))
      add("Remove the type", {{{ts_node_end_byte(name), ts_node_end_byte(type)}, ""}}, true);
  }
  void print_error() {
    const TSNode clause = s_.around(d_.span, {sym::ExceptClause, sym::TryStatement});
    if (none(clause) || ts_node_symbol(clause) != sym::ExceptClause) return;
    const TSNode body = s_.field(clause, field::Body), name = s_.field(clause, field::Variable);
    if (none(body) || none(name) || ts_node_named_child_count(body) != 0) return;
    add("Print the error", {{syntax::span(body), fmt::format("{{\n{0}{1}print({2});\n{0}}}",
                                                             s_.indentation(ts_node_start_byte(body)),
                                                             s_.level(), s_.text(name))}});
  }
  void use_https() {
    const TSNode statement = s_.statement(d_.span);
    if (none(statement)) return;
    const Span span = syntax::span(statement);
    std::vector<Change> changes;
    for (auto at = s_.text().find("http://", span.begin); at < span.end;
         at = s_.text().find("http://", at + 1)) {
      const auto from = static_cast<ByteOffset>(at);
      changes.push_back({{from, from + 4}, "https"});
    }
    if (!changes.empty()) add("Use https", std::move(changes), true);
  }

  const Scene& s_;
  const Diagnostic& d_;
  std::vector<Action>& out_;
};

}  // namespace

void add_binding_fixes(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out) {
  BindingFixer(scene, finding, out).run();
}

}  // namespace ml::lsp
