#include "core/sema/modules.h"

#include <functional>
#include <utility>

#include "core/diag/sink.h"
#include "core/sema/checks/security_text.h"

namespace ml::sema {

using namespace ast;

namespace {

Span path_span(const ImportStmt& import) {
  return {import.path.front().span.begin, import.path.back().span.end};
}

void report(const ImportStmt& import, const ImportedModule& found, DiagSink& sink) {
  const Span span = path_span(import);
  switch (found.kind) {
    case ImportedModule::Kind::NotFound:
      if (found.leaves_roots) {
        sink.emit(diag::ModuleOutside, span);
        break;
      }
      if (const std::string_view instead = instead_of_host_module(import.dotted); !instead.empty()) {
        sink.emit(diag::HostModule, span, import.dotted, instead);
        break;
      }
      sink.emit(diag::ModuleNotFound, span, import.dotted).hint = found.detail;
      break;
    case ImportedModule::Kind::Cycle: sink.emit(diag::CircularImport, span, found.detail); break;
    case ImportedModule::Kind::Broken:
      sink.emit(diag::ImportFails, span, import.dotted).hint = found.detail;
      break;
    case ImportedModule::Kind::Library:
      if (!found.hides_user_module) break;
      sink.emit(diag::HiddenModule, span, import.dotted);
      sink.emit(diag::LibraryWins, span, import.dotted);
      break;
    case ImportedModule::Kind::User: break;
  }
}

}  // namespace

bool ModuleTree::is_known() const {
  if (module == nullptr) return true;
  return module->kind == ImportedModule::Kind::User || module->library != nullptr;
}

bool ModuleTree::is_library() const {
  if (module != nullptr && module->library == nullptr) return false;
  for (const auto& child : children) {
    if (!child.second->is_library()) return false;
  }
  return true;
}

void Imports::add(const ImportStmt& import, ModuleTree& tree, const Words& words,
                  const ImportResolver& resolve, DiagSink& sink) {
  if (import.path.empty()) return;
  ImportedModule found = resolve ? resolve(import.dotted) : ImportedModule{};
  report(import, found, sink);
  std::unique_ptr<ModuleView>& view = modules_[import.dotted];
  if (view == nullptr) {
    view = std::make_unique<ModuleView>();
    view->dotted = import.dotted;
    view->kind = found.kind;
    if (found.kind == ImportedModule::Kind::Library) view->library = words.library.module(import.dotted);
    for (const std::string& name : found.exports) {
      if (const NameId id = words.names.find(name)) view->exports.insert(id.raw);
    }
    view->names = std::move(found.exports);
  }
  std::uint64_t stamp =
      mix(std::hash<std::string_view>{}(import.dotted), static_cast<std::uint64_t>(found.kind));
  for (const std::string& name : view->names) stamp = mix(stamp, std::hash<std::string>{}(name));

  ModuleTree* at = &tree;
  at->stamp = mix(at->stamp, stamp);
  if (import.alias.name) {
    at->dotted = import.dotted;
  } else {
    at->dotted = import.dotted.substr(0, import.dotted.find('.'));
    std::size_t length = at->dotted.size();
    for (const Binding& part : import.path.subspan(1)) {
      std::unique_ptr<ModuleTree>& child = at->children[part.name.raw];
      if (child == nullptr) child = std::make_unique<ModuleTree>();
      at = child.get();
      length = std::min(import.dotted.find('.', length + 1), import.dotted.size());
      at->dotted = import.dotted.substr(0, length);
    }
  }
  at->module = view.get();
}

}  // namespace ml::sema
