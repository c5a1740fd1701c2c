#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/text/span.h"

namespace ml {

enum class Severity : std::uint8_t { Error, Warning, Info };

// The numbers of core/diag/catalogue.def: 201 for ML0201, and 100000 + n for SECn.
enum class DiagCode : std::uint32_t {};

// A secondary place that explains a finding.
struct RelatedPlace {
  Span span;
  std::string text;
};

// One finding. `span` refers to the text named where the diagnostic is stored (file, or item). Rendering,
// severity names and the docs page come from the catalogue.
struct Diagnostic {
  DiagCode code{};
  Severity severity = Severity::Error;
  Span span;
  std::string message;  // one line, no code, no position
  std::string hint;     // what to do about it; may be empty
  std::vector<RelatedPlace> related;

  friend bool operator==(const Diagnostic& a, const Diagnostic& b) {
    return a.code == b.code && a.severity == b.severity && a.span == b.span && a.message == b.message &&
           a.hint == b.hint;
  }
};

}  // namespace ml
