"""What transpiling and executing give."""

from __future__ import annotations

import marshal
from dataclasses import dataclass, field
from typing import Any

from mlpy import __version__
from mlpy.ml.errors.exceptions import MLCacheVersionError, MLError


@dataclass(frozen=True)
class MLIssue:
    """One finding. ``severity``: error, warning, info, or that of a security finding."""

    severity: str
    code: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    suggestions: tuple[str, ...] = ()
    cwe: int | None = None
    category: str = ""

    @property
    def error(self) -> MLError:
        """The matching exception."""
        from mlpy.engine.problems import compile_error

        return compile_error(self, "")

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity} {self.code}: {self.message}"


class Program:
    """A compiled program. Code objects are made on first use; only the bundle is pickled."""

    __slots__ = ("bundle", "names", "functions", "lines", "extensions", "_codes", "_plain", "_lazy")

    def __init__(self, bundle: bytes, names: tuple[str, ...], functions: tuple[str, ...], lines: list[bytes],
                 extensions: tuple[str, ...] = ()) -> None:
        self.extensions = extensions  # folders of modules written in Python
        self.bundle, self.names, self.functions, self.lines = bundle, names, functions, lines
        self._codes: list[Any] | None = None
        self._plain: bool | None = None
        self._lazy: bool | None = None

    def codes(self) -> list[Any]:
        if self._codes is None:
            from mlpy.runtime.launch import compile_bundle

            self._codes = compile_bundle(self.bundle, [])
        return self._codes

    @property
    def plain(self) -> bool:
        """Whether the program asks nothing about its run and imports nothing, so that it needs no loader of its own."""
        if self._plain is None:
            codes = self.codes()
            self._plain = len(codes) == 1 and not codes[0][5] and not (_names_in(codes[0][3]) & _ABOUT_THE_RUN)
        return self._plain

    @property
    def lazy(self) -> bool:
        """Whether nothing that is written in Python looks into objects, so that native code sees every value it reads."""
        if self._lazy is None:
            asking = _IN_PYTHON | _ABOUT_THE_RUN - _IMPORTING
            self._lazy = not self.extensions and all(
                not (_names_in(code) & asking) and all(index >= 0 or name in _ON_SCALARS for name, index in imports)
                for _, _, _, code, imports, _ in self.codes())
        return self._lazy

    @property
    def file(self) -> str:
        """The main program's file as messages show it."""
        return str(self._codes[0][1] if self._codes else marshal.loads(self.bundle)[1][0][1])

    def __reduce__(self) -> Any:
        return Program, (self.bundle, self.names, self.functions, self.lines, self.extensions)


_ABOUT_THE_RUN = frozenset(("__import", "__namespace", "__pick", "builtin", "modules", "available_modules", "has_module",
                            "module_info", "hasCapability", "getCapabilities", "getCapabilityInfo", "call"))

_IMPORTING = frozenset(("__import", "__namespace"))
# Modules whose functions take numbers and texts, or hand on what is in an array without looking at it.
_ON_SCALARS = frozenset(("math", "random", "crypto"))
_IN_PYTHON = frozenset(("reversed", "format", "hasattr", "getattr", "methods", "help", "requiredCapabilities"))


def _names_in(code: Any) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if type(constant) is type(code):
            names |= _names_in(constant)
    return names


@dataclass(frozen=True)
class TranspileResult:
    """A transpiled program (cli-and-python-api.md 2.2). It can be pickled, and executed without transpiling."""

    python_code: str
    source_map: dict[str, Any] | None
    issues: tuple[MLIssue, ...]
    source_file: str | None
    source_sha256: str
    functions: tuple[str, ...]
    mlpy_version: str
    from_cache: bool = field(compare=False)
    transpile_time: float = field(compare=False)
    phases: dict[str, float] = field(compare=False)
    program: Program = field(compare=False, repr=False)

    def __hash__(self) -> int:
        return hash((self.source_sha256, self.python_code, self.source_file))

    def execute(self, context: dict[str, Any] | None = None, **options: Any) -> Any:
        """Runs the program in this process; see ``MLTranspiler.execute``."""
        check_version(self)
        from mlpy.engine.inline import execute

        return execute(self.program, context, **options)


def check_version(result: TranspileResult) -> None:
    if result.mlpy_version.split(".")[0] != __version__.split(".")[0]:
        raise MLCacheVersionError(f"transpiled by mlpy {result.mlpy_version}, this is {__version__}")


@dataclass
class ExecutionResult:
    """What ``mlpy.execute`` gives. It never raised: ``raise_for_error()`` does."""

    success: bool
    value: Any = None
    error: str | None = None
    error_type: str | None = None
    exception: MLError | None = None
    stdout: str = ""
    stderr: str = ""
    execution_time: float = 0.0
    transpile_time: float = 0.0
    memory_usage: int = 0
    cpu_time: float = 0.0
    issues: tuple[MLIssue, ...] = ()
    profile: Any = None
    isolation: str = "process"

    def raise_for_error(self) -> None:
        if self.exception is not None:
            raise self.exception
