#include "core/sema/checks/locals.h"

namespace ml::sema {

void report_hidden_builtin(std::string_view name, Span span, bool called_in_vain, DiagSink& sink) {
  Diagnostic& found = sink.emit(diag::ShadowsBuiltin, span, name);
  if (!called_in_vain) return;
  found.severity = Severity::Warning;
  found.hint = fmt::format("calls of '{0}' reach the built-in, because this '{0}' is no function", name);
}

void check_locals(const Words& words, const Collected& collected, const ItemFacts& facts,
                  const ItemSummary& summary, DiagSink& sink) {
  for (std::uint32_t f = 1; f < facts.functions.size(); ++f) {
    const std::vector<Variable>& variables = facts.functions[f].variables;
    for (std::uint32_t i = 0; i < variables.size(); ++i) {
      const Variable& v = variables[i];
      const LocalInfo& info = summary.local(FunctionId{f}, VariableId{i});
      if (info.self) continue;
      const std::string_view name = words.text(v.name);
      if (v.hides_builtin) report_hidden_builtin(name, v.first_binding, info.called && info.uncallable, sink);
      if (info.reads > 0 || name.starts_with('_') || collected.functions[f].broken) continue;
      switch (v.kind) {
        case VariableKind::Parameter: sink.emit(diag::UnusedParameter, v.first_binding, name); break;
        case VariableKind::Function: sink.emit(diag::UnusedFunction, v.first_binding, name); break;
        case VariableKind::Variable:
          if (!info.first.loop_head) sink.emit(diag::UnusedVariable, v.first_binding, name);
          break;
        case VariableKind::Except: sink.emit(diag::UnusedVariable, v.first_binding, name); break;
        case VariableKind::Loop:
        case VariableKind::Import: break;
      }
    }
  }
}

}  // namespace ml::sema
