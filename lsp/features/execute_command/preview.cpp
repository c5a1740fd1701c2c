#include "lsp/features/execute_command/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/diag/catalogue.h"
#include "core/diag/security.h"
#include "core/emit/python.h"
#include "core/stdlib/catalogue.h"

namespace ml::lsp {

std::string python_of(const Revision& file) {
  if (file.analysis().has_errors())
    throw Refusal{wire::code::RequestFailed, "the file has errors: there is no Python for it"};
  const emit::Emitted made =
      emit::emit(file.module(), file.analysis(), file.names(), stdlib::catalogue(), file.text().text(), {});
  if (!made.diagnostics.empty()) throw Refusal{wire::code::RequestFailed, made.diagnostics.front().message};
  const std::string path = file.file().path.empty() ? file.file().uri : file.file().path;
  const std::string name = path.substr(path.rfind('/') + 1);
  // The smallest ML line of each Python line. Lines inside a string get no comment.
  std::vector<std::uint32_t> from;
  for (const MapRow& row : made.positions.rows()) {
    if (row.py_line >= from.size()) from.resize(row.py_line + 1);
    auto& line = from[row.py_line];
    if (line == 0 || row.ml_line < line) line = row.ml_line;
  }
  std::string out = fmt::format("# Python of {}; `# :N` names the line it came from\n", name);
  std::string_view rest = made.python;
  std::uint32_t last = 0;
  for (std::uint32_t line = 1; !rest.empty(); ++line) {
    const auto end = rest.find('\n');
    const std::string_view text = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const std::uint32_t ml_line = line < from.size() ? from[line] : 0;
    out += text;
    if (ml_line != 0 && ml_line != last && !text.empty()) out += fmt::format("  # :{}", ml_line);
    if (ml_line != 0) last = ml_line;
    out += '\n';
  }
  return out;
}

std::string security_report(const Revision& file) {
  std::string out = fmt::format("Security findings of {}\n", file.file().uri);
  std::size_t count = 0;
  for (const Diagnostic& d : file.analysis().diagnostics) {
    const std::string code = code_name(d.code);
    if (!code.starts_with("SEC")) continue;
    ++count;
    out += fmt::format("\nline {}: {} {} {}\n", file.text().line_of(d.span.begin) + 1, shown_severity(d),
                       code, d.message);
    if (!d.hint.empty()) out += fmt::format("    {}\n", d.hint);
  }
  return count == 0 ? out + "\nnone\n" : out;
}

std::string preview_text(const Ask& ask, std::string_view uri) {
  const auto of = [&](std::string_view prefix) {
    const auto file = ask.snapshot.file(uri.substr(prefix.size()));
    if (!file)
      throw Refusal{wire::code::InvalidParams, "no such file: " + std::string(uri.substr(prefix.size()))};
    return file;
  };
  if (uri.starts_with("ml-python:")) return python_of(*of("ml-python:"));
  if (uri.starts_with("ml-security:")) return security_report(*of("ml-security:"));
  return "";
}

}  // namespace ml::lsp
