#pragma once

// What the variables hold at a place of the program, while a walk over the code draws its graph of data. A
// path that may or may not be taken is a layer over what was known before it: opening, leaving and joining
// paths costs what they change, not what exists.

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

namespace ml::sema {

class TaintEnvironment {
 public:
  using Node = std::uint32_t;
  // A variable: of a function, or (function 0) of the module, by name.
  struct Key {
    std::uint32_t function = 0, variable = 0;
    auto operator<=>(const Key&) const = default;
  };
  using Changes = std::map<Key, Node>;
  // What one round of a loop finds in a variable: what held before it, or what the round before left.
  struct Head {
    Node before = 0, head = 0;
  };
  using Heads = std::map<Key, Head>;

  // The graph that nodes are drawn in.
  class Drawing {
   public:
    virtual Node join(Node a, Node b) = 0;
    virtual Node loop_head(Node before) = 0;
    virtual void loop_back(Node head, Node end) = 0;  // a round ends with `end` in what began with `head`

   protected:
    ~Drawing() = default;
  };

  explicit TaintEnvironment(Drawing& drawing) : drawing_(&drawing), layers_(1) {}

  Node read(Key key);  // 0 for what holds nothing yet
  void write(Key key, Node node) { layers_.back().changes[key] = node; }
  // Known to every path, as if it had been written before all of them.
  void write_before_all(Key key, Node node) { layers_.front().changes[key] = node; }
  const Changes& base() const { return layers_.front().changes; }
  const Changes& top() const { return layers_.back().changes; }  // of the innermost path

  // A path: what is written until leave_path() is returned by it and forgotten.
  void enter_path() { layers_.emplace_back(); }
  Changes leave_path();
  // One of these paths was taken, whichever.
  void join_paths(const std::vector<Changes>& paths);

  // Code that runs any number of times.
  void enter_loop();
  void leave_loop();

 private:
  struct Layer {
    Changes changes;
    bool is_loop = false;
    Heads heads;
  };
  Node read(Key key, std::size_t layer);

  Drawing* drawing_;
  std::vector<Layer> layers_;
};

}  // namespace ml::sema
