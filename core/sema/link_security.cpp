// The security findings of the link step that concern the module as a whole: names of the host, and what the
// capability declarations say against what the program uses.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/diag/sink.h"
#include "core/sema/checks/security_text.h"
#include "core/sema/library_roles.h"
#include "core/sema/link.h"
#include "core/sema/taint.h"

namespace ml::sema {

using namespace ast;

// SEC104 and SEC105, for a name that nobody binds; SEC101 has been reported with its item. False for other
// names.
bool Linker::host_name(std::string_view name, Span span, DiagSink& sink) const {
  if (is_host_execution(name)) {
    sink.emit(diag::HostExecution, span, name).hint =
        "ML has no code in strings; write a function, or read data with json.parse";
    return true;
  }
  if (const std::string_view instead = instead_of_host_function(name); !instead.empty()) {
    sink.emit(diag::HostFunction, span, name, instead);
    return true;
  }
  return name.starts_with("__");
}

namespace {

struct Declared {
  std::string name;
  Span span;  // in the file
  std::uint32_t declaration = 0;
  bool used = false;
};

// security.md 2.4, "Mapping".
void declared_by(const CapabilityStmt& s, ByteOffset start, std::uint32_t index, std::vector<Declared>& out) {
  const auto add = [&](std::string name, Span span) {
    out.push_back({std::move(name), span.moved(start), index, false});
  };
  if (s.name.find('.') != s.name.npos) add(std::string(s.name), s.name_span);
  for (const CapabilityItem& part : s.items) {
    if (part.action == "read") {
      add("file.read", part.span), add("path.read", part.span);
    } else if (part.action == "write") {
      add("file.write", part.span), add("file.append", part.span), add("path.write", part.span);
    } else if (part.action == "network") {
      add("network.http", part.span), add("network.https", part.span);
    }
  }
}

bool is_network(std::string_view capability) { return capability.starts_with("network."); }

}  // namespace

// SEC302, SEC303 and SEC305.
void Linker::check_capabilities() {
  std::vector<Declared> declared;
  struct Declaration {
    std::string_view name;
    Span span;
    bool used = false;
  };
  std::vector<Declaration> declarations;
  bool any_uses = false, other_modules = false;
  for (std::size_t c = 0; c < chunk_count(); ++c) {
    const Chunk chunk = this->chunk(c);
    any_uses = any_uses || !chunk.facts.with_uses.empty();
    if (!chunk.summary.capabilities) continue;
    for (std::size_t i = 0; i < chunk.facts.size(); ++i) {
      const Stmt* stmt = chunk.facts.facts[i]->summary->item->stmt;
      if (stmt == nullptr || stmt->kind != StmtKind::Capability) continue;
      const auto& s = as<CapabilityStmt>(stmt);
      const ByteOffset start = chunk.start + chunk.summary.items->entries[i].start;
      declared_by(s, start, static_cast<std::uint32_t>(declarations.size()), declared);
      declarations.push_back({s.name, s.name_span.moved(start), false});
    }
  }
  if (declarations.empty() && !any_uses) return;
  for (const ModuleVariable& v : info_)
    other_modules = other_modules || (v.module && !v.module->is_library());

  DiagSink sink;
  Span network, reads;
  bool has_network = false, has_reads = false;
  const auto place = [](bool& has, Span& at, Span span) {
    if (!has) at = span;
    has = true;
  };
  for (const Declared& d : declared) {
    if (is_network(d.name)) place(has_network, network, d.span);
    if (d.name == "file.read" || d.name == "env.read") place(has_reads, reads, d.span);
  }
  std::vector<std::pair<const stdlib::Entry*, std::string_view>> reported;
  for (std::size_t c = 0; any_uses && c < chunk_count(); ++c) {
    const Chunk chunk = this->chunk(c);
    for (const std::uint32_t i : chunk.facts.with_uses) {
      const ByteOffset start = chunk.start + chunk.summary.items->entries[i].start;
      for (const LibraryUse& use : chunk.facts.facts[i]->uses) {
        const Span span = use.span.moved(start);
        for (const std::string_view capability : use.entry->capabilities) {
          if (is_default_capability(capability)) continue;
          if (is_network(capability)) place(has_network, network, span);
          if (capability == "file.read" || capability == "env.read") place(has_reads, reads, span);
          bool covered = false;
          for (Declared& d : declared) {
            // An address says which of the two it is, not the function.
            if (d.name != capability && !(is_network(d.name) && is_network(capability))) continue;
            covered = d.used = true;
            declarations[d.declaration].used = true;
          }
          if (declarations.empty() || covered) continue;
          const std::pair known(use.entry, capability);
          if (std::ranges::find(reported, known) != reported.end()) continue;
          reported.push_back(known);
          const std::string shown = fmt::format("{}.{}", use.entry->module, use.entry->name);
          sink.emit(diag::UndeclaredCapability, span, std::string_view(shown), capability);
        }
      }
    }
  }
  for (const Declaration& d : declarations) {
    if (!d.used && !other_modules) sink.emit(diag::UnusedCapability, d.span, d.name);
  }
  if (has_network && has_reads) {
    sink.emit(diag::NetworkAndFiles, network).related.push_back({reads, "what it can read"});
  }
  for (Diagnostic& found : sink.take()) found_.push_back(std::move(found));
}

// Whether the module gets data from outside, or objects of the library, at all: most do not, and cost
// nothing.
bool Linker::may_be_tainted() const {
  for (const ModuleVariable& v : info_) {
    if (v.module == nullptr || v.module->module == nullptr || v.module->module->library == nullptr) continue;
    const std::string_view name = v.module->module->library->name;
    if (name == "env" || name == "file" || name == "csv" || name == "http" || name == "args" || name == "log")
      return true;
  }
  const NameId input = words_.names.find("input");
  if (!input || variable(input) != kNone) return false;
  for (std::size_t c = 0; c < chunk_count(); ++c) {
    const auto& uses = chunk(c).summary.uses;
    if (std::ranges::any_of(uses, [&](const FreeName& name) { return name.name == input && name.called; }))
      return true;
  }
  return false;
}

// SEC110 of objects, SEC215 and SEC401 to SEC405.
void Linker::check_data_flow() {
  if (!may_be_tainted()) return;
  TaintWorld world;
  world.words = &words_;
  for (std::size_t c = 0; c < chunk_count(); ++c) {
    const Chunk chunk = this->chunk(c);
    for (std::size_t i = 0; i < chunk.facts.size(); ++i) {
      const ItemFacts& facts = *chunk.facts.facts[i];
      const ItemSummary& summary = *facts.summary;
      std::call_once(summary.taint_made, [&] {
        summary.taint = std::make_unique<const TaintGraph>(make_taint_graph(facts, words_));
      });
      if (summary.taint->nodes.size() > 1 || !facts.functions.empty())
        world.items.push_back(
            {&facts, summary.taint.get(), chunk.start + chunk.summary.items->entries[i].start});
    }
  }
  world.module = [this](NameId name) -> const ModuleTree* {
    const std::uint32_t index = variable(name);
    if (index == kNone) return nullptr;
    const ModuleVariable& info = info_[index];
    return info.is_import && !info.is_other && !info.bound_inside ? info.module.get() : nullptr;
  };
  world.function = [this](NameId name) -> const Function* {
    const std::uint32_t index = variable(name);
    return index == kNone ? nullptr : out_.module_variables[index].function;
  };
  world.is_builtin = [this](NameId name) { return ref(name).use == NameUse::Builtin; };
  DiagSink sink;
  check_taint(world, sink);
  for (Diagnostic& found : sink.take()) found_.push_back(std::move(found));
}

}  // namespace ml::sema
