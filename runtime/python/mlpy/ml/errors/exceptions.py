"""The exceptions of the package (cli-and-python-api.md 2.13). All of them are ``MLError``s and can be pickled."""

from __future__ import annotations

from typing import Any

import builtins as _builtins

__all__ = [
    "MLError", "MLSyntaxError", "MLTranspilationError", "MLNameError", "MLImportError", "MLRuntimeError", "MLTypeError",
    "MLUserException", "MLSecurityError", "MLCapabilityError", "MLSandboxError", "SandboxTimeoutError",
    "SandboxMemoryError", "SandboxResourceError", "MLMarshalError", "MLContextError", "CallbackError",
    "AsyncExecutionError", "BenchmarkError", "MLConcurrencyError", "MLCacheVersionError", "MLConfigurationError",
    "ParseError", "MLParseError", "MLParserError", "TranspilationError", "RuntimeError", "SecurityError",
    "SecurityViolationError", "CapabilityError", "SandboxError",
]


class MLError(Exception):
    """Something about an ML program.

    ``line_number`` and ``column`` count from 1; ``ml_traceback`` is a list of ``{"function", "file", "line"}``, innermost
    first; ``kind`` and ``exit_code`` are those of ``mlpy run --json``; ``report`` is what the command would print.
    """

    code = "ML_ERROR"
    kind = "error"
    exit_code = 1
    default_severity = "high"

    def __init__(self, message: str = "", *, severity: str | None = None, cwe: str | None = None,
                 suggestions: Any = (), context: dict[str, Any] | None = None, source_file: str | None = None,
                 line_number: int | None = None, column: int | None = None, ml_traceback: Any = (), report: str = "",
                 **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.severity = severity or self.default_severity
        self.cwe = cwe
        self.suggestions = list(suggestions)
        self.context = dict(context or {})
        self.source_file = source_file
        self.line_number = line_number
        self.column = column
        self.ml_traceback = list(ml_traceback)
        self.report = report
        for name, value in details.items():
            setattr(self, name, value)

    @property
    def line(self) -> int | None:
        return self.line_number

    def __str__(self) -> str:
        if self.source_file and self.line_number:
            return f"{self.message} ({self.source_file}:{self.line_number})"
        return self.message

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {"error": type(self).__name__, "code": self.code, "message": self.message, "severity": self.severity,
                "cwe": self.cwe, "suggestions": list(self.suggestions), "context": dict(self.context),
                "source_file": self.source_file, "line_number": self.line_number, "column": self.column}

    def __reduce__(self) -> Any:
        return _rebuilt, (type(self), dict(self.__dict__), self.message)


def _rebuilt(cls: type[MLError], state: dict[str, Any], message: str) -> MLError:
    error = cls(message)
    error.__dict__.update(state)
    return error


class MLSyntaxError(MLError):
    """The text is no ML. ``expected``: what would have been."""

    code, kind, exit_code = "ML_SYNTAX_ERROR", "SyntaxError", 3
    expected: list[str] = []


class MLTranspilationError(MLError):
    """The text is ML, but no Python can be made of it."""

    code, kind, exit_code = "ML_TRANSPILATION_ERROR", "SyntaxError", 3


class MLNameError(MLTranspilationError):
    """A name that nobody binds."""


class MLImportError(MLError):
    """A module that is not found, or imports itself."""

    code, kind, exit_code = "ML_IMPORT_ERROR", "SyntaxError", 3


class MLRuntimeError(MLError):
    """An error nobody caught. ``error_type`` is its ML type; ``__cause__`` the Python exception, inline."""

    code = "ML_RUNTIME_ERROR"
    error_type = "RuntimeError"

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.error_type

    @property
    def stack_trace(self) -> list[dict[str, Any]]:
        return self.ml_traceback


class MLTypeError(MLRuntimeError, TypeError):
    """An operation on a value of the wrong type."""

    code = "ML_TYPE_ERROR"
    error_type = "TypeError"


class MLUserException(MLRuntimeError):
    """What ``throw`` raised. ``error_data`` is the thrown value."""

    code = "ML_USER_EXCEPTION"
    error_type = "UserException"
    error_data: Any = None

    @property
    def kind(self) -> str:  # type: ignore[override]
        return "UserError"


class MLSecurityError(MLError):
    """The analysis (exit code 4) or a gate (8) refused. ``violation_type`` and ``operation`` say what."""

    code, kind, exit_code = "ML_SECURITY_ERROR", "SecurityError", 8
    default_severity = "critical"
    violation_type: str | None = None
    operation: str | None = None


class MLCapabilityError(MLError):
    """A grant is missing."""

    code, kind, exit_code = "ML_CAPABILITY_ERROR", "CapabilityError", 5
    required_capability: str | None = None
    available_capabilities: list[str] = []


class MLSandboxError(MLError):
    """The sandbox ended the program, or was lost."""

    code, kind, exit_code = "ML_SANDBOX_ERROR", "LimitError", 6


class SandboxTimeoutError(MLSandboxError, TimeoutError):
    """The time was up: ``kind`` is ``wall_limit`` or ``cpu_limit``."""

    kind = "wall_limit"


class SandboxMemoryError(MLSandboxError, MemoryError):
    """The memory was used up."""

    kind = "memory_limit"


class SandboxResourceError(MLSandboxError):
    """Another limit was reached."""


class MLMarshalError(MLError, TypeError):
    """A value cannot cross between Python and ML. ``path`` says which."""

    code, kind, exit_code = "ML_MARSHAL_ERROR", "marshal", 2
    path = ""


class MLContextError(MLError, ValueError):
    """A name in a context that is no name of ML."""

    code, kind, exit_code = "ML_MARSHAL_ERROR", "context", 2
    path = ""


class CallbackError(MLError, _builtins.RuntimeError):
    """A call from Python into ML failed."""

    code, kind = "ML_CALLBACK_ERROR", "runtime"
    function_name: str | None = None
    arguments: Any = ()
    original_error: BaseException | None = None


class AsyncExecutionError(MLError):
    """An asynchronous execution failed."""

    code, kind = "ML_ASYNC_ERROR", "runtime"


class BenchmarkError(MLError):
    """No execution of a benchmark succeeded."""

    code, kind = "ML_BENCHMARK_ERROR", "runtime"


class MLConcurrencyError(MLError):
    """One context was used by two runs at once."""

    code, kind = "ML_CONCURRENCY_ERROR", "usage"


class MLCacheVersionError(MLError):
    """A transpiled program of another major version."""

    code, kind, exit_code = "ML_CACHE_VERSION_ERROR", "usage", 2


class MLConfigurationError(MLError):
    """A project file or an option that cannot be used."""

    code, kind, exit_code = "ML_CONFIGURATION_ERROR", "usage", 2


ParseError = MLParseError = MLParserError = MLSyntaxError
TranspilationError = MLTranspilationError
RuntimeError = MLRuntimeError
SecurityError = SecurityViolationError = MLSecurityError
CapabilityError = MLCapabilityError
SandboxError = MLSandboxError
