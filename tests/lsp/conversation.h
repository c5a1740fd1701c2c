#pragma once

// Conversations with the language server as text (protocol-fixtures/lsp/*.txt), played against a server in
// this process and against the real program.
//
//   Prose, up to the first line that starts with `--`.
//   -- main.ml                       a file: the lines that follow, on the disk of a fresh folder
//   --> initialize {"capabilities": {}}         optional: without it the runner does the handshake, offering
//   nothing
//   --> open main.ml                            didOpen with the file's text; `open main.ml as ocaml`
//   --> change main.ml {"range": "1:1-1:1", "text": "x"}      didChange, version one up; a list makes several
//   --> close main.ml        --> save main.ml
//   --> disk main.ml other.ml                   the file on the disk becomes a copy of another, by a rename
//   --> remove main.ml                          it is no more on the disk
//   --> notify METHOD {params}                  any notification
//   --> METHOD {params}                         a request; the next `<-- ` without a method is its answer
//   --> raw "bytes as a JSON string"
//   <-- {expected result}    <-- error -32602   <-- null
//   <-- error-null -32700    <-- error-of 77 -32002     errors of messages that the runner did not number
//   <-- METHOD {expected params}                a message from the server; others are passed over
//
// JSON goes on over lines that begin with blanks. In it: "1:7-1:15" is a range and "1:7" a position (from 1,
// in units of the encoding), "at": "main.ml 2:5" is textDocument and position, "in": "main.ml" is
// textDocument,
// "$main.ml" is the URI of the file. Expected values are matched as merge patches: what they name has to be
// there, null means absent; lists have to be complete; "*" is anything.

#include <memory>
#include <string>
#include <vector>

#include "wire/transport.h"

namespace ml::test {

// Empty when everything was as expected, else what was not. Sends shutdown and exit at the end.
std::string play(const std::string& file, std::unique_ptr<wire::Transport> server);

// Methods of requests that occur in a conversation.
std::vector<std::string> methods_of(const std::string& file);

}  // namespace ml::test
