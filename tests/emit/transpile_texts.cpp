// transpile_texts [--rows] [--open] FILE...: the Python of every file that compiles, each after a line "####
// FILE". With --rows the position table follows as "# row ..." lines; --open compiles as an imported module.

#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/emit/compile.h"

int main(int argc, char** argv) {
  bool rows = false, closed_world = true;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--rows") {
      rows = true;
      continue;
    }
    if (std::string_view(argv[i]) == "--open") {
      closed_world = false;
      continue;
    }
    std::ifstream in(argv[i], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const ml::test::EmittedText out = ml::test::emit_text(text, closed_world);
    if (out.has_errors || !out.emitted.diagnostics.empty()) {
      for (const ml::Diagnostic& d : out.findings)
        std::fprintf(stderr, "%s: %s\n", argv[i], d.message.c_str());
      continue;
    }
    std::printf("#### %s\n%s", argv[i], out.emitted.python.c_str());
    if (!rows) continue;
    for (const ml::MapRow& r : out.emitted.positions.rows()) {
      std::printf("# row %u:%u-%u:%u = %u:%u-%u:%u\n", r.py_line, r.py_column, r.py_end_line, r.py_end_column,
                  r.ml_line, r.ml_column, r.ml_end_line, r.ml_end_column);
    }
  }
}
