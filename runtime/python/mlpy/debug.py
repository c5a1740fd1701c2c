"""Debugging the ML that a Python program runs in its own process (docs/debugging.md, Attaching)."""

from __future__ import annotations

import atexit
import fcntl
import os
import secrets
import shutil
import tempfile
import threading
from dataclasses import dataclass
from typing import Any

from mlpy.engine import debugging

_lock = threading.Lock()


@dataclass(frozen=True)
class Listening:
    """Where debuggers may attach: ``place`` is ``127.0.0.1:PORT`` or a path; ``token`` is what they have to say first, empty
    for a path, which only this user can reach."""

    place: str
    token: str

    @property
    def port(self) -> int:
        """The port; 0 for a path."""
        return 0 if "/" in self.place else int(self.place.rpartition(":")[2])


def _announce(service: Any) -> None:
    """Lets debuggers find the place by this process (dap/waiting.h)."""
    folder = tempfile.mkdtemp(prefix="mlpy-dap-")
    place = os.path.abspath(service.place) if "/" in service.place else service.place
    with open(os.path.join(folder, "listening"), "w") as file:
        file.write(f"{os.getpid()}\n{place}\n{service.token}\n")
    lock = os.open(os.path.join(folder, "lock.new"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)  # until this process ends
    os.rename(os.path.join(folder, "lock.new"), os.path.join(folder, "lock"))
    here = os.getpid()
    atexit.register(lambda: os.getpid() == here and shutil.rmtree(folder, ignore_errors=True))


def listen(address: str | int = 0, *, wait: bool = False) -> Listening:
    """Lets debuggers come to this process and go again. ``address``: a port of this machine (0: any that is free),
    ``127.0.0.1:PORT``, or the path of a socket to make. With ``wait`` the first debugger is waited for.

    Debugged are programs that are started from now on in this process (``execute``, ``MLExecutor``, ``AsyncMLExecutor``...),
    and come from a file. The token is that of the environment (``MLPY_DEBUG_TOKEN``) or a new one. Raises ValueError for an
    address that is none, OSError when it cannot be had, RuntimeError when this process listens already.
    """
    from mlpy.runtime.debugging.service import Service

    with _lock:
        if debugging.service is not None:
            raise RuntimeError(f"this process listens already at {debugging.service.place}")
        service = Service(str(address), os.environ.get("MLPY_DEBUG_TOKEN") or secrets.token_hex(16))
        debugging.service = service
        service.begin()
        _announce(service)
    if wait:
        service.ready.wait()
    return Listening(service.place, service.token)
