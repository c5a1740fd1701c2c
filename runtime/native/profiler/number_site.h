#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "runtime/native/profiler/bytecode.h"

namespace ml::native::profiler {

// A place where code counts without doing more than before: it loads a number only to compare or to calculate
// with it, so that a copy of the number which counts its own loads (probe.h) does as well there, and nobody
// else ever gets hold of the copy. Not where values of types with methods written in Python may come: calling
// these passes the number on.
//
// Index of the load that control comes to whenever it comes to `begin`, and as often; none if there is no
// such place. `numbers`: which constants can count, by index. Pure.
std::optional<std::size_t> number_site(const std::vector<Instruction>& code, std::size_t begin,
                                       const std::vector<bool>& numbers);

}  // namespace ml::native::profiler
