#pragma once

// Marked sources: `//~ R5 names` at the end of a line says that the rule finds something there, and what it
// calls it. Every line without a mark is one where nothing may be found. Include after Catch2.

#include <string>
#include <string_view>
#include <vector>

#include "core/advice/hints.h"
#include "core/ast/build.h"
#include "core/text/line_index.h"

namespace ml::test {

inline std::vector<advice::Hint> hints_of(std::string_view source, bool closed_world = true) {
  Interner names;
  const syntax::Tree tree = syntax::parse(source);
  const ast::Module module = ast::build(tree, source, names);
  const sema::Analysis analysis = sema::analyze(
      module, names, stdlib::catalogue(),
      [](std::string_view dotted) {
        sema::ImportedModule found;
        found.kind = stdlib::catalogue().module(dotted) != nullptr ? sema::ImportedModule::Kind::Library
                                                                   : sema::ImportedModule::Kind::User;
        return found;
      },
      {}, nullptr);
  return advice::hints({module, analysis, names, stdlib::catalogue(), source, closed_world});
}

// "5 R4 result\n"; R6 and R10 show their count.
inline std::string listed(const std::vector<advice::Hint>& hints) {
  std::string text;
  for (const advice::Hint& h : hints) {
    text += std::to_string(h.line) + ' ' + std::string(advice::rule_id(h.rule)) +
            (h.name.empty() ? "" : ' ' + h.name);
    if (h.rule == advice::Rule::recursion || h.rule == advice::Rule::temporaries)
      text += ' ' + std::to_string(h.count);
    text += '\n';
  }
  return text;
}

inline void check_marked(std::string_view marked, bool closed_world = true) {
  if (marked.starts_with('\n')) marked.remove_prefix(1);
  const LineIndex lines(marked);
  std::string expected;
  for (std::uint32_t line = 1; line <= lines.line_count(); ++line) {
    std::string_view text = lines.line_text(line);
    for (std::size_t at = text.find("//~ "); at != text.npos; at = text.find("//~ ")) {
      text.remove_prefix(at + 4);
      std::string mark(text.substr(0, text.find("//~ ")));
      while (mark.ends_with(' ')) mark.pop_back();
      expected += std::to_string(line) + ' ' + mark + '\n';
    }
  }
  CHECK(listed(hints_of(marked, closed_world)) == expected);
}

}  // namespace ml::test
