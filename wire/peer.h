#pragma once

// One side of a conversation: the thread that reads, the ids in flight, exactly one response for every
// request.
//
//   Peer peer(transport, envelope, handler, options);
//   const PeerEnd end = peer.run();           // reads on the calling thread until the stream ends
//
// From a handler: `call->answer(result)`, `peer.notify(...)`, `peer.request(...)`; all from any thread. What
// the reader settles alone, without the handler: broken frames and JSON, malformed messages, ids that are in
// flight already, cancellation (answered at once; what the work answers later is dropped), responses.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "wire/envelope.h"
#include "wire/framing.h"
#include "wire/outbox.h"
#include "wire/stop.h"

namespace ml::wire {

class Peer;

// A request that waits for its answer. Shared by whoever works on it. The first answer counts; when the last
// owner goes without one, it is answered with an internal error. Must not outlive the peer.
class Call {
 public:
  Call(Peer& peer, Request request) : request_(std::move(request)), peer_(peer) {}
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Request& request() const { return request_; }
  const std::string& method() const { return request_.method; }
  const json::value& params() const { return request_.params; }
  StopFlag& stop() { return stop_; }
  void answer(Answer answer);
  bool answered() const { return answered_; }

 private:
  Request request_;
  Peer& peer_;
  StopFlag stop_;
  std::atomic<bool> answered_{false};
};

// All functions are called by the reading thread, in the order of the messages, and should be quick.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void on_request(std::shared_ptr<Call> call) = 0;
  virtual void on_notification(Notification note) = 0;
  virtual void on_trouble(std::string what) = 0;  // for the log
};

enum class PeerEnd : std::uint8_t { EndOfStream, Hopeless };

class Peer {
 public:
  struct Options {
    FrameLimits frames;
    std::string cancel_method = "$/cancelRequest";  // params {id}
  };
  Peer(Transport& transport, Envelope& envelope, Handler& handler, Options options);

  PeerEnd run();

  void notify(std::string_view method, json::value params, Keep keep = Keep::Always,
              const std::string& key = {});
  // `done` runs on the reading thread, or never when the client does not answer.
  void request(std::string_view method, json::value params, std::function<void(Response&&)> done);

  // Waits until no request is in flight. False: not within the time.
  bool wait_idle(std::chrono::milliseconds within);

  // Every call in flight, now and later, is to stop.
  void stop_all(StopReason why);
  Outbox& outbox() { return outbox_; }

 private:
  friend class Call;
  void on_frame(Frame&& frame);
  void on_message(Message&& message);
  void fail(json::value id, RpcError error);
  void cancel(const json::value& params);
  void settle(const Call& call, Answer&& answer);

  Transport& transport_;
  Envelope& envelope_;
  Handler& handler_;
  Options options_;
  std::mutex mutex_;  // of everything below; also held while a message is put into its envelope
  std::condition_variable idle_;
  std::map<std::string, std::weak_ptr<Call>> in_flight_;
  std::map<std::int64_t, std::function<void(Response&&)>> asked_;
  std::int64_t next_id_ = 1;
  bool hopeless_ = false;
  StopReason stopped_ = StopReason::None;
  Outbox outbox_;
};

}  // namespace ml::wire
