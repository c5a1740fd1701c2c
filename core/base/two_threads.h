#pragma once

#include <cstddef>
#include <functional>

namespace ml {

// Work on fewer bytes of source text than this takes about as long as starting a thread.
inline constexpr std::size_t kWorthThread = 64 * 1024;

// Whether this machine can run two threads at once.
bool has_second_core();

// Runs both and returns when both have ended: `there` on a thread of its own, or after `here` on this one
// where no thread can be had. What they wrote is then visible to the caller; what both touch is theirs to
// lock.
//
// What either throws is thrown here once both have ended, that of `here` if both throw. Without a second
// thread, `there` does not run when `here` throws.
void at_once(const std::function<void()>& here, const std::function<void()>& there);

}  // namespace ml
