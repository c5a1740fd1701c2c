#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/program.h"
#include "profiler/model/profile.h"

namespace ml::cli {

// What the command knows of a profiled run and its capture does not.
struct RunFacts {
  std::filesystem::path main_file;   // absolute
  std::vector<std::string> command;  // as typed
  std::string kind = "run";
  std::string transpile_cache = "off";  // hit, miss, off
  std::vector<PhaseStep> steps;         // of this process
  // Sources as they were when the program started, by absolute path.
  std::map<std::filesystem::path, std::string> sources;
  std::optional<int> exit_code;
  std::uint64_t ended_ns = 0;  // monotonic clock when the result was there; 0: not known
};

// The bytes of the program's own files: the main one and those its imports found.
std::map<std::filesystem::path, std::string> sources_of(const std::filesystem::path& main_file,
                                                        const std::string& main_text,
                                                        const std::vector<Dependency>& dependencies);

// The profile of a run from the bytes of its capture, complete with `run`, sources, identities of functions
// and findings. Nothing when the bytes are no capture: the program died before it was measured.
std::optional<profiler::Profile> profile_of(const std::string& capture, const RunFacts& facts);

// The profile of a run without a capture: the phases of this process alone. Not complete unless `finished`.
profiler::Profile profile_without_program(const RunFacts& facts, bool finished);

// Notes in the profile that the program was not started because of this error.
void note_compile_error(profiler::Profile& profile, const FirstError& error, const RunFacts& facts);

// Saves the profile under its id in the archive of the program's project, or in the user's when that cannot
// be written, or as `file` if that is given. The archive then has at most `keep` runs of the program (0: 20).
// Tells the user when that fails. Where it went, or nothing.
std::optional<std::filesystem::path> save_profile(const profiler::Profile& profile,
                                                  const std::filesystem::path& main_file,
                                                  const std::string& file, int keep = 0);

}  // namespace ml::cli
