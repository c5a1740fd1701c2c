#pragma once

#include <cstddef>

#include "profiler/model/profile.h"

namespace ml::profiler::store {

// A file is no larger than this (profiler-reports.md 5) unless its functions and texts alone are.
inline constexpr std::size_t kMostBytes = 32u << 20;

// Makes a profile that would be a larger file smaller by joining what weighs least: stacks below `(other)`,
// lines of a function as its line 0, call edges of one caller as one of line 0. Whatever adds up still does.
// `level`: 1 and on; each keeps half as much.
void shrink(Profile& profile, unsigned level);

}  // namespace ml::profiler::store
