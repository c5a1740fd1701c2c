"""Messages between the agent and the adapter: JSON with its length before it, four bytes, little-endian.

The connection is made before the sandbox closes. From then on its descriptor is only read and written, which the filter
of system calls allows in any case.
"""

import os
from _json import encode_basestring_ascii, make_encoder, make_scanner
from _socket import AF_UNIX, SOCK_STREAM, socket
from _thread import allocate_lock

MOST_BYTES = 1 << 30


class _Reading:
    """What the scanner asks for. The module `json` itself is not wanted: it takes longer to load than all else here."""

    strict, object_hook, object_pairs_hook = True, None, None
    parse_float, parse_int, parse_constant = float, int, float


def _unknown(value):
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def of_kind(message, name, kind):
    """A field of a message. Raises TypeError when it is missing or something else."""
    value = message.get(name)
    if type(value) is not kind:
        raise TypeError(f"{name}: {kind.__name__} expected")
    return value


_read = make_scanner(_Reading)
_write = make_encoder(None, _unknown, encode_basestring_ascii, None, ":", ",", False, False, True)


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
        data = "".join(_write(message, 0)).encode()
        data = len(data).to_bytes(4, "little") + data
        with self.lock:
            try:
                while data:
                    data = data[os.write(self.descriptor, data):]
            except OSError:
                pass  # the adapter has gone: `receive` sees it

    def receive(self, most=MOST_BYTES):
        """The next message, or None when the adapter has gone, or sends what is no JSON object or has more than ``most`` bytes:
        nobody knows where the next one would begin."""
        head = self.take(4)
        size = int.from_bytes(head, "little") if head else 0
        data = self.take(size) if 0 < size <= most else None
        try:
            message = _read(data.decode("utf-8", "surrogatepass"), 0)[0] if data else None
        except Exception:  # of any kind: the scanner first looks for its own, which cannot be loaded any more
            return None
        return message if isinstance(message, dict) else None

    def command(self):
        """The next message that asks for something; others are passed over. None as of ``receive``."""
        while (message := self.receive()) is not None:
            if isinstance(message.get("command"), str):
                return message
        return None

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
