"""debugpy on the same programs in Python, driven by the same client."""

import os
import subprocess
import sys
import time

from measure import median

LOOP = """\
def step(total, i):
    next = total + i % 7
    return next
def elsewhere():
    return 1
total = 0
for i in range(20000):
    total = step(total, i)
print(total)
"""
LOOP_TURNS = 20_000
STEPS = "i = 0\nwhile True:\n    i = i + 1\n"


class Peer:
    def __init__(self, group):
        self.group, self.bench = group, group.bench
        self.python = os.environ.get("MLPY_BENCH_DEBUGPY", self.bench.python)  # an interpreter that has it

    def measure(self):
        if subprocess.run([self.python, "-c", "import debugpy"], stderr=subprocess.DEVNULL).returncode != 0:
            print("debugpy is not there: no comparison (apt install python3-debugpy)", file=sys.stderr)
            return
        loop, steps = self.bench.file("daploop.py", LOOP), self.bench.file("dapsteps.py", STEPS)
        entries, conditions = [], []
        for _ in range(3):
            client, took = self.session(loop, [{"line": 3, "condition": "i == -1"}])
            entries.append(took)
            began = time.perf_counter()
            client.send("continue", threadId=client.thread)
            client.event("terminated")
            conditions.append((time.perf_counter() - began) / LOOP_TURNS)
            client.process.kill()  # it stays as long as what it started
        client, _ = self.session(steps, [])
        took = [self.group.milliseconds(lambda: (client.request("next", threadId=client.thread), client.stop())) for _ in range(200)]
        client.process.kill()
        row = self.group.row
        row("debugpy: launch to entry", median(entries), "ms")
        row("debugpy: false conditions in a hot loop", 1 / median(conditions), "per second")
        row("debugpy: steps", 1000 / median(took), "per second")
        ours = next(iter(self.group.conditions.values()), None)
        if ours:
            row("false conditions, mlpy to debugpy", median(conditions) / ours, "times faster", 5, most=False)
        row("steps, mlpy to debugpy", median(took) / self.group.step_ms, "times faster", 5, most=False)

    def session(self, program, breakpoints):
        """A session of debugpy that stands at the entry, and how many ms that took."""
        client = self.group.Client([self.python, "-m", "debugpy.adapter"], self.bench.environment)
        client.request("initialize", adapterID="python", clientID="bench", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)

        def launch():
            client.send("launch", program=str(program), python=[self.python], console="internalConsole", stopOnEntry=True,
                        justMyCode=True, cwd=str(program.parent))
            client.event("initialized")
            client.request("setBreakpoints", source={"path": str(program)}, breakpoints=breakpoints)
            client.send("configurationDone")
            client.thread = client.stop()["threadId"]

        return client, self.group.milliseconds(launch)
