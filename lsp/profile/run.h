#pragma once

// A profile that the editor shows: the run, where its files are now, and who its functions are.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/ast/function_keys.h"
#include "core/syntax/tree.h"
#include "profiler/model/profile.h"

namespace ml::lsp {

using profiler::kNone;

// The text of a file as it ran, in pieces that are compared with the text of now.
struct RanText {
  std::vector<std::uint64_t> lines;  // hash_lines
  std::vector<ast::FunctionKey> keys;
  struct Statement {
    std::uint64_t body_hash = 0;
    std::uint32_t line = 0, end_line = 0;  // from 1
  };
  std::vector<Statement> statements;  // those that are not function declarations
};
// Each line without its blanks; 0: a blank line, or one that is a comment.
std::vector<std::uint64_t> hash_lines(std::string_view text);

// Immutable, but for `ran_text`, which is made when somebody asks. Safe from any thread.
struct LoadedRun {
  profiler::Profile profile;
  std::string path;               // of the `.mlprof` file; empty when it came in a message
  std::string root;               // of the project: what paths in the profile are relative to
  bool found = false;             // one of its files is there
  std::string clock;              // "14:02", when it began, local time
  std::vector<std::string> keys;  // identity (uri.h) of each ML file, by index
  std::map<std::string, std::uint32_t, std::less<>> files;  // the other way round
  std::vector<std::vector<std::uint32_t>> functions;        // ML functions of a file, by line
  struct Callee {
    std::uint32_t function, line;
    std::uint64_t cum_ns, calls;
  };
  std::vector<std::vector<Callee>> callees;  // by function, most time first
  // Identity as numbers, by function; 0: not known.
  std::vector<std::uint64_t> body, shape;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> by_body;

  std::uint64_t ml_ns() const { return profile.ml_ns(); }
  double percent(std::uint64_t ns) const {
    return ml_ns() == 0 ? 0 : static_cast<double>(ns) * 100 / static_cast<double>(ml_ns());
  }
  const profiler::Profile::Function& function(std::uint32_t i) const { return profile.functions[i]; }
  bool is_top_level(std::uint32_t i) const { return profile.functions[i].name == "(top level)"; }
  // "inner" of "outer.inner".
  std::string_view own_name(std::uint32_t i) const;
  // Null when the profile does not hold the file's text.
  std::shared_ptr<const RanText> ran_text(std::uint32_t file) const;

 private:
  struct RanTexts {
    std::mutex mutex;
    std::map<std::uint32_t, std::shared_ptr<const RanText>> of_file;
  };
  std::shared_ptr<RanTexts> ran_ = std::make_shared<RanTexts>();  // a copy of the run has the same
};

// The nearest folder with a project file, else the file's own: where `mlpy run` puts `.mlpy`.
std::string project_of(const std::string& file);

struct RunResult {
  std::shared_ptr<const LoadedRun> run;
  std::string error;  // a sentence for the user; empty when there is a run
};

// Reads a `.mlprof`. `path`: where it was; may be empty. `folders`: of the workspace, for a profile that does
// not lie in a project's `.mlpy`. Looks at the disk to find the files.
RunResult load_run(std::string_view bytes, const std::string& path, const std::vector<std::string>& folders);
RunResult load_run_file(const std::string& path, const std::vector<std::string>& folders);

}  // namespace ml::lsp
