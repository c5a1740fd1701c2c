#include "core/emit/emitter.h"

#include <algorithm>
#include <atomic>

#include "core/base/two_threads.h"
#include "core/diag/sink.h"
#include "core/emit/literal.h"

namespace ml::emit {

namespace {

void report_depth(Span where, std::vector<Diagnostic>& to) {
  DiagSink sink;
  sink.emit(diag::NestedTooDeeply, where).hint = "give inner parts names of their own";
  sink.emit(diag::SourceTooLarge, where);
  for (Diagnostic& found : sink.take()) to.push_back(std::move(found));
}

Emitted nested_too_deeply(const Survey& survey) {
  Emitted out;
  for (const Span where : survey.too_deep) report_depth(where, out.diagnostics);
  return out;
}

}  // namespace

Emitter::Emitter(const Program& program, const Survey& survey, Inference& types, const LineStarts& ml_lines,
                 ItemRange items, std::size_t expected)
    : p_(program), survey_(survey), types_(types), items_(items), w_(ml_lines, expected) {
  hoisted_done_.resize(p_.variable_count());
  defined_.resize(p_.function_count(), kNone);
  if (items.begin > 0) functions_ = p_.first_function(items.begin);
  for (const Program::Item& item : p_.items()) {
    if (item.kind == ast::StmtKind::Import) name_twin(ast::as<ast::ImportStmt>(item.stmt).dotted);
  }
}

const ast::Stmt* Emitter::enter(std::uint32_t item) {
  item_ = item;
  start_ = p_.items()[item].start;
  return p_.items()[item].stmt;
}

void Emitter::declarations() {
  for (std::uint32_t i = items_.begin; i < items_.end; ++i) {
    if (p_.is_hoisted(i)) hoist_declarations({{enter(i)}});
  }
}

void Emitter::statements() {
  for (std::uint32_t i = items_.begin; i < items_.end; ++i) statement(*enter(i));
}

void Emitter::take_over(Emitter& later) {
  w_.take_over(later.w_);
  for (std::string& name : later.out_.imports) {
    if (std::ranges::find(out_.imports, name) == out_.imports.end()) out_.imports.push_back(std::move(name));
  }
  if (out_.diagnostics.empty()) out_.diagnostics = std::move(later.out_.diagnostics);
  later.out_ = {};
}

Emitted Emitter::finish() {
  out_.positions = SourceMap(w_.take_rows());
  out_.python = w_.take_text();
  return std::move(out_);
}

void Emitter::name(NameId id) {
  if (p_.is_reserved(id)) w_ << "__ml_";
  w_ << p_.names.text(id);
}

void Emitter::too_deep(Span relative) {
  if (out_.diagnostics.empty()) report_depth(at(relative), out_.diagnostics);
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

namespace {

// Where the second half of a long text begins, by item; the number of items where one part is enough. Of the
// text alone: the Python of it must not depend on the machine.
std::uint32_t middle(const Program& program, std::size_t size) {
  const std::vector<Program::Item>& items = program.items();
  if (size < program.options.long_text) return static_cast<std::uint32_t>(items.size());
  const auto found = std::ranges::lower_bound(items, size / 2, {}, &Program::Item::start);
  return static_cast<std::uint32_t>(found - items.begin());
}

// Expected bytes of Python for `size` bytes of ML.
std::size_t python_size(std::size_t size) { return size * 2 + 256; }

Emitted write(const Program& program, const Survey& survey, Inference& types, std::string_view ml_text) {
  const LineStarts lines = line_starts(ml_text);
  const auto count = static_cast<std::uint32_t>(program.items().size());
  const std::uint32_t half = middle(program, ml_text.size());
  Emitter first(program, survey, types, lines, {0, half}, python_size(ml_text.size()));
  if (half == count) {
    first.declarations();
    first.statements();
    return first.finish();
  }
  Inference shared(Inference::Sharing{types});
  Emitter second(program, survey, shared, lines, {half, count}, python_size(ml_text.size() / 2));
  const auto both = [&](void (Emitter::*part)()) {
    if (has_second_core()) {
      at_once([&] { (first.*part)(); }, [&] { (second.*part)(); });
    } else {
      (first.*part)();
      (second.*part)();
    }
    first.take_over(second);
  };
  both(&Emitter::declarations);
  both(&Emitter::statements);
  return first.finish();
}

// Both go from the end on: callers mostly stand below what they call, and their arguments are what a
// function's constraints wait for. Neighbours are settled together: they fit into the cache.
void look_and_solve(Surveyor& surveyor, Inference& types, const Program& program) {
  constexpr std::uint32_t kSettled = 16;
  std::vector<Constraint> constraints;
  for (auto item = static_cast<std::uint32_t>(program.items().size()); item-- > 0;) {
    constraints.clear();
    surveyor.item(item, constraints);
    types.extend(constraints);
    if (item % kSettled == 0) types.settle();
  }
}

// The same with a thread that solves what this one has looked at.
void look_ahead_and_solve(Surveyor& surveyor, Inference& types, const Program& program) {
  constexpr std::uint32_t kBatch = 16;
  const auto items = static_cast<std::uint32_t>(program.items().size());
  std::vector<std::vector<Constraint>> batches((items + kBatch - 1) / kBatch);
  std::atomic<std::size_t> ready = 0;  // batches
  const auto announce = [&](std::size_t count) {
    ready.store(count, std::memory_order_release);
    ready.notify_one();
  };
  const auto look = [&] {
    try {
      for (std::size_t batch = batches.size(); batch-- > 0; announce(batches.size() - batch)) {
        const auto first = static_cast<std::uint32_t>(batch) * kBatch;
        for (std::uint32_t item = std::min(first + kBatch, items); item-- > first;)
          surveyor.item(item, batches[batch]);
      }
    } catch (...) {
      announce(batches.size());  // so that nobody waits for the rest
      throw;
    }
  };
  const auto solve = [&] {
    for (std::size_t done = 0; done < batches.size(); ++done) {
      for (std::size_t seen; (seen = ready.load(std::memory_order_acquire)) <= done;) ready.wait(seen);
      std::vector<Constraint>& batch = batches[batches.size() - 1 - done];
      types.extend(batch);
      types.settle();
      batch = {};
    }
  };
  at_once(look, solve);
}

}  // namespace

Emitted emit(const ast::Module& module, const sema::Analysis& analysis, const Interner& names,
             const stdlib::Catalogue& library, std::string_view ml_text, const EmitOptions& options) {
  const Program program(module, analysis, names, library, options);
  Surveyor surveyor(program);
  Inference types(program);
  if (ml_text.size() < options.long_text || !has_second_core()) {
    look_and_solve(surveyor, types, program);
  } else {
    look_ahead_and_solve(surveyor, types, program);
  }
  types.solve();
  const Survey& survey = surveyor.found();
  return survey.too_deep.empty() ? write(program, survey, types, ml_text) : nested_too_deeply(survey);
}

}  // namespace ml::emit
