#pragma once

// mlpy/profile/live (editor-protocols.md 4.4): what a program that still runs has spent since it was last
// told, by function. Shown like a profile that was loaded, until the profile of that run is.

#include "lsp/server/editor.h"
#include "wire/json.h"

namespace ml::lsp {

// Takes params of the notification; those that make no sense change nothing. On the state thread.
void take_live_costs(Editor& editor, const json::object& params);

// Under which id a run is shown while it goes on.
std::string live_id(std::string_view run_id);

}  // namespace ml::lsp
