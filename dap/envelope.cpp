#include "dap/envelope.h"

namespace ml::dap {

namespace json = wire::json;
using wire::sv;

wire::Message Envelope::read(json::value&& body) {
  const auto broken = [](json::value id, const char* why) {
    return wire::Malformed{std::move(id), {wire::code::InvalidRequest, why, nullptr}};
  };
  auto* object = body.if_object();
  if (!object) return broken(nullptr, "a message is an object");
  log_.note(true, *object);
  const auto text = [&](const char* key) -> std::string_view {
    const auto* value = object->if_contains(key);
    return value && value->is_string() ? sv(value->get_string()) : std::string_view();
  };
  const auto* seq = object->if_contains("seq");
  const auto number = seq ? wire::integer_of(*seq) : std::nullopt;
  if (text("type") == "response") {
    wire::Response response;
    if (const auto* to = object->if_contains("request_seq"))
      response.id = request_of(wire::integer_of(*to).value_or(0));
    if (const auto* good = object->if_contains("success"))
      response.failed = good->is_bool() && !good->get_bool();
    response.error.message = text("message");
    if (auto* result = object->if_contains("body")) response.result = std::move(*result);
    return response;
  }
  if (text("type") != "request")
    return broken(number ? json::value(*number) : nullptr, "type is not 'request'");
  if (!number) return broken(nullptr, "seq is not an integer");
  if (text("command").empty()) return broken(*number, "command is missing");
  json::value arguments = json::object();
  if (auto* given = object->if_contains("arguments"); given && !given->is_null())
    arguments = std::move(*given);
  if (!arguments.is_object()) return broken(*number, "arguments is not an object");
  return wire::Request{*number, std::string(text("command")), std::move(arguments)};
}

json::object Envelope::response(const json::value& id, std::string_view method, wire::Answer&& answer) {
  json::object out{{"seq", ++seq_},
                   {"type", "response"},
                   {"request_seq", id.is_null() ? json::value(0) : id},
                   {"command", sv(method)}};
  if (auto* result = std::get_if<json::value>(&answer)) {
    out["success"] = true;
    if (!result->is_null()) out["body"] = std::move(*result);
    return noted(std::move(out));
  }
  auto& error = std::get<wire::RpcError>(answer);
  out["success"] = false;
  out["message"] = error.message;
  json::object what{{"id", error.code < 0 ? -error.code : error.code}, {"format", error.message}};
  if (const auto* more = error.data.if_object()) {
    for (const auto& [key, value] : *more) what[key] = value;
  }
  out["body"] = json::object{{"error", std::move(what)}};
  return noted(std::move(out));
}

json::object Envelope::noted(json::object message) {
  log_.note(false, message);
  return message;
}

json::object Envelope::request(std::int64_t id, std::string_view method, json::value params) {
  ++seq_;
  const std::lock_guard lock(mutex_);
  asked_[seq_] = id;
  return noted(
      {{"seq", seq_}, {"type", "request"}, {"command", sv(method)}, {"arguments", std::move(params)}});
}

std::int64_t Envelope::request_of(std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  const auto found = asked_.find(seq);
  return found == asked_.end() ? 0 : found->second;
}

json::object Envelope::notification(std::string_view method, json::value params) {
  json::object out{{"seq", ++seq_}, {"type", "event"}, {"event", sv(method)}};
  if (!params.is_null()) out["body"] = std::move(params);
  return noted(std::move(out));
}

}  // namespace ml::dap
