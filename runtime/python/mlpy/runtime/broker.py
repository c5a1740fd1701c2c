"""The broker of a sandboxed program: a process outside of the sandbox that does its HTTP requests (security.md 5.4).

It is forked by the launcher before the program's process gives up its rights, has a policy of its own, and ends with
that process. Frames both ways are a u32 length and JSON; what the program's process sends is not trusted.
"""

import json
import os
import socket
import sys
from base64 import b64decode, b64encode

from mlpy import _native

MOST_REQUEST = 64 << 20
_FIELDS = {"function": str, "method": str, "url": str, "headers": list, "body": (str, type(None)), "timeout": (int, float),
           "limit": int}
_MOST_LIMIT = 10485760
_MOST_SECONDS = 300


def start(policy, most_requests, most_bytes):
    """Starts the broker and returns the descriptor to talk to it."""
    ours, its = socket.socketpair()
    parent = os.getpid()
    if os.fork():
        its.close()
        return ours.detach()
    try:
        audit = getattr(policy.audit, "descriptor", None)
        _native.sandbox_begin(parent, (its.fileno(),) if audit is None else (its.fileno(), audit))
        null = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.setsid()
        serve(its.detach(), policy, most_requests, most_bytes)
    finally:
        os._exit(0)


def serve(descriptor, policy, most_requests, most_bytes):
    from mlpy.runtime.network import Broker

    broker = Broker(policy)
    broker.most_requests, broker.most_bytes = most_requests, most_bytes
    while (text := receive(descriptor, MOST_REQUEST)) is not None:
        used, refused = dict(policy.used), len(policy.refused)
        request = checked(json.loads(text))
        if request is None:
            return
        if request["body"] is not None:
            request["body"] = b64decode(request["body"])
        answer = broker.exchange(request)
        if "body" in answer:
            answer["body"] = b64encode(answer["body"]).decode()
        answer["uses"] = [[name, shown, count - used.get((name, shown), 0)] for (name, shown), count in policy.used.items()
                          if count != used.get((name, shown), 0)]
        answer["refusals"] = policy.refused[refused:]
        send(descriptor, json.dumps(answer).encode())


def checked(request):
    """The request when it is one, else None."""
    if type(request) is not dict or request.keys() != _FIELDS.keys():
        return None
    if not all(isinstance(request[name], kind) and type(request[name]) is not bool for name, kind in _FIELDS.items()):
        return None
    if not all(type(field) is list and len(field) == 2 and type(field[0]) is str and type(field[1]) is str
               and not any(c in "\r\n\0" for c in field[0] + field[1]) for field in request["headers"]):
        return None
    if any(c <= " " or c == "\x7f" for c in request["method"]) or not request["method"]:
        return None
    request["limit"] = min(max(request["limit"], 0), _MOST_LIMIT)
    request["timeout"] = min(max(request["timeout"], 0), _MOST_SECONDS)
    return request


class Client:
    """The broker as the program's process sees it."""

    def __init__(self, policy, descriptor):
        self.policy = policy
        self.descriptor = descriptor

    def exchange(self, request):
        """See ``network.Broker.exchange``."""
        request = dict(request)
        if request["body"] is not None:
            request["body"] = b64encode(request["body"]).decode()
        answer = None
        try:
            send(self.descriptor, json.dumps(request).encode())
            text = receive(self.descriptor, 4 * MOST_REQUEST)
            answer = json.loads(text) if text is not None else None
        except OSError:
            pass
        if answer is None:
            return {"error": ("NetworkError", "Network error: the broker ended")}
        for name, shown, count in answer["uses"]:
            grant = next((grant for grant in self.policy.grants if grant.name == name), None)
            if grant is not None:
                grant.uses += count
            self.policy.used[name, shown] = self.policy.used.get((name, shown), 0) + count
        self.policy.refused += [tuple(refusal) for refusal in answer["refusals"]]
        if "body" in answer:
            answer["body"] = b64decode(answer["body"])
        return answer


def send(descriptor, data):
    view = memoryview(len(data).to_bytes(4, sys.byteorder) + data)
    while view:
        view = view[os.write(descriptor, view):]


def receive(descriptor, most):
    """The text of one frame; None at the end, or when it is larger than it may be."""
    size = int.from_bytes(exactly(descriptor, 4) or b"\xff\xff\xff\xff", sys.byteorder)
    return exactly(descriptor, size) if size <= most else None


def exactly(descriptor, size):
    parts = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
