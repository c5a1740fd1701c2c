#include "core/base/two_threads.h"

#include <exception>
#include <system_error>
#include <thread>

namespace ml {

bool has_second_core() {
  static const bool has = std::thread::hardware_concurrency() > 1;  // asks the system
  return has;
}

void at_once(const std::function<void()>& here, const std::function<void()>& there) {
  std::exception_ptr thrown;
  std::jthread other;
  try {
    other = std::jthread([&] {
      try {
        there();
      } catch (...) {
        thrown = std::current_exception();
      }
    });
  } catch (const std::system_error&) {
    here();
    return there();
  }
  here();  // the thread is joined also when this throws
  other.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace ml
