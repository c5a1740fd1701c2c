// The findings of the link step that concern the module as a whole; they are computed anew for every version.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

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
  for (std::size_t i = 0; i < out_.items.size(); ++i) {
    const ItemSummary& summary = *out_.items[i]->summary;
    const ByteOffset start = module_.items[i].start;
    if (!live) {
      if (summary.item->stmt == nullptr) continue;
      const StmtKind kind = summary.item->stmt->kind;
      if (kind == StmtKind::Function || kind == StmtKind::Empty || kind == StmtKind::Import ||
          kind == StmtKind::Capability || kind == StmtKind::Bad) {
        continue;
      }
      sink.emit(diag::Unreachable, summary.item->stmt->span.moved(start));
      break;
    }
    for (const EntryRead& read : summary.entry_reads) {
      const NameId name = summary.free[read.free].name;
      const std::uint32_t index = variable(name);
      if (index == kNone || (state[index] & kUnassigned) == 0) continue;
      if (!read.maybe_assigned_here && (state[index] & kAssigned) == 0) {
        Diagnostic& found = sink.emit(diag::ReadBeforeAssignment, read.span.moved(start), words_.text(name));
        if (read.in_try) found.severity = Severity::Warning;
      } else {
        sink.emit(diag::MaybeUnassigned, read.span.moved(start), words_.text(name));
      }
      state[index] = kAssigned;  // one finding per variable
    }
    for (const FreeName& name : summary.free) {
      if (name.effect == PassEffect::None || variable(name.name) == kNone) continue;
      std::uint8_t& s = state[variable(name.name)];
      s = name.effect == PassEffect::Assigned ? kAssigned : static_cast<std::uint8_t>(s | kAssigned);
    }
    live = summary.completes;
    // A jump that has no place at top level is an error of its own.
    if (!live && summary.item->stmt->kind != StmtKind::Throw && summary.item->stmt->kind != StmtKind::If &&
        summary.item->stmt->kind != StmtKind::While && summary.item->stmt->kind != StmtKind::ForC &&
        summary.item->stmt->kind != StmtKind::Try) {
      live = true;
    }
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
  for (const auto& item : out_.items) broken = broken || item->summary->broken;
  for (std::size_t i = 0; i < out_.items.size(); ++i) {
    const ByteOffset start = module_.items[i].start;
    for (const BindingSite& site : out_.items[i]->summary->bindings) {
      const std::uint32_t index = variable(site.name);
      if (index == kNone) continue;
      Seen& before = seen[index];
      const ModuleVariable& info = info_[index];
      const Variable& v = out_.module_variables[index];
      const Span span = site.span.moved(start);
      if (site.nested) {
        if (v.is_const) sink.emit(diag::ConstReassigned, span, words_.text(site.name));
        continue;
      }
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
  for (std::size_t i = 0; i < out_.items.size(); ++i) {
    const ItemFacts& facts = *out_.items[i];
    for (const std::uint32_t r : facts.unknown_refs) {
      const Reference& ref = facts.summary->refs[r];
      const std::string_view name = words_.text(ref.name);
      const Span span = ref.span.moved(module_.items[i].start);
      if (facts.summary->item->refused && (ref.call || is_refused(span))) continue;
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
