// Quick fixes for findings about names, calls and modules.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/diag/catalogue.h"
#include "core/text/nearest.h"
#include "lsp/features/code_action/action.h"
#include "lsp/semantics/imports.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"

namespace ml::lsp {

namespace field = syntax::field;

namespace {

// The word of "did you mean 'word'?" in a hint.
std::string meant(std::string_view hint) {
  const auto at = hint.find("did you mean '");
  if (at == hint.npos) return "";
  const std::string_view rest = hint.substr(at + 14);
  return std::string(rest.substr(0, rest.find('\'')));
}

bool has_effect(TSNode value) {
  if (ts_node_is_null(value)) return false;
  const TSSymbol s = ts_node_symbol(value);
  if (s == sym::CallExpression) return true;
  if (is_function_node(s)) return false;
  for (std::uint32_t i = 0; i < ts_node_child_count(value); ++i) {
    if (has_effect(ts_node_child(value, i))) return true;
  }
  return false;
}

class Fixer {
 public:
  Fixer(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out)
      : s_(scene), d_(finding), out_(out) {}

  void run() {
    if (const std::string word = meant(d_.hint); !word.empty())
      add(fmt::format("Change to '{}'", word), {{last_name(), word}}, true, false);
    switch (static_cast<std::uint32_t>(d_.code)) {
      case 201: unknown_name(); break;
      case 202:
        unknown_name();
        create_function();
        break;
      case 203:
      case 208: drop_nonlocal(); break;
      case 205: add_nonlocal(); break;
      case 215: unused_variable(); break;
      case 216:
        if (!text().starts_with('_'))
          add(fmt::format("Rename to '_{}'", text()), {{d_.span, "_" + std::string(text())}}, true, false);
        break;
      case 218: remove_statement("Remove the unused import", sym::ImportStatement, true); break;
      case 219: remove_statement("Remove the unused function", sym::FunctionStatement, false); break;
      case 303: remove_statement("Remove the unreachable statement", 0, false); break;
      case 308: {
        const TSNode clause = s_.around(d_.span, {sym::ExceptClause});
        if (!ts_node_is_null(clause)) add("Remove this 'except'", {{syntax::span(clause), ""}}, false, false);
        break;
      }
      case 311: {
        const TSNode node = s_.around(d_.span, {sym::TryStatement});
        if (ts_node_is_null(node)) break;
        const Span span = syntax::span(node);
        const std::string indent = s_.indentation(span.begin);
        add("Add 'except'",
            {{{span.end, span.end},
              fmt::format(" except (e) {{\n{0}{1}print(e);\n{0}}}", indent, s_.level())}},
            true, false);
        break;
      }
      case 312: no_effect(); break;
      case 401:
      case 402: argument_count(); break;
      default: add_security_fixes(s_, d_, out_); break;
    }
    add_binding_fixes(s_, d_, out_);
    suppress();
  }

 private:
  std::string_view text() const { return s_.text(d_.span); }
  void add(std::string title, std::vector<Change> changes, bool preferred, bool safe) {
    out_.push_back({std::move(title), "quickfix", std::move(changes), preferred, safe, &d_});
  }
  Span last_name() const {
    const auto dot = text().rfind('.');
    return dot == std::string_view::npos
               ? d_.span
               : Span{d_.span.begin + static_cast<ByteOffset>(dot) + 1, d_.span.end};
  }

  void remove_statement(const char* title, TSSymbol kind, bool safe) {
    TSNode node = kind == 0 ? s_.statement(d_.span) : s_.around(d_.span, {kind});
    if (ts_node_is_null(node)) return;
    add(title, {{s_.whole_lines(syntax::span(node)), ""}}, true, safe);
  }

  void unknown_name() {
    const std::string name(text());
    static constexpr std::pair<std::string_view, std::string_view> kHabits[] = {
        {"None", "null"}, {"True", "true"},         {"False", "false"},
        {"nil", "null"},  {"console_log", "print"}, {"println", "print"}};
    for (const auto& [theirs, ours] : kHabits) {
      if (name == theirs)
        add(fmt::format("Change to '{}'", ours), {{d_.span, std::string(ours)}}, true, true);
    }
    if (meant(d_.hint).empty()) {
      Nearest near(name);
      visible_names(s_.file, d_.span.begin, [&](const VisibleName& visible) {
        if (visible.name != name) near.offer(visible.name);
        return true;
      });
      if (!near.best().empty())
        add(fmt::format("Change to '{}'", near.best()), {{d_.span, std::string(near.best())}}, true, false);
    }
    const auto modules = s_.ask.snapshot.modules().importable(s_.file.file());
    for (const std::string& module : modules) {
      if (module == name) add_import(module, true);
    }
    for (const auto& module : stdlib::catalogue().modules()) {
      if (module.name.starts_with('$') || module.name == "builtin") continue;
      if (!find_library_member(module.name, name)) continue;
      std::string as = imported_as(s_.file, module.name);
      std::vector<Change> changes;
      if (as.empty()) {
        const Insertion import = import_insertion(s_.file, module.name);
        changes.push_back({{import.at, import.at}, import.text});
        as = module.name;
      }
      changes.push_back({{d_.span.begin, d_.span.begin}, as + "."});
      add(fmt::format("Change to '{}.{}'", as, name), std::move(changes), false, false);
    }
  }
  void add_import(const std::string& module, bool preferred) {
    const Insertion import = import_insertion(s_.file, module);
    add(fmt::format("Add 'import {};'", module), {{{import.at, import.at}, import.text}}, preferred,
        preferred);
  }

  void create_function() {
    const TSNode call = s_.around(d_.span, {sym::CallExpression});
    const TSNode item = s_.item(d_.span);
    if (ts_node_is_null(call) || ts_node_is_null(item)) return;
    std::string parameters;
    unsigned count = 0;
    for (std::uint32_t i = 0; i < ts_node_child_count(call); ++i) {
      const TSNode child = ts_node_child(call, i);
      if (!ts_node_is_named(child) || ts_node_eq(child, s_.field(call, field::Callee)) ||
          ts_node_symbol(child) == sym::Comment)
        continue;
      const std::string word = ts_node_symbol(child) == sym::Identifier ? std::string(s_.text(child)) : "";
      const bool fresh =
          !word.empty() && (", " + parameters + ",").find(", " + word + ",") == std::string::npos;
      parameters += (count > 0 ? ", " : "") + (fresh ? word : fmt::format("arg{}", count + 1));
      ++count;
    }
    const ByteOffset at = s_.whole_lines(syntax::span(item)).begin;
    add(fmt::format("Create function '{}'", text()),
        {{{at, at},
          fmt::format("function {}({}) {{\n{}return null;\n}}\n\n", text(), parameters, s_.level())}},
        false, false);
  }

  void drop_nonlocal() {
    const TSNode node = s_.around(d_.span, {sym::NonlocalStatement});
    if (ts_node_is_null(node)) return;
    std::vector<Span> names;
    for (std::uint32_t i = 0; i < ts_node_child_count(node); ++i) {
      if (ts_node_symbol(ts_node_child(node, i)) == sym::Identifier)
        names.push_back(syntax::span(ts_node_child(node, i)));
    }
    if (names.size() < 2) return remove_statement("Remove 'nonlocal'", sym::NonlocalStatement, false);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].begin != d_.span.begin) continue;
      const Span gone = i + 1 < names.size() ? Span{names[i].begin, names[i + 1].begin}
                                             : Span{names[i - 1].end, names[i].end};
      add(fmt::format("Remove '{}' from 'nonlocal'", text()), {{gone, ""}}, true, false);
    }
  }

  void add_nonlocal() {
    TSNode function = s_.node_at(d_.span);
    while (!ts_node_is_null(function) && !is_function_node(ts_node_symbol(function)))
      function = ts_node_parent(function);
    if (ts_node_is_null(function)) return;
    const TSNode body = s_.field(function, field::Body);
    if (ts_node_is_null(body) || d_.hint.find("nonlocal") == std::string::npos) return;
    const ByteOffset at = ts_node_start_byte(body) + 1;
    const std::string statement = fmt::format("nonlocal {};", text());
    const auto& lines = s_.file.text();
    const bool one_line = lines.line_of(at) == lines.line_of(ts_node_end_byte(body));
    add(fmt::format("Add '{}'", statement),
        {{{at, at},
          one_line ? " " + statement
                   : "\n" + s_.indentation(ts_node_start_byte(function)) + s_.level() + statement}},
        true, false);
  }

  void unused_variable() {
    const TSNode node = s_.around(d_.span, {sym::AssignStatement, sym::DeclareStatement});
    if (ts_node_is_null(node)) return;
    const TSNode target = s_.field(node, field::Target), value = s_.field(node, field::Value);
    if (ts_node_symbol(target) != sym::Identifier || ts_node_is_null(ts_node_parent(node)) ||
        ts_node_symbol(ts_node_parent(node)) == sym::ForCStatement)
      return;
    if (has_effect(value))
      add("Remove the variable, keep the call", {{{ts_node_start_byte(node), ts_node_start_byte(value)}, ""}},
          false, false);
    else
      add(fmt::format("Remove the unused variable '{}'", text()), {{s_.whole_lines(syntax::span(node)), ""}},
          true, false);
  }

  void no_effect() {
    const TSNode node = s_.around(d_.span, {sym::ExpressionStatement});
    if (ts_node_is_null(node)) return;
    const TSNode value = s_.field(node, field::Value);
    if (ts_node_symbol(value) == sym::BinaryExpression) {
      const TSNode op = s_.field(value, field::Operator), left = s_.field(value, field::Left);
      const TSSymbol kind = ts_node_symbol(left);
      if (s_.text(op) == "==" &&
          (kind == sym::Identifier || kind == sym::MemberExpression || kind == sym::IndexExpression))
        add("Assign with '='", {{syntax::span(op), "="}}, false, false);
    }
    if (!has_effect(value))
      add("Remove the statement", {{s_.whole_lines(syntax::span(node)), ""}}, false, false);
  }

  void argument_count() {
    const TSNode call = s_.around(d_.span, {sym::CallExpression});
    if (ts_node_is_null(call)) return;
    std::vector<Span> arguments;
    Span close{};
    for (std::uint32_t i = 1; i < ts_node_child_count(call); ++i) {
      const TSNode child = ts_node_child(call, i);
      if (ts_node_symbol(child) == tok::CloseParen) close = syntax::span(child);
      if (ts_node_is_named(child) && ts_node_symbol(child) != sym::Comment)
        arguments.push_back(syntax::span(child));
    }
    if (close.size() == 0) return;
    const auto number = [&](std::string_view before) -> std::size_t {
      const auto at = d_.message.find(before);
      if (at == std::string::npos) return std::string::npos;
      std::size_t i = at + before.size(), value = 0;
      bool any = false;
      for (; i < d_.message.size() && std::isdigit(static_cast<unsigned char>(d_.message[i]));
           ++i, any = true)
        value = value * 10 + static_cast<std::size_t>(d_.message[i] - '0');
      return any ? value : std::string::npos;
    };
    std::size_t missing = number("missing ");
    // Of the library they are named: "missing required arguments 'a' and 'b'".
    if (const auto at = d_.message.find("missing required argument"); at != std::string::npos)
      missing = static_cast<std::size_t>(
                    std::count(d_.message.begin() + static_cast<long>(at), d_.message.end(), '\'')) /
                2;
    if (missing != std::string::npos && missing > 0 && missing < 20) {
      std::string added;
      for (std::size_t i = 0; i < missing; ++i)
        added += (arguments.empty() && i == 0 ? "" : ", ") + std::string("null");
      const ByteOffset at = arguments.empty() ? close.begin : arguments.back().end;
      return add(missing == 1 ? "Add the missing argument" : "Add the missing arguments", {{{at, at}, added}},
                 false, false);
    }
    std::size_t most = number("takes ");
    if (d_.message.find("takes from ") != std::string::npos) most = number(" to ");
    if (most == std::string::npos || most >= arguments.size()) return;
    const ByteOffset begin = most == 0 ? arguments[0].begin : arguments[most - 1].end;
    add(arguments.size() - most == 1 ? "Remove the argument too many" : "Remove the arguments too many",
        {{{begin, arguments.back().end}, ""}}, false, false);
  }

  void suppress() {
    const std::string code = code_name(d_.code);
    const auto& lines = s_.file.text();
    const ByteOffset start = lines.line_start(lines.line_of(d_.span.begin));
    // Not into a string or comment that goes over several lines.
    const TSNode node = s_.node_at({start, start});
    const TSSymbol kind = ts_node_symbol(node);
    const bool inside = (kind == sym::String || kind == sym::Comment || kind == sym::Template ||
                         kind == sym::TemplateChars) &&
                        ts_node_start_byte(node) < start;
    if (!inside)
      add(fmt::format("Ignore {} here", code),
          {{{start, start}, fmt::format("{}// ml: ignore {}\n", s_.indentation(d_.span.begin), code)}}, false,
          false);
    ByteOffset top = s_.text().starts_with("\xEF\xBB\xBF") ? 3 : 0;
    if (s_.text().substr(top).starts_with("#!"))
      top = lines.line_count() > 1 ? lines.line_start(1) : lines.size();
    add(fmt::format("Ignore {} in this file", code),
        {{{top, top}, fmt::format("// ml: ignore-file {}\n", code)}}, false, false);
  }

  const Scene& s_;
  const Diagnostic& d_;
  std::vector<Action>& out_;
};

}  // namespace

void add_fixes(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out) {
  Fixer(scene, finding, out).run();
}

}  // namespace ml::lsp
