"""Sandboxed execution (cli-and-python-api.md 2.4, 2.11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mlpy.engine.results import ExecutionResult
from mlpy.ml.errors.exceptions import MLCapabilityError, MLSandboxError as SandboxError

__all__ = ["MLSandbox", "SandboxConfig", "SandboxResult", "SandboxError"]


@dataclass
class SandboxConfig:
    """Limits and permissions of one execution.

    ``extra_env``: variables beside those of this process, which the program reads if ``env.read`` covers them.
    ``python_executable``: the interpreter instead of this one. ``strict_mode``: findings that are high stop the program.
    """

    memory_limit: str | int | None = "100MB"
    cpu_timeout: float | None = 30.0
    file_size_limit: str | int | None = "10MB"
    temp_dir_limit: str | int | None = "50MB"
    network_disabled: bool = True
    allowed_hosts: list[str] = field(default_factory=list)
    allowed_ports: list[int] = field(default_factory=list)
    file_access_patterns: list[str] = field(default_factory=list)
    read_only_mode: bool = False
    python_executable: str | None = None
    extra_env: dict[str, str] = field(default_factory=dict)
    strict_mode: bool = True
    allow_weaker: list[str] = field(default_factory=list)  # layers of the kernel that may be missing, or "all"

    def grants(self) -> list[str]:
        """The grants that the configuration stands for."""
        made = [f"file.read:{pattern}" for pattern in self.file_access_patterns]
        if not self.read_only_mode:
            made += [f"file.write:{pattern}" for pattern in self.file_access_patterns]
        if not self.network_disabled or self.allowed_hosts:
            places = [f"{host}:{port}" for host in self.allowed_hosts for port in self.allowed_ports] \
                if self.allowed_ports else list(self.allowed_hosts)
            made += [f"network.{scheme}" + (f":{place}" if place else "") for scheme in ("http", "https")
                     for place in places or [""]]
        return made

    def with_grants(self, capabilities: Any) -> Any:
        """``capabilities`` of an execution, and what the configuration adds to them."""
        from mlpy.engine.grants import CapabilityContext, contexts_of

        own = self.grants()
        if not own:
            return capabilities
        around = contexts_of(capabilities)
        return CapabilityContext(own, parent=around[-1] if around else None)


@dataclass
class SandboxResult:
    """What a sandboxed execution gave."""

    success: bool
    return_value: Any = None
    stdout: str = ""
    stderr: str = ""
    exit_code: int = 0
    execution_time: float = 0.0
    memory_usage: int = 0
    cpu_usage: float = 0.0
    capability_violations: list[str] = field(default_factory=list)
    security_warnings: list[Any] = field(default_factory=list)
    error: str | None = None
    error_traceback: str | None = None

    @classmethod
    def of(cls, result: ExecutionResult) -> SandboxResult:
        """From what the engine says."""
        problem = result.exception
        cpu = 100 * result.cpu_time / result.execution_time if result.execution_time > 0 else 0.0
        return cls(result.success, result.value, result.stdout, result.stderr, problem.exit_code if problem else 0,
                   result.execution_time, result.memory_usage, cpu,
                   [problem.message] if problem is not None and isinstance(problem, MLCapabilityError) else [],
                   list(result.issues), result.error, (problem.report or None) if problem is not None else None)


class MLSandbox:
    """Executes programs in processes of their own, under one configuration."""

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.config = config or SandboxConfig()

    def execute(self, source_code: str, capabilities: Any = None, context: dict[str, Any] | None = None) -> SandboxResult:
        from mlpy.ml.transpiler import execute

        return SandboxResult.of(execute(source_code, context, capabilities=capabilities, sandbox_config=self.config))

    def __enter__(self) -> MLSandbox:
        return self

    def __exit__(self, *_: Any) -> None:
        pass
