"""From findings and run-time errors to the exceptions of the package."""

from __future__ import annotations

from typing import Any

from mlpy.ml.errors import exceptions as e

_BY_TYPE = {"TypeError": e.MLTypeError, "ImportError": e.MLImportError, "SecurityError": e.MLSecurityError,
            "CapabilityError": e.MLCapabilityError, "SandboxError": e.MLSandboxError}


def time_limit_reached(seconds: float) -> e.SandboxTimeoutError:
    """The program took longer than it may."""
    return e.SandboxTimeoutError(f"time limit of {seconds:g} s reached")


def compile_error(finding: Any, report: str) -> e.MLError:
    """The exception for a finding of severity error (a ``MLIssue``)."""
    number = finding.code[2:]
    cls: type[e.MLError] = e.MLTranspilationError
    if finding.code.startswith("SEC") or finding.category:
        cls = e.MLSecurityError
    elif number.startswith("00") or number.startswith("01"):
        cls = e.MLSyntaxError
    elif number.startswith("02"):
        cls = e.MLNameError
    elif number.startswith("06"):
        cls = e.MLImportError
    error = cls(finding.message, suggestions=finding.suggestions, source_file=finding.file, line_number=finding.line,
                column=finding.column, report=report)
    error.context["finding"] = finding.code
    if finding.cwe:
        error.cwe = f"CWE-{finding.cwe}"
    if isinstance(error, e.MLSecurityError):
        error.exit_code = 4  # nothing has run
        if finding.category:
            error.violation_type = finding.category
    return error


def runtime_error(error: BaseException) -> e.MLError:
    """The exception for what a program of this process raised, with it as cause."""
    if isinstance(error, e.MLError):
        return error
    from mlpy.runtime import errors

    report = errors.describe(error)
    text = errors.render(report)
    made = from_report(report, text)
    made.__cause__ = error
    return made


def from_report(report: dict[str, Any], text: str = "") -> e.MLError:
    """The exception for a report (``mlpy.runtime.errors.describe``)."""
    kind, message = report["type"], report["message"]
    stack = [{"function": f["function"], "file": f["file"], "line": f["line"]} for f in report["stack"]]
    places: dict[str, Any] = {"source_file": report["file"], "line_number": report["line"], "column": report["column"],
                              "ml_traceback": stack, "report": text,
                              "suggestions": [report["hint"]] if report.get("hint") else []}
    if report["code"] == "ML2014":
        data = dict(report["data"] or {}, message=message)
        severity = data.get("severity")
        made: e.MLError = e.MLUserException(message, severity=severity if isinstance(severity, str) else None,
                                            error_data=data, **places)
    elif kind == "CapabilityError":
        listed = message.partition("[")[2].partition("]")[0] or message.rpartition(": ")[2]
        made = e.MLCapabilityError(message, required_capability=listed.split(",")[0].strip("' ").partition(":")[0] or None,
                                   available_capabilities=list(report.get("granted") or ()), **places)
    elif kind == "SecurityError":
        made = e.MLSecurityError(message, violation_type="runtime", **places)
    elif kind == "ResourceLimitError":
        cls = e.SandboxTimeoutError if "time" in message or "CPU" in message else e.SandboxMemoryError if "memory" in message \
            else e.SandboxResourceError
        made = cls(message, **places)
        if message.startswith("CPU"):
            made.kind = "cpu_limit"
        elif message.startswith("result"):
            made.kind = "result_limit"
    elif kind == "MarshalError":
        made = e.MLMarshalError(message, **places)
    else:
        made = _BY_TYPE.get(kind, e.MLRuntimeError)(message, **places)
        if isinstance(made, e.MLRuntimeError):
            made.error_type = kind
    made.context["type"] = kind
    return made
