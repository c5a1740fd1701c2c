#include "dap/kinds.h"

#include "core/ast/build.h"
#include "core/emit/infer.h"
#include "core/sema/analysis.h"
#include "core/stdlib/catalogue.h"
#include "core/syntax/tree.h"

namespace ml::dap {

namespace json = wire::json;

namespace {

sema::ImportedModule any_module(std::string_view dotted) {
  using Kind = sema::ImportedModule::Kind;
  sema::ImportedModule found;
  found.kind = stdlib::catalogue().module(dotted) ? Kind::Library : Kind::User;
  return found;
}

class Rows {
 public:
  Rows(const Source& source, const emit::Program& program, emit::Inference& types)
      : lines_(source.lines), program_(program), types_(types) {}

  json::array take() && {
    for (emit::CellId cell = 0; cell < program_.module_variable_count(); ++cell) add(0, cell);
    emit::FunctionNo first = 0;
    for (const emit::Program::Item& item : program_.items()) {
      const auto& scopes = item.facts->functions;
      for (std::size_t i = 0; i < scopes.size(); ++i) {
        if (!scopes[i].function) continue;
        const int line = static_cast<int>(lines_.line_of(scopes[i].function->span.moved(item.start).begin));
        for (std::size_t from = i;; from = scopes[from].parent.raw) {
          const auto f = static_cast<emit::FunctionNo>(first + from);
          for (std::size_t v = 0; v < scopes[from].variables.size(); ++v)
            if (from == i || !binds(scopes[i], scopes[from].variables[v].name))
              add(line, program_.parameter(f, v));
          if (!scopes[from].parent) break;
        }
      }
      first += static_cast<emit::FunctionNo>(scopes.size());
    }
    return std::move(rows_);
  }

 private:
  static bool binds(const sema::FunctionScope& scope, NameId name) {
    for (const sema::Variable& v : scope.variables)
      if (v.name == name) return true;
    return false;
  }

  void add(int line, emit::CellId cell) {
    const emit::Types kinds = types_.variable_types(cell);
    if (kinds == 0 || kinds == emit::kAnyType) return;
    rows_.push_back(json::array{line, wire::sv(program_.names.text(program_.variable(cell).name)), kinds});
  }

  const LineIndex& lines_;
  const emit::Program& program_;
  emit::Inference& types_;
  json::array rows_;
};

}  // namespace

json::array kept_kinds(const Source& source, bool closed_world) {
  Interner names;
  const syntax::Tree tree = syntax::parse(source.text);
  const ast::Module module = ast::build(tree, source.text, names);
  sema::AnalyzeOptions options;
  options.interactive = true;
  const sema::Analysis analysis =
      sema::analyze(module, names, stdlib::catalogue(), any_module, options, nullptr);
  if (analysis.has_errors()) return {};
  const emit::EmitOptions world{closed_world, {}};
  const emit::Program program(module, analysis, names, stdlib::catalogue(), world);
  emit::Surveyor surveyor(program);
  emit::Inference types(program);
  std::vector<emit::Constraint> constraints;
  for (auto item = static_cast<std::uint32_t>(program.items().size()); item-- > 0;)
    surveyor.item(item, constraints);
  types.extend(constraints);
  types.solve();
  return Rows(source, program, types).take();
}

}  // namespace ml::dap
