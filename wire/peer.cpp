#include "wire/peer.h"

#include <array>
#include <vector>

namespace ml::wire {
namespace {

std::string key_of(const json::value& id) {
  if (id.is_string()) return "s" + std::string(sv(id.get_string()));
  return id.is_uint64() ? "u" + std::to_string(id.get_uint64())
                        : "i" + std::to_string(integer_of(id).value_or(0));
}

}  // namespace

Call::~Call() {
  if (!answered_) answer(RpcError{code::InternalError, "the request was dropped", nullptr});
}

void Call::answer(Answer answer) {
  if (answered_.exchange(true)) return;
  peer_.settle(*this, std::move(answer));
}

Peer::Peer(Transport& transport, Envelope& envelope, Handler& handler, Options options)
    : transport_(transport),
      envelope_(envelope),
      handler_(handler),
      options_(std::move(options)),
      outbox_(transport) {}

PeerEnd Peer::run() {
  FrameReader frames([this](Frame&& frame) { on_frame(std::move(frame)); }, options_.frames);
  std::vector<char> buffer(64 << 10);
  while (!hopeless_) {
    const std::size_t size = transport_.read(buffer);
    if (size == 0) break;
    frames.feed({buffer.data(), size});
  }
  return hopeless_ ? PeerEnd::Hopeless : PeerEnd::EndOfStream;
}

void Peer::on_frame(Frame&& frame) {
  switch (frame.kind) {
    case Frame::Kind::Body: {
      std::string problem;
      auto body = parse_json(frame.bytes, problem);
      frame.bytes = {};
      if (!body) return fail(nullptr, {code::ParseError, problem, nullptr});
      return on_message(envelope_.read(std::move(*body)));
    }
    case Frame::Kind::TooLarge:
      return fail(nullptr, {code::InvalidRequest, "the message is too large", nullptr});
    case Frame::Kind::BadCharset:
      return fail(nullptr, {code::ParseError, "charset " + frame.bytes + " is not UTF-8", nullptr});
    case Frame::Kind::Incident: return handler_.on_trouble("broken input: " + frame.bytes);
    case Frame::Kind::Hopeless:
      hopeless_ = true;
      return handler_.on_trouble("giving up on the input: " + frame.bytes);
  }
}

void Peer::on_message(Message&& message) {
  if (auto* bad = std::get_if<Malformed>(&message)) return fail(std::move(bad->id), std::move(bad->error));
  if (auto* note = std::get_if<Notification>(&message)) {
    if (note->method == options_.cancel_method) return cancel(note->params);
    return handler_.on_notification(std::move(*note));
  }
  if (auto* response = std::get_if<Response>(&message)) {
    std::function<void(Response &&)> done;
    {
      const std::lock_guard lock(mutex_);
      const auto id = integer_of(response->id);
      const auto asked = id ? asked_.find(*id) : asked_.end();
      if (asked != asked_.end()) {
        done = std::move(asked->second);
        asked_.erase(asked);
      }
    }
    if (!done) return handler_.on_trouble("a response to a request that was never made");
    return done(std::move(*response));
  }
  auto& request = std::get<Request>(message);
  std::shared_ptr<Call> call;
  {
    const std::lock_guard lock(mutex_);
    auto [place, is_new] = in_flight_.try_emplace(key_of(request.id));
    if (is_new) {
      call = std::make_shared<Call>(*this, std::move(request));
      place->second = call;
      if (stopped_ != StopReason::None) call->stop().stop(stopped_);
    }
  }
  if (!call) return fail(std::move(request.id), {code::InvalidRequest, "this id is in flight", nullptr});
  handler_.on_request(std::move(call));
}

void Peer::fail(json::value id, RpcError error) {
  const std::lock_guard lock(mutex_);
  outbox_.send(write_json(envelope_.response(id, {}, std::move(error))));
}

void Peer::cancel(const json::value& params) {
  const auto* object = params.if_object();
  const auto* id = object ? object->if_contains("id") : nullptr;
  if (!id || !(id->is_string() || id->is_number())) return;
  std::shared_ptr<Call> call;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = in_flight_.find(key_of(*id)); found != in_flight_.end())
      call = found->second.lock();
  }
  if (!call) return;
  call->stop().stop(StopReason::Cancelled);
  call->answer(RpcError{code::RequestCancelled, "cancelled", nullptr});
}

void Peer::settle(const Call& call, Answer&& answer) {
  const std::lock_guard lock(mutex_);
  in_flight_.erase(key_of(call.request().id));
  outbox_.send(envelope_.response_text(call.request().id, call.method(), std::move(answer)));
  if (in_flight_.empty()) idle_.notify_all();
}

bool Peer::wait_idle(std::chrono::milliseconds within) {
  std::unique_lock lock(mutex_);
  return idle_.wait_for(lock, within, [&] { return in_flight_.empty(); });
}

void Peer::notify(std::string_view method, json::value params, Keep keep, const std::string& key) {
  const std::lock_guard lock(mutex_);
  outbox_.send(write_json(envelope_.notification(method, std::move(params))), keep, key);
}

void Peer::request(std::string_view method, json::value params, std::function<void(Response&&)> done) {
  const std::lock_guard lock(mutex_);
  const std::int64_t id = next_id_++;
  asked_.emplace(id, std::move(done));
  outbox_.send(write_json(envelope_.request(id, method, std::move(params))));
}

void Peer::stop_all(StopReason why) {
  std::vector<std::shared_ptr<Call>> calls;  // die after the lock: the last owner answers
  const std::lock_guard lock(mutex_);
  stopped_ = why;
  for (auto& [id, call] : in_flight_) {
    if (auto alive = call.lock()) calls.emplace_back(std::move(alive))->stop().stop(why);
  }
}

}  // namespace ml::wire
