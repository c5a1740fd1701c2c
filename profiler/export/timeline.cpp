#include "profiler/export/timeline.h"

#include <algorithm>
#include <set>

namespace ml::profiler::exports {

std::vector<Change> changes(const Profile& profile, std::uint32_t thread) {
  std::vector<Change> list;
  std::vector<std::uint32_t> open, stack;  // functions, root first
  std::uint64_t end = 0;
  const auto close = [&](std::size_t depth) {
    for (; open.size() > depth; open.pop_back()) list.push_back({end, open.back(), false});
  };
  for (const Profile::Moment& m : profile.timeline) {
    if (m.thread != thread) continue;
    stack.clear();
    for (std::uint32_t at = m.node; at != kNone; at = profile.tree[at].parent)
      stack.push_back(profile.tree[at].function);
    std::reverse(stack.begin(), stack.end());
    const std::uint64_t begin = std::max(m.at_ns, end), until = m.at_ns + m.dur_ns;
    if (until <= begin) continue;
    std::size_t shared = 0;
    while (begin == end && shared < open.size() && shared < stack.size() && open[shared] == stack[shared])
      ++shared;
    close(shared);
    for (; shared < stack.size(); ++shared) {
      list.push_back({begin, stack[shared], true});
      open.push_back(stack[shared]);
    }
    end = until;
  }
  close(0);
  return list;
}

std::vector<std::uint32_t> threads_of(const Profile& profile) {
  std::set<std::uint32_t> found;
  for (const Profile::Moment& m : profile.timeline) found.insert(m.thread);
  return {found.begin(), found.end()};
}

}  // namespace ml::profiler::exports
