"""Helpers and stand-ins for tests (cli-and-python-api.md 2.7)."""

from __future__ import annotations

import asyncio
from typing import Any

from mlpy.integration.async_executor import AsyncMLExecutor, AsyncMLResult
from mlpy.integration.ml_callback import ml_callback
from mlpy.ml.errors.exceptions import MLCapabilityError, MLError


class IntegrationTestHelper:
    """Sessions, executions and what they were refused."""

    def __init__(self) -> None:
        self._sessions: list[Any] = []
        self._executions: list[dict[str, Any]] = []
        self._violations: list[dict[str, Any]] = []

    def create_test_repl(self, **options: Any) -> Any:
        from mlpy.cli.repl import MLREPLSession

        session = MLREPLSession(**options)
        self._sessions.append(session)
        return session

    async def assert_async_execution(self, ml_code: str, expected_result: Any, timeout: float = 5.0,
                                     context: dict[str, Any] | None = None, capabilities: Any = None) -> AsyncMLResult:
        async with AsyncMLExecutor(1) as executor:
            result = await executor.execute(ml_code, timeout, context, capabilities)
        self._executions.append({"code": ml_code, "success": result.success, "value": result.value, "error": result.error})
        assert result.success, f"execution failed: {result.error}"
        assert result.value == expected_result, f"expected {expected_result!r}, got {result.value!r}"
        return result

    def assert_callback_works(self, session: Any, function_name: str, args: Any = (), expected_result: Any = None) -> Any:
        value = ml_callback(session, function_name)(*args)
        assert value == expected_result, f"expected {expected_result!r}, got {value!r}"
        return value

    def assert_capability_violation(self, ml_code: str, required_capability: str | None = None,
                                    capabilities: Any = None) -> MLCapabilityError:
        from mlpy.ml.transpiler import MLTranspiler

        try:
            MLTranspiler().execute(ml_code, capabilities=capabilities)
        except MLCapabilityError as error:
            self._violations.append({"code": ml_code, "error": str(error), "capability": error.required_capability})
            if required_capability is not None:
                assert required_capability in error.message, f"{required_capability} is not what was refused: {error}"
            return error
        raise AssertionError("no capability was refused")

    def get_execution_history(self) -> list[dict[str, Any]]:
        return list(self._executions)

    def get_violation_history(self) -> list[dict[str, Any]]:
        return list(self._violations)

    def reset(self) -> None:
        self._executions.clear()
        self._violations.clear()

    def cleanup(self) -> None:
        for session in self._sessions:
            session.close()
        self._sessions.clear()
        self.reset()


class MockAsyncExecutor:
    """An executor that runs nothing and gives what it was told to."""

    def __init__(self, mock_result: Any = None, should_fail: bool = False, execution_delay: float = 0.0) -> None:
        self.mock_result, self.should_fail, self.execution_delay = mock_result, should_fail, execution_delay
        self.executions: list[dict[str, Any]] = []

    async def execute(self, ml_code: str, timeout: float | None = None, context: dict[str, Any] | None = None) -> AsyncMLResult:
        self.executions.append({"ml_code": ml_code, "timeout": timeout, "context": context})
        if self.execution_delay:
            await asyncio.sleep(self.execution_delay)
        if self.should_fail:
            return AsyncMLResult(False, error="mock failure", error_type="MLError", exception=MLError("mock failure"),
                                 execution_time=self.execution_delay)
        return AsyncMLResult(True, self.mock_result, execution_time=self.execution_delay)

    def reset(self) -> None:
        self.executions.clear()

    def get_execution_count(self) -> int:
        return len(self.executions)

    def get_last_execution(self) -> dict[str, Any] | None:
        return self.executions[-1] if self.executions else None

    def shutdown(self, wait: bool = True) -> None:
        pass


class MockREPLSession:
    """A session whose functions are Python callables."""

    def __init__(self, functions: dict[str, Any] | None = None) -> None:
        self.functions = dict(functions or {})
        self.variables: dict[str, Any] = {}
        self.executed: list[str] = []

    def execute_ml_line(self, code: str) -> Any:
        from mlpy.engine.session import REPLResult

        self.executed.append(code)
        return REPLResult(True)

    execute = execute_ml_line

    def has_function(self, name: str) -> bool:
        return name in self.functions

    def call_function(self, name: str, args: Any = (), kwargs: dict[str, Any] | None = None) -> Any:
        return self.functions[name](*args, **(kwargs or {}))

    def get_variable(self, name: str) -> Any:
        return self.variables.get(name)

    def set_variable(self, name: str, value: Any) -> None:
        self.variables[name] = value


class MockCapabilityManager:
    """Grants and refusals without a core."""

    def __init__(self) -> None:
        self.granted: set[str] = set()
        self.checks: list[tuple[str, bool]] = []

    def grant(self, capability: str) -> None:
        self.granted.add(capability)

    def revoke(self, capability: str) -> None:
        self.granted.discard(capability)

    def has_capability(self, capability: str) -> bool:
        held = capability in self.granted
        self.checks.append((capability, held))
        return held
