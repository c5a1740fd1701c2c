#pragma once

// Code actions as data: edits of one file. code_action.cpp makes protocol of them.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/diag/diagnostic.h"
#include "core/syntax/symbols.h"
#include "core/syntax/tree.h"
#include "lsp/features/registry.h"

namespace ml::lsp {

namespace sym = syntax::sym;
namespace tok = syntax::tok;

struct Change {
  Span span;
  std::string text;
};

struct FileChanges {
  std::shared_ptr<const Revision> file;
  std::vector<Change> changes;
};

struct Action {
  std::string title, kind;
  std::vector<Change> changes;  // disjoint, any order
  bool preferred = false;       // the one certain cure
  bool safe = false;            // cannot change what a correct program does: part of source.fixAll
  const Diagnostic* cures = nullptr;
  std::string new_file = {}, new_text = {};  // a file to be made: its URI; empty for most
  std::vector<FileChanges> others = {};      // of other files
  // Why it is not possible here: then nothing else but title and kind. For clients that show such ones.
  std::string disabled = {};
};
Action disabled_action(std::string title, std::string kind, std::string reason);

// What the makers of actions look at.
struct Scene {
  const Ask& ask;
  const Revision& file;
  Span range;  // what is selected; empty at a cursor

  std::string_view text() const { return file.text().text(); }
  std::string_view text(Span span) const { return text().substr(span.begin, span.size()); }
  std::string_view text(TSNode node) const { return text(syntax::span(node)); }
  TSNode root() const { return file.tree().root(); }
  TSNode node_at(Span span) const { return ts_node_descendant_for_byte_range(root(), span.begin, span.end); }
  // The innermost node of one of the kinds around the span; null node when there is none.
  TSNode around(Span span, std::initializer_list<TSSymbol> kinds) const;
  TSNode field(TSNode node, TSFieldId id) const { return ts_node_child_by_field_id(node, id); }
  // The statement around the span, and the one at top level.
  TSNode statement(Span span) const;
  TSNode item(Span span) const;
  // Blanks before the first word of the line.
  std::string indentation(ByteOffset at) const;
  std::string level() const;  // one more
  // A statement with its line, if it is alone there.
  Span whole_lines(Span span) const;
  // Whether other files use what the file calls so at top level.
  bool is_used_elsewhere(std::string_view name) const;
  const Interner& names() const { return file.names(); }
};

// Whether the top-level statement around the changes has no (more) mistakes of syntax afterwards.
bool parses_after(const Scene& scene, const Action& action, bool was_broken);

// --- makers; each adds what is possible at the place
void add_fixes(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out);
void add_binding_fixes(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out);
void add_security_fixes(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out);
void add_syntax_fixes(const Scene& scene, const Diagnostic& finding, std::vector<Action>& out);
void add_extractions(const Scene& scene, std::vector<Action>& out);
void add_inlining(const Scene& scene, std::vector<Action>& out);
void add_function_inlining(const Scene& scene, std::vector<Action>& out);
void add_moves(const Scene& scene, std::vector<Action>& out);
void add_rewrites(const Scene& scene, std::vector<Action>& out);
void add_loop_rewrites(const Scene& scene, std::vector<Action>& out);
void add_text_rewrites(const Scene& scene, std::vector<Action>& out);
// The imports at the top in order, each once, without unused ones. No changes: nothing to do.
Action organize_imports(const Scene& scene);

// Whether a value is written with an operator, so that it needs parentheses as a part of another one.
bool needs_parentheses(TSNode value);
bool is_function_node(TSSymbol symbol);

// Command `ml.applyCodeAction` for clients that know no code actions but commands: `title`, `textDocument`
// and `range` of one that textDocument/codeAction has offered. The client is asked to make the edit.
json::value apply_code_action(const Ask& argument);

// Names of identifiers in a stretch, members and keys left out.
struct Use {
  std::string_view name;
  Span span;
  bool writes = false;
};
std::vector<Use> uses_in(const Scene& scene, TSNode node, Span within);

}  // namespace ml::lsp
