"""Control groups around the processes of programs (security.md 5.1; ``runtime/sandbox/group.h``).

A program's group is used again for another when it is empty: making one for each would cost more than it holds. What is
still in one a while after its program ended (the process itself was killed then, and could start no other) is killed with
the group. Only the host knows when a program is over, so the host hands them out, not the template.
"""

from __future__ import annotations

import time
from typing import Any

from mlpy import _core

# Its interpreter's own share.
OWN_MEMORY = 64 << 20
PATIENCE = 1.0  # seconds
MOST_TASKS = 8  # processes and threads: the program, its broker, the profiler's, and those of extension modules


class Groups:
    """Groups of one template; not for two threads at once."""

    def __init__(self) -> None:
        self.free: list[tuple[Any, float]] = []  # with when they became free
        self.possible = True

    def take(self) -> Any:
        """A group that nothing is in, or None where there can be none."""
        for at, (group, _) in enumerate(self.free):
            if _core.group_empty(group):
                del self.free[at]
                return group
        now = time.monotonic()
        self.free = [(group, since) for group, since in self.free if now - since < PATIENCE]
        made = _core.group_make() if self.possible else None
        self.possible = made is not None
        return made

    def give_back(self, group: Any) -> None:
        """The program in it is over."""
        if group is not None:
            self.free.append((group, time.monotonic()))


def descriptors(group: Any) -> list[int]:
    """What a template gets to put a child into the group."""
    return [] if group is None else [_core.group_folder(group)]


class Memory:
    """A limit of memory on the program in a group, from now on."""

    def __init__(self, group: Any, size: int) -> None:
        self.group = group
        if group is not None:
            _core.group_limit(group, size and size + OWN_MEMORY, MOST_TASKS)
        self.before = self.ended()

    def ended(self) -> int:
        return _core.group_out_of_memory(self.group) if self.group is not None else 0

    def reached(self) -> bool:
        return self.ended() > self.before
