#include "core/base/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "files_test_XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path)) found.push_back(entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
  }
};

}  // namespace

TEST_CASE("what was written is read, and nothing else is left") {
  const Folder folder;
  const fs::path file = folder.path / "a.txt";
  REQUIRE(ml::write_file_atomically(file, "one"));
  CHECK(ml::read_file(file) == "one");
  const std::string bytes("two\0three", 9);
  REQUIRE(ml::write_file_atomically(file, bytes));
  CHECK(ml::read_file(file) == bytes);
  CHECK(folder.names() == std::vector<std::string>{"a.txt"});
}

TEST_CASE("a failure says why and keeps what was there") {
  const Folder folder;
  CHECK_FALSE(ml::read_file(folder.path / "none"));
  CHECK(errno == ENOENT);
  CHECK_FALSE(ml::read_file(folder.path));
  CHECK(errno == EISDIR);
  CHECK_FALSE(ml::write_file_atomically(folder.path, "text"));
  CHECK(errno == EISDIR);
  CHECK_FALSE(ml::write_file_atomically(folder.path / "missing" / "a.txt", "text"));
  CHECK(errno == ENOENT);
  CHECK(folder.names().empty());
  CHECK(ml::write_file_atomically(folder.path / "made" / "deep" / "a.txt", "text", true));
  CHECK(ml::read_file(folder.path / "made" / "deep" / "a.txt") == "text");
}

TEST_CASE("a file keeps its permissions, a symbolic link stays one") {
  const Folder folder;
  const fs::path file = folder.path / "script", link = folder.path / "link";
  REQUIRE(ml::write_file_atomically(file, "one"));
  REQUIRE(::chmod(file.c_str(), 0750) == 0);
  fs::create_symlink("script", link);
  REQUIRE(ml::write_file_atomically(link, "two"));
  CHECK(fs::is_symlink(link));
  CHECK(ml::read_file(file) == "two");
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0750);
}

TEST_CASE("what is no regular file is written in place") {
  REQUIRE(ml::write_file_atomically("/dev/null", "text"));
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("threads may replace one file at the same time") {
  const Folder folder;
  const fs::path file = folder.path / "a.txt";
  std::vector<std::thread> threads;
  std::vector<int> failures(4, 0);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i)
        failures[t] += !ml::write_file_atomically(file, std::string(10'000, static_cast<char>('a' + t)));
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == std::vector<int>(4, 0));
  const auto content = ml::read_file(file);
  REQUIRE(content);
  CHECK(content->size() == 10'000);
  CHECK(*content == std::string(10'000, content->front()));
  CHECK(folder.names() == std::vector<std::string>{"a.txt"});
}
