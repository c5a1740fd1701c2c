"""Interactive sessions: statements that share their names (cli-and-python-api.md 3)."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mlpy import _native
from mlpy.engine import grants, profile
from mlpy.engine.extending import equip, folders_of
from mlpy.engine.problems import runtime_error
from mlpy.engine.transpile import Compiled, compile_source
from mlpy.engine.values import MLFunction, from_ml, to_ml
from mlpy.ml.errors.exceptions import MLError, MLRuntimeError
from mlpy.runtime import errors
from mlpy.runtime.launch import compile_bundle
from mlpy.runtime.modules import Loader

LAST = "ml_last_value"  # holds the value of a final expression


def last_statement(source: str) -> int:
    """Where the last top-level statement begins: after the last ``;``, ``}`` or line break outside of brackets."""
    depth, begin, i, text = 0, 0, 0, source.rstrip().rstrip(";").rstrip()
    while i < len(text):
        c = text[i]
        if c in "\"'`":
            i += 1
            while i < len(text) and text[i] != c:
                i += 2 if text[i] == "\\" else 1
        elif text.startswith("//", i):
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        elif text.startswith("/*", i):
            end = text.find("*/", i)
            i = len(text) if end < 0 else end + 1
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == ";" and depth == 0:
            begin = i + 1
        i += 1
    return begin


_STATEMENTS = frozenset(("function", "import", "if", "elif", "else", "for", "while", "try", "except", "finally", "throw",
                         "return", "break", "continue", "const", "nonlocal", "capability", "yield"))


def _first_word(text: str) -> str:
    end = 0
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    # An anonymous function is an expression.
    if text[:end] == "function" and text[end:].lstrip().startswith("("):
        return ""
    return text[:end]


def with_last_value(source: str) -> str | None:
    """The source with its last statement assigned to ``LAST``, if that may be an expression."""
    begin = last_statement(source)
    last = source[begin:].strip().rstrip(";").strip()
    if not last or last.startswith("}") or _first_word(last) in _STATEMENTS:
        return None
    return f"{source[:begin]} {LAST} = ({last}\n);"


def ends_with_expression(transpiler: Any, source: str, names: tuple[str, ...]) -> str | None:
    marked = with_last_value(source)
    if marked is None:
        return None
    compiled, _ = transpiler._compiled(marked, None, names, False)
    return marked if compiled.error is None else None


@dataclass
class REPLResult:
    """What one statement gave."""

    success: bool
    value: Any = None
    error: str | None = None
    transpiled_python: str = ""
    execution_time_ms: float = 0.0
    cached: bool = False
    exception: MLError | None = None
    shown: str | None = None  # the value in ML's syntax; None: nothing to show


class Session:
    """Names that statements share. Calls are serialized by a lock; one thread may call again from inside."""

    def __init__(self, security_enabled: bool = True, profile: bool = False, max_history: int = 1000,
                 extension_paths: list[str] | None = None, ml_module_paths: list[str] | None = None) -> None:
        self.security_enabled, self.profile, self.max_history = security_enabled, profile, max_history
        self.extension_paths, self.ml_module_paths = list(extension_paths or ()), list(ml_module_paths or ())
        self.lock = threading.RLock()
        self.reset_session()

    def reset_session(self) -> None:
        """Forgets names, imports, history and grants."""
        self.history: list[str] = []
        self.imported_modules: set[str] = set()
        self.capabilities = grants.CapabilityContext()
        self._variables: dict[str, Any] = {"__name__": "__main__"}
        self._loader: Any = None
        self._policy: Any = None
        self._user_modules: dict[str, Any] = {}  # file -> (Module, its twin)

    # Statements

    def execute(self, code: str) -> REPLResult:
        """Runs statements; the value of a final expression is that of the result."""
        with self.lock:
            self.history.append(code)
            del self.history[: -self.max_history]
            started = time.perf_counter()
            try:
                result = self._execute(code)
            except MLError as error:
                result = REPLResult(False, error=str(error), exception=error)
            result.execution_time_ms = (time.perf_counter() - started) * 1000
            return result

    execute_ml_line = execute

    def execute_ml_block(self, lines: list[str] | str) -> REPLResult:
        return self.execute(lines if isinstance(lines, str) else "\n".join(lines))

    def _execute(self, code: str) -> REPLResult:
        marked = with_last_value(code)
        compiled = self._compile(marked) if marked else None
        if compiled is None or compiled.error is not None:
            compiled = self._compile(code)
            marked = None
        if compiled.error is not None:
            raise compiled.error
        if self.security_enabled and (refused := compiled.refused()) is not None:
            raise refused.error
        assert compiled.result is not None
        self._variables.pop(LAST, None)
        made = REPLResult(True, transpiled_python=compiled.result.python_code)
        try:
            self._run(compiled)
        except Exception as error:
            problem = runtime_error(error)
            made.success, made.error, made.exception = False, str(problem), problem
            return made
        finally:
            value = self._variables.pop(LAST, None)
        if marked:
            made.value = from_ml(value, keep=True)
            made.shown = None if value is None else shown(value)
        return made

    def _compile(self, code: str) -> Compiled:
        options = {"interactive": True, "host_names": [name for name in self._variables if not name.startswith("__")],
                   "import_paths": self.ml_module_paths, "extension_folders": folders_of(self.extension_paths)}
        return compile_source(code, None, options)

    def _run(self, compiled: Compiled) -> None:
        assert compiled.result is not None
        codes = compile_bundle(compiled.result.program.bundle, [])
        if profile.active:
            codes = profile.instrumented(codes)
        # Modules that earlier statements imported are not run again.
        loader = Loader(codes, (), codes[0][1], "", self._current_policy())
        equip(loader, compiled.result.program.extensions)
        before = self._loader
        if before is not None:
            loader._services = before._services
            loader.loaded.update({key: value for key, value in before.loaded.items() if type(key) is str})
        for index, made in enumerate(codes):
            if index and made[2] in self._user_modules:
                loader.loaded[index] = self._user_modules[made[2]]
        self._loader = loader
        self._variables["__builtins__"] = loader.builtins_for(0, dict(codes[0][4]))
        module = _native.Module("__main__", self._variables)
        loader.loaded[0] = module, module.twin
        self.imported_modules.update(name for name, _ in codes[0][4])
        errors._sources[codes[0][1]] = compiled.result.program.lines
        began = time.perf_counter()
        try:
            exec(codes[0][3], self._variables)
        finally:
            if profile.active:
                profile.notes.ran(compiled.result.program, time.perf_counter() - began)
            for key, value in loader.loaded.items():
                if type(key) is int and key:
                    self._user_modules[codes[key][2]] = value

    def forget_modules(self) -> None:
        """Imports that follow read ML modules anew."""
        with self.lock:
            self._user_modules.clear()

    def _current_policy(self) -> Any:
        if not self.security_enabled:
            from mlpy.runtime.capabilities import Policy

            return Policy(everything=True)
        if self._policy is None:
            self._policy = self.capabilities.policy()
        return self._policy

    # Names

    @property
    def python_namespace(self) -> Mapping[str, Any]:
        """The current names."""
        return MappingProxyType(self.get_variables())

    def get_variables(self) -> dict[str, Any]:
        return {name: from_ml(value, keep=True) for name, value in self._variables.items() if not name.startswith("__")}

    def get_variable(self, name: str) -> Any:
        value = self._variables.get(name) if not name.startswith("__") else None
        return from_ml(value, keep=True)

    def set_variable(self, name: str, value: Any) -> None:
        with self.lock:
            self._variables[name] = to_ml(value, name)

    def has_function(self, name: str) -> bool:
        return not name.startswith("__") and name in self._variables and _native.callable(self._variables[name])

    def call_function(self, name: str, args: Any = (), kwargs: dict[str, Any] | None = None) -> Any:
        with self.lock:
            if not self.has_function(name):
                raise MLRuntimeError(f"no function '{name}' in the session")
            return MLFunction(self._variables[name])(*args, **(kwargs or {}))

    # Capabilities

    def grant_capability(self, grant: str) -> None:
        """Grants to the statements that follow; BadGrant (a ValueError) says what is malformed."""
        from mlpy.runtime.capabilities import grants_of

        made = grants_of([grant])
        self.capabilities.add_capability(grant)
        if self._policy is not None:  # library modules hold on to it
            self._policy.grants += made

    def revoke_capability(self, grant: str) -> bool:
        if grant not in self.capabilities.grants:
            return False
        self.capabilities.grants.remove(grant)
        if self._policy is not None:
            from mlpy.runtime.capabilities import grants_of

            gone = [str(one) for one in grants_of([grant])]
            self._policy.grants = [one for one in self._policy.grants if str(one) not in gone]
        return True

    def get_capabilities(self) -> list[str]:
        return list(self.capabilities.grants)

    def close(self) -> None:
        if self._loader is not None:
            self._loader.close()
        self.reset_session()

    cleanup = close

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def shown(value: Any, indent: int = 0) -> str:
    """A value in ML's syntax, objects over several lines."""
    kind = type(value)
    if kind is _native.Object or kind is dict:
        if not value:
            return "{}"
        inner = "  " * (indent + 1)
        rows = [f"{inner}{shown(key)}: {shown(item, indent + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + "  " * indent + "}"
    if kind is list:
        return "[" + ", ".join(shown(item, indent) for item in value) + "]"
    if kind is str:
        import json

        return json.dumps(value, ensure_ascii=False)
    return str(_native.quoted(value))
