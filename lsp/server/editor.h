#pragma once

// What features may change, always on the state thread: see Ask::post and Registry::notification.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <typeindex>
#include <vector>

#include "lsp/server/snapshot.h"
#include "wire/envelope.h"

namespace ml::lsp {

enum class MessageType : std::uint8_t { Error = 1, Warning, Info, Log, Debug };

class Editor {
 public:
  virtual ~Editor() = default;

  virtual Snapshot snapshot() = 0;

  // Data of a feature that later snapshots hand out as `snapshot.part<T>()`; null removes it.
  template <class T>
  void set_part(std::shared_ptr<const T> part) {
    set_part(typeid(T), std::move(part));
  }

  virtual void notify(std::string_view method, json::value params) = 0;
  virtual void request(std::string_view method, json::value params,
                       std::function<void(wire::Response&&)> done) = 0;
  virtual void log(MessageType type, const std::string& text) = 0;
  // At most once for each text.
  virtual void show(MessageType type, const std::string& text) = 0;
  // A question with buttons, at most once for each text; `done` gets the title of the chosen one, empty when
  // there is none. One after the other. Clients that show no buttons get the text, and `done` is not called.
  virtual void ask_user(MessageType type, const std::string& text, std::vector<std::string> buttons,
                        std::function<void(const std::string&)> done) = 0;
  // Asks the client to fetch something anew: "codeLens", "inlayHint", "semanticTokens", "diagnostics". Does
  // nothing when it cannot; requests that come close together become one.
  virtual void refresh(const std::string& what) = 0;
  // Work for the worker pool.
  virtual void work(std::function<void()> task) = 0;
  // Back to the state thread, now or later; from any thread.
  virtual void post(std::function<void(Editor&)> task, std::chrono::milliseconds later = {}) = 0;

 private:
  virtual void set_part(std::type_index type, std::shared_ptr<const void> part) = 0;
};

}  // namespace ml::lsp
