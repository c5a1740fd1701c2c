"""Messages on byte streams, as language servers and debug adapters frame them (LSP 3.17 and DAP, "base protocol")."""

import json


def framed(message):
    """The bytes of `message`, which json can write."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def write_message(stream, message):
    """Writes `message`, which json can write, to a binary stream and flushes it."""
    stream.write(framed(message))
    stream.flush()


def read_body(stream):
    """The next message's bytes; None where the stream has ended or was closed by another thread."""
    length = 0
    try:
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return stream.read(length) if length else None
    except ValueError:  # closed meanwhile
        return None
