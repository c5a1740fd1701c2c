"""The profile of one run, as the launcher drives it."""

import sys
from time import monotonic_ns

from mlpy import _native


class Session:
    """Profiles the program of this process into a capture file.

    ``capture`` is the file to write; ``phases`` is ``category=nanoseconds,...`` of what the command did before, and
    ``started=`` the monotonic clock when it started this process. ``loading`` is the time taken to compile the program
    or load it from the cache, in nanoseconds.
    """

    def __init__(self, capture, phases, loading):
        self.capture = capture
        self.loading = loading
        self.spawned = monotonic_ns()
        for phase in filter(None, phases.split(",")):
            category, _, nanoseconds = phase.partition("=")
            if category == "started":
                self.spawned = int(nanoseconds)
            else:
                _native.profile_phase(category, int(nanoseconds), category)

    def instrument(self, code, file, is_main):
        """Code that counts its entries, to be run instead of ``code``."""
        return _native.profile_module(code, file, is_main)

    def start(self):
        """Starts measuring. What cannot be measured here is said on standard error; the program runs anyway."""
        _native.profile_phase("transpilation", self.loading, "load_code")
        startup = monotonic_ns() - self.spawned - self.loading
        _native.profile_phase("sandbox_startup", max(startup, 0), "start_interpreter")
        problem = _native.profile_start(self.capture)
        if problem:
            print(f"mlpy: {problem}", file=sys.stderr)

    def failed(self, error):
        """Notes how the program ended."""
        value = _native.error_value(error)
        _native.profile_failed(f"{value.type}: {value.message}", value.file or "", value.line or 0, value.column or 0)

    def stop(self):
        """Stops measuring and completes the capture file."""
        _native.profile_stop()
