"""Functions of a program for Python to call, and to send to other processes."""

from __future__ import annotations

from typing import Any

from mlpy.engine.inline import Run, translated
from mlpy.engine.results import TranspileResult, check_version
from mlpy.engine.values import MLFunction


class ExtractedFunction(MLFunction):
    """A top-level function of a program; pickled as the program and its name."""

    def __init__(self, function: Any, result: TranspileResult, name: str) -> None:
        super().__init__(function)
        self.result, self.__name__ = result, name

    def __reduce__(self) -> Any:
        return _again, (self.result, self.ml_name)


_last: tuple[TranspileResult, dict[str, Any]] | None = None


def _again(result: TranspileResult, name: str) -> Any:
    """In a worker process many items come with the same function: the program is run once for them."""
    global _last
    if _last is None or _last[0] != result:
        _last = result, extract(result)
    return _last[1][name]


def extract(result: TranspileResult, capabilities: Any = None) -> dict[str, Any]:
    check_version(result)
    run = Run(result.program, capabilities)
    try:
        run.start({})
    except Exception as error:
        raise translated(error) from error
    return {name: ExtractedFunction(run.variables[name], result, name)
            for name in result.functions if name in run.variables}
