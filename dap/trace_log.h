#pragma once

// The messages of a session in a file, one a line, for people who look for an error (launch attribute
// `trace`, option --log):
//   SECONDS --> {message of the client}
//   SECONDS <-- {message of the adapter}
// Tokens are left out.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "wire/json.h"

namespace ml::dap {

class TraceLog {
 public:
  // False with a sentence in `problem`. Messages before this are not in the file. Any thread.
  bool open(const std::string& file, std::string& problem);

  // Any thread; nothing while no file is open.
  void note(bool from_client, const wire::json::object& message);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::atomic<bool> open_{false};
  std::mutex mutex_;
  std::unique_ptr<std::FILE, Close> file_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace ml::dap
