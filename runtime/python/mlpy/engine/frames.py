"""How the host, its template and the processes of programs talk to each other (``engine.process``, ``engine.template``)."""

from __future__ import annotations

import os
import struct
from typing import Any

HEADER = struct.Struct("<cI")  # of a frame between host and program: what it is, bytes that follow
PLAIN, PROFILED = b"+", b"p"  # what a template is asked for: a child, a child whose program is profiled


def put(sock: Any, data: bytes) -> None:
    """Sends everything; a sealed process may write to its socket, but not ``send``."""
    view = memoryview(data)
    while view:
        view = view[os.write(sock.fileno(), view):]
