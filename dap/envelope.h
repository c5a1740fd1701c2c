#pragma once

// Messages of the Debug Adapter Protocol: {seq, type, command | event, ...}.

#include <map>
#include <mutex>

#include "dap/trace_log.h"
#include "wire/envelope.h"

namespace ml::dap {

class Envelope final : public wire::Envelope {
 public:
  TraceLog& log() { return log_; }
  wire::Message read(wire::json::value&& body) override;
  wire::json::object response(const wire::json::value& id, std::string_view method,
                              wire::Answer&& answer) override;
  wire::json::object request(std::int64_t id, std::string_view method, wire::json::value params) override;
  wire::json::object notification(std::string_view method, wire::json::value params) override;

 private:
  std::int64_t request_of(std::int64_t seq);
  wire::json::object noted(wire::json::object message);

  TraceLog log_;
  std::int64_t seq_ = 0;
  std::mutex mutex_;  // of asked_: messages are read and written by different threads
  std::map<std::int64_t, std::int64_t> asked_;  // seq of our requests -> their id
};

}  // namespace ml::dap
