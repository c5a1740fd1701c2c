#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <iterator>

#include "cli/commands/commands.h"
#include "cli/commands/source.h"
#include "cli/files.h"
#include "core/ast/build.h"
#include "core/base/files.h"
#include "core/diag/render.h"
#include "core/format/format.h"
#include "core/text/line_index.h"

namespace ml::cli {
namespace {

namespace fs = std::filesystem;

// Lines with their ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    out.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

void print_line(char mark, std::string_view line) {
  fmt::print("{}{}", mark, line);
  if (!line.ends_with('\n')) fmt::print("\n\\ No newline at end of file\n");
}

// Lines [begin, end) of the old text became [new_begin, new_end) of the new one.
struct Hunk {
  std::size_t begin, end, new_begin, new_end;
};

std::vector<Hunk> hunks_of(std::string_view text, const std::vector<format::Edit>& edits) {
  std::vector<Hunk> out;
  std::size_t line = 0, at = 0;  // at: start of `line`
  std::ptrdiff_t shift = 0;      // lines that the hunks before have added
  std::size_t i = 0;
  while (i < edits.size()) {
    for (;;) {
      const auto next = text.find('\n', at);
      if (next == std::string_view::npos || next + 1 > edits[i].span.begin) break;
      at = next + 1;
      ++line;
    }
    const std::size_t begin = at, first_line = line;
    std::string replaced;
    std::size_t done = at, end = at;
    do {
      replaced += text.substr(done, edits[i].span.begin - done);
      replaced += edits[i].text;
      done = edits[i].span.end;
      const auto line_end = text.find('\n', done);
      end = line_end == std::string_view::npos ? text.size() : line_end + 1;
      ++i;
    } while (i < edits.size() && (edits[i].span.begin < end || end == text.size()));
    replaced += text.substr(done, end - done);
    const auto removed = lines_of(text.substr(begin, end - begin)), added = lines_of(replaced);
    // What is the same at both ends is no change.
    std::size_t same = 0, tail = 0;
    while (same < removed.size() && same < added.size() && removed[same] == added[same]) ++same;
    while (tail + same < removed.size() && tail + same < added.size() &&
           removed[removed.size() - 1 - tail] == added[added.size() - 1 - tail])
      ++tail;
    const std::size_t new_first = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(first_line) + shift);
    out.push_back({first_line + same, first_line + removed.size() - tail, new_first + same,
                   new_first + added.size() - tail});
    shift += static_cast<std::ptrdiff_t>(added.size()) - static_cast<std::ptrdiff_t>(removed.size());
    line += removed.size();
    at = end;
  }
  return out;
}

void print_diff(const std::string& name, std::string_view before, std::string_view after,
                const std::vector<format::Edit>& edits) {
  constexpr std::size_t kContext = 3;
  const auto old_lines = lines_of(before), new_lines = lines_of(after);
  const auto hunks = hunks_of(before, edits);
  fmt::print("--- {}\n+++ {}\n", name, name);
  for (std::size_t i = 0; i < hunks.size();) {
    std::size_t last = i;
    while (last + 1 < hunks.size() && hunks[last + 1].begin <= hunks[last].end + 2 * kContext) ++last;
    const std::size_t lead = std::min(kContext, hunks[i].begin);
    const std::size_t trail =
        std::min(kContext, old_lines.size() - std::min(old_lines.size(), hunks[last].end));
    const std::size_t begin = hunks[i].begin - lead, new_begin = hunks[i].new_begin - lead;
    const std::size_t count = hunks[last].end + trail - begin,
                      new_count = hunks[last].new_end + trail - new_begin;
    fmt::print("@@ -{},{} +{},{} @@\n", count ? begin + 1 : begin, count,
               new_count ? new_begin + 1 : new_begin, new_count);
    std::size_t at = begin;
    for (; i <= last; ++i) {
      for (; at < hunks[i].begin; ++at) print_line(' ', old_lines[at]);
      for (; at < hunks[i].end; ++at) print_line('-', old_lines[at]);
      for (std::size_t n = hunks[i].new_begin; n < hunks[i].new_end; ++n) print_line('+', new_lines[n]);
    }
    for (std::size_t end = at + trail; at < end; ++at) print_line(' ', old_lines[at]);
  }
}

bool report_errors(const syntax::Tree& tree, std::string_view text, const std::string& name) {
  Interner names;
  const ast::Module module = ast::build(tree, text, names);
  const LineIndex lines(text);
  bool any = false;
  for (const Diagnostic& finding : module.diagnostics) {
    if (finding.severity != Severity::Error) continue;
    fmt::print(stderr, "{}", render(finding, name, lines));
    any = true;
  }
  return any;
}

}  // namespace

int format_command(const FormatOptions& options) {
  format::Options layout;
  layout.line_width = options.line_width;
  layout.indent = options.indent;
  layout.tabs = options.tabs;
  if (options.quotes == "double") layout.quotes = format::Quotes::Double;
  if (options.quotes == "single") layout.quotes = format::Quotes::Single;
  int status = kOk;
  const auto worse = [&](int code) { status = std::max(status, code); };
  std::size_t changed = 0;
  const auto files = programs_named(options.files);
  for (const std::string& file : files) {
    const bool standard_input = file == "-";
    std::string text, name = "<stdin>";
    if (standard_input) {
      text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
      auto source = load_source(file);
      if (!source) {
        worse(kUsage);
        continue;
      }
      text = std::move(source->text);
      name = shown_path(source->file);
    }
    const syntax::Tree tree = syntax::parse(text);
    const auto edits = format::format(tree, text, layout);
    const std::string result = format::applied(text, edits);
    if (report_errors(tree, text, name)) worse(kCompileError);
    const bool differs = result != text;
    if (differs) ++changed;
    if (options.diff) {
      if (differs) print_diff(name, text, result, edits);
    } else if (options.check) {
      if (differs) fmt::print("would format {}\n", name);
    } else if (standard_input) {
      fmt::print("{}", result);
    } else if (differs) {
      if (write_file_atomically(file, result)) {
        fmt::print("formatted {}\n", name);
      } else {
        fmt::print(stderr, "mlpy: cannot write {}: {}\n", name, std::strerror(errno));
        worse(kUsage);
      }
    }
  }
  if (options.check && changed > 0) worse(kFailed);
  return status;
}

}  // namespace ml::cli
