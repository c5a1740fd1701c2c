"""Calling functions of a session from Python (cli-and-python-api.md 2.6)."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

from mlpy.ml.errors.exceptions import CallbackError, MLError


class _Unset:
    def __repr__(self) -> str:
        return "UNSET"


UNSET: Any = _Unset()


class MLCallbackWrapper:
    """A function of a session as a Python callable. It is looked up by name at each call."""

    def __init__(self, session: Any, function_name: str, error_handler: Callable[[Exception], Any] | None = None,
                 default_return: Any = UNSET) -> None:
        self.session, self.function_name = session, function_name
        self.error_handler, self.default_return = error_handler, default_return
        self.__name__ = function_name
        if not session.has_function(function_name):
            warnings.warn(f"the session has no function '{function_name}' yet", stacklevel=2)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if not self.session.has_function(self.function_name):
                raise MLError(f"no function '{self.function_name}' in the session")
            return self.session.call_function(self.function_name, (*args, kwargs) if kwargs else args)
        except Exception as error:
            if self.error_handler is not None:
                return self.error_handler(error)
            if self.default_return is not UNSET:
                return self.default_return
            place: dict[str, Any] = {"source_file": getattr(error, "source_file", None), "line_number": getattr(error, "line_number", None),
                     "column": getattr(error, "column", None)}
            raise CallbackError(f"{self.function_name}() failed: {getattr(error, 'message', error)}",
                                function_name=self.function_name, arguments=args, original_error=error, **place) from error

    async def call_async(self, *args: Any, **kwargs: Any) -> Any:
        """The same from an event loop, without blocking it."""
        return await asyncio.to_thread(self, *args, **kwargs)


def ml_callback(session: Any, function_name: str, error_handler: Callable[[Exception], Any] | None = None,
                default_return: Any = UNSET) -> MLCallbackWrapper:
    """``MLCallbackWrapper(...)``."""
    return MLCallbackWrapper(session, function_name, error_handler, default_return)


class MLCallbackRegistry:
    """Callbacks of one session by name."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self._callbacks: dict[str, MLCallbackWrapper] = {}

    def register(self, name: str, function_name: str, error_handler: Callable[[Exception], Any] | None = None,
                 default_return: Any = UNSET) -> MLCallbackWrapper:
        made = self._callbacks[name] = MLCallbackWrapper(self.session, function_name, error_handler, default_return)
        return made

    def get(self, name: str) -> MLCallbackWrapper | None:
        return self._callbacks.get(name)

    def __getitem__(self, name: str) -> MLCallbackWrapper:
        return self._callbacks[name]

    def __contains__(self, name: str) -> bool:
        return name in self._callbacks

    def list_callbacks(self) -> list[str]:
        return sorted(self._callbacks)

    def remove(self, name: str) -> bool:
        return self._callbacks.pop(name, None) is not None

    def clear(self) -> None:
        self._callbacks.clear()


# `mlpy.integration.ml_callback` is this function and this module: what is asked of the module is found on the function.
for _public in (MLCallbackWrapper, MLCallbackRegistry, ml_callback):
    setattr(ml_callback, _public.__name__, _public)
ml_callback.UNSET = UNSET  # type: ignore[attr-defined]
