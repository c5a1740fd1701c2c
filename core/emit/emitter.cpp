#include "core/emit/emitter.h"

#include <algorithm>

#include "core/diag/sink.h"
#include "core/emit/literal.h"

namespace ml::emit {

Emitter::Emitter(const Program& program, const Survey& survey, Inference& types, std::string_view ml_text)
    : p_(program), survey_(survey), types_(types), w_(ml_text, ml_text.size() * 2 + 256) {
  keyword_.reserve(p_.names.size());
  for (std::uint32_t i = 0; i < p_.names.size(); ++i) {
    const std::string_view word = p_.names.text(NameId{i});
    keyword_.push_back(is_python_keyword(word) || word.starts_with("__"));
  }
  hoisted_done_.resize(p_.variable_count());
  defined_.resize(p_.function_count(), kNone);
}

Emitted Emitter::run() {
  for (const Span where : survey_.too_deep) {
    report_depth(where);
  }
  if (!out_.diagnostics.empty()) return std::move(out_);
  const std::vector<Program::Item>& items = p_.items();
  const auto enter = [&](std::size_t i) {
    item_ = static_cast<std::uint32_t>(i);
    start_ = items[i].start;
    return items[i].stmt;
  };
  for (const Program::Item& item : items) {
    if (item.kind == ast::StmtKind::Import) name_twin(ast::as<ast::ImportStmt>(item.stmt).dotted);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].kind == ast::StmtKind::Function) hoist_declarations({{enter(i)}});
  }
  for (std::size_t i = 0; i < items.size(); ++i) statement(*enter(i));
  out_.positions = SourceMap(w_.take_rows());
  out_.python = w_.take_text();
  return std::move(out_);
}

void Emitter::name(NameId id) {
  if (keyword_[id.raw]) w_ << "__ml_";
  w_ << p_.names.text(id);
}

void Emitter::report_depth(Span where) {
  DiagSink sink;
  sink.emit(diag::NestedTooDeeply, where).hint = "give inner parts names of their own";
  sink.emit(diag::SourceTooLarge, where);
  for (Diagnostic& found : sink.take()) out_.diagnostics.push_back(std::move(found));
}

void Emitter::too_deep(Span relative) {
  if (!out_.diagnostics.empty()) return;
  report_depth(at(relative));
}

void Emitter::open(char bracket, Span where) {
  if (++brackets_ > 180) too_deep(where);
  w_ << bracket;
}

void Emitter::close(char bracket) {
  --brackets_;
  w_ << bracket;
}

void Emitter::temporary(unsigned n) {
  w_ << "__t";
  w_.number(n);
}

Emitted emit(const ast::Module& module, const sema::Analysis& analysis, const Interner& names,
             const stdlib::Catalogue& library, std::string_view ml_text, const EmitOptions& options) {
  constexpr std::uint32_t kSettled = 16;  // items; some of them fit into the cache together
  const Program program(module, analysis, names, library, options);
  Surveyor surveyor(program);
  Inference types(program, surveyor.found());
  // From the end on: callers mostly stand below what they call, and their arguments are what a function's
  // constraints wait for.
  for (auto item = static_cast<std::uint32_t>(program.items().size()); item-- > 0;) {
    surveyor.item(item);
    types.extend();
    if (item % kSettled == 0) types.settle();
  }
  types.solve();
  return Emitter(program, surveyor.found(), types, ml_text).run();
}

}  // namespace ml::emit
