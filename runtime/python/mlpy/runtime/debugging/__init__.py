"""The debug agent: what a program does for the debug adapter (dap/). Imported only when one asks for it."""
