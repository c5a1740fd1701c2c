#pragma once

// The server: one object, its members grouped by the thread that may touch them. The functions stand in
// lifecycle.cpp (start, end, messages), sync.cpp (documents), check.cpp (diagnostics), workspace.cpp
// (folders, settings, index, watched files) and profile.cpp (profiles that programs leave).

#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "lsp/features/registry.h"
#include "lsp/profile/static_hints.h"
#include "lsp/profile/watcher.h"
#include "lsp/server.h"
#include "lsp/server/closed_findings.h"
#include "lsp/server/editor.h"
#include "lsp/server/source_files.h"
#include "wire/peer.h"
#include "wire/pool.h"

namespace ml::lsp {

// An open document on the state thread. Edits go into `working` in place; a revision is made of it when
// somebody asks (materialise), so that edits that arrive together are parsed once. From then on they share
// the text, and the next edit begins with a copy.
struct OpenDocument {
  std::shared_ptr<File> file;
  std::shared_ptr<DocumentText> working;
  bool shared = false;  // a revision has `working`
  std::int64_t version = 0;
  bool stale = true;  // the current revision is older than `working`, or looks at old versions of other files
  bool silent = false;       // not ML (editor-protocols.md 2.3): no diagnostics
  bool checking = false;     // a check is under way or due
  bool check_again = false;  // something changed meanwhile
  bool published = false;    // the client shows diagnostics for it
  std::chrono::nanoseconds last_check{};
  std::optional<wire::Loop::Clock::time_point> used;  // edited or asked about: the last time
  wire::Loop::Clock::time_point checked{};            // the last time
  wire::Loop::Clock::time_point hints_due{};
  bool hints_wait = false;  // a timer runs
};

class Server final : public wire::Handler, public Editor {
 public:
  Server(wire::Transport& transport, const ServerOptions& options);
  ~Server() override;
  int run();

  // --- any thread
  void post(std::function<void(Editor&)> task, std::chrono::milliseconds later = {}) override;
  void work(std::function<void()> task) override { worker_.post(std::move(task)); }

  // --- reading thread
  void on_request(std::shared_ptr<wire::Call> call) override;
  void on_notification(wire::Notification note) override;
  void on_trouble(std::string what) override;
  // Sends $/logTrace if the client wants it; `details` for verbose.
  void trace(const std::string& message, const json::value& details);
  void set_trace(std::string_view word);  // "off", "messages", "verbose"

  // --- state thread
  Snapshot snapshot() override { return {world_.lend(), modules_}; }
  void notify(std::string_view method, json::value params) override;
  void request(std::string_view method, json::value params,
               std::function<void(wire::Response&&)> done) override;
  void log(MessageType type, const std::string& text) override;
  void show(MessageType type, const std::string& text) override;
  void ask_user(MessageType type, const std::string& text, std::vector<std::string> buttons,
                std::function<void(const std::string&)> done) override;
  void refresh(const std::string& what) override;

 private:
  void set_part(std::type_index type, std::shared_ptr<const void> part) override;
  World& world();  // for changing: a copy when a snapshot holds it

  // lifecycle.cpp
  void finish(int code);  // any thread
  void end();
  void answer_request(std::shared_ptr<wire::Call> call);
  void run_feature(const std::shared_ptr<wire::Call>& call, const Registry::Row& row, bool again);
  void take_notification(const wire::Notification& note);
  json::value initialize(const json::object& params);
  void initialized();
  void watch_parent(std::int64_t process_id);
  void next_question();

  // sync.cpp
  void did_open(const json::object& params);
  void did_change(const json::object& params);
  void did_close(const json::object& params);
  void did_save(const json::object& params);
  // A file that looks like OCaml; `perhaps_ml`: the client takes it for ML.
  void leave_alone(const std::string& key, bool perhaps_ml);
  static DocumentText& editable(OpenDocument& doc);
  static void set_text(OpenDocument& doc, std::string text);
  OpenDocument* find_open(std::string_view uri);
  void materialise();  // every open document has a revision of its text
  void materialise(const std::string& key, OpenDocument& doc);
  void stop_reads(const std::string& key);

  // check.cpp
  void check(const std::string& key);  // soon
  void start_check(const std::string& key);
  struct Checked {
    std::shared_ptr<const Revision> revision;
    json::array diagnostics;
    std::chrono::nanoseconds took{};
  };
  void finish_check(const std::string& key, Checked&& checked);
  void publish(const OpenDocument& doc, json::array diagnostics, std::optional<std::int64_t> version);
  void look_for_hints(const std::string& key);  // when it has been left alone for a while
  void find_hints(const std::string& key);
  void keep_hints(const std::string& key, StaticHints::Entry&& found);
  void check_importers(const std::string& key);  // of a file that others see differently now
  bool wants_closed();                           // findings of files that are not open (diagnostics.scope)
  void check_closed(std::vector<std::string> keys);  // files, if wanted
  void check_next_closed();
  struct ClosedCheck {
    std::string key;
    json::array found;
    std::size_t hash = 0;
  };
  void publish_closed(ClosedCheck&& file);  // if that is news
  // Of a file that others may see differently now, from `before`.
  void check_closed_importers(const std::string& key, std::shared_ptr<const ModuleFacts> before);
  void check_all_closed();  // after a change of that setting
  void check_unresolved();  // what imports files that were not there
  void check_all();
  void worked();  // there may be memory to give back
  void rest();
  void rest_at(wire::Loop::Clock::time_point when);  // or before
  void put_to_rest(const std::string& key, std::vector<std::shared_ptr<const Revision>>& given_up);

  // workspace.cpp
  void set_folders(std::vector<std::string> folders);
  void change_folders(const json::object& params);
  // `folders`: those of the folders that have other ones.
  using FolderSettings = std::map<std::string, std::shared_ptr<const Settings>, std::less<>>;
  void set_settings(const json::value& section, FolderSettings folders = {});
  void pull_settings();
  void ask_for_folders();  // a client that named none
  void mind_memory();      // memoryLimitMB
  void index_workspace();
  void indexed();
  void save_index(const std::vector<std::string>& folders);  // any thread; if there is news
  void files_changed(const json::object& params);            // didChangeWatchedFiles, didCreateFiles
  void files_changed(std::vector<std::string> keys);
  void projects_changed();
  void register_dynamic();

  // profile.cpp
  void watch_profiles();                       // the folders or documents have changed
  void profile_left(const std::string& file);  // any thread

  // --- fixed
  const ServerOptions options_;
  const Registry registry_ = make_registry();
  wire::Transport& transport_;
  wire::JsonRpc rpc_;
  ModuleStore modules_;             // thread-safe
  ClosedFindings closed_findings_;  // thread-safe

  // --- reading thread
  enum class Life : std::uint8_t { New, Running, ShutDown } life_ = Life::New;

  // --- state thread
  OwnWorld world_;
  std::map<std::string, OpenDocument, std::less<>> documents_;  // by key
  struct Running {
    std::weak_ptr<wire::Call> call;
    std::string key;
  };
  std::list<Running> running_;
  std::set<std::string> shown_, unknown_notes_;
  std::map<std::string, bool> refreshes_;  // asked for lately; true: asked for again since
  struct Question {
    json::object params;
    std::function<void(const std::string&)> done;
  };
  std::deque<Question> questions_;      // the first one is shown
  std::set<std::string> taken_for_ml_;  // files that look like OCaml: the user knows better
  bool named_folders_ = false;          // `initialize` did
  bool ready_ = false;                  // `initialized` has come
  bool foreign_version_told_ = false;
  // Closed files whose findings the client has, and their hash: nothing if they are of when it was open.
  std::map<std::string, std::optional<std::size_t>> closed_shown_;
  std::set<std::string> closed_due_;  // closed files to be checked
  bool checking_closed_ = false;      // a task does
  std::uint64_t index_run_ = 0;
  bool indexing_ = false;
  std::vector<std::function<void()>> waiting_for_index_;
  using Time = wire::Loop::Clock::time_point;
  Time last_work_, rest_at_ = Time::max(), memory_seen_{};
  bool returned_ = false;  // free memory, since the last work

  // --- any thread
  std::atomic<int> trace_{0};  // off, messages, verbose

  // --- end
  std::mutex end_mutex_;
  std::condition_variable end_changed_;
  std::optional<int> end_code_;
  std::atomic<bool> closing_{false};

  wire::Loop loop_;
  wire::Peer peer_;
  std::thread parent_watch_;
  SourceWatcher sources_{[this](std::vector<std::string> files) {
    loop_.post([this, files = std::move(files)]() mutable { files_changed(std::move(files)); });
  }};
  // Their tasks use everything above. One thread checks: what versions of a file are made of is then where
  // the next one's can be (core/base/two_threads.h shares long work out).
  wire::Pool latency_, worker_, checks_{1}, index_{1};
  ProfileWatcher watcher_{[this](const std::string& file) { profile_left(file); }};
};

// Reads that throw Refusal; for notifications.
std::string text_at(const json::object& object, std::string_view name);
const json::object& object_at(const json::object& object, std::string_view name);

}  // namespace ml::lsp
