#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lsp/documents/modules.h"
#include "lsp/documents/revision.h"
#include "wire/stop.h"

namespace ml::lsp {

// One open file that is edited: its versions, as the server makes them.
struct Versions {
  std::shared_ptr<const Revision> revision(const std::string& text) {
    return std::make_shared<Revision>(file, std::make_shared<DocumentText>(text), ++version, modules, true);
  }
  ModuleStore modules;
  std::shared_ptr<File> file = std::make_shared<File>("untitled:a", "untitled:a", "");
  std::int64_t version = 0;
  wire::StopFlag stop;
};

// Edits at random places of a text: one of the pieces is put there, each third time instead of what stands
// there. Every fourth begins a line. The text stays UTF-8.
class RandomEdits {
 public:
  RandomEdits(unsigned seed, std::vector<std::string> pieces, std::size_t most_removed)
      : random_(seed), pieces_(std::move(pieces)), most_removed_(most_removed) {}

  std::size_t number(std::size_t below) { return random_() % below; }

  // Returns where.
  std::size_t apply(std::string& text) {
    const auto inside = [&](std::size_t at) {
      return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
    };
    std::size_t at = number(text.size());
    if (count_ % 4 == 0) at = text.rfind('\n', at) == text.npos ? 0 : text.rfind('\n', at) + 1;
    while (inside(at)) ++at;
    std::size_t end = at + (count_ % 3 == 0 ? number(most_removed_ + 1) : 0);
    end = std::min(end, text.size());
    while (inside(end)) ++end;
    text.replace(at, end - at, pieces_[number(pieces_.size())]);
    ++count_;
    return at;
  }

 private:
  std::mt19937 random_;
  std::vector<std::string> pieces_;
  std::size_t most_removed_;
  unsigned count_ = 0;
};

}  // namespace ml::lsp
