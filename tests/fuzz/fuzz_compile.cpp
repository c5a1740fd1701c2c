// Any bytes through the whole compiler, then an edit through its incremental way: nothing may fall over, and
// both ways must agree. The first two bytes choose what the edit deletes, and whether the Python is also
// written in two parts, which must not change it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/support/own_names.h"
#include "tests/support/pipeline.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string before(reinterpret_cast<const char*>(data + 2), size - 2);
  static const std::vector<std::pair<std::string, std::vector<std::string>>> no_exports;
  static const ml::sema::ImportResolver resolve = ml::test::resolver_of(no_exports);
  const ml::test::Compiled whole = ml::test::compile(before, resolve);
  if (data[1] & 0x80) {
    const ml::test::Compiled parts = ml::test::compile(before, resolve, 0);
    if (whole.python.has_value() != parts.python.has_value()) std::abort();
    if (whole.python && ml::test::without_numbers(*whole.python) != ml::test::without_numbers(*parts.python))
      std::abort();
  }

  const std::size_t begin = before.empty() ? 0 : data[0] % before.size();
  const std::size_t deleted = std::min<std::size_t>(data[1] % 16, before.size() - begin);
  std::string after = before;
  after.erase(begin, deleted);
  const auto at = static_cast<ml::ByteOffset>(begin);
  const ml::TextEdit edit{at, static_cast<ml::ByteOffset>(begin + deleted), at};

  ml::Interner names;
  const auto analyze = [&](const ml::ast::Module& module, const ml::sema::Analysis* previous) {
    return ml::sema::analyze(module, names, ml::stdlib::catalogue(), resolve, {}, previous);
  };
  const ml::syntax::Tree old_tree = ml::syntax::parse(before);
  const ml::ast::Module old_module = ml::ast::build(old_tree, before, names);
  const ml::sema::Analysis old_analysis = analyze(old_module, nullptr);
  const ml::syntax::Tree tree = ml::syntax::reparse(after, old_tree, edit);
  const ml::ast::Module module = ml::ast::build(tree, after, names, &old_module);
  const ml::sema::Analysis incremental = analyze(module, &old_analysis);
  const ml::sema::Analysis fresh = analyze(ml::ast::build(ml::syntax::parse(after), after, names), nullptr);
  if (incremental.diagnostics != fresh.diagnostics) std::abort();
  return 0;
}
