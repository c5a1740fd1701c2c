#pragma once

// Whether a person's expression only looks (editor-protocols.md 6.5): a syntactic check that errs on the side
// of "no".

#include <string_view>

namespace ml::dap {

enum class Effects {
  none,       // no calls but those of built-in functions and methods that only read
  functions,  // also calls of functions of `module` that change nothing
  unknown,    // anything else
};

// `expression` may use the functions of the module with text `module`.
Effects effects_of(std::string_view expression, std::string_view module);

}  // namespace ml::dap
