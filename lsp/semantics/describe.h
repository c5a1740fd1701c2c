#pragma once

// What people read about symbols: signatures and documentation comments, as Markdown or plain text.

#include <string>
#include <string_view>
#include <vector>

#include "lsp/semantics/symbols.h"

namespace ml::lsp {

// The run of comment lines directly above the line of `at`, without their marks; empty when there is none.
std::string doc_above(const DocumentText& text, ByteOffset at);
// What `@param name` says in it; empty when nothing does.
std::string_view doc_of_parameter(std::string_view doc, std::string_view name);
// As Markdown: the first line bold, `@param`, `@returns` and `@budget` as a list.
std::string doc_as_markdown(std::string_view doc);
// The same without marks.
std::string doc_as_text(std::string_view doc);
// The library's documentation of an entry: text, parameters, needed capabilities.
std::string doc_of(const stdlib::Entry& entry, bool markdown);

// A user's function and where it stands.
struct FunctionPlace {
  std::shared_ptr<const Revision> revision;
  std::uint32_t item = 0;
  const ast::Function* function = nullptr;
  Span name;        // of the name it is bound to, in the file
  std::string doc;  // doc_above
};
// The function a variable is always bound to; `function` is null when there is none.
FunctionPlace function_of(const Symbol& symbol, const Revision& revision, ModuleStore& modules);

struct Signature {
  std::string label;              // "area(w, h = 1)"
  std::vector<Span> parameters;   // bytes of the label
  std::vector<std::string> docs;  // of the parameters; may be shorter
  std::string doc;
  bool variadic = false;  // the last parameter takes all that follow
};
Signature signature_of(const FunctionPlace& place, std::string_view name);
Signature signature_parts(const stdlib::Entry& entry);

}  // namespace ml::lsp
