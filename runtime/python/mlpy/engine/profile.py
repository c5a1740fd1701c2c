"""Profiling of what runs in this process, for ``mlpy.runtime.profiler``."""

from __future__ import annotations

from typing import Any

active = False
_codes: dict[int, tuple[Any, Any]] = {}  # id of a code object -> (it, the same with entry probes)


def instrumented(program: Any, code: Any) -> Any:
    """The code with entry probes, made once for each code object."""
    from mlpy import _native

    known = _codes.get(id(code))
    if known is None or known[0] is not code:
        made = _native.profile_module(code, code.co_filename, True)
        if len(_codes) > 1000:
            _codes.clear()
        known = _codes[id(code)] = code, made
    return known[1]
