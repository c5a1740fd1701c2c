#include <catch2/catch.hpp>

#include "wire/envelope.h"
#include "wire/json.h"

using namespace ml::wire;

namespace {

json::value parsed(std::string_view text) {
  std::string problem;
  const auto value = parse_json(text, problem);
  INFO(text << ": " << problem);
  REQUIRE(value.has_value());
  return *value;
}

std::string problem_of(std::string_view text) {
  std::string problem;
  CHECK_FALSE(parse_json(text, problem).has_value());
  return problem;
}

}  // namespace

TEST_CASE("a byte order mark is skipped") {
  CHECK(write_json(parsed("\xEF\xBB\xBF{\"a\":1}")) == R"({"a":1})");
}

TEST_CASE("of duplicate keys the last wins") {
  CHECK(write_json(parsed(R"({"a":1,"b":2,"a":3})")).find("\"a\":3") != std::string::npos);
}

TEST_CASE("lone surrogates survive both ways, pairs become characters") {
  const std::string lone = "\"\\ud800x\\udc00\"";
  CHECK(sv(parsed(lone).get_string()) == "\xED\xA0\x80x\xED\xB0\x80");
  CHECK(write_json(parsed(lone)) == lone);
  CHECK(sv(parsed(R"("\ud83d\ude00")").get_string()) == "\xF0\x9F\x98\x80");
  CHECK(sv(parsed(R"("\\ud800")").get_string()) == "\\ud800");
  CHECK(sv(parsed(R"("\ud800\ud83d\ude00")").get_string()) == "\xED\xA0\x80\xF0\x9F\x98\x80");
  CHECK(write_json(parsed("\"\xED\x9F\xBF\"")) == "\"\xED\x9F\xBF\"");
}

TEST_CASE("invalid UTF-8, bad JSON and deep nesting are errors") {
  CHECK(problem_of("\"\xff\"") == "invalid UTF-8 at byte 1");
  CHECK(problem_of("\"\xED\xA0\x80\"") == "invalid UTF-8 at byte 1");
  CHECK(problem_of("{\"a\":}").starts_with("not JSON"));
  CHECK(problem_of("").starts_with("not JSON"));
  CHECK(problem_of("{} x").starts_with("not JSON"));
  CHECK(problem_of(std::string(513, '[') + std::string(513, ']')) == "nested too deeply");
  parsed(std::string(512, '[') + std::string(512, ']'));
  CHECK(problem_of(std::string(1'000'000, '[')) == "nested too deeply");
}

TEST_CASE("a zero is zero, however large its exponent") {
  std::string problem;
  const auto value = parse_json(R"([0e444, -0.00E+999, {"a": 0e99999}, "0e444"])", problem);
  REQUIRE(value);
  CHECK(*value == json::value{0.0, 0.0, {{"a", 0.0}}, "0e444"});
}

TEST_CASE("numbers that are too large are still JSON when they are written") {
  std::string problem;
  const auto value = parse_json(R"(["Infinity \"Infinity", -1e99999, {"Infinity": 2e99999}])", problem);
  REQUIRE(value);
  CHECK(write_json(*value) == R"(["Infinity \"Infinity",-1e999,{"Infinity":1e999}])");
  CHECK(parse_json(write_json(*value), problem) == value);
}

TEST_CASE("1.0 is an integer, 1.5 is none") {
  CHECK(integer_of(parsed("1.0")) == 1);
  CHECK(integer_of(parsed("-7")) == -7);
  CHECK_FALSE(integer_of(parsed("1.5")).has_value());
  CHECK_FALSE(integer_of(parsed("1e300")).has_value());
  CHECK_FALSE(integer_of(parsed("\"1\"")).has_value());
}

TEST_CASE("messages are told apart") {
  JsonRpc rpc;
  const auto read = [&](std::string_view text) { return rpc.read(parsed(text)); };
  const auto bad = [&](std::string_view text) {
    INFO(text);
    const Message message = read(text);
    REQUIRE(std::holds_alternative<Malformed>(message));
    const auto& malformed = std::get<Malformed>(message);
    return std::to_string(malformed.error.code) + " " + write_json(malformed.id);
  };
  CHECK(bad("[]") == "-32600 null");
  CHECK(bad("[{\"method\":\"a\"}]") == "-32600 null");
  CHECK(bad("1") == "-32600 null");
  CHECK(bad("{}") == "-32600 null");
  CHECK(bad(R"({"id":null,"method":"a"})") == "-32600 null");
  CHECK(bad(R"({"id":1.5,"method":"a"})") == "-32600 null");
  CHECK(bad(R"({"id":{},"method":"a"})") == "-32600 null");
  CHECK(bad(R"({"id":1,"method":2})") == "-32600 1");
  CHECK(bad(R"({"id":1,"method":"a","params":3})") == "-32602 1");

  const auto id = [&](std::string_view text) { return write_json(std::get<Request>(read(text)).id); };
  CHECK(id(R"({"jsonrpc":"2.0","id":1,"method":"a"})") == "1");
  CHECK(id(R"({"id":"x","method":"a"})") == "\"x\"");
  CHECK(id(R"({"id":9223372036854775807,"method":"a"})") == "9223372036854775807");
  CHECK(id(R"({"id":18446744073709551615,"method":"a"})") == "18446744073709551615");
  CHECK(rpc.foreign_version());

  CHECK(std::get<Request>(read(R"({"id":1,"method":"a"})")).params == json::object());
  CHECK(std::get<Request>(read(R"({"id":1,"method":"a","params":null})")).params == json::object());
  CHECK(std::get<Notification>(read(R"({"method":"a","params":{"b":1}})")).params.at("b") == 1);
  CHECK(std::get<Response>(read(R"({"id":1,"result":2})")).result == 2);
  CHECK(std::get<Response>(read(R"({"id":1,"error":{"code":-1,"message":"no"}})")).error.code == -1);
}

TEST_CASE("strings written without a value are those written with one") {
  for (const std::string_view text : {"", "plain text", "\"", "\\", "a\nb", "\x01", "\x7F",
                                      "gr\xC3\xBC\xC3\x9F", "\xF0\x9F\x99\x82", "\xED\xA0\x80"}) {
    std::string out = "[";
    append_string(out, text);
    CHECK(out == "[" + write_json(json::value(sv(text))));
  }
}
