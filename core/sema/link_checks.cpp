// The findings of the link step that concern the module as a whole; they are computed anew for every version.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "core/sema/checks/locals.h"
#include "core/sema/link.h"
#include "core/text/nearest.h"

namespace ml::sema {

using namespace ast;

// ML0204 and ML0206 for top-level code, and statements after one that never ends.
void Linker::check_order() {
  constexpr std::uint8_t kUnassigned = 1, kAssigned = 2;
  std::vector<std::uint8_t> state(info_.size(), kUnassigned);
  for (std::uint32_t i = 0; i < info_.size(); ++i) {
    // Functions that assign the variable may have run at any time.
    if (out_.module_variables[i].hoisted || info_[i].host || info_[i].bound_inside) state[i] = kAssigned;
  }
  DiagSink sink;
  bool live = true;
  for (std::size_t c = 0; c < chunk_count(); ++c) {
    const Chunk chunk = this->chunk(c);
    std::uint32_t next = 0;  // the first item behind those that control has passed
    std::uint32_t read = 0, effect = 0;
    for (const ChunkSummary::Step& step : chunk.summary.steps) {
      if (!live) break;
      next = step.item + 1;
      for (; read < step.reads_end; ++read) {
        const auto& [name, entry] = chunk.summary.reads[read];
        const std::uint32_t index = variable(name);
        if (index == kNone || (state[index] & kUnassigned) == 0) continue;
        const Span span = entry.span.moved(chunk.start);
        if (!entry.maybe_assigned_here && (state[index] & kAssigned) == 0) {
          Diagnostic& found = sink.emit(diag::ReadBeforeAssignment, span, words_.text(name));
          if (entry.in_try) found.severity = Severity::Warning;
        } else {
          sink.emit(diag::MaybeUnassigned, span, words_.text(name));
        }
        state[index] = kAssigned;  // one finding per variable
      }
      for (; effect < step.effects_end; ++effect) {
        const auto& [name, what] = chunk.summary.effects[effect];
        if (variable(name) == kNone) continue;
        std::uint8_t& s = state[variable(name)];
        s = what == PassEffect::Assigned ? kAssigned : static_cast<std::uint8_t>(s | kAssigned);
      }
      live = step.completes;
      if (live) continue;
      // A jump that has no place at top level is an error of its own.
      const StmtKind kind = chunk.facts.facts[step.item]->summary->item->stmt->kind;
      live = kind != StmtKind::Throw && kind != StmtKind::If && kind != StmtKind::While &&
             kind != StmtKind::ForC && kind != StmtKind::Try;
    }
    if (live) continue;
    bool reported = false;
    for (; next < chunk.facts.size() && !reported; ++next) {
      const Stmt* stmt = chunk.facts.facts[next]->summary->item->stmt;
      if (stmt == nullptr || stmt->kind == StmtKind::Function || stmt->kind == StmtKind::Empty ||
          stmt->kind == StmtKind::Import || stmt->kind == StmtKind::Capability ||
          stmt->kind == StmtKind::Bad) {
        continue;
      }
      sink.emit(diag::Unreachable, stmt->span.moved(chunk.start + chunk.summary.items->entries[next].start));
      reported = true;
    }
    if (reported) break;
  }
  for (Diagnostic& found : sink.take()) found_.push_back(std::move(found));
}

// ML0211, ML0214, ML0217, ML0218 and ML0606 for module variables.
void Linker::check_bindings() {
  struct Seen {
    bool any = false, function = false, constant = false;
  };
  std::vector<Seen> seen(info_.size());
  DiagSink sink;
  bool broken = false;
  for (std::size_t c = 0; c < chunk_count(); ++c) broken = broken || chunk(c).summary.broken;
  for (std::size_t c = 0; c < chunk_count(); ++c) {
    const Chunk chunk = this->chunk(c);
    for (const ChunkSummary::Binding& binding : chunk.summary.bindings) {
      const BindingSite& site = binding.site;
      const std::uint32_t index = variable(site.name);
      if (index == kNone) continue;
      Seen& before = seen[index];
      const ModuleVariable& info = info_[index];
      const Variable& v = out_.module_variables[index];
      const Span span = site.span.moved(chunk.start);
      if (site.nested) {
        if (v.is_const) sink.emit(diag::ConstReassigned, span, words_.text(site.name));
        continue;
      }
      if (site.import == nullptr && info.is_import)
        sink.emit(diag::ModuleRebound, span, words_.text(site.name));
      if (v.hides_builtin && !before.any) {
        report_hidden_builtin(words_.text(site.name), span, info.called && info.uncallable, sink);
      }
      if (before.constant) sink.emit(diag::ConstReassigned, span, words_.text(site.name));
      if (site.kind == BindKind::Function && before.function) {
        sink.emit(diag::DuplicateFunction, span, words_.text(site.name));
      }
      if (site.import != nullptr) {
        if (!info.used && !broken && !options_.interactive) {
          sink.emit(diag::UnusedImport, span, words_.text(site.name));
        }
        if (info.is_other || info.bound_inside)
          sink.emit(diag::ImportNameClash, span, words_.text(site.name));
      }
      before.any = true;
      before.function = before.function || site.kind == BindKind::Function;
      before.constant = before.constant || site.kind == BindKind::Const;
    }
  }
  for (Diagnostic& found : sink.take()) found_.push_back(std::move(found));
}

// The parser has already said something about this place.
bool Linker::is_refused(Span span) const {
  const auto after = std::partition_point(module_.diagnostics.begin(), module_.diagnostics.end(),
                                          [&](const Diagnostic& d) { return d.span.begin <= span.begin; });
  return after != module_.diagnostics.begin() && std::prev(after)->span.contains(span.begin);
}

// ML0201 and ML0202. Their hints depend on every name of the module, so they are not kept with the items.
void Linker::report_unknown() {
  // Comparing names is the only thing here that is not linear: after so many comparisons there are no more
  // hints.
  constexpr std::size_t kMostComparisons = 20000;
  std::size_t comparisons = 0;
  DiagSink sink;
  std::vector<std::pair<const ItemFacts*, ByteOffset>> items;
  for (std::size_t c = 0; c < chunk_count(); ++c) {
    const Chunk chunk = this->chunk(c);
    for (const std::uint32_t i : chunk.facts.with_unknown) {
      items.push_back({chunk.facts.facts[i].get(), chunk.start + chunk.summary.items->entries[i].start});
    }
  }
  for (const auto& [item, start] : items) {
    const ItemFacts& facts = *item;
    for (const std::uint32_t r : facts.unknown_refs) {
      const Reference& ref = facts.summary->refs[r];
      const std::string_view name = words_.text(ref.name);
      const Span span = ref.span.moved(start);
      if (facts.summary->item->refused && (ref.call || is_refused(span))) continue;
      if (host_name(name, span, sink)) {
        out_.incomplete = out_.incomplete || !ref.call;
        continue;
      }
      Diagnostic& found =
          ref.call ? sink.emit(diag::UnknownCallee, span, name) : sink.emit(diag::UnknownName, span, name);
      if (ref.divisor) {
        found.hint = "if this was meant as a comment, move it after the `,`/`;` or write `/* … */`";
        continue;
      }
      if (words_.library.module(name) != nullptr && name != "builtin") {
        found.hint = fmt::format("add `import {};`", name);
        continue;
      }
      if (comparisons > kMostComparisons) continue;
      Nearest nearest(name);
      const auto offer = [&](std::string_view candidate) {
        ++comparisons;
        nearest.offer(candidate);
      };
      for (FunctionId f{ref.function}; f && f.raw != 0; f = facts.functions[f.raw].parent) {
        for (const Variable& v : facts.functions[f.raw].variables) offer(words_.text(v.name));
      }
      for (const Variable& v : out_.module_variables) offer(words_.text(v.name));
      for (const std::string& host : options_.host_names) offer(host);
      if (words_.builtins != nullptr) {
        for (const stdlib::Entry& entry : words_.builtins->entries) offer(entry.name);
      }
      if (!nearest.best().empty()) found.hint = fmt::format("did you mean '{}'?", nearest.best());
    }
  }
  for (Diagnostic& found : sink.take()) found_.push_back(std::move(found));
}

}  // namespace ml::sema
