#include <catch2/catch.hpp>

#include <algorithm>
#include <future>
#include <utility>

#include "wire/peer.h"
#include "wire/pool.h"

using namespace ml::wire;
using namespace std::chrono_literals;

namespace {

// Answers `echo` at once, keeps `wait`, drops `drop`.
struct TestHandler : Handler {
  void on_request(std::shared_ptr<Call> call) override {
    if (call->method() == "echo") call->answer(call->params());
    if (call->method() == "wait") kept.push_back(std::move(call));
  }
  void on_notification(Notification note) override { notes.push_back(note.method); }
  void on_trouble(std::string what) override { trouble.push_back(what); }
  std::vector<std::shared_ptr<Call>> kept;
  std::vector<std::string> notes, trouble;
};

std::string framed(const std::string& body) { return frame_header(body.size()) + body; }

struct Conversation {
  Conversation() {
    auto [near, far] = make_memory_pair();
    client = std::move(near);
    server = std::move(far);
    peer = std::make_unique<Peer>(*server, rpc, handler, Peer::Options{});
    thread = std::thread([this] { end = peer->run(); });
  }
  ~Conversation() { finish(); }
  void finish() {
    if (thread.joinable()) {
      client->close();
      thread.join();
    }
    handler.kept.clear();
  }
  void say(const std::string& body) { client->write(framed(body)); }
  std::string hear() {
    while (heard.empty()) {
      char buffer[4096];
      const std::size_t size = client->read(buffer);
      REQUIRE(size > 0);
      reader.feed({buffer, size});
    }
    std::string first = heard.front();
    heard.erase(heard.begin());
    return first;
  }
  // What comes back for a body.
  std::string ask(const std::string& body) {
    say(body);
    return hear();
  }

  std::unique_ptr<Transport> client, server;
  JsonRpc rpc;
  TestHandler handler;
  std::unique_ptr<Peer> peer;
  PeerEnd end = PeerEnd::EndOfStream;
  std::thread thread;
  std::vector<std::string> heard;
  FrameReader reader{[this](Frame&& frame) { heard.push_back(frame.bytes); }};
};

}  // namespace

TEST_CASE("requests are answered with their id") {
  Conversation c;
  CHECK(c.ask(R"({"jsonrpc":"2.0","id":7,"method":"echo","params":{"a":1}})") ==
        R"({"jsonrpc":"2.0","id":7,"result":{"a":1}})");
  CHECK(c.ask(R"({"id":"x","method":"echo"})") == R"({"jsonrpc":"2.0","id":"x","result":{}})");
  CHECK(c.ask(R"({"id":9223372036854775807,"method":"echo"})").find("\"id\":9223372036854775807") !=
        std::string::npos);
}

TEST_CASE("bad JSON, batches and messages that are none are answered and reading goes on") {
  Conversation c;
  CHECK(c.ask("{").find(R"("id":null,"error":{"code":-32700)") != std::string::npos);
  CHECK(c.ask("\"\xff\"").find("-32700") != std::string::npos);
  CHECK(c.ask(R"([{"id":1,"method":"echo"},{"id":2,"method":"echo"}])")
            .find(R"("id":null,"error":{"code":-32600)") != std::string::npos);
  CHECK(c.ask("{}").find(R"("id":null,"error":{"code":-32600)") != std::string::npos);
  c.client->write("Content-Length: 2\r\nContent-Type: x; charset=latin1\r\n\r\n{}");
  CHECK(c.hear().find("-32700") != std::string::npos);
  CHECK(c.ask(R"({"id":1,"method":"echo"})") == R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

TEST_CASE("a second request with an id in flight is refused, the first is unaffected") {
  Conversation c;
  c.say(R"({"id":1,"method":"wait"})");
  CHECK(c.ask(R"({"id":1,"method":"echo"})").find(R"("id":1,"error":{"code":-32600)") != std::string::npos);
  CHECK(c.ask(R"({"id":"1","method":"echo"})") == R"({"jsonrpc":"2.0","id":"1","result":{}})");
  c.handler.kept.at(0)->answer(json::value(5));
  CHECK(c.hear() == R"({"jsonrpc":"2.0","id":1,"result":5})");
  CHECK(c.ask(R"({"id":1,"method":"echo"})") == R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

TEST_CASE("cancelling answers at once and only once") {
  Conversation c;
  c.say(R"({"id":1,"method":"wait"})");
  c.say(R"({"method":"$/cancelRequest","params":{"id":99}})");
  CHECK(c.ask(R"({"method":"$/cancelRequest","params":{"id":1}})").find(R"("id":1,"error":{"code":-32800)") !=
        std::string::npos);
  const auto call = c.handler.kept.at(0);
  CHECK(call->stop().reason() == StopReason::Cancelled);
  CHECK_THROWS_AS(call->stop().check(), Stopped);
  call->answer(json::value(5));
  CHECK(c.ask(R"({"id":2,"method":"echo"})") == R"({"jsonrpc":"2.0","id":2,"result":{}})");
}

TEST_CASE("a request whose handler forgets it is answered all the same") {
  Conversation c;
  CHECK(c.ask(R"({"id":1,"method":"drop"})").find(R"("id":1,"error":{"code":-32603)") != std::string::npos);
}

TEST_CASE("notifications arrive in order; responses nobody asked for are noted") {
  Conversation c;
  c.say(R"({"method":"a"})");
  c.say(R"({"method":"b"})");
  c.say(R"({"id":77,"result":null})");
  CHECK(c.ask(R"({"id":1,"method":"echo"})").find("result") != std::string::npos);
  CHECK(c.handler.notes == std::vector<std::string>{"a", "b"});
  CHECK(c.handler.trouble.size() == 1);
}

TEST_CASE("our own requests get the client's answers") {
  Conversation c;
  std::promise<int> answer;
  c.peer->request("client/ask", json::object{{"a", 1}},
                  [&](Response&& r) { answer.set_value(static_cast<int>(*integer_of(r.result))); });
  CHECK(c.hear() == R"({"jsonrpc":"2.0","id":1,"method":"client/ask","params":{"a":1}})");
  c.say(R"({"id":1,"result":42})");
  CHECK(answer.get_future().get() == 42);
}

TEST_CASE("endless nonsense ends the conversation") {
  Conversation c;
  for (int i = 0; i < 8; ++i) c.client->write("Content-Length: x\r\n\r\n");
  c.thread.join();
  CHECK(c.end == PeerEnd::Hopeless);
}

TEST_CASE("the queue to a client that does not read merges and drops, but never what must arrive") {
  // A client that takes nothing until it is told to.
  struct Slow : Transport {
    std::size_t read(std::span<char>) override { return 0; }
    bool write(std::string_view bytes) override {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return open; });
      written += bytes;
      return true;
    }
    std::size_t write_some(std::string_view) override { return 0; }
    void close() override { let_go(); }
    void let_go() {
      const std::lock_guard lock(mutex);
      open = true;
      changed.notify_all();
    }
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
    std::string written;
  } slow;
  Outbox out(slow, 1000);
  out.send("first");
  while (out.waiting_bytes() > 0) std::this_thread::yield();  // the writer holds it now
  out.send("old diagnostics", Keep::Latest, "a.ml");
  out.send("other diagnostics", Keep::Latest, "b.ml");
  out.send("new diagnostics", Keep::Latest, "a.ml");
  for (int i = 0; i < 100; ++i) out.send("log " + std::string(100, 'x'), Keep::WhileRoom);
  CHECK(out.waiting_bytes() <= 1000);
  out.send("response " + std::string(5000, 'r'));
  CHECK_FALSE(out.flush(1ms));
  slow.let_go();
  REQUIRE(out.flush(10s));
  CHECK(slow.written.find("old diagnostics") == std::string::npos);
  CHECK(slow.written.find("new diagnostics") != std::string::npos);
  CHECK(slow.written.find("other diagnostics") != std::string::npos);
  CHECK(slow.written.find("log ") == std::string::npos);
  CHECK(slow.written.find("response rrr") != std::string::npos);
}

TEST_CASE("what a client does not take at once follows where that ended") {
  // Takes so many bytes without being waited for.
  struct Narrow : Transport {
    explicit Narrow(std::size_t most) : room(most) {}
    std::size_t read(std::span<char>) override { return 0; }
    bool write(std::string_view bytes) override {
      written += bytes;
      return true;
    }
    std::size_t write_some(std::string_view bytes) override {
      const std::string_view some = bytes.substr(0, std::exchange(room, room - std::min(room, bytes.size())));
      written += some;
      return some.size();
    }
    void close() override {}
    std::size_t room;
    std::string written;
  };
  for (const std::size_t size : {10, 100'000}) {
    const std::string body(size, 'b'), framed = frame_header(size) + body;
    for (const std::size_t room :
         {std::size_t{0}, std::size_t{5}, framed.size() - size, framed.size() - 1, framed.size()}) {
      Narrow to(room);
      Outbox out(to);
      out.send(body);
      out.send("next");
      REQUIRE(out.flush(10s));
      CHECK(to.written == framed + frame_header(4) + "next");
    }
  }
}

TEST_CASE("a loop runs tasks in order and timers when they are due") {
  Loop loop;
  std::string ran;
  loop.post_at(Loop::Clock::now() + 2ms, [&] { ran += "t"; });
  loop.post_at(Loop::Clock::now() + 4ms, [&] { loop.stop(); });
  loop.post([&] { ran += "a"; });
  loop.post([&] { ran += "b"; });
  loop.run();
  CHECK(ran == "abt");
}

TEST_CASE("descriptors carry the stream, and closing ends a read that waits") {
  std::string problem;
  const auto listener = listen_port(0, problem);
  REQUIRE(listener);
  CHECK(listener->place().starts_with("127.0.0.1:"));
  const auto port = static_cast<unsigned short>(std::stoi(listener->place().substr(10)));
  const auto client = connect_port(port);
  REQUIRE(client);
  const auto server = listener->accept();
  REQUIRE(client->write("hello"));
  char buffer[16];
  CHECK(server->read(buffer) == 5);
  std::thread closer([&] { server->close(); });
  CHECK(server->read(buffer) == 0);
  closer.join();
  CHECK_FALSE(listen_pipe("/nonexistent/socket", problem));
}
