#include "lsp/server/client.h"

#include <algorithm>

namespace ml::lsp {
namespace {

const json::value* find_in(const json::object& object, std::string_view path) {
  const json::object* at = &object;
  for (;;) {
    const std::size_t dot = path.find('.');
    const auto* value = at->if_contains(wire::sv(path.substr(0, dot)));
    if (!value || dot == path.npos) return value;
    at = value->if_object();
    if (!at) return nullptr;
    path.remove_prefix(dot + 1);
  }
}

std::vector<std::string> strings(const json::value* value) {
  std::vector<std::string> out;
  if (const auto* array = value ? value->if_array() : nullptr) {
    for (const auto& item : *array) {
      if (item.is_string()) out.emplace_back(wire::sv(item.get_string()));
    }
  }
  return out;
}

Encoding choose_encoding(const std::vector<std::string>& offered) {
  const auto has = [&](const char* name) {
    return std::find(offered.begin(), offered.end(), name) != offered.end();
  };
  return has("utf-8") ? Encoding::Utf8 : has("utf-32") ? Encoding::Utf32 : Encoding::Utf16;
}

}  // namespace

const json::value* ClientInfo::find(std::string_view path) const { return find_in(capabilities, path); }

bool ClientInfo::can(std::string_view path) const {
  const auto* value = find(path);
  return value && !value->is_null() && !(value->is_bool() && !value->get_bool());
}

bool ClientInfo::lists(std::string_view path, std::string_view word) const {
  const auto words = strings(find(path));
  return std::find(words.begin(), words.end(), word) != words.end();
}

ClientInfo read_client(const json::object& params) {
  ClientInfo client;
  if (const auto* name = find_in(params, "clientInfo.name"); name && name->is_string())
    client.name = wire::sv(name->get_string());
  if (const auto* capabilities = params.if_contains("capabilities");
      capabilities && capabilities->is_object())
    client.capabilities = capabilities->get_object();
  client.encoding = choose_encoding(strings(client.find("general.positionEncodings")));
  if (const auto* id = params.if_contains("processId")) client.process_id = wire::integer_of(*id).value_or(0);
  client.client_commands = strings(find_in(params, "initializationOptions.clientCommands"));
  client.retry_methods = strings(client.find("general.staleRequestSupport.retryOnContentModified"));
  return client;
}

const json::value* Settings::at(std::string_view path) const { return find_in(raw, path); }

bool Settings::flag(std::string_view path, bool otherwise) const {
  const auto* value = at(path);
  return value && value->is_bool() ? value->get_bool() : otherwise;
}

std::string Settings::text(std::string_view path, std::string_view otherwise) const {
  const auto* value = at(path);
  return std::string(value && value->is_string() ? wire::sv(value->get_string()) : otherwise);
}

Settings read_settings(const json::value& section) {
  Settings s;
  if (!section.is_object()) return s;
  s.raw = section.get_object();
  s.diagnostics = s.flag("diagnostics.enable", true);
  s.workspace_diagnostics = s.text("diagnostics.scope", "open") == "workspace";
  if (const auto* severity = s.at("diagnostics.severity"); severity && severity->is_object()) {
    for (const auto& [code, level] : severity->get_object()) {
      if (level.is_string()) s.severity.emplace(std::string(code), std::string(wire::sv(level.get_string())));
    }
  }
  s.index = s.flag("index.enable", true);
  if (const auto* most = s.at("index.maxFiles")) {
    if (const auto count = wire::integer_of(*most); count && *count >= 0)
      s.index_max_files = static_cast<std::size_t>(*count);
  }
  if (const auto* limit = s.at("memoryLimitMB")) {
    if (const auto count = wire::integer_of(*limit); count && *count >= 0)
      s.memory_limit_mb = static_cast<std::size_t>(*count);
  }
  s.import_paths = strings(s.at("importPaths"));
  return s;
}

}  // namespace ml::lsp
