#pragma once

// The document of `mlpy run --json` (cli-and-python-api.md 1.4, security.md 6).

#include <memory>
#include <string>

#include "cli/program.h"
#include "runtime/sandbox/process.h"

namespace ml::cli {

// Is told what happens as the run goes on; whatever it was not told is null, zero or empty in the document.
class RunDocument {
 public:
  RunDocument();
  ~RunDocument();
  RunDocument(const RunDocument&) = delete;
  RunDocument& operator=(const RunDocument&) = delete;

  void findings(const Program& program);
  void compile_error(const FirstError& error);  // the program was not started
  void transpile_cache(const std::string& state);
  void profile(const std::string& json);
  // How the program ended. What its process says of itself is not trusted further than its own result.
  void outcome(const sandbox::Outcome& outcome);

  // One line, for the exit code of the command.
  std::string text(int status) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace ml::cli
