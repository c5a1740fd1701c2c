#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "profiler/model/profile.h"

namespace ml::profiler {

// The `.mlprof` file: profiler-reports.md 5, docs/profile-format.md, docs/mlprof.schema.json. Pure functions
// between bytes and a Profile; naming and saving files is the caller's business.

inline constexpr std::string_view kProfileFormat = "mlpy-profile";
inline constexpr int kProfileVersion = 1;

// JSON text, ending with a newline; one row of a table per line. Text that is no UTF-8 has its bad bytes
// replaced. A tree beyond model/tree.h's limits is folded first (`build` has done that already).
// read_mlprof(write_mlprof(p)) gives everything of p that reports and exports use; its tree comes back with
// equal siblings joined, in depth-first order.
std::string write_mlprof(const Profile& profile);

struct ProfileResult {
  std::optional<Profile> profile;
  std::string error;  // why there is none, without the file's name; empty otherwise
};

// Reads JSON or gzip-compressed JSON of any writer of version 1. Unknown fields are accepted, missing
// optional ones are 0, unknown or follow from the others (own time of call edges, samples, phases; a tree
// from the functions when there are no stacks). Errors name the field: not JSON, not a profile, a newer
// version, a required field missing, a value of the wrong type, an index out of range. Trusts nothing.
ProfileResult read_mlprof(std::string_view bytes);

}  // namespace ml::profiler
