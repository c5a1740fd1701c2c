#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "lsp/documents/uri.h"
#include "lsp/profile/session.h"
#include "lsp/server/moved_files.h"
#include "lsp/server/state.h"

namespace ml::lsp {

using namespace std::chrono_literals;
using wire::RpcError;
using wire::StopReason;

namespace code = wire::code;

Server::Server(wire::Transport& transport, const ServerOptions& options)
    : options_(options),
      transport_(transport),
      peer_(transport, rpc_, *this, {{options.max_message}, "$/cancelRequest"}),
      latency_(options.latency_threads),
      worker_(options.worker_threads) {}

Server::~Server() = default;

int Server::run() {
  std::thread state([this] { loop_.run(); });
  std::thread last([this] { end(); });
  // On this thread, because what the main thread of a process has freed malloc_trim returns completely, and
  // messages are large.
  const wire::PeerEnd how = peer_.run();
  finish(how == wire::PeerEnd::Hopeless || life_ != Life::ShutDown ? 1 : 0);
  last.join();
  state.join();
  if (parent_watch_.joinable()) parent_watch_.join();
  return *end_code_;
}

// Waits for the end and makes it.
void Server::end() {
  {
    std::unique_lock lock(end_mutex_);
    end_changed_.wait(lock, [&] { return end_code_.has_value(); });
  }
  // What was asked before the end is answered, if it does not take long.
  peer_.wait_idle(80ms);
  peer_.stop_all(StopReason::Closing);
  peer_.outbox().flush(80ms);  // a client that said `exit` need not read any more
  const std::lock_guard lock(end_mutex_);
  if (options_.own_process) std::_Exit(*end_code_);
  closing_ = true;
  loop_.stop();
  transport_.close();
}

void Server::finish(int code) {
  const std::lock_guard lock(end_mutex_);
  if (!end_code_) end_code_ = code;
  end_changed_.notify_all();
}

void Server::post(std::function<void(Editor&)> task, std::chrono::milliseconds later) {
  auto run = [this, task = std::move(task)] { task(*this); };
  if (later.count() > 0)
    loop_.post_at(wire::Loop::Clock::now() + later, std::move(run));
  else
    loop_.post(std::move(run));
}

// --- messages in

void Server::on_request(std::shared_ptr<wire::Call> call) {
  const auto refuse = [&](int error, const char* why) { call->answer(RpcError{error, why, nullptr}); };
  const bool initialize = call->method() == "initialize";
  if (life_ == Life::ShutDown) return refuse(code::InvalidRequest, "the server is shut down");
  if (life_ == Life::New && !initialize) return refuse(code::NotInitialized, "initialize comes first");
  if (life_ == Life::Running && initialize) return refuse(code::InvalidRequest, "initialized already");
  if (initialize && !call->params().is_object())
    return refuse(code::InvalidParams, "params is not an object");
  if (initialize) life_ = Life::Running;
  if (call->method() == "shutdown") life_ = Life::ShutDown;
  loop_.post([this, call = std::move(call)]() mutable { answer_request(std::move(call)); });
}

void Server::on_notification(wire::Notification note) {
  if (note.method == "exit") return finish(life_ == Life::ShutDown ? 0 : 1);
  if (life_ != Life::Running) return;
  loop_.post([this, note = std::move(note)] { take_notification(note); });
}

void Server::on_trouble(std::string what) {
  loop_.post([this, what = std::move(what)] { log(MessageType::Warning, what); });
}

void Server::set_trace(std::string_view word) { trace_ = word == "verbose" ? 2 : word == "messages" ? 1 : 0; }

void Server::trace(const std::string& message, const json::value& details) {
  const int wanted = trace_;
  if (wanted == 0) return;
  json::object params{{"message", message}};
  if (wanted == 2 && !details.is_null()) params["verbose"] = wire::write_json(details);
  peer_.notify("$/logTrace", std::move(params), wire::Keep::WhileRoom);
}

namespace {

std::string title_of(const wire::Call& call) {
  return "'" + call.method() + " - (" + wire::write_json(call.request().id) + ")'.";
}

}  // namespace

void Server::answer_request(std::shared_ptr<wire::Call> call) {
  if (call->answered()) return;
  if (trace_ != 0) trace("Received request " + title_of(*call), call->params());
  if (call->method() == "shutdown") {
    save_index(world_->folders);
    return call->answer(json::value(nullptr));
  }
  if (rpc_.foreign_version() && !std::exchange(foreign_version_told_, true))
    log(MessageType::Warning, "messages do not say jsonrpc 2.0");
  const bool initializing = call->method() == "initialize";
  const Registry::Row* row = initializing ? nullptr : registry_.find(call->method());
  if (!initializing && !row)
    return call->answer(RpcError{code::MethodNotFound, "unknown method " + call->method(), nullptr});
  if (!call->params().is_object())
    return call->answer(RpcError{code::InvalidParams, "params is not an object", nullptr});
  if (!initializing) return run_feature(call, *row, false);
  try {
    call->answer(initialize(call->params().get_object()));
  } catch (const std::exception& defect) {
    call->answer(RpcError{code::InternalError, defect.what(), nullptr});
  }
}

void Server::run_feature(const std::shared_ptr<wire::Call>& call, const Registry::Row& row, bool again) {
  materialise();
  worked();
  const auto& params = call->params().get_object();
  if (!again) {
    std::string key;
    if (const auto* document = params.if_contains("textDocument"); document && document->is_object()) {
      if (const auto* uri = document->get_object().if_contains("uri"); uri && uri->is_string()) {
        const auto known = world_->keys.find(wire::sv(uri->get_string()));
        if (known != world_->keys.end()) key = known->second;
      }
    }
    // Asking for diagnostics, every client does after opening, and that is no work with the file yet.
    if (const auto doc = documents_.find(key);
        doc != documents_.end() && call->method() != "textDocument/diagnostic")
      doc->second.used = wire::Loop::Clock::now();
    std::erase_if(running_, [](const Running& r) { return r.call.expired(); });
    running_.push_back({call, key});
  }
  auto task = [this, call, &row, again, snapshot = snapshot()] {
    if (call->answered()) return;
    const wire::StopFlag never;
    const std::function<void(std::function<void(Editor&)>)> post_task =
        [this](std::function<void(Editor&)> later) { post(std::move(later)); };
    const std::function<void(std::string_view, json::value)> progress = [&](std::string_view name,
                                                                            json::value value) {
      if (const auto* token = call->params().get_object().if_contains(wire::sv(name)))
        peer_.notify("$/progress", json::object{{"token", *token}, {"value", std::move(value)}});
    };
    const Ask ask{snapshot, call->params().get_object(), again ? never : call->stop(), post_task, progress};
    const auto begin = wire::Loop::Clock::now();
    const auto sent = [&] {
      if (trace_ == 0) return;
      const auto took =
          std::chrono::duration_cast<std::chrono::milliseconds>(wire::Loop::Clock::now() - begin).count();
      trace("Sending response " + title_of(*call) + " Processing request took " + std::to_string(took) + "ms",
            nullptr);
    };
    try {
      call->answer(row.answer(ask));
      sent();
    } catch (const wire::Stopped& stopped) {
      const auto& retry = snapshot.client().retry_methods;
      if (stopped.reason != StopReason::Stale)
        call->answer(RpcError{code::RequestCancelled, "cancelled", nullptr});
      else if (std::find(retry.begin(), retry.end(), row.method) != retry.end())
        call->answer(RpcError{code::ContentModified, "the text has changed", nullptr});
      else
        loop_.post([this, call, &row] { run_feature(call, row, true); });
    } catch (const Refusal& refusal) {
      call->answer(RpcError{refusal.code, refusal.message, nullptr});
    } catch (const std::exception& defect) {
      call->answer(RpcError{code::InternalError, row.method + ": " + defect.what(), nullptr});
      on_trouble(row.method + ": " + defect.what());
    }
  };
  if (row.lane == Lane::Workspace && indexing_) return waiting_for_index_.push_back(std::move(task));
  (row.lane == Lane::Latency ? latency_ : worker_).post(std::move(task));
}

void Server::take_notification(const wire::Notification& note) {
  using Take = void (Server::*)(const json::object&);
  static constexpr std::pair<std::string_view, Take> kTable[] = {
      {"textDocument/didOpen", &Server::did_open},
      {"textDocument/didChange", &Server::did_change},
      {"textDocument/didClose", &Server::did_close},
      {"textDocument/didSave", &Server::did_save},
      {"workspace/didChangeWorkspaceFolders", &Server::change_folders},
      {"workspace/didChangeWatchedFiles", &Server::files_changed},
      {"workspace/didCreateFiles", &Server::files_changed},
  };
  if (trace_ != 0) trace("Received notification '" + note.method + "'.", note.params);
  if (!note.params.is_object()) return log(MessageType::Warning, note.method + ": params is not an object");
  const json::object& params = note.params.get_object();
  try {
    for (const auto& [method, take] : kTable) {
      if (note.method == method) return (this->*take)(params);
    }
    if (note.method == "workspace/didRenameFiles" || note.method == "workspace/didDeleteFiles") {
      const std::vector<MovedFile> moved = moved_files(params);
      files_changed(keys_of(moved, modules_));
      return follow_files(*this, moved);
    }
    if (note.method == "initialized") return initialized();
    if (note.method == "workspace/didChangeConfiguration") {
      if (world_->client->can("workspace.configuration")) return pull_settings();
      if (const auto* settings = params.if_contains("settings"); settings && settings->is_object()) {
        const auto* section = settings->get_object().if_contains("ml");
        set_settings(section ? *section : *settings);
      }
      return;
    }
    if (note.method == "$/setTrace") {
      set_trace(text_at(params, "value"));
      return;
    }
    if (const auto take = registry_.find_notification(note.method)) return take(*this, params);
  } catch (const Refusal& refusal) {
    return log(MessageType::Warning, note.method + ": " + refusal.message);
  } catch (const std::exception& defect) {
    return log(MessageType::Error, note.method + ": " + defect.what());
  }
  if (note.method.starts_with("$/") || !unknown_notes_.insert(note.method).second) return;
  log(MessageType::Log, "unknown notification " + note.method);
}

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(wire::sv(name));
  if (!value || !value->is_string())
    throw Refusal{code::InvalidParams, std::string(name) + " is not a string"};
  return std::string(wire::sv(value->get_string()));
}

const json::object& object_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(wire::sv(name));
  if (!value || !value->is_object())
    throw Refusal{code::InvalidParams, std::string(name) + " is not an object"};
  return value->get_object();
}

// --- messages out

void Server::notify(std::string_view method, json::value params) { peer_.notify(method, std::move(params)); }

void Server::request(std::string_view method, json::value params,
                     std::function<void(wire::Response&&)> done) {
  peer_.request(method, std::move(params), [this, done = std::move(done)](wire::Response&& response) {
    auto kept = std::make_shared<wire::Response>(std::move(response));
    loop_.post([done, kept] { done(std::move(*kept)); });
  });
}

void Server::log(MessageType type, const std::string& text) {
  peer_.notify("window/logMessage", json::object{{"type", static_cast<int>(type)}, {"message", text}},
               wire::Keep::WhileRoom);
}

void Server::show(MessageType type, const std::string& text) {
  if (!shown_.insert(text).second) return;
  notify("window/showMessage", json::object{{"type", static_cast<int>(type)}, {"message", text}});
}

void Server::ask_user(MessageType type, const std::string& text, std::vector<std::string> buttons,
                      std::function<void(const std::string&)> done) {
  if (!world_->client->can("window.showMessage")) return show(type, text);
  if (!shown_.insert(text).second) return;
  json::array actions;
  for (const std::string& title : buttons) actions.push_back(json::object{{"title", title}});
  questions_.push_back(
      {{{"type", static_cast<int>(type)}, {"message", text}, {"actions", std::move(actions)}},
       std::move(done)});
  if (questions_.size() == 1) next_question();
}

void Server::next_question() {
  if (questions_.empty()) return;
  request("window/showMessageRequest", questions_.front().params, [this](wire::Response&& response) {
    const auto done = questions_.front().done;
    const json::object* chosen = response.failed ? nullptr : response.result.if_object();
    const json::value* title = chosen ? chosen->if_contains("title") : nullptr;
    done(title && title->is_string() ? std::string(wire::sv(title->get_string())) : std::string());
    questions_.pop_front();  // until now: what `done` asks waits its turn
    next_question();
  });
}

void Server::refresh(const std::string& what) {
  if (what == "diagnostics" && !world_->client->pulls_diagnostics()) {
    for (auto& [key, doc] : documents_) check(key);
    return;
  }
  // Until it is `initialized` a client may be asked nothing.
  if (!ready_ || !world_->client->can("workspace." + what + ".refreshSupport")) return;
  // The first one at once; those of the next half second become one.
  const auto [it, first] = refreshes_.try_emplace(what, false);
  if (!first) {
    it->second = true;
    return;
  }
  const std::string method = "workspace/" + (what == "diagnostics" ? "diagnostic" : what) + "/refresh";
  request(method, json::object(), [](wire::Response&&) {});
  loop_.post_at(wire::Loop::Clock::now() + 500ms, [this, what] {
    const bool again = refreshes_.at(what);
    refreshes_.erase(what);
    if (again) refresh(what);
  });
}

void Server::set_part(std::type_index type, std::shared_ptr<const void> part) {
  if (part)
    world().parts[type] = std::move(part);
  else
    world().parts.erase(type);
}

World& Server::world() { return world_.change(); }

// --- start

json::value Server::initialize(const json::object& params) {
  auto client = std::make_shared<ClientInfo>(read_client(params));
  world().client = client;
  if (const auto* word = params.if_contains("trace"); word && word->is_string())
    set_trace(wire::sv(word->get_string()));
  if (const auto* options = params.if_contains("initializationOptions")) {
    const auto* section = options->is_object() ? options->get_object().if_contains("ml") : nullptr;
    set_settings(section ? *section : *options);
  }
  std::vector<std::string> folders;
  const auto add = [&](const json::value* uri) {
    if (!uri || !uri->is_string()) return;
    if (const auto path = path_of_uri(wire::sv(uri->get_string()))) folders.push_back(key_of_path(*path));
  };
  if (const auto* list = params.if_contains("workspaceFolders"); list && list->is_array()) {
    for (const auto& folder : list->get_array()) {
      if (folder.is_object()) add(folder.get_object().if_contains("uri"));
    }
  } else if (const auto* root = params.if_contains("rootUri"); root && root->is_string()) {
    add(root);
  } else if (const auto* path = params.if_contains("rootPath"); path && path->is_string()) {
    folders.push_back(key_of_path(std::filesystem::path(std::string(wire::sv(path->get_string())))));
  }
  named_folders_ = !folders.empty();
  set_folders(std::move(folders));
  if (options_.watch_parent && client->process_id > 0) watch_parent(client->process_id);

  static constexpr const char* kEncodings[] = {"utf-8", "utf-16", "utf-32"};
  json::object capabilities{
      {"positionEncoding", kEncodings[static_cast<int>(client->encoding)]},
      {"textDocumentSync",
       {{"openClose", true},
        {"change", 2},
        {"save", {{"includeText", false}}},
        {"willSave", false},
        {"willSaveWaitUntil", false}}},
      {"workspace", {{"workspaceFolders", {{"supported", true}, {"changeNotifications", true}}}}}};
  registry_.capabilities(capabilities, *client);
  return json::object{{"serverInfo", {{"name", "mlpy"}, {"version", MLPY_VERSION}}},
                      {"capabilities", std::move(capabilities)}};
}

void Server::initialized() {
  ready_ = true;
  register_dynamic();
  if (world_->client->can("workspace.configuration")) pull_settings();
  if (!named_folders_ && world_->client->can("workspace.workspaceFolders")) ask_for_folders();
  index_workspace();
  watch_profiles();
}

void Server::watch_parent(std::int64_t process_id) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(process_id), 0));
  if (fd < 0) return;  // not there, or of another namespace: the end of the stream will tell
  parent_watch_ = std::thread([this, fd] {
    pollfd watched{fd, POLLIN, 0};
    while (!closing_ && poll(&watched, 1, 200) <= 0) {
    }
    close(fd);
    if (!closing_) finish(1);
  });
}

int serve(wire::Transport& transport, const ServerOptions& options) {
  return Server(transport, options).run();
}

}  // namespace ml::lsp
