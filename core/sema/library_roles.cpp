#include "core/sema/library_roles.h"

#include <algorithm>
#include <array>

namespace ml::sema {
namespace {

using Text = std::string_view;

bool one_of(Text word, std::initializer_list<Text> words) {
  return std::ranges::find(words, word) != words.end();
}

bool is_request(const stdlib::Entry& entry) {
  return one_of(entry.name, {"get", "head", "delete", "post", "put", "patch", "request"});
}

}  // namespace

ArgumentRole argument_role(const stdlib::Entry& entry, std::size_t index) {
  if (entry.module.empty()) return ArgumentRole::None;
  const Text module = entry.module, name = entry.name;
  switch (module[0]) {
    case 'f':
      if (module != "file") break;
      if (name == "delete" && index == 0) return ArgumentRole::Deleted;
      if (name == "move" && index < 2) return ArgumentRole::Deleted;
      if (index == 0 || (name == "copy" && index == 1)) return ArgumentRole::File;
      break;
    case 'p':
      if (module != "path" || index != 0) break;
      if (name == "removeDirRecursive") return ArgumentRole::Deleted;
      if (one_of(name, {"listDir", "glob", "walk", "createDir", "removeDir"})) return ArgumentRole::File;
      break;
    case 'c':
      if (module == "crypto" && name == "hash_file" && index == 0) return ArgumentRole::File;
      if (module == "console") return ArgumentRole::Shown;
      if (module == "csv" && one_of(name, {"read", "write", "count_rows", "get_headers", "append"})) {
        if (index == 0) return ArgumentRole::File;
        if (index == 1 && one_of(name, {"write", "append"})) return ArgumentRole::Cells;
      }
      break;
    case 'l':
      if (module != "log") break;
      if (name == "add_file" && index == 0) return ArgumentRole::File;
      if (one_of(name, {"debug", "info", "warn", "error", "critical"})) return ArgumentRole::Shown;
      break;
    case 'h':
      if (module == "http" && is_request(entry)) return index == 0 ? ArgumentRole::Url : ArgumentRole::Sent;
      break;
    case 'r':
      if (module == "regex" && index == 0 && !entry.params.empty() && entry.params[0].name == "pattern")
        return name == "isValid" ? ArgumentRole::None : ArgumentRole::Pattern;
      break;
    case 'b':
      if (module == "builtin" && name == "print") return ArgumentRole::Shown;
      if (module == "builtin" && name == "format" && index == 1) return ArgumentRole::Format;
      break;
    case 'e':
      if (module == "env" && name == "set" && index < 2) return ArgumentRole::Setting;
      break;
    default: break;
  }
  return ArgumentRole::None;
}

bool may_take_files(Text name, const stdlib::Catalogue& library) {
  return std::ranges::any_of(library.modules(), [&](const stdlib::Module& module) {
    return std::ranges::any_of(module.entries, [&](const stdlib::Entry& entry) {
      return entry.name == name && (is_path(argument_role(entry, 0)) || is_path(argument_role(entry, 1)));
    });
  });
}

Origin result_origin(const stdlib::Entry& entry) {
  const Text module = entry.module, name = entry.name;
  if (module == "builtin") return name == "input" ? Origin::Input : Origin::None;
  if (module == "args")
    return one_of(name, {"all", "rest", "parse", "get", "positionals", "options", "extra"})
               ? Origin::Arguments
               : Origin::None;
  if (module == "env")
    return name.starts_with("get") || one_of(name, {"require", "all"}) ? Origin::Environment : Origin::None;
  if (module == "file")
    return one_of(name, {"read", "readBytes", "readLines"}) ? Origin::Files : Origin::None;
  if (module == "csv") return one_of(name, {"read", "get_headers"}) ? Origin::Files : Origin::None;
  if (module == "http" && entry.owner.empty()) return is_request(entry) ? Origin::Network : Origin::None;
  return Origin::None;
}

bool is_cleaner(const stdlib::Entry& entry) {
  if (one_of(entry.returns, {"bool", "int", "float", "num", "null"})) return true;
  if (entry.module == "builtin") return one_of(entry.name, {"int", "float", "len", "bool", "typeof", "hash"});
  if (entry.module == "path") return entry.name == "basename";
  if (entry.module == "regex") return entry.name == "escape";
  if (entry.module == "http") return one_of(entry.name, {"encodeURI", "encodeQuery"});
  return entry.module == "crypto";
}

bool passes_on(const stdlib::Entry& entry) {
  // What comes from elsewhere has marks of its own.
  return !is_cleaner(entry) && result_origin(entry) == Origin::None;
}

bool is_default_capability(Text name) {
  static constexpr std::array<Text, 9> kModules = {"console", "log",         "args",       "math",  "json",
                                                   "regex",   "collections", "functional", "random"};
  const Text module = name.substr(0, name.find('.'));
  return std::ranges::find(kModules, module) != kModules.end() || module == "datetime" || module == "crypto";
}

}  // namespace ml::sema
