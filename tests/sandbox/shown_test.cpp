#include "runtime/sandbox/shown.h"

#include <catch2/catch.hpp>

using ml::sandbox::Shown;

TEST_CASE("control characters of a stream are shown, wherever it is cut") {
  const std::string stream = "a\x1b]0;t\x07\tb\r\n\x7f \xc3\xa4 \xc2\x9b \xc2\xa0\xe2\x82\xac";
  const std::string shown = "a\\x1b]0;t\\x07\tb\\x0d\n\\x7f \xc3\xa4 \\x9b \xc2\xa0\xe2\x82\xac";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    Shown one;
    std::string text = one.text(stream.substr(0, cut));
    text += one.text(stream.substr(cut));
    text += one.rest();
    CHECK(text == shown);
  }
  Shown open;
  CHECK(open.text("a\xc2") == "a");
  CHECK(open.rest() == "\xc2");
  CHECK(open.text("b") == "b");
  CHECK(open.rest().empty());
}
