#include "lsp/documents/import_circles.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace ml::lsp;

TEST_CASE("files are in one circle when imports lead there and back") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const std::size_t count = 2 + random() % 9;
    std::map<std::string, std::vector<std::string>> graph;
    for (std::size_t i = random() % (2 * count); i > 0; --i)
      graph[std::to_string(random() % count)].push_back(std::to_string(random() % count));
    const auto reaches = [&](const std::string& from, const std::string& to) {
      std::set<std::string> seen{from};
      std::vector<std::string> queue{from};
      for (std::size_t next = 0; next < queue.size(); ++next)
        for (const std::string& target : graph[std::string(queue[next])])
          if (seen.insert(target).second) queue.push_back(target);
      return seen.contains(to);
    };
    ImportCircles circles;
    std::map<std::string, int> asked;
    const auto imports = [&](const std::string& key) {
      ++asked[key];
      return graph[key];
    };
    for (int question = 0; question < 30; ++question) {
      const std::string a = std::to_string(random() % count), b = std::to_string(random() % count);
      CHECK(circles.together(a, b, imports) == (reaches(a, b) && reaches(b, a)));
    }
    for (const auto& [key, times] : asked) CHECK(times == 1);
  }
}

TEST_CASE("a chain of imports may be long") {
  constexpr int kFiles = 200'000;
  int asked = 0;
  const auto imports = [&](const std::string& key) {
    ++asked;
    return std::vector<std::string>{std::to_string((std::stoi(key) + 1) % kFiles)};
  };
  ImportCircles circles;
  for (int i = 0; i < 100; ++i) CHECK(circles.together(std::to_string(i * 7), "3", imports));
  CHECK(asked == kFiles);
}
