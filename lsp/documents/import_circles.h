#pragma once

// Which files import each other in a circle: the strongly connected components of the graph of imports, found
// as far as somebody asks, each file being looked at once.

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ml::lsp {

// Holds for one state of the graph. Not thread-safe.
class ImportCircles {
 public:
  // Keys of the files that a file imports. Of a file that is asked about once.
  using Imports = std::function<std::vector<std::string>(const std::string& key)>;

  // Whether imports lead from `a` to `b` and back. Takes time for what can be reached from `a` and was not
  // reached before.
  bool together(const std::string& a, const std::string& b, const Imports& imports);

 private:
  static constexpr std::size_t kOpen = std::numeric_limits<std::size_t>::max();
  struct File {
    std::size_t number = 0, lowest = 0;  // in the order of visits; the first one reached from here
    std::size_t circle = kOpen;
  };
  void visit(const std::string& key, const Imports& imports);

  std::unordered_map<std::string, File> files_;
  std::size_t circles_ = 0;
};

}  // namespace ml::lsp
