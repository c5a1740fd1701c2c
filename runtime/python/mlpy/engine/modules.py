"""Programs as Python objects: ``MLExecutor`` and ``transpile_and_import``."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

from mlpy.engine.inline import Run, translated
from mlpy.engine.values import MLFunction, from_ml, to_ml
from mlpy.ml.errors.exceptions import MLRuntimeError


class MLExecutor:
    """One program and its variables. Calls are serialized by a lock."""

    def __init__(self, capabilities: Any = None) -> None:
        self._lock = threading.RLock()
        self._capabilities = capabilities
        self._run: Run | None = None

    def load(self, path_or_source: str | os.PathLike[str]) -> Any:
        """Runs a program: an existing path that ends in ``.ml`` is a file, anything else source. Gives its ``result``."""
        from mlpy.ml.transpiler import ml_transpiler

        text, file = os.fspath(path_or_source), None
        if text.endswith(".ml") and "\n" not in text and os.path.exists(text):
            text, file = Path(text).read_text(encoding="utf-8"), text
        with self._lock:
            self._run = Run(ml_transpiler.transpile(text, file).program, self._capabilities)
            try:
                self._run.start({})
            except Exception as error:
                raise translated(error) from error
            return self.get("result", None)

    def _variables(self) -> dict[str, Any]:
        if self._run is None:
            raise MLRuntimeError("no program is loaded")
        return self._run.variables

    def call_function(self, name: str, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            if not self.has_function(name):
                raise MLRuntimeError(f"no function '{name}' in the program")
            return MLFunction(self._variables()[name])(*args, **kwargs)

    async def call_function_async(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(self.call_function, name, *args, **kwargs)

    def has_function(self, name: str) -> bool:
        from mlpy import _native

        return bool(not name.startswith("__") and name in self._variables() and _native.callable(self._variables()[name]))

    def functions(self) -> list[str]:
        """Names of the program's functions."""
        variables = self._variables()
        assert self._run is not None
        return [name for name in self._run.program.names if name in variables and self.has_function(name)]

    def get(self, name: str, default: Any = None) -> Any:
        variables = self._variables()
        return from_ml(variables[name], keep=True) if not name.startswith("__") and name in variables else default

    def set(self, name: str, value: Any) -> None:
        with self._lock:
            self._variables()[name] = to_ml(value, name)

    def close(self) -> None:
        self._run = None

    def __enter__(self) -> MLExecutor:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def transpile_and_import(path: str | os.PathLike[str]) -> ModuleType:
    """A Python module with the functions and values of an ML file, registered under its dotted name."""
    from mlpy.ml.transpiler import ml_transpiler

    file = Path(path)
    run = Run(ml_transpiler.transpile(file.read_text(encoding="utf-8"), file).program)
    try:
        run.start({})
    except Exception as error:
        raise translated(error) from error
    module = ModuleType(file.stem, f"ML module {file.name}")
    module.__file__ = str(file)
    for name in run.program.names:
        if name in run.variables:
            setattr(module, name, from_ml(run.variables[name], keep=True))
    sys.modules[file.stem] = module
    return module
