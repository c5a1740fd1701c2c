// Quick fixes for security findings (editor-protocols.md 3.5).

#include <fmt/format.h>

#include <array>
#include <cctype>

#include "core/stdlib/catalogue.h"
#include "lsp/features/code_action/action.h"
#include "lsp/semantics/imports.h"

namespace ml::lsp {

namespace {

// The last quoted word of a message: `'file.write' needs 'file.write', not declared`.
std::string_view last_quoted(std::string_view message) {
  const auto end = message.rfind('\'');
  if (end == message.npos || end == 0) return {};
  const auto begin = message.rfind('\'', end - 1);
  return begin == message.npos ? std::string_view{} : message.substr(begin + 1, end - begin - 1);
}

class SecurityFixer {
 public:
  SecurityFixer(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out)
      : s_(scene), d_(finding), out_(out) {}

  void run() {
    switch (static_cast<std::uint32_t>(d_.code)) {
      case 100104:
        if (text() == "eval") use_library("json", "json.parse", "Read data with 'json.parse'");
        break;
      case 100105: host_function(); break;
      case 100107: other_module(); break;
      case 100112: remove_line("Remove this permission"); break;
      case 100114: add("Delete the hidden character", {{d_.span, ""}}, true); break;
      case 100210:
        if (text() == "md5" || text().ends_with(".md5") || text().ends_with(".sha1")) {
          const ByteOffset dot = d_.span.begin + static_cast<ByteOffset>(text().rfind('.')) + 1;
          add("Use sha256", {{{dot, d_.span.end}, "sha256"}}, true);
        }
        break;
      case 100302: remove_declaration(); break;
      case 100303: declare(); break;
      case 100401:
      case 100402: wrap("path", "basename", "Keep only the name with 'path.basename'"); break;
      case 100405: wrap("regex", "escape", "Take it literally with 'regex.escape'"); break;
      default: break;
    }
  }

 private:
  std::string_view text() const { return s_.text(d_.span); }
  void add(std::string title, std::vector<Change> changes, bool preferred) {
    out_.push_back({std::move(title), "quickfix", std::move(changes), preferred, false, &d_});
  }

  // The name a library module has in this file; adds its import to `changes` when there is none.
  std::string imported(std::string_view module, std::vector<Change>& changes) const {
    std::string name = imported_as(s_.file, module);
    if (!name.empty()) return name;
    const Insertion import = import_insertion(s_.file, std::string(module));
    changes.push_back({{import.at, import.at}, import.text});
    return std::string(module);
  }

  void use_library(std::string_view module, std::string_view call, const char* title) {
    std::vector<Change> changes;
    const std::string name = imported(module, changes);
    changes.push_back({d_.span, name + std::string(call.substr(call.find('.')))});
    add(title, std::move(changes), true);
  }

  void host_function() {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kInstead = {
        {{"type", "typeof"}, {"dir", "methods"}, {"raw_input", "input"}}};
    for (const auto& [theirs, ours] : kInstead) {
      if (text() == theirs) add(fmt::format("Change to '{}'", ours), {{d_.span, std::string(ours)}}, true);
    }
    if (text() == "open") use_library("file", "file.read", "Read the file with 'file.read'");
  }

  // "module 'os' is not available to ML; see file, path and env"
  void other_module() {
    const auto see = d_.message.rfind("; see ");
    if (see == std::string::npos) return;
    std::string word;
    for (const char c : d_.message.substr(see + 6) + " ") {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
        word += c;
        continue;
      }
      if (stdlib::catalogue().module(word))
        add(fmt::format("Import '{}' instead", word), {{d_.span, word}}, false);
      word.clear();
    }
  }

  void wrap(std::string_view module, std::string_view function, const char* title) {
    std::vector<Change> changes;
    const std::string name = imported(module, changes);
    changes.push_back({{d_.span.begin, d_.span.begin}, fmt::format("{}.{}(", name, function)});
    changes.push_back({{d_.span.end, d_.span.end}, ")"});
    add(title, std::move(changes), true);
  }

  void remove_line(const char* title) { add(title, {{s_.whole_lines(d_.span), ""}}, true); }

  void remove_declaration() {
    const TSNode node = s_.around(d_.span, {sym::CapabilityStatement});
    if (!ts_node_is_null(node))
      add("Remove the declaration", {{s_.whole_lines(syntax::span(node)), ""}}, false);
  }

  // A line of the first declaration, or a declaration of its own for what no line can say.
  void declare() {
    const std::string_view capability = last_quoted(d_.message);
    const std::string_view action =
        capability == "file.read" || capability == "path.read"                                    ? "read"
        : capability == "file.write" || capability == "file.append" || capability == "path.write" ? "write"
        : capability.starts_with("network.")                                                      ? "network"
                                                                                                  : "";
    TSNode first{};
    const TSNode root = s_.root();
    for (std::uint32_t i = 0; i < ts_node_child_count(root); ++i) {
      const TSNode child = ts_node_child(root, i);
      if (ts_node_symbol(child) != sym::CapabilityStatement) continue;
      first = child;
      break;
    }
    if (ts_node_is_null(first)) return;
    const Span span = syntax::span(first);
    if (action.empty()) {
      const ByteOffset at = s_.whole_lines(span).end;
      add(fmt::format("Declare '{}'", capability),
          {{{at, at}, fmt::format("capability {} {{\n{}resource \"\";\n}}\n", capability, s_.level())}},
          true);
      return;
    }
    const std::size_t open = s_.text(span).find('{');
    if (open == std::string_view::npos) return;
    const ByteOffset at = span.begin + static_cast<ByteOffset>(open) + 1;
    add(fmt::format("Add 'allow {};'", action),
        {{{at, at}, fmt::format("\n{}{}allow {};", s_.indentation(span.begin), s_.level(), action)}}, true);
  }

  const Scene& s_;
  const Diagnostic& d_;
  std::vector<Action>& out_;
};

}  // namespace

void add_security_fixes(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out) {
  SecurityFixer(scene, finding, out).run();
}

}  // namespace ml::lsp
