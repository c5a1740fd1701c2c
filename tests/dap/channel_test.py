"""Damaged and odd bytes on the connection between agent and adapter, on both sides of it: channel_test.py MLPY_DAP PYTHON_PATH
[SEED]. What is found here comes again with the seed that is printed."""

import json
import os
import random
import socket
import subprocess
import sys
import threading
import unittest
from pathlib import Path

PACKAGE = sys.argv.pop(2)
SEED = int(sys.argv.pop(2)) if len(sys.argv) > 2 and sys.argv[2].isdigit() else random.SystemRandom().randrange(1 << 30)
ROUNDS = int(os.environ.get("ROUNDS", "12"))
sys.path.insert(0, PACKAGE)

from sessions import ADAPTER, Sessions  # noqa: E402
from client import Client, Failed  # noqa: E402
from mlpy import _core  # noqa: E402

PROGRAM = """\
let turns = 0;
while (turns < 3) {
  turns = turns + 1;
}
print("turns", turns);
"""
COMMANDS = ["breakpoints", "exceptions", "pause", "watches", "interrupt", "profile", "kinds", "attached", "options", "known",
            "threads", "setup", "stackTrace", "scopes", "variables", "evaluate", "completions", "goto", "move", "nothing", ""]
FIELDS = ["id", "module", "list", "filters", "early", "of", "action", "rows", "options", "frame", "code", "reference", "start",
          "count", "names", "way", "thread", "stop", "mode", "text"]
SECONDS = int(os.environ.get("SECONDS", "60"))  # nothing here takes long; who waits longer hangs


def framed(data, length=None):
    return (len(data) if length is None else length).to_bytes(4, "little") + data


class Odd:
    """Odd things, the same for the same seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def value(self, depth=0):
        return self.random.choice([
            lambda: None, lambda: True, lambda: self.random.choice([0, -1, 1, 7, 1 << 70, -(1 << 40), 0.5, 1e300]),
            lambda: self.random.choice(["", "x", "\ud83d", "turns", "\0", "é" * 100]),
            lambda: [self.value(depth + 1) for _ in range(self.random.randrange(4))] if depth < 3 else [],
            lambda: {self.random.choice(FIELDS): self.value(depth + 1)} if depth < 3 else {}])()

    def message(self, commands=COMMANDS):
        fields = {name: self.value() for name in self.random.sample(FIELDS, self.random.randrange(6))}
        return {**fields, "command": self.random.choice(commands)}

    def junk(self):
        """Bytes after which nothing can be read any more, or that are no message."""
        body = json.dumps(self.message()).encode()
        return self.random.choice([
            lambda: framed(body)[:self.random.randrange(1, len(body) + 4)],
            lambda: framed(body, len(body) + self.random.randrange(1, 1 << 28)),
            lambda: framed(body, self.random.choice([0, (1 << 30) + 1, (1 << 32) - 1])),
            lambda: framed(body, self.random.randrange(1, len(body))),
            lambda: self.random.randbytes(self.random.randrange(1, 200)),
            lambda: framed(self.random.randbytes(self.random.randrange(1, 60))),
            lambda: framed(self.random.choice([b"[]", b"1", b'"x"', b"null", b"{}", b'{"command": 5}', b'{"command": null}', b" ",
                                               b"NaN", b"[" * 100_000, b'{"a":' * 100_000, b'{"command": "go"', b"\xff\xfe{}"]))])()


class Damage(Sessions):
    def setUp(self):
        super().setUp()
        self.seed = SEED + sum(map(ord, self.id().rpartition(".")[2])) * 1000

    def rounds(self, test):
        for seed in range(self.seed, self.seed + ROUNDS):
            with self.subTest(seed=seed):
                test(Odd(seed))


class Agent(Damage):
    """The program's side: this test is the adapter."""

    def program_at(self, stage):
        """A program that has come to `stage`, and the connection to it."""
        file = self.program(PROGRAM)
        place = str(Path(self.folder.name) / "s")
        if os.path.exists(place):
            os.unlink(place)
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(place)
        listener.listen(1)
        listener.settimeout(SECONDS)
        process = subprocess.Popen([str(Path(ADAPTER).parent / "mlpy"), "run", str(file)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "MLPY_DEBUG_SOCKET": place, "MLPY_DEBUG_TOKEN": "t"})
        self.addCleanup(process.kill)
        self.stream, _ = listener.accept()
        self.stream.settimeout(SECONDS)
        self.addCleanup(self.stream.close)
        self.assertEqual(self.heard()["token"], "t")
        if stage == "hello":
            return process
        self.say(command="setup", tables=[_core.statements(PROGRAM).hex()])
        if stage == "gate":
            return process
        self.say(command="breakpoints", module=0, list=[{"id": 1, "stop": 2}], id=1)
        self.say(command="go", stopOnEntry=stage == "stop", options={})
        while stage == "stop" and self.heard().get("event") != "stopped":
            pass
        return process

    def say(self, **message):
        self.stream.sendall(framed(json.dumps(message).encode()))

    def take(self, size):
        data = b""
        while len(data) < size:
            part = self.stream.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def heard(self):
        return json.loads(self.take(int.from_bytes(self.take(4), "little")))

    def ends(self, process, *codes):
        out, err = process.communicate(timeout=SECONDS)
        self.assertIn(process.returncode, codes, (out, err))
        self.assertNotIn("Traceback", err)
        self.assertNotIn("internal", err)
        return out

    def test_junk_ends_what_the_adapter_started(self):
        def test(odd):
            process = self.program_at(odd.random.choice(["hello", "gate", "run", "stop"]))
            try:
                self.stream.sendall(odd.junk())
            except OSError:
                pass  # it has ended already
            self.stream.close()
            self.ends(process, 0, 143)
        self.rounds(test)

    def test_junk_with_the_connection_open(self):
        def test(odd):
            process = self.program_at("stop")
            self.stream.sendall(framed(odd.random.choice([b"{", b"[]", b"\xff", b"null", b"[" * 100_000])))
            self.ends(process, 143)
        self.rounds(test)

    def test_odd_messages_are_answered_and_the_program_goes_on(self):
        def test(odd):
            process = self.program_at(odd.random.choice(["gate", "stop"]))
            for _ in range(20):
                self.say(**odd.message())
            self.say(command="options", options={}, id=1 << 40)
            while self.heard().get("answer") != 1 << 40:
                pass
            self.say(command="exceptions", filters={}, early=False)
            self.say(command="watches", list=[])
            self.say(command="breakpoints", module=0, list=[])
            self.say(command="go", step=odd.value(), line=odd.value(), into=odd.value())
            threading.Thread(target=self.go_on, args=(self.stream,), daemon=True).start()
            self.assertEqual(self.ends(process, 0), "turns 3\n")
        self.rounds(test)

    def go_on(self, stream):
        """Lets the program go on at every stop that an odd message has led to."""
        try:
            while True:
                if self.heard().get("event") == "stopped":
                    self.say(command="go")
        except (OSError, EOFError):
            pass


class Relayed(Damage):
    """`mlpy run --debug-listen`: anybody on the machine can speak to the port."""

    def test_strangers_at_the_port(self):
        self.program('let turns = 0;\nwhile (turns >= 0) {\n  turns = turns + 1;\n}\n')
        process = subprocess.Popen([str(Path(ADAPTER).parent / "mlpy"), "run", "--debug-listen", "0", "main.ml"], cwd=self.folder.name,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        said = process.stderr.readline()
        port, token = int(said.rpartition("127.0.0.1:")[2].split(",")[0].split()[0]), said.split()[-1]
        def test(odd):
            with socket.create_connection(("127.0.0.1", port), SECONDS) as stranger:
                known = odd.random.random() < 0.5
                if known:
                    stranger.sendall(framed(json.dumps({"token": token}).encode()))
                try:
                    stranger.sendall(odd.junk())
                    stranger.sendall(framed(json.dumps(odd.message(["breakpoints", "options", "known", "nothing"])).encode()))
                except OSError:
                    pass
        self.rounds(test)
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        client.request("initialize", adapterID="mlpy")
        client.request("attach", port=port, token=token)
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "main.ml")}, breakpoints=[{"line": 3}])
        client.request("configurationDone")
        self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 3))
        second = socket.create_connection(("127.0.0.1", port), SECONDS)  # has to wait until the first has gone
        second.sendall(framed(json.dumps({"token": token}).encode()))
        self.assertEqual(client.step("next"), (2, "step"))
        client.request("disconnect")
        second.settimeout(SECONDS)
        self.assertTrue(second.recv(4))
        second.close()
        self.assertIsNone(process.poll())


class Served(Damage):
    """A Python program that listens (`mlpy.debug`)."""

    def test_strangers_and_damaged_debuggers(self):
        self.program("total = value * 2;\n")
        script = ("import sys, mlpy.debug\nfrom mlpy import MLTranspiler\nwhere = mlpy.debug.listen()\n"
                  "print(where.port, where.token, flush=True)\ntranspiler = MLTranspiler()\n"
                  "for line in sys.stdin:\n    context = {'value': int(line)}\n"
                  "    transpiler.execute(open('main.ml').read(), context=context, source_file='main.ml')\n"
                  "    print(context['total'], flush=True)\n")
        process = subprocess.Popen([sys.executable, "-c", script], cwd=self.folder.name, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PACKAGE})
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        port, token = process.stdout.readline().split()
        def test(odd):
            with socket.create_connection(("127.0.0.1", int(port)), SECONDS) as stranger:
                if odd.random.random() < 0.7:
                    stranger.sendall(framed(json.dumps({"token": token}).encode()))
                try:
                    for _ in range(odd.random.randrange(4)):
                        stranger.sendall(framed(json.dumps(odd.message()).encode()))
                    stranger.sendall(odd.junk())
                except OSError:
                    pass
        self.rounds(test)
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        client.request("initialize", adapterID="mlpy")
        attached = client.send("attach", port=int(port), token=token)
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "main.ml")}, breakpoints=[{"line": 1}])
        client.request("configurationDone")
        self.assertTrue((next((m for m in client.all if m.get("request_seq") == attached), None) or client.answer(attached))["success"])
        client.event("thread")
        process.stdin.write("21\n")
        process.stdin.flush()
        self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 1))
        client.request("disconnect")
        self.assertEqual(process.stdout.readline(), "42\n")
        process.stdin.close()
        self.assertEqual((process.wait(SECONDS), process.stderr.read()), (0, ""))


class Adapter(Damage):
    """The adapter's side: this test is the program."""

    def test_an_agent_that_says_odd_things(self):
        def test(odd):
            listener = socket.create_server(("127.0.0.1", 0))
            self.addCleanup(listener.close)
            threading.Thread(target=self.agent, args=(listener, odd), daemon=True).start()
            client = Client([ADAPTER])
            client.request("initialize", adapterID="mlpy")
            client.answer(client.send("attach", port=listener.getsockname()[1], token="t"))
            client.send("configurationDone")
            for command in ("threads", "stackTrace", "scopes", "variables", "evaluate", "modules"):
                client.answer(client.send(command, threadId=1, frameId=1, variablesReference=1, expression="1"))
            self.assertEqual(client.close(), 0)
        self.rounds(test)

    def agent(self, listener, odd):
        stream, _ = listener.accept()
        hello = {"event": "hello", "pid": 1, "running": True, "open": True, "modules": [["", "main", "/none.ml"]]}
        if odd.random.random() < 0.3:
            hello[odd.random.choice(list(hello))] = odd.value()
        with stream:
            try:
                stream.sendall(framed(json.dumps(hello).encode()))
                for number in range(1, 20):
                    stream.sendall(framed(json.dumps({
                        "event": odd.random.choice(["stopped", "log", "modules", "exit", "hello", "x"]),
                        "reason": odd.value(), "site": odd.value(), "modules": odd.value(), "thread": odd.value(),
                        "text": odd.value(), "id": odd.value(), "code": odd.value(), "breakpoints": odd.value()}).encode()))
                while stream.recv(1 << 16):
                    for number in range(1, 40):
                        stream.sendall(framed(json.dumps({
                            "answer": number, "error": odd.value() if odd.random.random() < 0.2 else None, "threads": odd.value(),
                            "frames": odd.value(), "scopes": odd.value(), "variables": odd.value()}).encode()))
                    if odd.random.random() < 0.3:
                        return stream.sendall(odd.junk())
            except OSError:
                pass


if __name__ == "__main__":
    print("seed", SEED, file=sys.stderr)
    unittest.main()
