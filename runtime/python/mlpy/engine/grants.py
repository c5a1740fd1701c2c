"""Capabilities of executions from Python: contexts, lists of grants, and what is active in this thread or task."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from mlpy.ml.errors.exceptions import MLCapabilityError

# The contexts whose ``with`` blocks are open here, outermost first.
_active: ContextVar[tuple[CapabilityContext, ...]] = ContextVar("mlpy_capabilities", default=())


@dataclass(frozen=True)
class Grant:
    """One capability with limits (security.md 2.5). ``expires_in``: seconds from the start of an execution.

    ``patterns``: the resources (none: all); ``deny``: those of them that stay forbidden.
    """

    name: str
    patterns: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    max_uses: int | None = None
    expires_in: float | None = None
    max_bytes: int | None = None

    def __post_init__(self) -> None:
        for field in ("patterns", "deny"):
            value = getattr(self, field)
            object.__setattr__(self, field, (value,) if isinstance(value, str) else tuple(value or ()))


class CapabilityContext:
    """Grants for executions: passed as ``capabilities=``, or active in a ``with`` block.

    ``grants`` and ``deny`` are texts as after ``--grant``: ``file.read:/data/**``; ``grants`` may hold ``Grant``s. In nested
    ``with`` blocks only what every one of them grants is granted.
    """

    def __init__(self, grants: Any = (), deny: Any = (), *, name: str = "", parent: CapabilityContext | None = None) -> None:
        self.name = name
        self.grants: list[Any] = [*(parent.grants if parent else ()), *_listed(grants)]
        self.deny: list[str] = [*(parent.deny if parent else ()), *_listed(deny)]
        self.policy()  # what is malformed is said here
        self._tokens: list[Any] = []

    def add_capability(self, grant: str | Grant) -> None:
        self.grants.append(grant)

    def has_capability(self, name: str, resource: str | None = None) -> bool:
        return bool(self.policy().holds(name, resource))

    def plain(self) -> tuple[list[Any], list[Any]]:
        """Grants and denials as plain data, for ``policy_of_plain``."""
        from mlpy.runtime.capabilities import denied_by

        grants: list[Any] = []
        deny = list(self.deny)
        for one in self.grants:
            if not isinstance(one, Grant):
                denied = denied_by(one)
                grants += [one] if denied is None else []
                deny += [] if denied is None else [denied]
                continue
            grants += [[f"{one.name}:{pattern}" if pattern else one.name, one.max_uses, one.expires_in, one.max_bytes]
                       for pattern in [each for each in one.patterns if each[:1] != "!"] or [""] * (not one.patterns)]
            deny += [f"{one.name}:{pattern}" for pattern in one.deny]
            deny += [f"{one.name}:{pattern[1:]}" for pattern in one.patterns if pattern[:1] == "!"]
        return grants, deny

    def policy(self) -> Any:
        return policy_of_plain([self.plain()])

    def __enter__(self) -> CapabilityContext:
        self._tokens.append(_active.set((*_active.get(), self)))
        return self

    def __exit__(self, *_: Any) -> None:
        _active.reset(self._tokens.pop())


def _listed(grants: Any) -> list[Any]:
    return [grants] if isinstance(grants, (str, Grant)) else list(grants or ())


@contextmanager
def file_capability_context(patterns: Any, operations: Any = ("read",)) -> Iterator[CapabilityContext]:
    """Grants ``file.read`` and so on for path patterns."""
    with CapabilityContext([f"file.{operation}:{pattern}" for operation in _listed(operations)
                            for pattern in _listed(patterns)]) as made:
        yield made


@contextmanager
def network_capability_context(hosts: Any, ports: Any = ()) -> Iterator[CapabilityContext]:
    """Grants requests to hosts, at these ports only if there are any."""
    places = [f"{host}:{port}" for host in _listed(hosts) for port in ports] if ports else _listed(hosts)
    with CapabilityContext([f"network.{scheme}:{place}" for scheme in ("http", "https") for place in places]) as made:
        yield made


def contexts_of(capabilities: Any) -> tuple[CapabilityContext, ...]:
    """The contexts of one execution: what was handed over, else those that are active here."""
    if capabilities is None:
        return _active.get()
    return (capabilities if isinstance(capabilities, CapabilityContext) else CapabilityContext(capabilities),)


def plain_of(capabilities: Any) -> list[Any] | None:
    """The same as plain data; None: the harmless capabilities only."""
    return [list(context.plain()) for context in contexts_of(capabilities)] or None


def policy_of(capabilities: Any) -> Any:
    """The policy of one execution; None: the harmless capabilities only."""
    contexts = contexts_of(capabilities)
    return policy_of_plain([context.plain() for context in contexts]) if contexts else None


def policy_of_plain(contexts: Any) -> Any:
    """The policy of ``plain`` data, outermost context first."""
    from mlpy.runtime.capabilities import Policy, grants_of

    policies = []
    for granted, denied in contexts:
        grants = []
        for one in granted:
            text, uses, seconds, size = (one, None, None, None) if isinstance(one, str) else one
            made = grants_of([text])
            for grant in made:
                grant.limit(uses, seconds, size)
            grants += made
        policies.append(Policy(grants, grants_of(denied)))
    policies[-1].within = policies[:-1]
    return policies[-1]


def variable_patterns(plain: Any) -> list[str]:
    """Patterns of the environment variables that ``plain`` grants let a program read. What nested contexts and denials
    leave of them, the program's policy says."""
    if not plain:
        return []
    from mlpy.runtime.capabilities import grants_of

    patterns = []
    for one in plain[-1][0]:
        text = one if isinstance(one, str) else one[0]
        for grant in grants_of([text]):
            if grant.name == "env.read":
                patterns.append(text.partition(":")[2] or "*")
    return patterns


def reaches_network(plain: Any) -> bool:
    """Whether ``plain`` grants name the network at all."""
    return any((one if isinstance(one, str) else one[0]).startswith("network.") for one in (plain[-1][0] if plain else ()))


def declared(loader: Any) -> None:
    """Applies the ``capability`` declarations of a program to its policy; MLCapabilityError when a need is not met."""
    declarations = loader.declarations()
    if not declarations:
        return
    from mlpy.runtime.capabilities import BadGrant, needs_of

    try:
        policy = loader.policy
        policy.needs = needs_of(declarations)
    except BadGrant as problem:
        raise MLCapabilityError(str(problem)) from None
    missing = [str(grant) for grant in policy.unmet()]
    if missing:
        raise MLCapabilityError(f"the program declares capabilities that are not granted: {', '.join(missing)}",
                                required_capability=missing[0].partition(":")[0], available_capabilities=sorted(policy.names()))
