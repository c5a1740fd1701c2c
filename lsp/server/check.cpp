#include <algorithm>
#include <functional>
#include <utility>

#include "core/base/heap.h"
#include "core/syntax/memory.h"
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
  checks_.post(
      [this, key, revision, silent = it->second.silent, closed = wants_closed(), snapshot = snapshot()] {
        auto checked = std::make_shared<Checked>();
        checked->revision = revision;
        try {
          checked->took = revision->analysed().took;
          if (!silent) checked->diagnostics = diagnostics_of(*revision, snapshot);
        } catch (const std::exception& defect) {
          on_trouble("check of " + key + ": " + defect.what());
        }
        loop_.post([this, key, checked] { finish_check(key, std::move(*checked)); });
        bool importers_affected = false;
        std::vector<std::string> closed_importers;
        try {
          const FactsChange change = modules_.set_facts(*revision);
          importers_affected = static_cast<bool>(change);
          if (closed && change) closed_importers = modules_.closed_importers(key, change);
        } catch (const std::exception& defect) {
          on_trouble("facts of " + key + ": " + defect.what());
        }
        loop_.post([this, key, file = revision->shared_file(), importers_affected,
                    closed_importers = std::move(closed_importers)]() mutable {
          const auto now = documents_.find(key);
          if (now == documents_.end()) {  // closed meanwhile: they must not stay
            modules_.close(key);
          } else if (importers_affected && now->second.file == file) {
            check_importers(key);
          }
          check_closed(std::move(closed_importers));
        });
      });
}

void Server::finish_check(const std::string& key, Checked&& checked) {
  worked();
  const auto it = documents_.find(key);
  if (it == documents_.end() || it->second.file != checked.revision->shared_file()) {
    // Closed meanwhile; or opened anew: then that one is checked.
    if (it != documents_.end()) {
      it->second.checking = false;
      check(key);
    }
    return;
  }
  OpenDocument& doc = it->second;
  doc.checking = false;
  doc.checked = last_work_;
  if (!doc.used) rest_at(doc.checked + options_.rest_unused);
  doc.last_check = checked.took;
  if (doc.stale || doc.check_again) return check(key);
  mind_memory();
  look_for_hints(key);
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

// Performance hints: when nothing was typed for a while (editor-protocols.md 3.3). Until then nothing is
// held: versions come and go.
void Server::look_for_hints(const std::string& key) {
  OpenDocument& doc = documents_.at(key);
  const auto known = snapshot().part<StaticHints>();
  if (known && known->by_file.contains(key) && known->by_file.at(key).text == doc.working) return;
  doc.hints_due = Clock::now() + options_.idle;
  if (!std::exchange(doc.hints_wait, true)) loop_.post_at(doc.hints_due, [this, key] { find_hints(key); });
}

void Server::find_hints(const std::string& key) {
  const auto it = documents_.find(key);
  if (it == documents_.end() || !it->second.hints_wait) return;
  OpenDocument& doc = it->second;
  if (Clock::now() < doc.hints_due) return loop_.post_at(doc.hints_due, [this, key] { find_hints(key); });
  doc.hints_wait = false;
  if (doc.stale) return;  // is being checked
  std::shared_ptr<const Revision> revision = world_->open.at(key);
  worker_.post([this, key, revision = std::move(revision), now = snapshot()] {
    try {
      if (!wants_static_hints(now, *revision)) return;
      auto entry = StaticHints::Entry{revision->shared_text(), find_static_hints(*revision)};
      loop_.post([this, key, entry = std::move(entry)]() mutable {
        const auto now_open = documents_.find(key);
        if (now_open != documents_.end() && !now_open->second.stale && now_open->second.working == entry.text)
          keep_hints(key, std::move(entry));
      });
    } catch (const std::exception& defect) {
      on_trouble("hints of " + key + ": " + defect.what());
    }
  });
}

void Server::keep_hints(const std::string& key, StaticHints::Entry&& found) {
  const auto old = snapshot().part<StaticHints>();
  auto all = old ? std::make_shared<StaticHints>(*old) : std::make_shared<StaticHints>();
  std::erase_if(all->by_file, [&](const auto& entry) { return !documents_.contains(entry.first); });
  StaticHints::Entry& entry = all->by_file[key];
  const bool news = !found.findings.empty() || !entry.findings.empty();
  entry = std::move(found);
  Editor::set_part<StaticHints>(all);
  if (!news) return;
  if (world_->client->pulls_diagnostics()) return refresh("diagnostics");
  check(key);
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
      for (const KnownImport& import : facts->imports)
        affected |= import.file == key || import.kind == sema::ImportedModule::Kind::NotFound ||
                    import.kind == sema::ImportedModule::Kind::Cycle;
    }
    if (!affected) continue;
    doc.stale = any = true;
    check(other);
  }
  if (any && world_->client->pulls_diagnostics()) refresh("diagnostics");
}

bool Server::wants_closed() {
  return !world_->client->pulls_diagnostics() && world_->settings->workspace_diagnostics;
}

void Server::check_closed(std::vector<std::string> keys) {
  if (!wants_closed()) return;
  for (std::string& key : keys)
    if (key.ends_with(".ml")) closed_due_.insert(std::move(key));
  if (!checking_closed_) check_next_closed();
}

// A few at a time: others want the thread too, and what changes again meanwhile is looked at once.
void Server::check_next_closed() {
  static constexpr auto kSlice = std::chrono::milliseconds(5);
  checking_closed_ = !closed_due_.empty();
  if (!checking_closed_) return;
  worker_.post([this, keys = std::exchange(closed_due_, {}), now = snapshot()]() mutable {
    std::vector<ClosedCheck> checked;
    SeenModules modules(modules_);
    for (const auto end = Clock::now() + kSlice; !keys.empty() && Clock::now() < end;) {
      if (closing_) return;
      std::string key = std::move(keys.extract(keys.begin()).value());
      try {
        if (auto found = closed_findings_.find(key, now, modules)) {
          const std::size_t hash = std::hash<std::string>()(wire::write_json(*found));
          checked.push_back({std::move(key), std::move(*found), hash});
        }
      } catch (const std::exception& defect) {
        on_trouble("check of " + key + ": " + defect.what());
      }
    }
    if (keys.empty()) closed_findings_.pack();
    loop_.post([this, keys = std::move(keys), checked = std::move(checked)]() mutable {
      closed_due_.merge(keys);
      check_next_closed();
      for (ClosedCheck& file : checked) publish_closed(std::move(file));
    });
  });
}

void Server::publish_closed(ClosedCheck&& file) {
  if (documents_.contains(file.key)) return;
  const auto shown = closed_shown_.find(file.key);
  if (shown == closed_shown_.end() ? file.found.empty() : shown->second == file.hash) return;
  if (file.found.empty())
    closed_shown_.erase(shown);
  else
    closed_shown_[file.key] = file.hash;
  json::object params{{"uri", snapshot().uri_of(file.key)}, {"diagnostics", std::move(file.found)}};
  peer_.notify("textDocument/publishDiagnostics", std::move(params), wire::Keep::Latest, file.key);
}

void Server::check_closed_importers(const std::string& key, std::shared_ptr<const ModuleFacts> before) {
  if (!wants_closed() || !key.ends_with(".ml")) return;
  worker_.post([this, key, before = std::move(before)] {
    try {
      const FactsChange change = difference(before.get(), modules_.find(key).get());
      if (!change) return;
      loop_.post([this, importers = modules_.closed_importers(key, change)] { check_closed(importers); });
    } catch (const std::exception& defect) {
      on_trouble("importers of " + key + ": " + defect.what());
    }
  });
}

void Server::check_all_closed() {
  if (world_->settings->workspace_diagnostics) {
    std::vector<std::string> keys;
    for (const auto& facts : modules_.all()) keys.push_back(facts->key);
    return check_closed(std::move(keys));
  }
  closed_findings_.forget_all();
  for (const auto& [key, hash] : std::exchange(closed_shown_, {})) {
    json::object params{{"uri", snapshot().uri_of(key)}, {"diagnostics", json::array()}};
    if (!documents_.contains(key)) peer_.notify("textDocument/publishDiagnostics", std::move(params));
  }
}

void Server::check_unresolved() {
  for (auto& [key, doc] : documents_) {
    const auto facts = modules_.find(key);
    const auto is_lost = [](const KnownImport& i) { return i.kind == sema::ImportedModule::Kind::NotFound; };
    if (!facts || std::ranges::none_of(facts->imports, is_lost)) continue;
    doc.stale = true;
    check(key);
  }
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
  returned_ = false;
  rest_at(last_work_ + options_.rest);
}

void Server::rest_at(Clock::time_point when) {
  if (rest_at_ <= when) return;
  rest_at_ = when;
  loop_.post_at(when, [this, when] {
    if (rest_at_ == when) rest();
  });
}

void Server::rest() {
  rest_at_ = Time::max();
  const auto now = Clock::now();
  std::vector<std::shared_ptr<const Revision>> given_up;
  for (auto& [key, doc] : documents_) {
    if (doc.stale || doc.checking) continue;  // the end of the check is work
    const auto due = doc.used ? *doc.used + options_.rest_after_use : doc.checked + options_.rest_unused;
    if (now < due)
      rest_at(due);
    else
      put_to_rest(key, given_up);
  }
  const bool idle = now >= last_work_ + options_.rest;
  if (!idle) rest_at(last_work_ + options_.rest);
  if (given_up.empty() && (!idle || returned_)) return;
  returned_ = idle;
  worker_.post([given_up = std::move(given_up), own = options_.own_process]() mutable {
    given_up.clear();
    if (!own) return;
    syntax::return_free_memory();
    return_freed_memory();
  });
}

void Server::put_to_rest(const std::string& key, std::vector<std::shared_ptr<const Revision>>& given_up) {
  std::shared_ptr<Revision>& current = world().open.at(key);
  std::shared_ptr<Revision> rested = current->at_rest();
  if (!rested) return;
  given_up.push_back(std::exchange(current, rested));
  modules_.set_open(key, std::move(rested));
}

}  // namespace ml::lsp
