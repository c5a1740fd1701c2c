// Control groups: where they are, and, where this user may make some, that they hold what is in them.

#include "runtime/sandbox/group.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "runtime/sandbox/namespaces.h"

namespace fs = std::filesystem;
using ml::sandbox::ControlGroup;
using ml::sandbox::group_folder;

namespace {

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

fs::path own_folder() { return group_folder(text_of("/proc/self/cgroup"), text_of("/proc/self/mountinfo")); }

// A child in the group that does `act` and then waits for ever.
pid_t child_in(const ControlGroup& group, void (*act)()) {
  bool apart = false;
  const pid_t child = ml::sandbox::fork_apart(0, group.descriptor(), apart);
  if (child == 0) {
    act();
    while (true) ::pause();
  }
  return child;
}

int signal_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

bool possible(const ControlGroup& group) {
  if (group.descriptor() < 0) {
    std::cout << "control groups: none can be made here, so only the report of that was tested\n";
    CHECK(group.state() == "off");
  }
  return group.descriptor() >= 0;
}

}  // namespace

TEST_CASE("the folder of a group is found in what the kernel tells") {
  const std::string unified = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
  CHECK(group_folder("0::/user.slice/a.scope\n", unified) == "/sys/fs/cgroup/user.slice/a.scope");
  CHECK(group_folder("0::/\n", unified) == "/sys/fs/cgroup");
  const std::string hybrid =
      "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
  CHECK(group_folder("4:memory:/x\n0::/y\n", hybrid) == "/sys/fs/cgroup/unified/y");
  // Only a part is mounted, at a place with a blank.
  const std::string part = "50 1 0:26 /box/1 /my\\040groups rw - cgroup2 cgroup2 rw\n";
  CHECK(group_folder("0::/box/1/in\n", part) == "/my groups/in");
  CHECK(group_folder("0::/box/1\n", part) == "/my groups");
  CHECK(group_folder("0::/box/12\n", part).empty());
  for (const char* groups : {"", "4:memory:/x\n", "0::/../y\n"}) CHECK(group_folder(groups, unified).empty());
  for (const char* mounts : {"", "\n", "1 2 3", "29 23 0:26 / /sys - ", "41 31 0:38 / /m rw - cgroup c rw\n"})
    CHECK(group_folder("0::/y\n", mounts).empty());
}

TEST_CASE("what is born into a group ends with it, and nothing of it is left") {
  fs::path folder;
  pid_t child = 0;
  {
    ControlGroup group(false);
    if (!possible(group)) return;
    folder = own_folder() / group.name();
    CHECK(group.empty());
    child = child_in(group, [] { ::setsid(); });
    CHECK(text_of("/proc/" + std::to_string(child) + "/cgroup").find(group.name() + "\n") !=
          std::string::npos);
    CHECK_FALSE(group.empty());
    group.end();
    CHECK(signal_of(child) == SIGKILL);
    CHECK(group.empty());
  }
  CHECK_FALSE(fs::exists(folder));
  {
    ControlGroup group(false);
    folder = own_folder() / group.name();
    child = child_in(group, [] {});
  }
  CHECK(signal_of(child) == SIGKILL);
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("an empty group can be used again") {
  ControlGroup group(false);
  if (!possible(group)) return;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = child_in(group, [] { ::_exit(0); });
    CHECK(signal_of(child) == 0);
    CHECK(group.empty());
  }
}

TEST_CASE("groups of killed makers go with the next one") {
  ControlGroup group(false);
  if (!possible(group)) return;
  int names[2];
  REQUIRE(::pipe(names) == 0);
  const pid_t maker = ::fork();
  if (maker == 0) {
    const ControlGroup lost(false);
    child_in(lost, [] {});
    [[maybe_unused]] const auto put = ::write(names[1], lost.name().data(), lost.name().size());
    ::kill(::getpid(), SIGKILL);
  }
  CHECK(signal_of(maker) == SIGKILL);
  char name[256] = {};
  REQUIRE(::read(names[0], name, sizeof name - 1) > 0);
  ::close(names[0]);
  ::close(names[1]);
  CHECK(fs::exists(own_folder() / name));
  {
    const ControlGroup next(false);
    CHECK_FALSE(fs::exists(own_folder() / name));
    CHECK(fs::exists(own_folder() / group.name()));  // its maker lives
  }
}

TEST_CASE("a group has the limits that the kernel offers it, and says which") {
  ControlGroup group(false);
  if (!possible(group)) return;
  const fs::path folder = own_folder() / group.name();
  const bool memory = fs::exists(folder / "memory.max"), number = fs::exists(folder / "pids.max");
  CHECK(group.state() == (memory && number ? "on"
                          : memory         ? "kill and memory"
                          : number         ? "kill and pids"
                                           : "kill only"));
  group.limit(64u << 20, 3);
  if (memory) {
    const auto fill = [] {
      const std::size_t size = 256u << 20;
      void* place = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      std::memset(place, 1, size);
    };
    CHECK(signal_of(child_in(group, fill)) == SIGKILL);
    CHECK(group.out_of_memory() > 0);
  } else {
    CHECK(group.out_of_memory() == 0);
    std::cout << "control groups: the kernel offers no memory controller here (" << group.state()
              << "), so only the report of that was tested\n";
  }
  if (number) {
    const pid_t child = child_in(group, [] {
      for (int i = 0; i < 20 && ::fork() > 0; ++i) {
      }
    });
    for (int i = 0; i < 1000 && text_of(folder / "pids.events").find("max 0") != std::string::npos; ++i)
      ::usleep(1000);
    CHECK(text_of(folder / "pids.events").find("max 0") == std::string::npos);
    CHECK(text_of(folder / "pids.current") == "3\n");
    group.end();
    CHECK(signal_of(child) == SIGKILL);
  } else {
    std::cout << "control groups: the kernel offers no controller of numbers here (" << group.state()
              << "), so only the report of that was tested\n";
  }
}
