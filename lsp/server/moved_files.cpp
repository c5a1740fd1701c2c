#include "lsp/server/moved_files.h"

#include "lsp/documents/uri.h"
#include "lsp/features/registry.h"

namespace ml::lsp {
namespace {

std::string key_at(const json::object& file, const char* name) {
  const json::value* uri = file.if_contains(name);
  return uri && uri->is_string() ? key_of_uri(wire::sv(uri->get_string())) : std::string();
}

}  // namespace

std::string MovedFile::place_of(const std::string& key) const {
  if (to.empty() || !key.starts_with(from)) return {};
  if (key.size() > from.size() && key[from.size()] != '/') return {};
  return to + key.substr(from.size());
}

std::vector<MovedFile> moved_files(const json::object& params) {
  std::vector<MovedFile> out;
  const json::value* list = params.if_contains("files");
  if (!list || !list->is_array()) throw Refusal{wire::code::InvalidParams, "files is not an array"};
  for (const json::value& value : list->get_array()) {
    const json::object* file = value.if_object();
    if (!file) continue;
    const bool deleted = file->contains("uri");
    MovedFile moved{key_at(*file, deleted ? "uri" : "oldUri"), deleted ? "" : key_at(*file, "newUri")};
    if (!moved.from.empty() && (deleted || !moved.to.empty())) out.push_back(std::move(moved));
  }
  return out;
}

std::vector<std::string> keys_of(const std::vector<MovedFile>& moved, const ModuleStore& modules) {
  std::vector<std::string> out;
  const auto add = [&](const MovedFile& one, const std::string& key) {
    out.push_back(key);
    if (!one.to.empty()) out.push_back(one.place_of(key));
  };
  for (const MovedFile& one : moved) {
    add(one, one.from);
    if (one.from.ends_with(".ml")) continue;
    for (const auto& facts : modules.all())
      if (facts->key.starts_with(one.from + "/")) add(one, facts->key);
  }
  return out;
}

}  // namespace ml::lsp
