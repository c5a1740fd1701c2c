"""Debug sessions with much output, with profiles, and their ends (editor-protocols.md 9.3)."""

import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from dap_programs import clock, clocked
from measure import interleaved, median_ratio

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/support"))
from framing import read_body, write_message  # noqa: E402

LOOP = "let i = 0;\nwhile (true) {\n  i = i + 1;\n}\n"
DEAF = "try {\n  while (true) { }\n} finally {\n  while (true) { }\n}\n"
LINES, LINE = 50_000, 2_000
FLOOD = f"""\
let text = "0123456789".repeat({LINE // 10});
for (i in range({LINES})) {{
  print(i, text);
}}
"""
SPLIT = """\
function NAME(n) {
  let s = 1;
  for (i in range(n * 100000)) {
    s = (s * 31 + i) % 1000003;
  }
  return s;
}
"""
NAMES = ("first", "second", "third")
WORK = "".join(SPLIT.replace("NAME", name) for name in NAMES) + """\
for (turn in range(TURNS)) {
  first(1);
  second(2);
  third(3);
}
print("done");
"""


class Ends:
    def __init__(self, group):
        self.group, self.bench = group, group.bench

    def terminating(self):
        for name, text, bar, rounds in (("terminate", LOOP, 200, 5), ("terminate a program that goes on", DEAF, 2500, 2)):
            took = []
            for _ in range(rounds):
                client = self.group.client()
                client.start(self.bench.file("dapends.ml", text))
                time.sleep(0.2)
                took.append(self.group.milliseconds(lambda: (client.request("terminate"), client.event("terminated"))))
                client.close()
            self.group.row(name, max(took), "ms", bar, f"the longest of {rounds}")

    def flood(self):
        """100 MB on standard output; the client only counts and compares while it reads."""
        flood = Flood(self.group, self.bench.file("dapflood.ml", FLOOD))
        seconds = flood.run()
        expected = "".join(f"{i} {'0123456789' * (LINE // 10)}\n" for i in range(LINES))
        right = flood.text() == expected
        self.group.row("output", len(expected) / 1e6 / seconds, "MB per second", 50, f"{len(expected) / 1e6:.0f} MB in lines of {LINE:,}",
                       most=False)
        self.group.row("output that came otherwise", 0 if right else 1, "streams", 0)
        self.group.row("output, memory of the adapter", flood.peak / 1024, "MB", 40, "resident, at the most")

    def profiles(self):
        self.environment = clocked(self.bench, self.bench.python)
        short = self.bench.file("dapwork.ml", WORK.replace("TURNS", "4"))
        sides = [{"noDebug": True}, {"noDebug": True, "profile": True, "profileMode": "sample", "memory": False},
                 {"noDebug": True, "profile": True, "memory": False}, {},
                 {"profile": True, "profileMode": "sample", "memory": False}]
        plain, sampled, auto, debugged, both = interleaved([lambda s=side: self.processor(short, s) for side in sides], self.group.rounds)
        self.group.row("samples, 1,000 a second", median_ratio(sampled, plain), "times", 1.03)
        self.group.row("exact counts, mode auto", median_ratio(auto, plain), "times", 1.10)
        self.group.row("samples with the debugger attached", median_ratio(both, debugged), "times", 1.05)
        client = self.group.client()
        client.start(self.bench.file("dapwork.ml", WORK.replace("TURNS", "60")), noDebug=True, profile=True, profileRate=20_000)
        while "done" not in client.output():
            client.event("output")
        began = time.perf_counter()
        body = client.event("mlpy/profile")
        took = (time.perf_counter() - began) * 1000
        client.close()
        shares = {row["name"]: row["selfPct"] for row in body["top"]}
        error = max(abs(shares.get(name, 0) - truth) for name, truth in zip(NAMES, (100 / 6, 200 / 6, 300 / 6)))
        self.group.row("end to profile", took, "ms", 500, f"{body['run']['samples']:,} samples")
        self.group.row("error of a share", error, "points", 2, f"{body['run']['wallNs'] / 1e9:.1f} s")

    def processor(self, program, launch):
        client = self.group.client(self.environment)
        client.start(program, **launch)
        client.event("terminated")
        client.close()
        return clock(client.output("stderr"))


class Flood:
    """A session whose client keeps the events as bytes, and does the little that it must to read them as fast as it can."""

    def __init__(self, group, program):
        self.program = program
        self.process = subprocess.Popen([str(group.bench.bin / "mlpy-dap")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=group.bench.environment)
        self.parts, self.peak = [], 0

    def send(self, number, command, **arguments):
        write_message(self.process.stdin, {"seq": number, "type": "request", "command": command, "arguments": arguments})

    def run(self):
        """Seconds from the gate to the end of the session."""
        self.send(1, "initialize", adapterID="mlpy")
        self.send(2, "launch", program=str(self.program))
        self.send(3, "configurationDone")
        watching = threading.Thread(target=self.watch)
        began = None
        descriptor = self.process.stdout.fileno()
        while data := os.read(descriptor, 1 << 20):
            self.parts.append(data)
            if began is None and b"0123456789" in data:
                began = time.perf_counter()
                watching.start()
            if b'"event":"terminated"' in data[-4000:]:
                break
        took = time.perf_counter() - began
        self.send(4, "disconnect")
        self.process.communicate()
        watching.join()
        return took

    def watch(self):
        while self.process.poll() is None:
            with open(f"/proc/{self.process.pid}/statm") as file:
                self.peak = max(self.peak, int((file.read().split() or [0, 0])[1]) * 4)
            time.sleep(0.02)

    def text(self):
        """What came to standard output, in the order in which it came."""
        stream, found = io.BytesIO(b"".join(self.parts)), []
        while body := read_body(stream):
            message = json.loads(body)
            if message.get("event") == "output" and message["body"].get("category") == "stdout":
                found.append(message["body"]["output"])
        return "".join(found)
