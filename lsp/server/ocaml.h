#pragma once

#include <string_view>

namespace ml::lsp {

// Whether a document is OCaml or SML rather than ours (editor-protocols.md 2.3): the client says so, or the
// text has strong signs of it and does not parse. Never below a folder with a project file (cli/project).
bool looks_like_ocaml(std::string_view language_id, std::string_view text, std::string_view key);

}  // namespace ml::lsp
