#pragma once

// Profiles of other tools: `.cpuprofile` (V8), speedscope, pprof, folded stacks, callgrind
// (editor-protocols.md 4.3). Trusts nothing; pure.

#include <optional>
#include <string>
#include <string_view>

namespace ml::lsp {

// The same as a `.mlprof`; nothing when the bytes are none of these formats, or say nothing of time. The
// format is known by what is in it. Times of folded stacks are taken as microseconds, as mlpy writes them.
std::optional<std::string> mlprof_of_foreign(std::string_view bytes);

// One format each, in sources of their own; they return nothing for others.
std::optional<std::string> mlprof_of_folded(std::string_view text);
std::optional<std::string> mlprof_of_callgrind(std::string_view text);
std::optional<std::string> mlprof_of_pprof(std::string_view bytes);  // not compressed

}  // namespace ml::lsp
