// Any bytes as what the debug adapter reads: messages of a client, frames of an agent, launch and attach
// arguments, and pieces of ML that a person typed. Nothing may fall over.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dap/envelope.h"
#include "dap/expression.h"
#include "dap/frames.h"
#include "dap/kinds.h"
#include "dap/launch.h"
#include "dap/linked.h"
#include "dap/printed.h"
#include "dap/purity.h"
#include "dap/statements.h"

namespace {

void client(std::string_view bytes) {
  std::string problem;
  auto value = ml::wire::parse_json(bytes, problem);
  if (!value) return;
  if (const auto* object = value->if_object()) {
    ml::dap::read_launch(*object, "/nonexistent", problem);
    ml::dap::read_attach(*object, problem);
  }
  ml::dap::Envelope envelope;
  envelope.read(std::move(*value));
}

void agent(std::string_view bytes) {
  ml::dap::FrameReader whole, pieces;
  whole.add(bytes);
  std::size_t found = 0, again = 0;
  while (whole.next()) ++found;
  for (const char c : bytes) {
    pieces.add({&c, 1});
    while (pieces.next()) ++again;
  }
  if (found != again) std::abort();
}

void program(std::string_view bytes) {
  std::string together;
  for (const auto& piece : ml::dap::linked_lines(bytes)) together += piece.text;
  if (together != bytes) std::abort();
  // Marks come out the same in any pieces, and the rest is lost nowhere.
  std::string whole, pieces;
  const auto add = [](ml::dap::PrintedReader& reader, std::string_view text, std::string& to) {
    for (const auto& piece : reader.add(text))
      for (const char c : piece.text) to += piece.file + ':' + std::to_string(piece.line) + c;
  };
  ml::dap::PrintedReader at_once("7"), by_bytes("7"), none("");
  if (!bytes.empty()) add(at_once, bytes, whole);
  for (const char c : bytes) add(by_bytes, {&c, 1}, pieces);
  add(at_once, {}, whole), add(by_bytes, {}, pieces);
  if (whole != pieces) std::abort();
  std::string same;
  for (const auto& piece : none.add(bytes)) same += piece.text;
  if (same != bytes) std::abort();
}

void person(std::string_view bytes) {
  ml::dap::compile_piece(bytes, bytes.size() % 2 == 0);
  ml::dap::effects_of(bytes, "function f(x) {\n  return x;\n}\n");
  const ml::LineIndex lines(bytes);
  const ml::dap::Statements statements = ml::dap::find_statements(bytes, lines);
  for (const auto& call : statements.calls)
    if (call.stop < 0 || call.whole.end > bytes.size()) std::abort();
  const ml::dap::Source source("main.ml", std::string(bytes));
  for (const auto& row : ml::dap::kept_kinds(source, bytes.size() % 2 == 0))
    if (row.as_array().size() != 3 || row.as_array()[2].to_number<int>() <= 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0: client(bytes); break;
    case 1: agent(bytes); break;
    case 2: program(bytes); break;
    default: person(bytes); break;
  }
  return 0;
}
