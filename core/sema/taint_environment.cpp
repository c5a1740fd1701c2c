#include "core/sema/taint_environment.h"

#include <utility>

namespace ml::sema {

using Node = TaintEnvironment::Node;

Node TaintEnvironment::read(Key key) { return read(key, layers_.size() - 1); }

Node TaintEnvironment::read(Key key, std::size_t layer) {
  Layer& here = layers_[layer];
  if (const auto found = here.changes.find(key); found != here.changes.end()) return found->second;
  if (layer == 0) return 0;
  const Node before = read(key, layer - 1);
  if (!here.is_loop) return before;
  const Node head = drawing_->loop_head(before);
  here.heads[key] = {before, head};
  return here.changes[key] = head;
}

TaintEnvironment::Changes TaintEnvironment::leave_path() {
  Changes changes = std::move(layers_.back().changes);
  layers_.pop_back();
  return changes;
}

void TaintEnvironment::join_paths(const std::vector<Changes>& paths) {
  struct Joined {
    Node node = 0;
    std::size_t paths = 0;
  };
  std::map<Key, Joined> all;
  for (const Changes& path : paths) {
    for (const auto& [key, node] : path) {
      Joined& joined = all[key];
      joined.node = joined.paths++ == 0 ? node : drawing_->join(joined.node, node);
    }
  }
  for (const auto& [key, joined] : all)
    write(key, joined.paths == paths.size() ? joined.node : drawing_->join(joined.node, read(key)));
}

void TaintEnvironment::enter_loop() { layers_.emplace_back().is_loop = true; }

void TaintEnvironment::leave_loop() {
  const Layer loop = std::move(layers_.back());
  layers_.pop_back();
  for (const auto& [key, node] : loop.changes) {
    const auto head = loop.heads.find(key);
    if (head == loop.heads.end()) {
      write(key, drawing_->join(read(key), node));
    } else if (head->second.head != node) {  // else the loop left it as it was
      if (node != 0) drawing_->loop_back(head->second.head, node);
      write(key, drawing_->join(head->second.head, node));
    }
  }
}

}  // namespace ml::sema
