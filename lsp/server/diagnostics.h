#pragma once

#include "lsp/server/snapshot.h"

namespace ml::lsp {

// The findings of a file as the protocol writes them (editor-protocols.md 3.3): in source order, severities
// as the settings say, `// ml: ignore` honoured, at most one syntax error per statement and 200 per file.
json::array diagnostics_of(const Revision& revision, const Snapshot& snapshot);

}  // namespace ml::lsp
