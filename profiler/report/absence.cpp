#include <algorithm>
#include <string_view>

#include "profiler/figures/wording.h"
#include "profiler/report/sections.h"

namespace ml::profiler::report {
namespace {

constexpr std::string_view kNothing = "No ML user code detected in this profiling session.\n";

// Nothing but white space, comments (language.md 1.2) and empty statements.
bool nothing_to_execute(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    const char c = text.front();
    std::size_t skip = 1;
    if (c == '#' || text.starts_with("//"))
      skip = text.find('\n');
    else if (text.starts_with("/*"))
      skip = text.find("*/", 2);
    else if (c != ';' && static_cast<unsigned char>(c) > ' ')
      return false;
    if (skip == std::string_view::npos) return true;
    text.remove_prefix(text.starts_with("/*") ? skip + 2 : std::max<std::size_t>(skip, 1));
  }
  return true;
}

// A text of length 0 can also mean that the bytes were not kept.
bool is_empty(const Profile::File& file) {
  constexpr std::string_view kHashOfNothing =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  return file.text.empty() ? file.sha256 == kHashOfNothing : nothing_to_execute(file.text);
}

struct MlCode {
  bool ran = false;         // some function of it
  bool statements = false;  // that can have executed a statement
};

MlCode ml_code(const Profile& p) {
  MlCode found;
  for (const Profile::Function& f : p.functions) {
    if (!is_ml(f)) continue;
    found.ran = true;
    const bool empty = f.name == "(top level)" && f.file < p.files.size() && is_empty(p.files[f.file]);
    found.statements = found.statements || !empty;
  }
  return found;
}

std::string how_it_died(const Page& page) {
  if (!page.options.died.empty()) return page.options.died;
  const auto& code = page.profile.run.exit_code;
  if (code && *code > 128 && *code <= 128 + 64) return "killed by signal " + std::to_string(*code - 128);
  if (code && *code < 0) return "killed by signal " + std::to_string(-*code);
  return {};
}

std::string place(const std::string& file, std::uint32_t line, std::uint32_t column) {
  return " (" + file + ':' + std::to_string(line) + ':' + std::to_string(column) + ")\n";
}

}  // namespace

Absence absence(const Page& page) {
  const Profile& p = page.profile;
  const MlCode code = ml_code(p);
  const std::string died = how_it_died(page);
  if (!page.options.died.empty() || !p.complete || !p.collection.complete) {
    std::string text = "Profiling data is incomplete.\n";
    if (!died.empty()) text += "The program was " + died + ".\n";
    return {text, !code.ran};
  }
  const bool failed = p.run.error || !p.outcome.error.empty();
  const std::string program = page.options.program.empty() ? p.run.program : page.options.program;
  std::string text(kNothing);
  if (page.options.no_statements || (!failed && !code.statements))
    return {text + "The program " + program + " contains no executable statements.\n", true};
  if (code.ran) return {};
  text += "It stopped before running: ";
  if (p.run.error)
    text += p.run.error->type + (p.run.error->message.empty() ? "" : ": ") + trimmed(p.run.error->message) +
            place(p.run.error->file, p.run.error->line, p.run.error->column);
  else
    text += trimmed(p.outcome.error) + place(p.outcome.file, p.outcome.line, p.outcome.column);
  return {text, true};
}

}  // namespace ml::profiler::report
