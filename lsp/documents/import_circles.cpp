#include "lsp/documents/import_circles.h"

#include <algorithm>
#include <utility>

namespace ml::lsp {

bool ImportCircles::together(const std::string& a, const std::string& b, const Imports& imports) {
  if (!files_.contains(a)) visit(a, imports);
  const auto other = files_.find(b);
  return other != files_.end() && other->second.circle == files_.at(a).circle;
}

// Tarjan's algorithm, without recursion: chains of imports may be long.
void ImportCircles::visit(const std::string& key, const Imports& imports) {
  using Entry = std::pair<const std::string, File>;  // stays where it is when the table grows
  struct Step {
    Entry* file;
    std::vector<std::string> targets;
    std::size_t next = 0;
  };
  std::vector<Step> path;
  std::vector<Entry*> waiting;  // reached, of no circle yet
  const auto enter = [&](const std::string& target) {
    Entry* const entry = &*files_.try_emplace(target).first;
    entry->second.number = entry->second.lowest = files_.size();
    waiting.push_back(entry);
    path.push_back({entry, imports(target)});
  };
  enter(key);
  while (!path.empty()) {
    Step& step = path.back();
    File& here = step.file->second;
    if (step.next < step.targets.size()) {
      const std::string target = std::move(step.targets[step.next++]);
      if (const auto known = files_.find(target); known == files_.end())
        enter(target);
      else if (known->second.circle == kOpen)
        here.lowest = std::min(here.lowest, known->second.number);
      continue;
    }
    if (here.lowest == here.number) {
      Entry* last = nullptr;
      do {
        last = waiting.back();
        waiting.pop_back();
        last->second.circle = circles_;
      } while (last != step.file);
      ++circles_;
    }
    const std::size_t lowest = here.lowest;
    path.pop_back();
    if (!path.empty()) {
      File& before = path.back().file->second;
      before.lowest = std::min(before.lowest, lowest);
    }
  }
}

}  // namespace ml::lsp
