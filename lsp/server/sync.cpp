#include "lsp/documents/uri.h"
#include "lsp/server/ocaml.h"
#include "lsp/server/state.h"

namespace ml::lsp {

OpenDocument* Server::find_open(std::string_view uri) {
  const auto known = world_->keys.find(uri);
  const auto it = documents_.find(known != world_->keys.end() ? known->second : key_of_uri(uri));
  return it == documents_.end() ? nullptr : &it->second;
}

void Server::did_open(const json::object& params) {
  const json::object& item = object_at(params, "textDocument");
  const std::string uri = text_at(item, "uri"), key = key_of_uri(uri);
  std::string text = text_at(item, "text");
  const auto* language = item.if_contains("languageId");
  const std::string named(language && language->is_string() ? wire::sv(language->get_string()) : "");
  const bool ocaml = !taken_for_ml_.contains(key) && looks_like_ocaml(named, text, key);
  const auto path = path_of_uri(uri);
  modules_.forget_projects();           // not every client tells of files
  OpenDocument& doc = documents_[key];  // open already: replaced
  stop_reads(key);
  doc.file = std::make_shared<File>(key, uri, path ? path->string() : std::string());
  set_text(doc, std::move(text));
  const auto* version = item.if_contains("version");
  doc.version = version ? wire::integer_of(*version).value_or(0) : 0;
  doc.stale = true;
  doc.used.reset();
  doc.silent = ocaml;
  world().keys[uri] = key;
  if (ocaml != world_->silent.contains(key)) {
    if (ocaml)
      world().silent.insert(key);
    else
      world().silent.erase(key);
  }
  // At once: nothing follows that would have to be checked with it.
  if (doc.checking) {
    check(key);
  } else {
    doc.checking = true;
    start_check(key);
  }
  if (ocaml) leave_alone(key, named == "ml");
  check_importers(key);
  watch_profiles();
}

void Server::leave_alone(const std::string& key, bool perhaps_ml) {
  const std::string text =
      "This .ml file looks like OCaml, so mlpy leaves it alone. If it is ML, put a file mlpy.json "
      "into its folder or associate the file with the language 'ml'.";
  if (!perhaps_ml) return show(MessageType::Info, text);
  const std::string yes = "It is ML";
  ask_user(MessageType::Info, text, {yes, "Leave it alone"}, [this, key, yes](const std::string& chosen) {
    const auto it = documents_.find(key);
    if (chosen != yes || it == documents_.end()) return;
    taken_for_ml_.insert(key);
    it->second.silent = false;
    world().silent.erase(key);
    it->second.stale = true;
    check(key);
    refresh("diagnostics");
  });
}

void Server::did_change(const json::object& params) {
  const json::object& item = object_at(params, "textDocument");
  const std::string uri = text_at(item, "uri");
  const auto* changes = params.if_contains("contentChanges");
  if (!changes || !changes->is_array())
    throw Refusal{wire::code::InvalidParams, "contentChanges is not an array"};
  OpenDocument* doc = find_open(uri);
  if (!doc) return log(MessageType::Warning, "change of a document that is not open: " + uri);
  // Everything is looked at before anything is applied: half a change would be neither text.
  struct Change {
    std::optional<Range> range;
    std::string text;
  };
  std::vector<Change> all;
  for (const auto& value : changes->get_array()) {
    if (!value.is_object()) throw Refusal{wire::code::InvalidParams, "contentChanges holds no object"};
    const json::object& change = value.get_object();
    Change& next = all.emplace_back();
    next.text = text_at(change, "text");
    if (const auto* range = change.if_contains("range"); range && !range->is_null()) {
      const json::object& ends = object_at(change, "range");
      next.range = {position_from(object_at(ends, "start"), "/range/start"),
                    position_from(object_at(ends, "end"), "/range/end")};
    }
  }
  if (const auto* version = item.if_contains("version")) {
    const auto number = wire::integer_of(*version);
    if (number && *number <= doc->version)
      log(MessageType::Warning, "version " + std::to_string(*number) + " of " + uri + " is not newer");
    if (number) doc->version = *number;
  }
  for (Change& change : all) {
    if (change.range)
      editable(*doc).replace(doc->working->span(*change.range, world_->client->encoding), change.text);
    else
      set_text(*doc, std::move(change.text));
  }
  doc->stale = true;
  doc->used = wire::Loop::Clock::now();
  stop_reads(doc->file->key);
  check(doc->file->key);
}

void Server::did_close(const json::object& params) {
  const std::string uri = text_at(object_at(params, "textDocument"), "uri");
  OpenDocument* doc = find_open(uri);
  if (!doc) return log(MessageType::Warning, "close of a document that is not open: " + uri);
  const std::string key = doc->file->key;
  const bool stays_shown = world_->settings->workspace_diagnostics && !doc->file->path.empty();
  if (doc->published && !stays_shown) publish(*doc, {}, std::nullopt);
  if (doc->published && stays_shown) closed_shown_[key] = std::nullopt;
  documents_.erase(key);
  World& w = world();
  w.open.erase(key);
  w.silent.erase(key);
  std::erase_if(w.keys, [&](const auto& entry) { return entry.second == key; });
  auto before = modules_.known(key);
  modules_.close(key);
  worked();
  check_importers(key);
  check_closed({key});
  check_closed_importers(key, std::move(before));
  watch_profiles();
}

void Server::did_save(const json::object& params) {
  const std::string key = key_of_uri(text_at(object_at(params, "textDocument"), "uri"));
  modules_.forget(key);
}

DocumentText& Server::editable(OpenDocument& doc) {
  if (doc.shared) doc.working = std::make_shared<DocumentText>(doc.working->copy());
  doc.shared = false;
  return *doc.working;
}

void Server::set_text(OpenDocument& doc, std::string text) {
  doc.working = std::make_shared<DocumentText>(std::move(text));
  doc.shared = false;
}

void Server::materialise() {
  for (auto& [key, doc] : documents_) materialise(key, doc);
}

void Server::materialise(const std::string& key, OpenDocument& doc) {
  if (!doc.stale) return;
  doc.stale = false;
  doc.shared = true;
  auto revision = std::make_shared<Revision>(doc.file, doc.working, doc.version, modules_, true);
  world().open[key] = revision;
  modules_.set_open(key, std::move(revision));
}

void Server::stop_reads(const std::string& key) {
  for (const Running& running : running_) {
    if (running.key != key) continue;
    if (const auto call = running.call.lock()) call->stop().stop(wire::StopReason::Stale);
  }
}

}  // namespace ml::lsp
