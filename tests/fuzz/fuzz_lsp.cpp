// Any lines as messages to a running server that has a document open: nothing may fall over or hang, and
// every request is answered once. Lines that are no JSON stay as they are; `!` lines are edits: start line,
// start column, end line, end column (bytes), then the text.

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <thread>

#include "lsp/server.h"
#include "wire/framing.h"
#include "wire/json.h"

namespace {

namespace json = boost::json;

std::string edit_of(std::string_view line, int version) {
  const auto at = [&](std::size_t i) {
    return i < line.size() ? static_cast<unsigned char>(line[i]) % 40 : 0;
  };
  const json::object range{{"start", {{"line", at(0)}, {"character", at(1)}}},
                           {"end", {{"line", at(2)}, {"character", at(3)}}}};
  std::string text;
  for (std::size_t i = 4; i < line.size(); ++i) text.push_back(static_cast<char>(line[i] & 0x7f));
  return json::serialize(
      json::object{{"method", "textDocument/didChange"},
                   {"params",
                    {{"textDocument", {{"uri", "untitled:a"}, {"version", version}}},
                     {"contentChanges", {json::object{{"range", range}, {"text", text}}}}}}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto [ours, its] = ml::wire::make_memory_pair();
  ml::wire::Transport &client = *ours, &server = *its;
  std::thread serving([&server] {
    ml::lsp::ServerOptions options;
    options.watch_parent = false;
    ml::lsp::serve(server, options);
  });
  std::map<std::string, int> waiting;  // id -> answers outstanding
  const auto send = [&](const std::string& body) {
    client.write(ml::wire::frame_header(body.size()) + body);
  };
  const auto say = [&](const std::string& body) {
    std::string problem;
    if (const auto value = ml::wire::parse_json(body, problem); value && value->is_object()) {
      const auto& message = value->get_object();
      if (const auto* method = message.if_contains("method"); method && method->is_string()) {
        if (method->get_string() == "exit" || method->get_string() == "shutdown") return;
        if (const auto* id = message.if_contains("id"); id && (id->is_int64() || id->is_string()))
          ++waiting[json::serialize(*id)];
      }
    }
    send(body);
  };
  say(R"({"id":"first","method":"initialize","params":{"capabilities":{}}})");
  say(R"({"method":"textDocument/didOpen","params":{"textDocument":{"uri":"untitled:a","languageId":"ml","version":1,"text":"function f(a) {\n  return a;\n}\nx = f(1);\n"}}})");
  int version = 1;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    say(line.starts_with('!') ? edit_of(line.substr(1), ++version) : std::string(line));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  send(R"({"id":"last","method":"shutdown"})");
  waiting["\"last\""] = 1;
  ml::wire::FrameReader frames([&](ml::wire::Frame&& frame) {
    std::string problem;
    const auto message = ml::wire::parse_json(frame.bytes, problem);
    if (!message || !message->is_object()) std::abort();
    const auto& object = message->get_object();
    if (object.contains("method") || object.at("id").is_null()) return;
    if (--waiting[json::serialize(object.at("id"))] < 0) std::abort();
  });
  char buffer[65536];
  const auto read = [&] {
    const std::size_t got = client.read(buffer);
    frames.feed({buffer, got});
    return got > 0;
  };
  // A missing answer is a hang, which the fuzzer notices.
  while (std::any_of(waiting.begin(), waiting.end(), [](const auto& entry) { return entry.second != 0; })) {
    if (!read()) std::abort();
  }
  send(R"({"method":"exit"})");
  while (read()) {
  }
  serving.join();
  return 0;
}
