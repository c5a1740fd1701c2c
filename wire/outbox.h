#pragma once

// Messages to a client that may read slowly (editor-protocols.md 1.3). Who sends one writes it, as far as
// that needs no waiting: nobody has to wake up first. The rest waits in a queue for a thread that writes it.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "wire/transport.h"

namespace ml::wire {

// What may happen to a message while it waits.
enum class Keep : std::uint8_t {
  Always,     // responses, requests
  Latest,     // replaced by the next one of the same key
  WhileRoom,  // dropped when the queue is full (progress reports, logs)
};

class Outbox {
 public:
  // `limit` bytes wait at most, not counting messages that are always kept.
  explicit Outbox(Transport& to, std::size_t limit = std::size_t{64} << 20);
  ~Outbox();  // without flushing
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Any thread. `key` matters for Keep::Latest only.
  void send(std::string body, Keep keep = Keep::Always, const std::string& key = {});

  // Waits until everything is written. False: not within the time, or the client has gone.
  bool flush(std::chrono::milliseconds within);

  bool broken() const;  // a write failed; everything sent since is dropped
  std::size_t waiting_bytes() const;

 private:
  struct Item {
    std::string body, key;
    Keep keep;
    bool begun = false;       // the header is written, and of the body
    std::size_t written = 0;  // so many bytes
  };
  void write_at_once(std::unique_lock<std::mutex>& lock, std::string body);
  void wake();  // the thread; the mutex is held
  void write_all();
  void make_room();

  Transport& to_;
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable changed_, idle_;
  std::deque<Item> items_;
  std::size_t bytes_ = 0;
  bool writing_ = false, broken_ = false, closing_ = false;
  std::thread thread_;  // begins when something has to wait
};

}  // namespace ml::wire
