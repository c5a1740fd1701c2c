#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/id.h"

namespace ml {

// Words to small ids and back. Ids are dense from 0 and valid for the interner's life; texts stay at their
// address. One interner per workspace; not thread-safe.
class Interner {
 public:
  NameId intern(std::string_view word) {
    if (auto it = ids_.find(word); it != ids_.end()) return it->second;
    const std::string& kept = words_.emplace_back(word);
    const NameId id{static_cast<std::uint32_t>(words_.size() - 1)};
    ids_.emplace(kept, id);
    return id;
  }

  // The id of a word seen before, or none.
  NameId find(std::string_view word) const {
    const auto it = ids_.find(word);
    return it == ids_.end() ? NameId::none() : it->second;
  }

  std::string_view text(NameId id) const { return words_[id.raw]; }
  std::size_t size() const { return words_.size(); }

 private:
  std::deque<std::string> words_;
  std::unordered_map<std::string_view, NameId> ids_;
};

}  // namespace ml
