"""The parts of the command that are written in Python."""
