#pragma once

// Places in files of the index as the protocol writes them. A file is read only where a mark does not tell.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "lsp/features/registry.h"

namespace ml::lsp {

// Whether the client takes the results in parts (`partialResultToken`): then they are not in the answer.
bool is_streamed(const Ask& ask);

// For one request.
class Locations {
 public:
  explicit Locations(const Ask& ask) : ask_(ask) {}
  // {uri, range}; nothing when the file has gone. `span` is on one line.
  std::optional<json::object> of(const std::string& file, Span span, Mark mark);
  std::optional<Range> range(const std::string& file, Span span, Mark mark);

 private:
  const Ask& ask_;
  std::map<std::string, std::shared_ptr<const Revision>, std::less<>> files_;
};

}  // namespace ml::lsp
