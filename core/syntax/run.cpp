#include "core/syntax/run.h"

#include <stdexcept>

#include "core/syntax/allocator.h"
#include "core/syntax/blocks.h"
#include "core/syntax/tree.h"

namespace ml::syntax {

namespace {

// Before anything is allocated: tree-sitter must never free with one allocator what it got from another.
const bool kAllocatorInstalled = install_allocator();

struct ParserDeleter {
  void operator()(TSParser* parser) const {
    ts_parser_delete(parser);
    share_blocks();
  }
};

}  // namespace

TreePointer run(std::string_view text, const TSTree* before) {
  if (text.size() > kMaxSize) throw std::length_error("source text is longer than 4 GB");
  const std::unique_ptr<TSParser, ParserDeleter> parser(ts_parser_new());
  ts_parser_set_language(parser.get(), language());
  ts_parser_set_timeout_micros(parser.get(), kPatience * std::uint64_t{1'000'000} + text.size());
  const auto read = [](void* payload, std::uint32_t at, TSPoint, std::uint32_t* size) {
    const std::string_view all = *static_cast<const std::string_view*>(payload);
    *size = at < all.size() ? static_cast<std::uint32_t>(all.size() - at) : 0;
    return *size > 0 ? all.data() + at : "";
  };
  return TreePointer(ts_parser_parse(parser.get(), before, {&text, read, TSInputEncodingUTF8}));
}

}  // namespace ml::syntax
