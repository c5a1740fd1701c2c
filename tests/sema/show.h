#pragma once

#include <fmt/format.h>

#include <string>

#include "core/base/interner.h"
#include "core/diag/catalogue.h"
#include "core/sema/analysis.h"

namespace ml::test {

// Everything of an analysis that others may see, as text.
inline std::string show(const Interner& names, const sema::Analysis& analysis) {
  std::string out;
  for (const sema::Variable& v : analysis.module_variables) {
    out +=
        fmt::format("{} kind {} const {} captured {} hoisted {} builtin {} bindings {} function {} at {}\n",
                    names.text(v.name), static_cast<int>(v.kind), v.is_const, v.captured, v.hoisted,
                    v.hides_builtin, v.bindings, v.function != nullptr, v.first_binding.begin);
  }
  for (const auto& item : analysis.items) {
    for (const sema::FunctionScope& f : item->functions) {
      out += "function";
      for (const sema::Variable& v : f.variables)
        out += fmt::format(" {}/{}", names.text(v.name), v.bindings);
      out += "\n";
    }
    for (const sema::NameRef& ref : item->names) {
      out += fmt::format("{}.{}.{} ", static_cast<int>(ref.use), ref.owner.raw, ref.variable.raw);
    }
    out += "\n";
  }
  for (const Diagnostic& d : analysis.diagnostics) {
    out += fmt::format("{} {} {}-{} {} | {}\n", code_name(d.code), severity_name(d.severity), d.span.begin,
                       d.span.end, d.message, d.hint);
  }
  return out;
}

}  // namespace ml::test
