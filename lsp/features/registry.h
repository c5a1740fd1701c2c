#pragma once

// The seam for features: requests answered from one snapshot.
//
// HOW TO ADD A FEATURE
//   1 one new file lsp/features/NAME.cpp with `void add_NAME(Registry& registry)`. Nothing else has to be
//     edited: the build makes the list of features from the file names (lsp/CMakeLists.txt). Helper files go
//     to lsp/features/NAME/*.cpp and *.h, which are compiled too but are no features.
//   2 in it, a row for each method:
//
//       json::value hover(const Ask& ask) {
//         const auto file = ask.document();                           // of params.textDocument.uri
//         const auto at = symbol_at(*file, ask.offset(*file));        // of params.position
//         if (!at) return nullptr;
//         return json::object{{"contents", ...}, {"range", ask.range(*file, at->span)}};
//       }
//       void add_hover(Registry& registry) {
//         registry.request("textDocument/hover", Lane::Latency, hover);
//         registry.advertise([](json::object& to, const ClientInfo&) { to["hoverProvider"] = true; });
//       }
//
//   3 a conversation protocol-fixtures/lsp/NAME.txt (tests/lsp/conversation.h says how); a test fails when a
//     method of the table is in no conversation.
//
// A handler is a function of the snapshot: it runs on a pool thread, several at a time, holds no state, and
// nothing it looks at changes. It calls `ask.check()` at least each half millisecond of work. It may throw
// Refusal, which becomes the error of the answer; anything else thrown is an internal error of that request.
// What changes the server (a loaded profile, refreshed lenses) is posted: `ask.post([](Editor& e) {...})`.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lsp/documents/modules.h"
#include "lsp/documents/revision.h"
#include "lsp/server/client.h"
#include "lsp/server/snapshot.h"
#include "wire/envelope.h"
#include "wire/stop.h"

namespace ml::lsp {

struct Refusal {
  int code = wire::code::RequestFailed;
  std::string message;  // for the user
};

class Editor;  // lsp/server/editor.h: what may be changed on the state thread

// A request and everything it may look at.
class Ask {
 public:
  const Snapshot& snapshot;
  const json::object& params;
  const wire::StopFlag& stop;
  const std::function<void(std::function<void(Editor&)>)>& post;
  // Sends $/progress for a token of the params (partialResultToken, workDoneToken); does nothing without one.
  const std::function<void(std::string_view token_name, json::value value)>& progress;

  const ClientInfo& client() const { return snapshot.client(); }
  // Those of the folder that holds the file of params.textDocument (or params.uri).
  const Settings& settings() const;
  void check() const { stop.check(); }

  // Reading params. A missing or wrong value refuses with -32602 and the path.
  const json::value* find(std::string_view path) const;  // "/textDocument/uri"; null when absent
  const json::value& need(std::string_view path) const;
  std::string text(std::string_view path) const;
  std::int64_t integer(std::string_view path) const;
  Position position(std::string_view path = "/position") const;
  Range span_of(std::string_view path = "/range") const;

  // The file of params.textDocument.uri: the open document, else the disk. Refuses when there is none.
  std::shared_ptr<const Revision> document() const;
  ByteOffset offset(const Revision& file, std::string_view path = "/position") const {
    return file.text().offset(position(path), client().encoding);
  }
  Span bytes(const Revision& file, std::string_view path = "/range") const {
    return file.text().span(span_of(path), client().encoding);
  }

  // Writing positions in the client's units.
  json::object range(const Revision& file, Span span) const;
  json::object location(const Revision& file, Span span) const;  // {uri, range}
};

json::object to_json(Position position);
json::object to_json(Range range);
Position position_from(const json::value& value, std::string_view path);  // throws Refusal

// Where a request is worked on: what a person waits for while typing, or what may take long; what looks at
// all files begins when the workspace has been read.
enum class Lane : std::uint8_t { Latency, Worker, Workspace };

class Registry {
 public:
  using Handle = json::value (*)(const Ask&);
  using WrittenHandle = wire::WrittenJson (*)(const Ask&);  // for large results
  using Advertise = void (*)(json::object& capabilities, const ClientInfo&);
  using Note = void (*)(Editor&, const json::object& params);

  void request(std::string_view method, Lane lane, Handle handle);
  void request(std::string_view method, Lane lane, WrittenHandle handle);
  // Notifications beyond those of lsp/server; on the state thread.
  void notification(std::string_view method, Note note);
  // Adds to the result of `initialize`; for what the client can.
  void advertise(Advertise add) { advertise_.push_back(add); }

  struct Row {
    std::string method;
    Lane lane = Lane::Latency;
    Handle handle = nullptr;  // or
    WrittenHandle written = nullptr;
    wire::Answer answer(const Ask& ask) const {
      if (written) return written(ask);
      return handle(ask);
    }
  };
  const Row* find(std::string_view method) const;
  Note find_notification(std::string_view method) const;
  const std::vector<Row>& rows() const { return rows_; }
  void capabilities(json::object& to, const ClientInfo& client) const;

 private:
  std::vector<Row> rows_;
  std::vector<std::pair<std::string, Note>> notes_;
  std::vector<Advertise> advertise_;
};

// All features; generated by the build from lsp/features/*.cpp.
Registry make_registry();

}  // namespace ml::lsp
