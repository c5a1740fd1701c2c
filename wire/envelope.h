#pragma once

// What a body means, apart from how the protocol writes it: LSP wraps messages as JSON-RPC, DAP as
// {seq, type, command}. The peer (wire/peer.h) works on these types alone.

#include <string>
#include <string_view>
#include <variant>

#include "wire/json.h"

namespace ml::wire {

struct RpcError {
  int code = 0;
  std::string message;
  json::value data = nullptr;  // left out when null
};

// Codes used on purpose (editor-protocols.md 1.4) and those of JSON-RPC.
namespace code {
inline constexpr int ParseError = -32700, InvalidRequest = -32600, MethodNotFound = -32601,
                     InvalidParams = -32602, InternalError = -32603, NotInitialized = -32002,
                     RequestCancelled = -32800, ContentModified = -32801, ServerCancelled = -32802,
                     RequestFailed = -32803;
}

struct Request {
  json::value id;  // integer or string; DAP: seq
  std::string method;
  json::value params;  // {} when absent
};
struct Notification {
  std::string method;
  json::value params;
};
struct Response {
  json::value id;
  json::value result;
  bool failed = false;
  RpcError error;
};
struct Malformed {  // to be answered with `error`
  json::value id;   // null when unknown
  RpcError error;
};
using Message = std::variant<Request, Notification, Response, Malformed>;

// A result that is written already: large ones cost many times their text as a json::value.
struct WrittenJson {
  std::string text;  // one line, valid UTF-8
};

using Answer = std::variant<json::value, RpcError, WrittenJson>;

class Envelope {
 public:
  virtual ~Envelope() = default;
  virtual Message read(json::value&& body) = 0;
  // Called by one thread at a time, in the order in which messages are sent (DAP counts them).
  // `answer` is not written already.
  virtual json::object response(const json::value& id, std::string_view method, Answer&& answer) = 0;
  // The body of any answer; by itself only JsonRpc knows how to put a written one into its envelope.
  virtual std::string response_text(const json::value& id, std::string_view method, Answer&& answer) {
    return write_json(response(id, method, std::move(answer)));
  }
  virtual json::object request(std::int64_t id, std::string_view method, json::value params) = 0;
  virtual json::object notification(std::string_view method, json::value params) = 0;
};

// JSON-RPC 2.0 as LSP uses it (editor-protocols.md 1.3).
class JsonRpc final : public Envelope {
 public:
  Message read(json::value&& body) override;
  json::object response(const json::value& id, std::string_view method, Answer&& answer) override;
  std::string response_text(const json::value& id, std::string_view method, Answer&& answer) override;
  json::object request(std::int64_t id, std::string_view method, json::value params) override;
  json::object notification(std::string_view method, json::value params) override;
  bool foreign_version() const { return foreign_version_; }  // some message did not say "2.0"

 private:
  bool foreign_version_ = false;
};

}  // namespace ml::wire
