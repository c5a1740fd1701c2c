#include "core/base/markup.h"

#include <catch2/catch.hpp>

TEST_CASE("text stays text in markup", "[markup]") {
  CHECK(ml::escaped_markup("a < b && \"c\" > 'd'") == "a &lt; b &amp;&amp; &quot;c&quot; &gt; 'd'");
  CHECK(ml::escaped_markup("&lt;") == "&amp;lt;");
  CHECK(ml::escaped_markup(std::string_view("a\0\x1b\x01z", 5)) == "az");
  CHECK(ml::escaped_markup("two\n\tlines, \u00e9\u2192") == "two\n\tlines, \u00e9\u2192");
}
