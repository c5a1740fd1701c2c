#pragma once

// Constructs whose cost grows faster than the data (core/advice), as hints in open files that no loaded run
// knows (editor-protocols.md 3.3). Finding them takes a while: the server does it when nothing else is to be
// done and keeps what it found, and a text that was edited since takes over what the edit did not touch.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lsp/profile/surfaces.h"
#include "lsp/server/snapshot.h"

namespace ml::lsp {

struct StaticHints {
  struct Entry {
    std::shared_ptr<const DocumentText> text;
    std::vector<CostFinding> findings;
  };
  std::map<std::string, Entry> by_file;  // keys
};

// Whether hints are wanted for the file and nobody has looked for them yet.
bool wants_static_hints(const Snapshot& snapshot, const Revision& file);
// Looks at the whole file; may take longer than a keystroke.
std::vector<CostFinding> find_static_hints(const Revision& file);
// What was found in this text or the one before; none where a run knows the file.
std::vector<CostFinding> static_hints(const Snapshot& snapshot, const Revision& file);

// Whether another file imports it: its parameters can then be anything.
bool is_imported(const Revision& file);

}  // namespace ml::lsp
