"""Messages between the agent and the adapter: JSON with its length before it, four bytes, little-endian.

The connection is made before the sandbox closes. From then on its descriptor is only read and written, which the filter
of system calls allows in any case.
"""

import json
import os
from _socket import AF_UNIX, SOCK_STREAM, socket
from _thread import allocate_lock

MOST_BYTES = 1 << 30


class Channel:
    """A connection: to a Unix socket, or ``fd:NUMBER``, one that is there. ``send`` may be called by any thread, ``receive`` by one."""

    def __init__(self, path):
        if path.startswith("fd:"):
            self.descriptor = int(path[3:])
        else:
            self.socket = socket(AF_UNIX, SOCK_STREAM)
            self.socket.connect(path)
            self.descriptor = self.socket.fileno()
        self.lock = allocate_lock()

    def send(self, message):
        data = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode()
        data = len(data).to_bytes(4, "little") + data
        with self.lock:
            try:
                while data:
                    data = data[os.write(self.descriptor, data):]
            except OSError:
                pass  # the adapter has gone: `receive` sees it

    def receive(self, most=MOST_BYTES):
        """The next message, or None when the adapter has gone or sends more than ``most`` bytes."""
        head = self.take(4)
        size = int.from_bytes(head, "little") if head else 0
        data = self.take(size) if 0 < size <= most else None
        return json.loads(data) if data else None

    def take(self, size):
        parts = []
        while size:
            try:
                part = os.read(self.descriptor, min(size, 1 << 20))
            except InterruptedError:
                continue
            except OSError:
                return None
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
