// Golden cases: tests/format/cases/*.txt, each `=== title [options]`, source, `---`, formatted. Without
// `---`: formatted already.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/format/format.h"

namespace {

using namespace ml;

std::string read(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

format::Options options_of(const std::string& title) {
  format::Options out;
  if (title.find("[width 40]") != std::string::npos) out.line_width = 40;
  if (title.find("[indent 2]") != std::string::npos) out.indent = 2;
  if (title.find("[tabs]") != std::string::npos) out.tabs = true;
  if (title.find("[double]") != std::string::npos) out.quotes = format::Quotes::Double;
  if (title.find("[single]") != std::string::npos) out.quotes = format::Quotes::Single;
  return out;
}

}  // namespace

TEST_CASE("golden cases of the formatter") {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(MLPY_SOURCE_DIR "/tests/format/cases")) {
    std::istringstream lines(read(file.path()));
    std::string line, title, before, after;
    bool second = false;
    const auto check = [&] {
      if (title.empty()) return;
      ++count;
      const format::Options options = options_of(title);
      const std::string expected = second ? after : before;
      INFO(file.path().filename() << ": " << title);
      CHECK(format::formatted(before, options) == expected);
      CHECK(format::formatted(expected, options) == expected);
    };
    while (std::getline(lines, line)) {
      if (line.starts_with("=== ")) {
        check();
        title = line.substr(4);
        before = after = "";
        second = false;
      } else if (line == "---") {
        second = true;
      } else {
        (second ? after : before) += line + "\n";
      }
    }
    check();
  }
  CHECK(count > 30);
}

TEST_CASE("line ends, final line, byte order mark") {
  const format::Options options;
  CHECK(format::formatted("a=1;\r\nif(a){\r\nb=2}\r\n", options) ==
        "a = 1;\r\nif (a) {\r\n    b = 2;\r\n}\r\n");
  CHECK(format::formatted("a=1", options) == "a = 1;\n");
  CHECK(format::formatted("a = 1;\n\n\n", options) == "a = 1;\n");
  CHECK(format::formatted("\xEF\xBB\xBF\n a=1;\n", options) ==
        "\xEF\xBB\xBF"
        "a = 1;\n");
  CHECK(format::formatted("", options).empty());
  CHECK(format::formatted("\n\n", options).empty());
  format::Options keep;
  keep.insert_final_newline = false;
  CHECK(format::formatted("a=1;", keep) == "a = 1;");
}

TEST_CASE("ranges: the statements that touch them, at the level of their block") {
  const auto range = [](std::string text, std::string_view part) {
    const auto at = static_cast<ByteOffset>(text.find(part));
    return format::applied(text, format::format_range(syntax::parse(text), text,
                                                      {at, at + static_cast<ByteOffset>(part.size())}, {}));
  };
  CHECK(range("a=1;\nb=2;\nc=3;\n", "b") == "a=1;\nb = 2;\nc=3;\n");
  CHECK(range("function f() {\n  x=1;\n      y=2;\n}\nz=1;\n", "y=2") ==
        "function f() {\n  x=1;\n    y = 2;\n}\nz=1;\n");
  CHECK(range("if(a){\nb=2;\n}\nz=1;\n", "}") == "if (a) {\n    b = 2;\n}\nz=1;\n");
  CHECK(range("a=1; b=2; c=3;\n", "b=2") == "a=1; b = 2; c=3;\n");
  CHECK(range("a=1;\n\n", "\n\n") == "a=1;\n\n");
}
