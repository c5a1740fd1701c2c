#pragma once

namespace ml::dap {

// `mlpy debug FILE [ARGUMENTS...]`: a debugger for the terminal, a client of a debug adapter in this process.
// Commands come from standard input; colours only on a terminal. Exit code: the program's; 2 for wrong
// arguments.
int debug_main(int argc, const char* const* argv);

}  // namespace ml::dap
