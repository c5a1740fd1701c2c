#include "lsp/semantics/types.h"

#include "core/emit/infer.h"
#include "core/emit/program.h"
#include "core/emit/survey.h"
#include "core/stdlib/catalogue.h"

namespace ml::lsp {

struct TypeFacts::Solved {
  Solved(const ast::Module& module, const sema::Analysis& analysis, const Interner& names)
      : program(module, analysis, names, stdlib::catalogue(), options), surveyor(program) {
    std::vector<emit::Constraint> constraints;
    for (std::uint32_t i = 0; i < module.items.size(); ++i) {
      if (!module.items[i].item->too_deep) surveyor.item(i, constraints);
    }
    inference = std::make_unique<emit::Inference>(program);
    inference->extend(constraints);
    inference->solve();
  }
  // Parameters get types from the calls in the file: what an editor shows may be incomplete, not unsafe.
  emit::EmitOptions options{true, {}};
  emit::Program program;
  emit::Surveyor surveyor;
  std::unique_ptr<emit::Inference> inference;
};

TypeFacts::TypeFacts(const ast::Module& module, const sema::Analysis& analysis, const Interner& names)
    : module_(module), analysis_(analysis), names_(names) {}
TypeFacts::~TypeFacts() = default;

TypeFacts::Solved& TypeFacts::solved() {
  if (!solved_) solved_ = std::make_unique<Solved>(module_, analysis_, names_);
  return *solved_;
}

emit::Types TypeFacts::of(std::uint32_t item, const ast::Expr* e) {
  const std::lock_guard lock(mutex_);
  return solved().inference->types(item, e);
}

emit::Types TypeFacts::of_variable(std::uint32_t item, NodeId id) {
  const std::lock_guard lock(mutex_);
  const emit::CellId cell = solved().program.cell(item, id);
  return cell == emit::kNone ? emit::Types{0} : solved().inference->variable_types(cell);
}

emit::Types TypeFacts::elements(std::uint32_t item, const ast::Expr* e) {
  const std::lock_guard lock(mutex_);
  return solved().inference->element_types(item, e, emit::kArray | emit::kObject);
}

emit::Types TypeFacts::result(std::uint32_t item, const ast::Function& f) {
  const std::lock_guard lock(mutex_);
  return solved().inference->result_types(solved().program.function_no(item, f));
}

std::vector<TypeFacts::Field> TypeFacts::fields(std::uint32_t item, const ast::Expr* e) {
  const std::lock_guard lock(mutex_);
  std::vector<Field> out;
  for (const auto& [name, types] : solved().inference->fields(item, e))
    out.push_back({std::string(names_.text(name)), types});
  return out;
}

std::string_view TypeFacts::module_named(std::uint32_t item, const ast::Expr* e) {
  const std::lock_guard lock(mutex_);
  return solved().program.module_named(item, e);
}

std::string describe_types(emit::Types types) {
  using namespace emit;
  if (types == 0 || types == kAnyType) return "any";
  std::string out;
  const auto add = [&](const char* name) { out += (out.empty() ? "" : " | ") + std::string(name); };
  if (types & kNumber) add("number");
  if (types & kString) add("string");
  if (types & kBool) add("boolean");
  if (types & kArray) add("array");
  if (types & kObject) add("object");
  if (types & kFunction) add("function");
  if (types & kOther) add("value");
  if (types & kNull) add("null");
  return out;
}

}  // namespace ml::lsp
