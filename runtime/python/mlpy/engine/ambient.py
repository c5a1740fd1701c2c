"""Names every execution sees although nobody passes them (cli-and-python-api.md 2.10)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from mlpy.engine.values import checked_names


class Ambient:
    """``values``: names and values; ``prelude``: a compiled program whose top-level names are visible, or None."""

    __slots__ = ("values", "prelude", "names", "source")

    def __init__(self, context: dict[str, Any] | None, prelude: str | None, below: Ambient | None) -> None:
        from mlpy.engine.results import Program
        from mlpy.engine.transpile import compile_source

        self.values: dict[str, Any] = {**(below.values if below else {}), **(context or {})}
        checked_names(self.values)
        self.prelude: Program | None = below.prelude if below else None
        self.source: str = below.source if below else ""
        if prelude is not None:
            source = self.source + "\n" + prelude if self.source else prelude
            compiled = compile_source(source, "<prelude>", {"host_names": list(self.values)})
            if compiled.error is not None:
                raise compiled.error
            assert compiled.result is not None
            self.prelude, self.source = compiled.result.program, source
        functions = self.prelude.names if self.prelude else ()
        self.names = tuple(dict.fromkeys((*self.values, *functions)))


NOTHING = Ambient(None, None, None)
_default = NOTHING
_here: ContextVar[Ambient | None] = ContextVar("mlpy_ambient", default=None)


def current() -> Ambient:
    return _here.get() or _default


def set_ambient(context: dict[str, Any] | None = None, prelude: str | None = None) -> None:
    """Sets what is visible wherever no ``ambient`` is active; called without arguments: nothing."""
    global _default
    _default = Ambient(context, prelude, None)


@contextmanager
def ambient(context: dict[str, Any] | None = None, prelude: str | None = None) -> Iterator[None]:
    """Makes ``context`` and the top-level names of the ML text ``prelude`` visible in this thread or task."""
    token = _here.set(Ambient(context, prelude, current()))
    try:
        yield
    finally:
        _here.reset(token)
