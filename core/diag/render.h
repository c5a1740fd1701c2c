#pragma once

// Findings as people read them (language.md 6.1; the excerpt has the shape of a run-time error, section 5):
//
//   main.ml:3:7: error ML0201: unknown identifier 'totl'
//      |
//    3 | print(totl);
//      |       ^^^^
//   hint: did you mean 'total'?

#include <string>
#include <string_view>
#include <vector>

#include "core/diag/diagnostic.h"
#include "core/text/line_index.h"

namespace ml {

// "main.ml:3:7: error ML0201: unknown identifier 'totl'", without line break.
std::string render_line(const Diagnostic& finding, std::string_view file, const LineIndex& lines);

// The three lines of source with carets, each with a line break. A span over several lines is marked to the
// end of its first line. Control characters and bytes that are no UTF-8 are shown as U+FFFD (a program must
// not steer the terminal), tabs as spaces of the same width in both lines, very long lines only around the
// place.
std::string render_excerpt(Span span, const LineIndex& lines);

// Everything about one finding: line, excerpt, related places as `note:` lines, hint. Ends with a line break.
std::string render(const Diagnostic& finding, std::string_view file, const LineIndex& lines);

// Source order, errors before others at the same place, then by code; exact repetitions removed.
void sort_findings(std::vector<Diagnostic>& findings);

}  // namespace ml
