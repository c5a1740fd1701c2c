#pragma once

// The requests of editor-protocols.md 4.4; the commands `ml.profile.*` of 3.9 take and give the same.

#include "lsp/features/registry.h"

namespace ml::lsp {

json::value profile_load(const Ask& ask);
json::value profile_clear(const Ask& ask);
json::value profile_compare(const Ask& ask);
json::value profile_status(const Ask& ask);
json::value profile_hotspots(const Ask& ask);
json::value profile_lookup(const Ask& ask);
json::value profile_flame(const Ask& ask);
json::value profile_export(const Ask& ask);

// ml.profile.goToHottest: the hottest function, the next one when asked again. {name, uri, range}, or null.
json::value go_to_hottest(const Ask& ask);
// ml.profile.showCallers, showDiff, showFit: virtual documents {uri, text}.
json::value show_callers(const Ask& ask);
json::value show_diff(const Ask& ask);
// "ml-callers:RUN/FUNCTION" and "ml-diff:": their texts; empty for others.
std::string profile_page(const Snapshot& snapshot, std::string_view uri);

}  // namespace ml::lsp
