#pragma once

// What the client can do and wants: read once from `initialize`, and its settings.

#include <map>
#include <string>
#include <vector>

#include "lsp/documents/text.h"
#include "wire/json.h"

namespace ml::lsp {

namespace json = boost::json;

struct ClientInfo {
  std::string name;
  json::object capabilities;                 // as sent
  Encoding encoding = Encoding::Utf16;       // chosen by us
  std::int64_t process_id = 0;               // 0: none
  std::vector<std::string> client_commands;  // initializationOptions.clientCommands
  std::vector<std::string> retry_methods;    // staleRequestSupport.retryOnContentModified

  // capabilities at a path like "textDocument.hover.dynamicRegistration"; null when absent.
  const json::value* find(std::string_view path) const;
  bool can(std::string_view path) const;                           // there and not false
  bool lists(std::string_view path, std::string_view word) const;  // an array with that string
  bool pulls_diagnostics() const { return can("textDocument.diagnostic"); }
};
ClientInfo read_client(const json::object& initialize_params);

// Section `ml` (editor-protocols.md 3.10). Unknown keys and values of the wrong type are ignored.
struct Settings {
  json::object raw;  // for features: `at("inlayHints.parameterNames")`

  bool diagnostics = true;
  bool workspace_diagnostics = false;
  std::map<std::string, std::string, std::less<>> severity;  // code -> error, warning, information, hint, off
  bool index = true;
  std::size_t index_max_files = 20000;
  std::size_t memory_limit_mb = 1024;  // 0: none
  std::vector<std::string> import_paths;

  const json::value* at(std::string_view path) const;  // null when not set
  bool flag(std::string_view path, bool otherwise) const;
  std::string text(std::string_view path, std::string_view otherwise) const;
};
Settings read_settings(const json::value& section);

}  // namespace ml::lsp
