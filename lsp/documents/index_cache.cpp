#include "lsp/documents/index_cache.h"

#include <chrono>
#include <cstdlib>
#include <limits>
#include <utility>

#include "core/base/files.h"
#include "core/base/sha256.h"
#include "lsp/documents/packed_bytes.h"

namespace ml::lsp {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kMagic = "MLPYIDX2";
constexpr auto kUnused = std::chrono::hours(24 * 30);

void place(PackedWriter& to, Span span, Mark mark) {
  to.number(span.begin);
  to.number(span.size());
  to.number(mark.line);
  to.number(std::uint64_t{mark.column} << 1 | (mark.ascii ? 1 : 0));
}

// In a text of `size` bytes.
void place(PackedReader& from, std::uint64_t size, Span& span, Mark& mark) {
  span.begin = static_cast<ByteOffset>(from.number(size));
  span.end = span.begin + static_cast<ByteOffset>(from.number(size - span.begin));
  mark.line = static_cast<std::uint32_t>(from.number(size));
  const std::uint64_t column = from.number(size * 2 + 1);
  mark.column = static_cast<std::uint32_t>(column >> 1) & 0x7fffffffu;
  mark.ascii = (column & 1) != 0;
}

void write(const ModuleFacts& facts, PackedWriter& to) {
  to.text(facts.key);
  to.text(facts.path == facts.key ? "" : facts.path);
  to.number(static_cast<std::uint64_t>(facts.stamp.modified_ns));
  to.number(facts.stamp.size);
  to.number(static_cast<std::uint64_t>(facts.errors));
  to.number(facts.exports.size());
  for (std::size_t i = 0; i < facts.exports.size(); ++i) {
    const Export& e = facts.exports[i];
    to.text(e.name());
    place(to, e.span, i < facts.export_marks.size() ? facts.export_marks[i] : Mark());
    to.number(static_cast<std::uint64_t>(e.kind()));
    to.text(e.detail());
  }
  to.number(facts.imports.size());
  for (const KnownImport& i : facts.imports) {
    to.text(i.dotted);
    to.number(static_cast<std::uint64_t>(i.kind));
    to.text(i.file);
  }
  // Uses are of files that are imported.
  std::vector<std::pair<std::size_t, const ModuleUse*>> uses;
  for (const ModuleUse& use : facts.uses) {
    for (std::size_t i = 0; i < facts.imports.size(); ++i) {
      if (facts.imports[i].file != use.file) continue;
      uses.emplace_back(i, &use);
      break;
    }
  }
  to.number(uses.size());
  for (const auto& [import, use] : uses) {
    to.number(import);
    to.text(use->member);
    place(to, use->span, use->mark);
  }
}

ModuleFacts read(PackedReader& from) {
  const std::string_view key = from.text(), path = from.text();
  FileStamp stamp;
  stamp.modified_ns = static_cast<std::int64_t>(from.number(std::numeric_limits<std::int64_t>::max()));
  const std::uint64_t size = stamp.size = from.number(std::numeric_limits<std::uint32_t>::max());
  const auto errors = from.word(ModuleFacts::Errors::Unknown);
  std::vector<Export> exports;
  std::vector<Mark> marks;
  for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
    const std::string_view name = from.text();
    Span span;
    place(from, size, span, marks.emplace_back());
    const auto kind = from.word(sema::VariableKind::Except);
    exports.emplace_back(name, from.text(), span, kind);
  }
  std::vector<KnownImport> imports;
  for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
    KnownImport& i = imports.emplace_back();
    i.dotted = from.text();
    i.kind = from.word(sema::ImportedModule::Kind::Broken);
    i.file = from.text();
  }
  std::vector<ModuleUse> uses;
  for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
    ModuleUse& use = uses.emplace_back();
    const std::uint64_t import = from.number();
    if (import < imports.size()) use.file = imports[import].file;
    use.member = from.text();
    place(from, size, use.span, use.mark);
  }
  ModuleFacts facts =
      packed(std::string(key), std::string(path.empty() ? key : path), exports, marks, imports, uses);
  facts.stamp = stamp;
  facts.errors = errors;
  return facts;
}

}  // namespace

fs::path index_cache_folder() {
  if (const char* off = std::getenv("MLPY_NO_CACHE"); off && *off && std::string_view(off) != "0") return {};
  for (const auto& [variable, below] :
       {std::pair("MLPY_CACHE_DIR", "index"), std::pair("XDG_CACHE_HOME", "mlpy/index"),
        std::pair("HOME", ".cache/mlpy/index")}) {
    if (const char* value = std::getenv(variable); value && *value) return fs::path(value) / below;
  }
  return {};
}

fs::path index_cache_file(const fs::path& cache, std::string_view version,
                          const std::vector<std::string>& folders) {
  std::string all(version);
  for (const std::string& folder : folders) all += '\n' + folder;
  return cache / (sha256(all).substr(0, 32) + ".mli");
}

std::string write_index(const std::vector<std::shared_ptr<const ModuleFacts>>& files) {
  PackedWriter to;
  to.out = kMagic;
  for (const auto& facts : files) write(*facts, to);
  return std::move(to.out);
}

std::vector<ModuleFacts> read_index(std::string_view bytes) {
  std::vector<ModuleFacts> out;
  if (!bytes.starts_with(kMagic)) return out;
  PackedReader from(bytes.substr(kMagic.size()));
  while (!from.at_end()) {
    ModuleFacts facts = read(from);
    if (!from.good()) break;
    out.push_back(std::move(facts));
  }
  return out;
}

void save_index(const fs::path& file, const std::vector<std::shared_ptr<const ModuleFacts>>& files) {
  write_file_atomically(file, write_index(files), true);
  std::error_code failed;
  const auto now = fs::file_time_type::clock::now();
  for (fs::directory_iterator it(file.parent_path(), failed), end; !failed && it != end;
       it.increment(failed)) {
    std::error_code gone;
    const auto used = fs::last_write_time(it->path(), gone);
    if (!gone && it->path().extension() == file.extension() && now - used > kUnused)
      fs::remove(it->path(), gone);
  }
}

}  // namespace ml::lsp
