"""A small DAP client: starts the adapter, keeps every message in order."""

import json
import pathlib
import queue
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from framing import read_body, write_message  # noqa: E402


class Failed(Exception):
    pass


class Client:
    def __init__(self, command, env=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        self.talk(self.process.stdin, self.process.stdout)

    def talk(self, outgoing, incoming):
        self.outgoing, self.stream = outgoing, incoming
        self.seq = 0
        self.incoming = queue.Queue()
        self.events = []
        self.all = []
        self.ended = False  # `terminated` was read
        self.thread = 1  # of the last stop
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while body := read_body(self.stream):
            self.incoming.put(json.loads(body))
        self.incoming.put(None)

    def send(self, command, **arguments):
        self.seq += 1
        write_message(self.outgoing, {"seq": self.seq, "type": "request", "command": command, "arguments": arguments})
        return self.seq

    def take(self, timeout=20):
        message = self.incoming.get(timeout=timeout)
        if message is None:
            raise Failed(f"the adapter has gone; so far: {self.all[-5:]}")
        self.all.append(message)
        return message

    def answer(self, seq):
        """The response to a request; events on the way are kept."""
        while True:
            message = self.take()
            if message["type"] == "event":
                self.events.append(message)
            elif message.get("request_seq") == seq:
                return message

    def request(self, command, **arguments):
        response = self.answer(self.send(command, **arguments))
        if not response["success"]:
            raise Failed(f"{command}: {response.get('message')}")
        return response.get("body", {})

    def refused(self, command, **arguments):
        response = self.answer(self.send(command, **arguments))
        if response["success"]:
            raise Failed(f"{command} was not refused")
        return response["message"]

    def event(self, *names):
        """The next event of one of these names; earlier ones of others stay."""
        while True:
            for index, message in enumerate(self.events):
                if message["event"] in names:
                    return self.events.pop(index).get("body", {})
            message = self.take()
            if message["type"] == "event":
                self.events.append(message)

    def output(self, category="stdout"):
        return "".join(m["body"]["output"] for m in self.all
                       if m.get("event") == "output" and m["body"].get("category") == category)

    def close(self):
        try:
            self.send("disconnect")
        except (OSError, ValueError):
            pass
        code = self.process.wait(10)
        try:
            self.process.stdin.close()
        except OSError:
            pass
        self.process.stdout.close()
        return code

    # --- the usual things

    def start(self, program, breakpoints=(), functions=(), filters=(), options=(), **launch):
        """Up to configurationDone; ``breakpoints``: lines or dicts. Gives what setBreakpoints answered."""
        self.request("initialize", adapterID="mlpy", supportsVariableType=True)
        self.event("initialized")
        launched = self.send("launch", program=str(program), **launch)
        found = self.request("setBreakpoints", source={"path": str(program)},
                             breakpoints=[{"line": b} if isinstance(b, int) else b for b in breakpoints])
        if functions:
            self.request("setFunctionBreakpoints", breakpoints=[{"name": name} for name in functions])
        if filters or options:
            self.request("setExceptionBreakpoints", filters=list(filters), filterOptions=list(options))
        self.request("configurationDone")
        response = next((m for m in self.all if m.get("request_seq") == launched), None) or self.answer(launched)
        if not response["success"]:
            raise Failed(response["message"])
        return found["breakpoints"]

    def stop(self):
        """The next stop: its body."""
        body = self.event("stopped", "terminated")
        self.ended = self.ended or not body
        self.thread = body.get("threadId", 1)
        return body or None

    def top(self):
        frame = self.request("stackTrace", threadId=self.thread)["stackFrames"][0]
        return frame

    def line(self):
        return self.top()["line"]

    def step(self, how):
        self.request(how, threadId=self.thread)
        stopped = self.stop()
        return (self.line(), stopped["reason"]) if stopped else None

    def locals(self, name="Locals", frame=None):
        frame = frame or self.top()["id"]
        for scope in self.request("scopes", frameId=frame)["scopes"]:
            if scope["name"] == name:
                rows = self.request("variables", variablesReference=scope["variablesReference"])["variables"]
                return {row["name"]: row for row in rows}
        return None

    def run_to_end(self):
        self.request("continue", threadId=1)
        while self.stop() is not None:
            self.request("continue", threadId=1)


class Stream(Client):
    """A client of an adapter that listens on a port."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.talk(self.socket.makefile("wb"), self.socket.makefile("rb"))

    def close(self):
        self.outgoing.close()
        self.socket.close()
