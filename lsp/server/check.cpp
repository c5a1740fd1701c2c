#include <malloc.h>

#include "lsp/server/diagnostics.h"
#include "lsp/server/state.h"

namespace ml::lsp {

using Clock = wire::Loop::Clock;

void Server::check(const std::string& key) {
  OpenDocument& doc = documents_.at(key);
  if (doc.checking) {
    doc.check_again = true;
    return;
  }
  doc.checking = true;
  const auto delay = options_.debounce.after(doc.last_check);
  if (delay.count() == 0) return loop_.post([this, key] { start_check(key); });
  loop_.post_at(Clock::now() + delay, [this, key] { start_check(key); });
}

void Server::start_check(const std::string& key) {
  const auto it = documents_.find(key);
  if (it == documents_.end()) return;
  it->second.check_again = false;
  // Also the others: this one may import them.
  materialise();
  std::shared_ptr<const Revision> revision = world_->open.at(key);
  latency_.post([this, key, revision, silent = it->second.silent, snapshot = snapshot()] {
    auto checked = std::make_shared<Checked>();
    checked->revision = revision;
    try {
      checked->took = revision->analysed().took;
      checked->importers_affected = modules_.set_facts(*revision);
      if (!silent) checked->diagnostics = diagnostics_of(*revision, snapshot);
    } catch (const std::exception& defect) {
      on_trouble("check of " + key + ": " + defect.what());
    }
    loop_.post([this, key, checked] { finish_check(key, std::move(*checked)); });
  });
}

void Server::finish_check(const std::string& key, Checked&& checked) {
  worked();
  const auto it = documents_.find(key);
  if (it == documents_.end() || it->second.file != checked.revision->shared_file()) {
    // Closed meanwhile: its facts must not stay; or opened anew: then that one is checked.
    if (it == documents_.end()) modules_.close(key);
    if (it != documents_.end()) {
      it->second.checking = false;
      check(key);
    }
    return;
  }
  OpenDocument& doc = it->second;
  doc.checking = false;
  doc.last_check = checked.took;
  if (checked.importers_affected) check_importers(key);
  if (doc.stale || doc.check_again) return check(key);
  if (world_->client->pulls_diagnostics()) return;
  publish(doc, std::move(checked.diagnostics), checked.revision->version());
  doc.published = true;
}

void Server::publish(const OpenDocument& doc, json::array diagnostics, std::optional<std::int64_t> version) {
  json::object params{{"uri", doc.file->uri}, {"diagnostics", std::move(diagnostics)}};
  if (version && world_->client->can("textDocument.publishDiagnostics.versionSupport"))
    params["version"] = *version;
  peer_.notify("textDocument/publishDiagnostics", std::move(params), wire::Keep::Latest, doc.file->key);
}

void Server::check_importers(const std::string& key) {
  bool any = false;
  for (auto& [other, doc] : documents_) {
    const auto it = world_->open.find(other);
    if (other == key || it == world_->open.end()) continue;
    const auto facts = modules_.find(other);
    // Without facts it is being checked for the first time, perhaps without what has just changed.
    bool affected = !facts;
    if (facts) {
      for (const Import& import : facts->imports)
        affected |= import.file == key || import.kind == sema::ImportedModule::Kind::NotFound ||
                    import.kind == sema::ImportedModule::Kind::Cycle;
    }
    if (!affected) continue;
    doc.stale = any = true;
    check(other);
  }
  if (any && world_->client->pulls_diagnostics()) refresh("diagnostics");
}

void Server::check_all() {
  for (auto& [key, doc] : documents_) {
    doc.stale = true;
    check(key);
  }
  if (world_->client->pulls_diagnostics()) refresh("diagnostics");
}

void Server::worked() {
  last_work_ = Clock::now();
  if (!options_.own_process || std::exchange(rest_is_due_, true)) return;
  loop_.post_at(last_work_ + options_.rest, [this] { rest(); });
}

void Server::rest() {
  const auto due = last_work_ + options_.rest;
  if (Clock::now() < due) return loop_.post_at(due, [this] { rest(); });
  rest_is_due_ = false;
#ifdef __GLIBC__
  worker_.post([] { malloc_trim(0); });
#endif
}

}  // namespace ml::lsp
