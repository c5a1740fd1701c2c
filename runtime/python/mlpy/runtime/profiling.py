"""The profile of one run, as the launcher drives it."""

import sys
from time import monotonic_ns

from mlpy import _native
from mlpy.stdlib import NAMES

_FUNCTION = type(lambda: None)
_PLAIN_LIBRARIES = frozenset(NAMES) - {"datetime"}  # whose values have `==` in Python


class Session:
    """Profiles the program of this process into a capture file.

    ``capture`` is the file to write. ``options`` is ``name=value,...``: ``started`` is the monotonic clock, in
    nanoseconds, when the command started this process; ``lines=1`` counts executions of lines, ``timeline=1`` keeps when
    samples were taken; ``mode``, ``memory`` and
    ``interval_ns`` go to ``_native.profile_start``. ``steps`` is what the launcher did so far: ``[(category, step, nanoseconds), ...]``;
    what remains between ``began``, when the launcher was loaded, and the start of measuring is its loading.
    """

    def __init__(self, capture, options, steps, began):
        self.capture = capture
        self.began = began
        self.steps = list(steps)
        self.options = {}
        for option in filter(None, options.split(",")):
            name, _, value = option.partition("=")
            if name == "started":
                self.steps.append(("sandbox_startup", "spawn_interpreter", max(began - int(value), 0)))
            elif name == "interval_ns":
                self.options[name] = int(value)
            elif name == "timeline":
                self.options[name] = value == "1"
            elif name == "lines":
                _native.profile_lines(value == "1")  # counted by probes, which `instrument` puts in
            else:
                self.options[name] = value

    def step(self, category, name, nanoseconds):
        """Notes a step that is over before ``start``."""
        self.steps.append((category, name, nanoseconds))

    def let_numbers_count(self, libraries):
        """Lets numbers in the program count what is done with them: at no cost, if all its values are the language's own
        and none has operators written in Python. ``libraries`` are the names of the modules it imports."""
        if libraries <= _PLAIN_LIBRARIES:
            _native.profile_numbers(True)

    def instrument(self, code, file, is_main):
        """Code that counts its entries, to be run instead of ``code``."""
        return _native.profile_module(code, file, is_main)

    def count(self, module, members):
        """Makes the functions of a library module count their calls; those written in C cannot."""
        full = f"mlpy.stdlib.{module}"
        for name, member in [*members.items(), *vars(sys.modules.get(full, sys)).items()]:
            if type(member) is _FUNCTION and member.__module__ == full:
                _native.profile_count(member, f"{module}.{name}")

    def count_conversions(self, bridge):
        """Makes the bridge to extension modules count the values that cross it."""
        _native.profile_count(bridge.to_ml, "to_ml", "runtime_overhead")
        _native.profile_count(bridge.to_python, "from_ml", "runtime_overhead")

    def start(self):
        """Starts measuring. What cannot be measured here is said on standard error; the program runs anyway."""
        own = sum(nanoseconds for _, step, nanoseconds in self.steps if step != "spawn_interpreter")
        self.steps.append(("sandbox_startup", "import_runtime", max(monotonic_ns() - self.began - own, 0)))
        for category, step, nanoseconds in self.steps:
            _native.profile_phase(category, nanoseconds, step)
        try:
            problem = _native.profile_start(self.capture, self.options)
        except ValueError as unknown:  # an option this build of the extension does not have
            problem = f"{unknown}; profiling with the default options"
            _native.profile_start(self.capture, {})
        if problem:
            print(f"mlpy: {problem}", file=sys.stderr)

    def failed(self, error):
        """Notes how the program ended."""
        _native.profile_pause(True)  # finding words for the error is not the program's time
        value = _native.error_value(error)
        what = "interrupted" if isinstance(error, KeyboardInterrupt) else f"{value.type}: {value.message}"
        _native.profile_failed(what, value.file or "", value.line or 0, value.column or 0)

    def stop(self):
        """Stops measuring and completes the capture file."""
        if not _native.profile_stop().get("written", True):
            print("mlpy: the profile is incomplete: its measurements cannot be written to", self.capture, file=sys.stderr)
