#include <fmt/format.h>

#include <string>
#include <vector>

#include "core/sema/checks/security.h"
#include "core/sema/checks/view.h"

namespace ml::sema {

using namespace ast;

namespace {

void add_severity(Diagnostic& found, bool in_try) {
  if (in_try) found.severity = Severity::Warning;
}

std::string quoted_list(const std::vector<std::string_view>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 < names.size() ? ", " : names.size() > 2 ? ", and " : " and ";
    out += fmt::format("'{}'", names[i]);
  }
  return out;
}

// The message the run time would give; empty when the number of arguments is right.
std::string argument_count_message(const Function& f, std::string_view name, std::size_t given,
                                   const Words& words) {
  std::size_t required = 0;
  for (const Param& p : f.params) required += p.default_value == nullptr ? 1 : 0;
  if (given < required) {
    std::vector<std::string_view> missing;
    std::size_t position = 0;
    for (const Param& p : f.params) {
      if (position++ >= given && p.default_value == nullptr && p.binding.name) {
        missing.push_back(words.text(p.binding.name));
      }
    }
    return fmt::format("{}() missing {} required positional argument{}: {}", name, missing.size(),
                       missing.size() == 1 ? "" : "s", quoted_list(missing));
  }
  const std::size_t most = f.params.size();
  if (given <= most) return {};
  const std::string_view were = given == 1 ? "was" : "were";
  if (required < most) {
    return fmt::format("{}() takes from {} to {} positional arguments but {} {} given", name, required, most,
                       given, were);
  }
  return fmt::format("{}() takes {} positional argument{} but {} {} given", name, most, most == 1 ? "" : "s",
                     given, were);
}

}  // namespace

Span call_span(const CallExpr& call) { return {call.callee->span.begin, call.span.end}; }

void check_library_arguments(const CallExpr& call, const stdlib::Entry& entry, std::string_view shown,
                             bool in_try, DiagSink& sink) {
  const std::size_t given = call.arguments.size();
  std::string message;
  if (given < entry.min_arguments) {
    std::string_view missing;
    if (given < entry.params.size()) missing = entry.params[given].name;
    message = fmt::format("{}() missing required argument '{}'", shown, missing);
  } else if (given > entry.max_arguments) {
    message = entry.max_arguments == 0
                  ? fmt::format("{}() takes no arguments but {} {} given", shown, given,
                                given == 1 ? "was" : "were")
                  : fmt::format("{}() takes at most {} argument{} but {} were given", shown,
                                entry.max_arguments, entry.max_arguments == 1 ? "" : "s", given);
  } else {
    return;
  }
  Diagnostic& found = sink.emit(diag::LibraryArgumentCount, call_span(call), message);
  found.hint = fmt::format("{}", entry.label);
  add_severity(found, in_try);
}

void check_call(const CallExpr& call, bool in_try, const View& view, DiagSink& sink) {
  const Expr* callee = call.callee;
  if (callee->kind != ExprKind::Name) {
    const ValueType type = literal_type(callee);
    if (is_uncallable(type)) sink.emit(diag::NotCallable, callee->span, type_name(type));
    return;
  }
  const NameFacts name = view.name(callee);
  const NameId id = as<NameExpr>(callee).name;
  if (name.use == NameUse::Builtin) {
    const stdlib::Entry* entry = view.words.entry(id);
    if (entry != nullptr) {
      check_library_arguments(call, *entry, view.words.text(id), in_try, sink);
      check_library_call(call, *entry, view, sink);
    }
  } else if (name.calls_function) {
    const std::string message =
        argument_count_message(*name.function, view.words.text(id), call.arguments.size(), view.words);
    if (!message.empty()) add_severity(sink.emit(diag::ArgumentCount, call_span(call), message), in_try);
  } else if (name.uncallable && !name.hides_builtin) {
    sink.emit(diag::NotCallable, callee->span, fmt::format("'{}'", view.words.text(id)));
  }
}

}  // namespace ml::sema
