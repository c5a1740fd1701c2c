"""Running programs in this process: for programs the host trusts (cli-and-python-api.md 2.11)."""

from __future__ import annotations

import threading
import time
from typing import Any

from mlpy import _core, _native
from mlpy.engine import ambient, debugging, grants, profile, values
from mlpy.engine.results import Program
from mlpy.engine.values import by_copy, checked_names, from_ml, to_ml
from mlpy.ml.errors.exceptions import MLCapabilityError, MLConcurrencyError
from mlpy.runtime import errors
from mlpy.runtime.modules import Loader

_SCALARS = frozenset((type(None), bool, int, float, str))
_MOST_WAITING = 1000
_in_use: set[int] = set()  # ids of contexts
_running = 0
_waiting: list[Any] = []  # lent values to be taken back when no program runs


_shared: dict[str, Any] = {}  # the built-ins of programs that ask nothing about their run; nobody changes it


def _make_shared() -> dict[str, Any]:
    _shared.update(Loader([("", "", "", None, (), ())], ()).host)
    return _shared


class TimeIsUp(_native.ResourceLimit):
    """Raised in the thread of a program that ran too long."""

    def __init__(self, message: str = "time limit reached") -> None:
        super().__init__(message)


class Run:
    """One program with its variables, which live as long as its functions do."""

    __slots__ = ("program", "loader", "file", "code", "variables")

    def __init__(self, program: Program, capabilities: Any = None) -> None:
        self.program = program
        codes = program._codes or program.codes()
        if profile.active:
            codes = profile.instrumented(codes)
        elif debugging.service is not None:
            codes = debugging.service.prepared(codes, program.lines)
        _, self.file, _, self.code, imports = codes[0][:5]
        policy = grants.policy_of(capabilities)
        self.variables: dict[str, Any]
        if policy is None and program.plain:
            self.loader = None
            self.variables = {"__builtins__": _shared or _make_shared(), "__name__": "__main__"}
            return
        self.loader = Loader(codes, (), self.file, "", policy)
        if program.extensions:
            from mlpy.engine.extending import equip

            equip(self.loader, program.extensions)
        grants.declared(self.loader)
        self.variables = {"__builtins__": self.loader.builtins_for(0, dict(imports)), "__name__": "__main__"}
        module = _native.Module("__main__", self.variables)
        self.loader.loaded[0] = module, module.twin

    def start(self, given: dict[str, Any]) -> None:
        """Runs the program's top level. ``given``: variables it starts with, as values of ML."""
        around = ambient.current()
        if around is not ambient.NOTHING:
            self.surround(around)
        self.variables.update(given)
        errors._sources[self.file] = self.program.lines
        if debugging.service is not None and not profile.active:
            debugging.service.run(self.code, self.variables)
            return
        if not profile.active:
            exec(self.code, self.variables)
            return
        began = time.perf_counter()
        try:
            exec(self.code, self.variables)
        finally:
            profile.notes.ran(self.program, time.perf_counter() - began)

    def surround(self, around: ambient.Ambient) -> None:
        given = {name: to_ml(value, f"ambient.{name}") for name, value in around.values.items()}
        if around.prelude is not None:
            below = Run(around.prelude)
            below.variables.update(given)
            exec(below.code, below.variables)
            given = {name: below.variables[name] for name in around.names if name in below.variables}
        self.variables.update(given)


def execute(program: Program, context: dict[str, Any] | None = None, *, capabilities: Any = None,
            timeout: float | None = None, copy: bool = False) -> Any:
    """Runs a program; see ``MLTranspiler.execute``."""
    global _running
    if context is None:
        context = {}
    elif id(context) in _in_use:
        raise MLConcurrencyError("one context is used by two executions at once")
    run = Run(program, capabilities)
    if context:
        checked_names(context)
    key = id(context)
    _in_use.add(key)
    _running += 1
    watch = Watch(timeout) if timeout is not None else None
    try:
        given = {}
        if context:
            lazy = program.lazy and not profile.active
            given = {name: value if type(value) in _SCALARS and type(value) is not str
                     else to_ml(by_copy(value) if copy else value, f"context.{name}", lazy) for name, value in context.items()}
        run.start(given)
    except MemoryError as error:
        raise translated(error) from error
    except _native.ResourceLimit as error:
        if timeout is not None and isinstance(error, TimeIsUp):
            from mlpy.engine.problems import time_limit_reached

            raise time_limit_reached(timeout) from error
        raise translated(error) from error
    except Exception as error:
        made = translated(error)
        if isinstance(made, MLCapabilityError) and run.loader is not None:
            made.available_capabilities = sorted(run.loader.policy.names())
        raise made from error
    finally:
        if watch:
            watch.close()
        _running -= 1
        _in_use.discard(key)
        finish(run, context, copy)
        if run.loader is not None:
            run.loader.close()
    return context.get("result")


def translated(error: BaseException) -> BaseException:
    from mlpy.engine.problems import runtime_error

    return runtime_error(error)


def finish(run: Run, context: dict[str, Any], copy: bool) -> None:
    """Puts the top-level names of the program into the context. Dicts are plain again unless a function is left."""
    variables = run.variables
    lent = []
    functions = False
    for name in run.program.names:
        if name not in variables:
            continue
        value = variables[name]
        kind = type(value)
        if kind not in _SCALARS:
            if kind is _native.Module:
                continue
            if kind is list or kind is _native.Object or kind is _native.Lent:
                lent.append(value)
                if values._from_name and kind is not list:
                    value = values.restored(value)
            else:
                functions = functions or _native.callable(value)
                value = from_ml(value, True)
                if type(value) is values.MLFunction:
                    value._after_run = True
        context[name] = value
    if context and not copy:
        lent += [value for value in context.values() if type(value) is list or type(value) is _native.Object]
    lent = [value for value in lent if not _native.is_lent(value)]  # the native ledger sees to those
    if _running:
        if len(_waiting) < _MOST_WAITING:
            _waiting.extend(lent)
        return
    if functions and keeps(lent, run):
        return
    _native.take_back()
    for value in lent:
        _core.take_back(value)
    while _waiting and not _running:
        _core.take_back(_waiting.pop())


def keeps(lent: list[Any], run: Run) -> bool:
    """Whether functions of the program outlive it and may use its objects: a host holds them in the result."""
    result = run.variables.get("result")
    return _native.callable(result) if result is not None else False


class Watch:
    """Interrupts the current thread after a time; ``close`` when the program is over."""

    def __init__(self, seconds: float) -> None:
        self.thread = threading.get_ident()
        self.lock = threading.Lock()
        self.over = False
        self.fired = False
        self.timer = threading.Timer(seconds, self.fire)
        self.timer.daemon = True
        self.timer.start()

    def fire(self) -> None:
        with self.lock:
            if not self.over:
                self.fired = True
                _core.interrupt(self.thread, TimeIsUp)

    def close(self) -> None:
        self.timer.cancel()
        with self.lock:
            self.over = True
            if self.fired:
                _core.interrupt(self.thread, None)
