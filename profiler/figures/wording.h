#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "profiler/model/profile.h"

namespace ml::profiler {

// How single values are written wherever a person reads them: reports, findings, editors
// (profiler-reports.md 2). Pure, locale-free.

std::string seconds(std::uint64_t ms);                               // "0.600s", "12.040s"
std::string tenths(std::uint64_t value);                             // 833 -> "83.3"
std::string grouped(std::uint64_t n);                                // "10,000"
std::string calls_text(std::uint64_t n, bool exact);                 // "10,000", "~10,000", "-": not counted
std::string plural(std::uint64_t n, std::string_view noun);          // " call", " calls"
std::string average_ms(std::uint64_t ns, std::uint64_t calls);       // "0.060ms", "550.0ms": a table's cell
std::string per_call(std::uint64_t ns, std::uint64_t calls);         // "78.0ms", "1.6us": in a sentence
std::string whole_percent(std::uint64_t part, std::uint64_t whole);  // "37%", "<1%"; half to even
std::string bytes_text(std::uint64_t bytes);  // "512 B", "12.5 MB": in its own best unit

// part / whole >= percent / 100, exactly; false for a whole of 0.
bool at_least(std::uint64_t part, std::uint64_t whole, std::uint64_t percent);

// Number of characters (code points) of UTF-8 text.
std::size_t characters(std::string_view text);
// `text` cut to at most `width` characters, "..." included.
std::string cut(std::string_view text, std::size_t width);
// Without white space at both ends, control characters inside as spaces.
std::string trimmed(std::string_view text);

// "name()", or the bare name of what cannot be called by name.
std::string called(const Profile::Function& function);
// "sales.ml:42"; "?:42" without a file.
std::string place_of(const Profile& profile, const Profile::Function& function);
// A function as Python's own tools name it (pstats): `<module>` for top-level code, `<import>`:0(csv),
// `<mlpy>`:0(parse_file). The file is the one reports show.
struct PythonPlace {
  std::string file;
  std::uint32_t line = 0;
  std::string name;
  friend auto operator<=>(const PythonPlace&, const PythonPlace&) = default;
};
PythonPlace python_place(const Profile& profile, const Profile::Function& function);
// Line of the function's file, trimmed: as the profile's line has it, else from the file's text; may be
// empty.
std::string source_of(const Profile& profile, const Profile::Function& function, std::uint32_t line);

}  // namespace ml::profiler
