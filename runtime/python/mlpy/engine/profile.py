"""Profiling of what this process runs, for ``mlpy.runtime.profiler``: what the engine notes while a profile is taken."""

from __future__ import annotations

import os
import tempfile
import threading
from typing import Any

_lock = threading.Lock()
_codes: dict[int, tuple[Any, Any]] = {}  # id of a code object -> (it, the same with entry probes)
active = False


class Notes:
    """What is known beside the capture of this process."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options  # for sandbox processes: mode, memory, lines
        self.sources: dict[str, str] = {}  # absolute path -> ML text
        self.steps: list[tuple[str, str, float]] = []
        self.captures: list[bytes] = []  # of sandbox processes
        self.execute_seconds = 0.0

    def transpiled(self, steps: list[tuple[str, str, float]]) -> None:
        """``steps``: category, name and seconds of each."""
        with _lock:
            self.steps += steps

    def ran(self, program: Any, seconds: float, capture: bytes = b"") -> None:
        with _lock:
            self.sources[os.path.abspath(program.file)] = b"\n".join(program.lines).decode("utf-8", "replace")
            self.execute_seconds += seconds
            if capture:
                self.captures.append(capture)


class Capture:
    """The file that a sandbox process writes its capture to."""

    def __init__(self) -> None:
        descriptor, self.path = tempfile.mkstemp(prefix="mlpy-profile-")
        os.close(descriptor)

    def request(self) -> dict[str, Any]:
        return {"path": self.path, **notes.options}

    def take(self, program: Any, seconds: float) -> None:
        with open(self.path, "rb") as stream:
            capture = stream.read()
        os.unlink(self.path)
        notes.ran(program, seconds, capture)


notes = Notes({})


def begin(options: dict[str, Any]) -> None:
    global active, notes
    notes = Notes(options)
    active = True


def end() -> Notes:
    global active
    active = False
    return notes


def start(path: str, options: dict[str, Any]) -> str | None:
    """Starts measuring this process into a capture file. What cannot be measured, in words."""
    from mlpy import _native

    _native.profile_lines(bool(options.get("lines")))
    named = {"mode": options.get("mode") or "auto"}
    if not options.get("memory", True):
        named["memory"] = "off"
    problem: str | None = _native.profile_start(path, named)
    return problem


def instrumented(codes: list[Any]) -> list[Any]:
    """The modules of a program with entry probes in their code, which are made once for each code object."""
    return [(name, shown, file, _with_probes(code, shown, index == 0), *rest)
            for index, (name, shown, file, code, *rest) in enumerate(codes)]


def _with_probes(code: Any, shown: str, is_main: bool) -> Any:
    from mlpy import _native

    with _lock:
        known = _codes.get(id(code))
        if known is None or known[0] is not code:
            made = _native.profile_module(code, shown, is_main)
            if len(_codes) > 1000:
                _codes.clear()
            known = _codes[id(code)] = code, made
        return known[1]
