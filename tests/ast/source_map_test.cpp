#include <catch2/catch.hpp>

#include "core/text/source_map.h"

using namespace ml;

TEST_CASE("rows are sorted, outer ranges first, and found innermost") {
  SourceMap map;
  map.add({2, 0, 2, 5, 9, 0, 9, 5});
  map.add({1, 4, 1, 5, 2, 0, 2, 1});
  map.add({1, 4, 1, 9, 3, 0, 3, 1});
  map.add({1, 0, 1, 9, 4, 0, 4, 1});
  map.finish();
  REQUIRE(map.rows().size() == 4);
  CHECK(map.rows()[1].ml_line == 3);
  CHECK(map.rows()[2].ml_line == 2);
  REQUIRE(map.find(1, 4));
  CHECK(map.find(1, 4)->ml_line == 2);
  CHECK(map.find(1, 6)->ml_line == 3);
  CHECK(map.find(1, 1)->ml_line == 4);
  CHECK(map.find(2, 4)->ml_line == 9);
  CHECK_FALSE(map.find(2, 5));
  CHECK_FALSE(map.find(1, 9));
}

TEST_CASE("the position table is little-endian and survives the way there and back") {
  SourceMap map;
  map.add({1, 2, 3, 4, 5, 6, 7, 0x01020304});
  map.finish();
  const std::string bytes = map.to_bytes();
  REQUIRE(bytes.size() == 32);
  CHECK(bytes.substr(0, 8) == std::string("\1\0\0\0\2\0\0\0", 8));
  CHECK(bytes.substr(28) == "\4\3\2\1");
  CHECK(SourceMap::from_bytes(bytes + "xyz").rows() == map.rows());
}

TEST_CASE("version 3 source map") {
  SourceMap map;
  map.add({1, 0, 1, 5, 1, 0, 1, 6});
  map.add({1, 4, 1, 5, 1, 4, 1, 5});
  map.add({3, 0, 3, 1, 2, 0, 2, 1});
  map.finish();
  const std::string json = version3_json(map, {"a.py", "x = 1\n\ny\n", "a \"b\".ml", "x = 1;\ny;\n"});
  CHECK(json ==
        "{\"version\":3,\"file\":\"a.py\",\"sources\":[\"a \\\"b\\\".ml\"],"
        "\"sourcesContent\":[\"x = 1;\\ny;\\n\"],\"names\":[],\"mappings\":\"AAAA,IAAI;;AACJ\"}\n");
}

TEST_CASE("columns of source maps are UTF-16 units") {
  SourceMap map;
  map.add({1, 4, 1, 5, 1, 6, 1, 7});  // behind a code point of four bytes on both sides
  map.finish();
  const std::string json = version3_json(map, {"p", "\xF0\x9F\x98\x80x", "m", "\xF0\x9F\x98\x80  x"});
  CHECK(json.find("\"mappings\":\"EAAI\"") != std::string::npos);
}

TEST_CASE("text in JSON") {
  CHECK(json_quoted("a\"b\\c\n\t\x01é") == "\"a\\\"b\\\\c\\n\\t\\u0001é\"");
  CHECK(json_quoted("\xFFz") == "\"\xEF\xBF\xBDz\"");
}
