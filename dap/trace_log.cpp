#include "dap/trace_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace ml::dap {

bool TraceLog::open(const std::string& file, std::string& problem) {
  const std::lock_guard lock(mutex_);
  file_.reset(std::fopen(file.c_str(), "we"));
  open_ = file_ != nullptr;
  if (!open_) problem = file + ": " + std::strerror(errno);
  return open_;
}

void TraceLog::note(bool from_client, const wire::json::object& message) {
  if (!open_) return;
  wire::json::object shown = message;
  if (auto* arguments = shown.if_contains("arguments"); arguments && arguments->is_object()) {
    if (auto* token = arguments->get_object().if_contains("token")) *token = "...";
  }
  const std::chrono::duration<double> at = std::chrono::steady_clock::now() - began_;
  const std::string line =
      fmt::format("{:.6f} {} {}\n", at.count(), from_client ? "-->" : "<--", wire::write_json(shown));
  const std::lock_guard lock(mutex_);
  std::fwrite(line.data(), 1, line.size(), file_.get());
  std::fflush(file_.get());
}

}  // namespace ml::dap
