#include "core/base/two_threads.h"

#include <pthread.h>

#include <catch2/catch.hpp>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

using ml::at_once;

namespace {

// While it lives no thread can be had: every one is to have a stack larger than the address space.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge = before_;
    REQUIRE(pthread_attr_setstacksize(&huge, std::size_t{1} << 50) == 0);
    REQUIRE(pthread_setattr_default_np(&huge) == 0);
  }
  ~NoThreads() { pthread_setattr_default_np(&before_); }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_{};
};

std::string thrown_by(const std::function<void()>& here, const std::function<void()>& there) {
  try {
    at_once(here, there);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "nothing";
}

void nothing() {}
void fail_here() { throw std::runtime_error("here"); }
void fail_there() { throw std::runtime_error("there"); }

}  // namespace

TEST_CASE("two pieces of work run at the same time") {
  // Each waits for the other: one after the other they would never end.
  std::latch met(2);
  std::thread::id here, there;
  at_once([&] { met.arrive_and_wait(), here = std::this_thread::get_id(); },
          [&] { met.arrive_and_wait(), there = std::this_thread::get_id(); });
  CHECK(here == std::this_thread::get_id());
  CHECK(there != std::thread::id{});
  CHECK(there != here);
}

TEST_CASE("without a thread they run one after the other") {
  const NoThreads none;
  REQUIRE_THROWS_AS(std::thread(nothing), std::system_error);
  std::string done;
  at_once([&] { done += "here "; }, [&] { done += "there"; });
  CHECK(done == "here there");
  CHECK(thrown_by(fail_here, [&] { done += " again"; }) == "here");
  CHECK(done == "here there");
  CHECK(thrown_by(nothing, fail_there) == "there");
}

TEST_CASE("what is thrown comes out when both have ended") {
  bool ended = false;
  const auto slow = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ended = true;
  };
  CHECK(thrown_by(fail_here, slow) == "here");
  CHECK(ended);
  ended = false;
  CHECK(thrown_by(slow, fail_there) == "there");
  CHECK(ended);
  CHECK(thrown_by(fail_here, fail_there) == "here");
}
