#include "wire/envelope.h"

namespace ml::wire {
namespace {

bool is_id(const json::value& id) {
  return id.is_string() || id.is_uint64() || (id.is_number() && integer_of(id).has_value());
}

Malformed invalid(json::value id, std::string message) {
  return {std::move(id), {code::InvalidRequest, std::move(message), nullptr}};
}

RpcError error_of(const json::value& error) {
  RpcError out;
  if (const auto* object = error.if_object()) {
    if (const auto* number = object->if_contains("code"))
      out.code = static_cast<int>(integer_of(*number).value_or(0));
    if (const auto* text = object->if_contains("message"); text && text->is_string())
      out.message = sv(text->get_string());
  }
  return out;
}

}  // namespace

Message JsonRpc::read(json::value&& body) {
  auto* object = body.if_object();
  if (!object)
    return invalid(nullptr, body.is_array() ? "batches are not part of LSP" : "a message is an object");
  const auto* version = object->if_contains("jsonrpc");
  if (!version || !version->is_string() || version->get_string() != "2.0") foreign_version_ = true;

  auto* id = object->if_contains("id");
  if (id && id->is_double() && is_id(*id)) *id = *integer_of(*id);
  auto* method = object->if_contains("method");
  if (!method) {
    if (!id) return invalid(nullptr, "neither method nor id");
    Response response;
    response.id = std::move(*id);
    if (auto* error = object->if_contains("error")) {
      response.failed = true;
      response.error = error_of(*error);
    } else if (auto* result = object->if_contains("result")) {
      response.result = std::move(*result);
    } else {
      return invalid(is_id(response.id) ? response.id : nullptr, "no method");
    }
    return response;
  }
  if (id && !is_id(*id)) return invalid(nullptr, "an id is an integer or a string");
  if (!method->is_string()) return invalid(id ? *id : nullptr, "method is not a string");
  json::value params = json::object();
  if (auto* given = object->if_contains("params"); given && !given->is_null()) params = std::move(*given);
  if (!params.is_object() && !params.is_array())
    return id ? Message(Malformed{*id, {code::InvalidParams, "params is neither object nor array", nullptr}})
              : Message(Notification{"", json::object()});
  std::string name(sv(method->get_string()));
  if (!id) return Notification{std::move(name), std::move(params)};
  return Request{std::move(*id), std::move(name), std::move(params)};
}

json::object JsonRpc::response(const json::value& id, std::string_view, Answer&& answer) {
  json::object out{{"jsonrpc", "2.0"}, {"id", id}};
  if (auto* result = std::get_if<json::value>(&answer)) {
    out["result"] = std::move(*result);
    return out;
  }
  auto& error = std::get<RpcError>(answer);
  json::object what{{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) what["data"] = std::move(error.data);
  out["error"] = std::move(what);
  return out;
}

std::string JsonRpc::response_text(const json::value& id, std::string_view method, Answer&& answer) {
  auto* written = std::get_if<WrittenJson>(&answer);
  if (!written) return Envelope::response_text(id, method, std::move(answer));
  // In place: megabytes are moved faster than copied to memory that is new.
  written->text.insert(0, R"({"jsonrpc":"2.0","id":)" + write_json(id) + R"(,"result":)");
  written->text.push_back('}');
  return std::move(written->text);
}

json::object JsonRpc::request(std::int64_t id, std::string_view method, json::value params) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"method", sv(method)}, {"params", std::move(params)}};
}

json::object JsonRpc::notification(std::string_view method, json::value params) {
  return {{"jsonrpc", "2.0"}, {"method", sv(method)}, {"params", std::move(params)}};
}

}  // namespace ml::wire
