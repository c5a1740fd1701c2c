#include "lsp/profile/run.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <unordered_map>

#include "cli/project/project_file.h"
#include "core/base/files.h"
#include "lsp/documents/uri.h"
#include "lsp/profile/foreign.h"
#include "profiler/advice/advice.h"
#include "profiler/advice/identity.h"
#include "profiler/store/store.h"

namespace ml::lsp {
namespace fs = std::filesystem;
using profiler::FunctionKind;
using profiler::Profile;

namespace {

std::uint64_t number_of(const std::string& hexadecimal) {
  std::uint64_t value = 0;
  const char* end = hexadecimal.data() + hexadecimal.size();
  const auto [stop, failed] = std::from_chars(hexadecimal.data(), end, value, 16);
  return failed == std::errc() && stop == end ? value : 0;
}

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

// The project a profile belongs to: that of the folder `.mlpy` it lies in, else the nearest folder that has
// one of its files.
std::string root_of(const Profile& p, const std::string& path, const std::vector<std::string>& folders) {
  std::vector<fs::path> candidates;
  if (!path.empty()) {
    const fs::path folder = fs::path(path).parent_path();
    if (folder.filename() == ".mlpy") return key_of_path(folder.parent_path());
    if (folder.parent_path().filename() == ".mlpy") return key_of_path(folder.parent_path().parent_path());
    for (fs::path at = folder;; at = at.parent_path()) {
      candidates.push_back(at);
      if (at == at.parent_path()) break;
    }
  }
  candidates.insert(candidates.end(), folders.begin(), folders.end());
  for (const fs::path& candidate : candidates) {
    for (const Profile::File& f : p.files)
      if (f.ml && is_file(candidate / f.path)) return key_of_path(candidate);
  }
  return candidates.empty() ? std::string() : key_of_path(candidates.front());
}

// A profile of another writer may lack what makes functions known again: its texts tell.
void identify(LoadedRun& run) {
  Profile& p = run.profile;
  std::vector<std::vector<Profile::Function*>> lacking(p.files.size());
  for (Profile::Function& f : p.functions) {
    if (f.file < p.files.size() && f.kind == FunctionKind::ml && f.body_hash.empty())
      lacking[f.file].push_back(&f);
  }
  for (std::uint32_t file = 0; file < p.files.size(); ++file) {
    const auto ran = lacking[file].empty() ? nullptr : run.ran_text(file);
    if (!ran) continue;
    std::unordered_map<std::string_view, std::vector<const ast::FunctionKey*>> by_name;
    for (const ast::FunctionKey& key : ran->keys) by_name[key.name].push_back(&key);
    for (Profile::Function* f : lacking[file]) {
      const std::string_view name = std::string_view(f->name).substr(f->name.rfind('.') + 1);
      const auto named = by_name.find(name);
      if (named == by_name.end()) continue;
      for (const ast::FunctionKey* key : named->second) {
        if (name != "(top level)" && key->line != f->line) continue;
        profiler::take_identity(*f, *key);
        break;
      }
    }
  }
}

std::string clock_of(std::uint64_t unix_ns) {
  const auto seconds = static_cast<std::time_t>(unix_ns / 1'000'000'000);
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[8];
  std::strftime(text, sizeof text, "%H:%M", &local);
  return text;
}

}  // namespace

std::vector<std::uint64_t> hash_lines(std::string_view text) {
  std::vector<std::uint64_t> out;
  std::uint64_t hash = 0;
  bool comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out.push_back(hash);
      hash = 0;
      comment = false;
    } else if (comment) {
    } else if (hash == 0 && c == '/' && text.substr(i, 2) == "//") {
      comment = true;
    } else if (c != ' ' && c != '\t' && c != '\r' && c != ';') {
      if (hash == 0) hash = 0xcbf29ce484222325ull;
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    }
  }
  out.push_back(hash);
  return out;
}

std::string_view LoadedRun::own_name(std::uint32_t i) const {
  const std::string& name = profile.functions[i].name;
  return std::string_view(name).substr(name.rfind('.') + 1);
}

std::shared_ptr<const RanText> LoadedRun::ran_text(std::uint32_t file) const {
  const std::string& text = profile.files[file].text;
  if (text.empty()) return nullptr;
  const std::lock_guard lock(ran_->mutex);
  auto& known = ran_->of_file[file];
  if (known) return known;
  auto made = std::make_shared<RanText>();
  made->lines = hash_lines(text);
  const syntax::Tree tree = syntax::parse(text);
  made->keys = ast::function_keys(tree, text);
  TSTreeCursor cursor = ts_tree_cursor_new(tree.root());
  for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
       more = ts_tree_cursor_goto_next_sibling(&cursor)) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    const ast::StatementKeys statement = ast::statement_keys(node, text);
    if (statement.counts)
      made->statements.push_back(
          {statement.body_hash, ts_node_start_point(node).row + 1, ts_node_end_point(node).row + 1});
  }
  ts_tree_cursor_delete(&cursor);
  known = made;
  return known;
}

std::string project_of(const std::string& file) {
  const fs::path own = fs::path(file).parent_path();
  const auto project = own.is_absolute() ? cli::project_file_above(own) : std::nullopt;
  return (project ? project->parent_path() : own).string();
}

RunResult load_run(std::string_view bytes, const std::string& path, const std::vector<std::string>& folders) {
  profiler::ProfileResult read = profiler::read_mlprof(bytes);
  if (!read.profile) {
    if (const auto translated = mlprof_of_foreign(bytes)) read = profiler::read_mlprof(*translated);
  }
  if (!read.profile) return {nullptr, read.error};
  auto run = std::make_shared<LoadedRun>();
  Profile& p = run->profile = std::move(*read.profile);
  identify(*run);
  // mlpy's own profiles have theirs; looking for them takes long.
  if (p.findings.empty() && p.run.mlpy.empty()) p.findings = profiler::advice::findings(p);
  run->path = path;
  run->root = root_of(p, path, folders);
  run->clock = clock_of(p.run.started_unix_ns);
  run->keys.resize(p.files.size());
  run->functions.resize(p.files.size());
  run->callees.resize(p.functions.size());
  run->body.resize(p.functions.size());
  run->shape.resize(p.functions.size());
  // Other tools name files in full.
  const auto to_relative = [&](std::string& file) {
    if (file.starts_with(run->root + "/")) file.erase(0, run->root.size() + 1);
  };
  to_relative(p.run.program);
  for (std::uint32_t i = 0; i < p.files.size(); ++i) {
    if (!p.files[i].ml) continue;
    to_relative(p.files[i].path);
    const fs::path file = fs::path(run->root) / p.files[i].path;
    run->found = run->found || is_file(file);
    run->keys[i] = key_of_path(file);
    run->files.emplace(run->keys[i], i);
  }
  for (std::uint32_t i = 0; i < p.functions.size(); ++i) {
    const Profile::Function& f = p.functions[i];
    for (const Profile::Caller& c : f.callers)
      if (c.function != kNone) run->callees[c.function].push_back({i, c.line, c.cum_ns, c.calls});
    if (f.kind != FunctionKind::ml || f.file == kNone || !p.files[f.file].ml) continue;
    run->functions[f.file].push_back(i);
    run->body[i] = number_of(f.body_hash);
    run->shape[i] = number_of(f.shape_hash);
    if (run->body[i] != 0 && !run->is_top_level(i)) run->by_body[run->body[i]].push_back(i);
  }
  for (auto& list : run->functions)
    std::stable_sort(list.begin(), list.end(),
                     [&](auto a, auto b) { return p.functions[a].line < p.functions[b].line; });
  for (auto& list : run->callees)
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.cum_ns > b.cum_ns; });
  return {std::move(run), {}};
}

RunResult load_run_file(const std::string& path, const std::vector<std::string>& folders) {
  auto bytes = read_file(path);
  if (!bytes) return {nullptr, "cannot read " + path + ": " + std::strerror(errno)};
  RunResult result = load_run(*std::move(bytes), path, folders);
  if (!result.run) result.error = path.substr(path.rfind('/') + 1) + ": " + result.error;
  return result;
}

}  // namespace ml::lsp
