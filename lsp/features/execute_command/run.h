#pragma once

// `ml.run` and `ml.runProfiled`: the server runs the program itself (editor-protocols.md 3.9). What it prints
// goes to window/logMessage, that it runs is shown as progress, and cancelling that stops it.

#include "lsp/features/registry.h"

namespace ml::lsp {

// Starts `mlpy run` with `args` of the argument. `profiled`: its profile is loaded at the end. Refuses a file
// that is not on the disk. Without the Python that the settings name, asks what to do and starts nothing.
json::value run_file(const Ask& argument, const Revision& file, bool profiled);

// window/workDoneProgress/cancel.
void stop_run(Editor& editor, const json::object& params);

}  // namespace ml::lsp
