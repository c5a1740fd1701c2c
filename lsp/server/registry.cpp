#include "lsp/features/registry.h"

#include <stdexcept>

namespace ml::lsp {
namespace {

[[noreturn]] void refuse(std::string_view path, const char* what) {
  throw Refusal{wire::code::InvalidParams, std::string(path) + " " + what};
}

}  // namespace

const json::value* Ask::find(std::string_view path) const {
  const json::object* at = &params;
  for (;;) {
    path.remove_prefix(1);
    const std::size_t slash = path.find('/');
    const json::value* value = at->if_contains(wire::sv(path.substr(0, slash)));
    if (!value || slash == path.npos) return value;
    at = value->if_object();
    if (!at) return nullptr;
    path.remove_prefix(slash);
  }
}

const json::value& Ask::need(std::string_view path) const {
  const json::value* value = find(path);
  if (!value) refuse(path, "is missing");
  return *value;
}

std::string Ask::text(std::string_view path) const {
  const json::value& value = need(path);
  if (!value.is_string()) refuse(path, "is not a string");
  return std::string(wire::sv(value.get_string()));
}

std::int64_t Ask::integer(std::string_view path) const {
  const auto number = wire::integer_of(need(path));
  if (!number) refuse(path, "is not an integer");
  return *number;
}

Position position_from(const json::value& value, std::string_view path) {
  const auto* object = value.if_object();
  if (!object) refuse(path, "is not a position");
  const auto read = [&](const char* name) {
    const std::string at = std::string(path) + "/" + name;
    const auto* number = object->if_contains(name);
    if (!number) refuse(at, "is missing");
    const auto integer = wire::integer_of(*number);
    if (!integer || *integer < 0) refuse(at, "is not an unsigned integer");
    return static_cast<std::uint32_t>(std::min<std::int64_t>(*integer, 0xFFFF'FFFF));
  };
  const std::uint32_t line = read("line");
  return {line, read("character")};
}

Position Ask::position(std::string_view path) const { return position_from(need(path), path); }

Range Ask::span_of(std::string_view path) const {
  const auto* object = need(path).if_object();
  if (!object) refuse(path, "is not a range");
  const auto read = [&](const char* name) {
    const std::string at = std::string(path) + "/" + name;
    const auto* value = object->if_contains(name);
    if (!value) refuse(at, "is missing");
    return position_from(*value, at);
  };
  const Position start = read("start");
  return {start, read("end")};
}

const Settings& Ask::settings() const {
  const json::value* uri = find("/textDocument/uri");
  if (!uri) uri = find("/uri");
  return uri && uri->is_string() ? snapshot.settings_of_uri(wire::sv(uri->get_string()))
                                 : snapshot.settings();
}

std::shared_ptr<const Revision> Ask::document() const {
  const std::string uri = text("/textDocument/uri");
  auto file = snapshot.file(uri);
  if (!file) throw Refusal{wire::code::InvalidParams, "/textDocument/uri is neither open nor a file: " + uri};
  return file;
}

json::object to_json(Position position) {
  return {{"line", position.line}, {"character", position.character}};
}
json::object to_json(Range range) { return {{"start", to_json(range.start)}, {"end", to_json(range.end)}}; }

json::object Ask::range(const Revision& file, Span span) const {
  return to_json(file.text().range(span, client().encoding));
}

json::object Ask::location(const Revision& file, Span span) const {
  return {{"uri", snapshot.uri_of(file.file().key)}, {"range", range(file, span)}};
}

void Registry::request(std::string_view method, Lane lane, Handle handle) {
  if (find(method)) throw std::logic_error("two features answer " + std::string(method));
  rows_.push_back({std::string(method), lane, handle});
}

void Registry::request(std::string_view method, Lane lane, WrittenHandle handle) {
  request(method, lane, Handle());
  rows_.back().written = handle;
}

void Registry::notification(std::string_view method, Note note) { notes_.emplace_back(method, note); }

const Registry::Row* Registry::find(std::string_view method) const {
  for (const Row& row : rows_) {
    if (row.method == method) return &row;
  }
  return nullptr;
}

Registry::Note Registry::find_notification(std::string_view method) const {
  for (const auto& [name, note] : notes_) {
    if (name == method) return note;
  }
  return nullptr;
}

void Registry::capabilities(json::object& to, const ClientInfo& client) const {
  for (const Advertise add : advertise_) add(to, client);
}

}  // namespace ml::lsp
