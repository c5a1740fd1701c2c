"""Capabilities of executions from Python: contexts, lists of grants, and what is active in this thread or task."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_active: ContextVar[CapabilityContext | None] = ContextVar("mlpy_capabilities", default=None)


class CapabilityContext:
    """Grants for executions: passed as ``capabilities=``, or active in a ``with`` block.

    ``grants`` and ``deny`` are texts as after ``--grant``: ``file.read:/data/**``.
    """

    def __init__(self, grants: Any = (), deny: Any = (), *, name: str = "", parent: CapabilityContext | None = None) -> None:
        self.name = name
        self.grants = [*(parent.grants if parent else ()), *grants]
        self.deny = [*(parent.deny if parent else ()), *deny]
        self._tokens: list[Any] = []

    def add_capability(self, grant: str) -> None:
        self.grants.append(grant)

    def has_capability(self, name: str, resource: str | None = None) -> bool:
        return bool(self.policy().holds(name, resource))

    def policy(self) -> Any:
        from mlpy.runtime.capabilities import Policy, grants_of

        return Policy(grants_of(self.grants), grants_of(self.deny))

    def __enter__(self) -> CapabilityContext:
        self._tokens.append(_active.set(self))
        return self

    def __exit__(self, *_: Any) -> None:
        _active.reset(self._tokens.pop())


@contextmanager
def file_capability_context(patterns: Any, operations: Any = ("read",)) -> Iterator[CapabilityContext]:
    """Grants ``file.read`` and so on for path patterns."""
    with CapabilityContext([f"file.{operation}:{pattern}" for operation in operations for pattern in patterns]) as made:
        yield made


@contextmanager
def network_capability_context(hosts: Any, ports: Any = ()) -> Iterator[CapabilityContext]:
    """Grants requests to hosts, at these ports only if there are any."""
    places = [f"{host}:{port}" for host in hosts for port in ports] if ports else list(hosts)
    with CapabilityContext([f"network.{scheme}:{place}" for scheme in ("http", "https") for place in places]) as made:
        yield made


def context_of(capabilities: Any) -> CapabilityContext | None:
    if capabilities is None:
        return _active.get()
    if isinstance(capabilities, CapabilityContext):
        return capabilities
    return CapabilityContext([capabilities] if isinstance(capabilities, str) else capabilities)


def policy_of(capabilities: Any) -> Any:
    """The policy of one execution; None: the harmless capabilities only."""
    context = context_of(capabilities)
    return context.policy() if context is not None else None
