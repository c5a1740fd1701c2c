#pragma once

// A WorkspaceEdit in the form the client can apply.

#include <map>
#include <string>
#include <vector>

#include "lsp/features/registry.h"

namespace ml::lsp {

class WorkspaceEdit {
 public:
  explicit WorkspaceEdit(const Ask& ask);
  // `unsure`: the person has to confirm it; left out for clients that cannot ask.
  void replace(const Revision& file, Span span, std::string_view text, bool unsure = false);
  void rename_file(const std::string& old_uri, const std::string& new_uri);
  bool can_rename_files() const { return renames_; }
  bool empty() const { return files_.empty() && moves_.empty(); }
  json::object take();

 private:
  struct File {
    json::value version;
    json::array edits;
  };
  const Ask& ask_;
  bool versions_, renames_, annotations_, annotated_ = false;
  std::map<std::string, File> files_;  // by uri
  json::array moves_;
};

}  // namespace ml::lsp
