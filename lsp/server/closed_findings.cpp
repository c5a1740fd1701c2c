#include "lsp/server/closed_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <unordered_set>

#include "core/diag/sink.h"
#include "core/stdlib/catalogue.h"
#include "core/text/nearest.h"
#include "lsp/documents/packed_bytes.h"
#include "lsp/documents/uri.h"
#include "lsp/profile/profiles.h"
#include "lsp/profile/surfaces.h"
#include "lsp/server/diagnostics.h"

namespace ml::lsp {
namespace {

using Kind = sema::ImportedModule::Kind;

// What is kept of a file: the number of its imports, of each its dotted name (a module of the library or of
// the user is told by that); then, in the order of the text, one of these after the other.
enum class Part : std::uint8_t {
  Finding,  // code, severity, message, hint, range, related places
  Member,   // import, name, range: of a module that there is, the name may not be there
  Import,   // import, range, what is hidden there: the module may not be one to import
};
constexpr std::uint64_t kHidesBroken = 1, kHidesCycle = 2;

template <class... Words>
Diagnostic finding(const DiagDef<Words...>& def, std::type_identity_t<Words>... words) {
  DiagSink sink;
  sink.emit(def, Span(), words...);
  return std::move(sink.take().front());
}

void write(PackedWriter& to, Range range) {
  to.number(range.start.line);
  to.number(range.start.character);
  to.number(range.end.line - range.start.line);
  to.number(range.end.character);
}

Range read_range(PackedReader& from) {
  const auto next = [&] { return static_cast<std::uint32_t>(from.number(0xffffffffu)); };
  Range range;
  range.start.line = next();
  range.start.character = next();
  range.end.line = range.start.line + next();
  range.end.character = next();
  return range;
}

void write(PackedWriter& to, const PlacedFinding& placed) {
  const Diagnostic& d = placed.finding;
  to.number(static_cast<std::uint64_t>(d.code));
  to.number(static_cast<std::uint64_t>(d.severity));
  to.text(d.message);
  to.text(d.hint);
  write(to, placed.range);
  to.number(d.related.size());
  for (std::size_t i = 0; i < d.related.size(); ++i) {
    to.text(d.related[i].text);
    write(to, placed.related[i]);
  }
}

PlacedFinding read_finding(PackedReader& from) {
  PlacedFinding out;
  Diagnostic& d = out.finding;
  d.code = static_cast<DiagCode>(from.number());
  d.severity = from.word(Severity::Info);
  d.message = from.text();
  d.hint = from.text();
  out.range = read_range(from);
  for (std::size_t left = from.count(); left > 0; --left) {
    d.related.push_back({Span(), std::string(from.text())});
    out.related.push_back(read_range(from));
  }
  return out;
}

// What is kept of an analysed file; nothing: its findings cannot be told by that.
std::optional<std::string> kept_of(const Revision& file, const Snapshot& snapshot) {
  const std::vector<Import>& imports = file.analysed().imports;
  PackedWriter to;
  to.number(imports.size());
  // By what is said of them: that they fail, and that they have no member without a name.
  std::unordered_map<std::string, std::size_t> said;
  std::unordered_set<std::string_view> names;
  for (const Import& import : imports) names.insert(import.dotted);
  for (std::size_t i = 0; i < imports.size(); ++i) {
    const std::string_view dotted = imports[i].dotted;
    if (imports[i].kind == Kind::NotFound) return std::nullopt;  // what it might be is told: names of files
    // A member of one module may be another one.
    for (auto dot = dotted.find('.'); dot != dotted.npos; dot = dotted.find('.', dot + 1))
      if (names.contains(dotted.substr(0, dot))) return std::nullopt;
    to.text(dotted);
    if (imports[i].file.empty()) continue;
    said.emplace(finding(diag::ImportFails, dotted).message, i);
    said.emplace(finding(diag::UnknownModuleMember, dotted, "").message, i);
  }
  const std::vector<Diagnostic> broken = file.findings_if_imports_are(Kind::Broken);
  const std::vector<Diagnostic> empty = file.findings_if_imports_are(Kind::User);
  ShownFindings shown(file, snapshot);
  const auto range_of = [&](const Diagnostic& d) {
    return file.text().range(d.span, snapshot.client().encoding);
  };
  const auto part = [&](Part kind, const std::string& message) {
    const auto import = said.find(message);
    if (import == said.end()) return false;
    to.number(static_cast<std::uint64_t>(kind));
    to.number(import->second);
    return true;
  };
  for (std::size_t b = 0, e = 0; b < broken.size() || e < empty.size();) {
    if (b < broken.size() && e < empty.size() && broken[b] == empty[e]) {
      if (shown.shows(broken[b])) {
        to.number(static_cast<std::uint64_t>(Part::Finding));
        write(to, placed(broken[b], file.text(), snapshot.client().encoding));
      }
      ++b, ++e;
      continue;
    }
    const bool is_import =
        e == empty.size() || (b < broken.size() && broken[b].span.begin <= empty[e].span.begin);
    const Diagnostic& d = is_import ? broken[b++] : empty[e++];
    if (is_import) {
      if (d.code != diag::ImportFails.code || !part(Part::Import, d.message)) return std::nullopt;
      write(to, range_of(d));
      to.number((shown.suppressions().hides(d.span, diag::ImportFails.code) ? kHidesBroken : 0) |
                (shown.suppressions().hides(d.span, diag::CircularImport.code) ? kHidesCycle : 0));
    } else {
      const std::string_view name = file.text().text().substr(d.span.begin, d.span.size());
      if (d.code != diag::UnknownModuleMember.code || !d.message.ends_with(std::string(name) + "'"))
        return std::nullopt;
      if (name.starts_with('_')) return std::nullopt;  // if it is there, it is private
      if (shown.suppressions().hides(d.span, d.code)) continue;
      std::string of = d.message;
      of.erase(of.size() - 1 - name.size(), name.size());
      if (!part(Part::Member, of)) return std::nullopt;
      to.text(name);
      write(to, range_of(d));
    }
  }
  return std::move(to.out);
}

// The findings again. Nothing: an import leads where it did not, or there are more than are shown.
std::optional<json::array> told_by(std::string_view kept, const std::string& key, const Snapshot& snapshot,
                                   SeenModules& modules) {
  struct Imported {
    std::string_view dotted;
    SeenModules::Seen* seen = nullptr;  // null: of the library
    std::string cycle;
  };
  PackedReader from(kept);
  std::vector<Imported> imports(from.count());
  for (Imported& import : imports) {
    import.dotted = from.text();
    const std::string& file = modules.locate(key, import.dotted);
    if (file.empty() != (stdlib::catalogue().module(import.dotted) != nullptr)) return std::nullopt;
    if (file.empty()) continue;
    import.cycle = modules.cycle(key, file);
    if (import.cycle.empty()) import.seen = &modules.seen(file);
  }
  json::array out;
  const std::string uri = uri_of_path(key);
  const auto add = [&](const PlacedFinding& one) {
    if (auto shown = to_json(one, snapshot.settings_of(key), uri, snapshot.client()))
      out.push_back(std::move(*shown));
  };
  while (!from.at_end()) {
    const auto part = from.word(Part::Import);
    if (part == Part::Finding) {
      add(read_finding(from));
      continue;
    }
    const std::uint64_t index = from.number();
    if (index >= imports.size()) return std::nullopt;
    const Imported& import = imports[index];
    const bool known = import.seen && import.seen->kind == Kind::User;
    if (part == Part::Member) {
      const std::string name(from.text());
      const Range range = read_range(from);
      if (!known || import.seen->has(name)) continue;
      Diagnostic d = finding(diag::UnknownModuleMember, import.dotted, name);
      d.hint = import.seen->hint(name);
      add({std::move(d), range, {}});
    } else {
      const Range range = read_range(from);
      const std::uint64_t hides = from.number();
      if (!import.cycle.empty()) {
        if ((hides & kHidesCycle) == 0) add({finding(diag::CircularImport, import.cycle), range, {}});
      } else if (import.seen && !known && (hides & kHidesBroken) == 0) {
        Diagnostic d = finding(diag::ImportFails, import.dotted);
        d.hint = import.seen->detail;
        add({std::move(d), range, {}});
      }
    }
  }
  if (!from.good() || out.size() > kMostFindings) return std::nullopt;
  return out;
}

}  // namespace

bool SeenModules::Seen::has(const std::string& name) const { return std::ranges::binary_search(names, name); }

// As core/sema says it.
const std::string& SeenModules::Seen::hint(const std::string& name) {
  const auto [it, is_new] = hints.try_emplace(name);
  if (!is_new) return it->second;
  Nearest nearest(name);
  for (const std::string& candidate : names) nearest.offer(candidate);
  if (!nearest.best().empty()) it->second = fmt::format("did you mean '{}'?", nearest.best());
  return it->second;
}

SeenModules::Seen& SeenModules::seen(const std::string& file) {
  const auto [it, is_new] = by_file_.try_emplace(file);
  if (!is_new) return it->second;
  sema::ImportedModule module = modules_.seen(file);
  std::ranges::sort(module.exports);
  return it->second = {module.kind, std::move(module.detail), std::move(module.exports), {}};
}

const std::string& SeenModules::locate(const std::string& importer, std::string_view dotted) {
  const auto [it, is_new] =
      located_.try_emplace({std::filesystem::path(importer).parent_path().string(), std::string(dotted)});
  if (is_new) it->second = modules_.locate(File(importer, {}, importer), dotted);
  return it->second;
}

std::optional<json::array> ClosedFindings::find(const std::string& key, const Snapshot& snapshot,
                                                SeenModules& modules) {
  mind_runs(snapshot);
  std::shared_ptr<const Kept> kept;
  unsigned edition = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = kept_.find(key); it != kept_.end()) kept = it->second;
    edition = edition_;
  }
  const FileStamp stamp = stamp_of(key);  // before it is read: of a change meanwhile it would know nothing
  if (kept && kept->stamp == stamp && !snapshot.modules().open_revision(key)) {
    if (auto told = told_by(kept->bytes, key, snapshot, modules)) return told;
  }
  const auto file = snapshot.modules().revision(key);
  if (file && file->is_open()) return std::nullopt;
  forget(key);
  if (!file) return json::array();
  json::array found = diagnostics_of(*file, snapshot);
  const bool imports_files =
      std::ranges::any_of(file->analysed().imports, [](const Import& i) { return !i.file.empty(); });
  if (!stamp || !imports_files || !snapshot.settings_of(key).diagnostics ||
      !cost_findings(snapshot, *file).empty())
    return found;
  auto bytes = kept_of(*file, snapshot);
  // Who does not come out the same is read each time.
  if (!bytes || told_by(*bytes, key, snapshot, modules) != found) return found;
  const std::lock_guard lock(mutex_);
  if (edition != edition_) return found;
  unpacked_ = true;
  kept_[key] = std::make_shared<const Kept>(Kept{stamp, std::move(*bytes)});
  return found;
}

// Everything goes before anything comes back: the new texts would lie in the gaps between the old ones.
void ClosedFindings::pack() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(unpacked_, false)) return;
  PackedWriter to;
  for (const auto& [key, kept] : kept_) {
    to.text(key);
    to.text(kept->bytes);
    to.number(static_cast<std::uint64_t>(kept->stamp.modified_ns));
    to.number(kept->stamp.size);
  }
  kept_ = {};
  for (PackedReader from(to.out); !from.at_end();) {
    const std::string key(from.text());
    std::string bytes(from.text());
    FileStamp stamp;
    stamp.modified_ns = static_cast<std::int64_t>(from.number());
    stamp.size = from.number();
    kept_[key] = std::make_shared<const Kept>(Kept{stamp, std::move(bytes)});
  }
}

void ClosedFindings::forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  kept_.erase(key);
}

void ClosedFindings::forget_all() {
  const std::lock_guard lock(mutex_);
  kept_.clear();
  ++edition_;
}

// Which runs are loaded decides what functions cost.
void ClosedFindings::mind_runs(const Snapshot& snapshot) {
  const auto& runs = profiles_of(snapshot)->runs;
  const auto same = [](const auto& a, const auto& b) { return !a.owner_before(b) && !b.owner_before(a); };
  const std::lock_guard lock(mutex_);
  if (std::ranges::equal(runs, runs_, same)) return;
  runs_.assign(runs.begin(), runs.end());
  kept_.clear();
  ++edition_;
}

bool ClosedFindings::keeps(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return kept_.contains(key);
}

}  // namespace ml::lsp
