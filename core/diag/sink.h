#pragma once

// How a phase reports: `sink.emit(diag::UnknownName, span, name)`. Wrong argument counts and types do not
// compile.

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "core/diag/diagnostic.h"

namespace ml {

// One line of catalogue.def.
template <class... Args>
struct DiagDef {
  DiagCode code;
  Severity severity;
  std::string_view slug;             // names the docs page and the suppression
  fmt::format_string<Args...> text;  // the message; a hole without an argument does not compile
};

namespace diag {
#define ML_DIAG(name, number, severity_, slug_, text_, ...) \
  inline constexpr DiagDef<__VA_ARGS__> name{DiagCode{number}, Severity::severity_, slug_, text_};
#include "core/diag/catalogue.def"
#undef ML_DIAG
}  // namespace diag

// Collects findings of one phase. Not thread-safe.
class DiagSink {
 public:
  // Returns the finding so that a hint, a related place or a lower severity can be added.
  template <class... Args>
  Diagnostic& emit(const DiagDef<Args...>& def, Span span, std::type_identity_t<Args>... args) {
    return found_.emplace_back(Diagnostic{
        def.code, def.severity, span, fmt::vformat(def.text, fmt::make_format_args(args...)), {}, {}});
  }

  // Takes over findings of another sink.
  void add(std::vector<Diagnostic> findings) {
    for (Diagnostic& finding : findings) found_.push_back(std::move(finding));
  }

  const std::vector<Diagnostic>& found() const { return found_; }
  std::vector<Diagnostic> take() { return std::exchange(found_, {}); }

 private:
  std::vector<Diagnostic> found_;
};

}  // namespace ml
