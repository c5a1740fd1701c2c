"""How quickly the debug adapter answers, and what a debugged program costs: the rows of editor-protocols.md 9.3 (docs/bench.md)."""

import os
import subprocess
import sys
import time
from pathlib import Path

import generate
from measure import interleaved, median, median_ratio

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/dap"))
from client import Client  # noqa: E402

LOOP = """\
function step(total, i) {
  let next = total + i % 7;
  return next;
}
function elsewhere() {
  return 1;
}
let total = 0;
for (i in range(1000000)) {
  total = step(total, i);
}
print(total);
"""
PY_LOOP = """\
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
PY_STEPS = "i = 0\nwhile True:\n    i = i + 1\n"
STEPS = "let i = 0;\nwhile (true) {\n  i = i + 1;\n}\n"
BIG = "let big = [];\nfor (i in range(1000000)) {\n  big.push(i);\n}\nprint(len(big));\n"


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def milliseconds(act):
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


class Group:
    def __init__(self, bench):
        self.bench = bench

    def row(self, name, value, unit, bar=None, note="", most=True):
        self.bench.row("dap", name, value, unit, bar, note)
        if bar is not None and not most:  # more is better
            self.bench.rows[-1]["ok"] = value >= bar

    def client(self):
        return Client([str(self.bench.bin / "mlpy-dap")], self.bench.environment)

    def measure(self):
        self.starts()
        self.programs()
        self.stepping()
        self.values()
        self.pausing()
        self.peer()

    def starts(self):
        program = self.bench.file("dap1k.ml", generate.generate(1000))
        answers, entries, settings = [], [], []
        lines = [{"line": 9 * n + 1} for n in range(100)]
        for _ in range(3 * self.bench.rounds):
            client = self.client()
            answers.append(milliseconds(lambda: client.request("initialize", adapterID="mlpy")))
            settings.append(milliseconds(lambda: client.request("setBreakpoints", source={"path": str(program)}, breakpoints=lines)))
            client.request("setBreakpoints", source={"path": str(program)}, breakpoints=[])

            def launch():
                client.send("launch", program=str(program), stopOnEntry=True)
                client.send("configurationDone")
                client.stop()

            entries.append(milliseconds(launch))
            client.close()
        self.row("initialize", median(answers), "ms", 5, "with the start of the adapter")
        self.row("100 breakpoints", median(settings), "ms", 5)
        self.row("launch to entry", percentile(entries, 0.95), "ms", 150, f"p95; p50 {median(entries):.0f} ms")

    def seconds(self, program, **start):
        """From the gate to the end."""
        client = self.client()
        client.start(program, stopOnEntry=True, **start)
        client.stop()
        client.send("continue", threadId=1)
        began = time.perf_counter()
        client.event("exited")
        took = time.perf_counter() - began
        client.close()
        return took

    def programs(self):
        program = self.bench.file("daploop.ml", LOOP)
        short = self.bench.file("dapshort.ml", "print(0);\n")
        sides = {"no breakpoint": [], "breakpoint elsewhere": [6], "condition": [{"line": 3, "condition": "i == -1"}]}
        # Of both what a program costs that does nothing: how a process ends is not what is asked.
        runs = [lambda: self.bench.ml(program).wall - self.bench.ml(short).wall,
                *(lambda b=breakpoints: self.seconds(program, breakpoints=b) - self.seconds(short) for breakpoints in sides.values())]
        plain, *others = interleaved(runs, max(5, self.bench.rounds))
        took = dict(zip(sides, others))
        for name in ("no breakpoint", "breakpoint elsewhere"):
            self.row(f"program, {name}", median_ratio(took[name], plain), "times", 1.10,
                     f"{median(took[name]) * 1000:.0f} ms, alone {median(plain) * 1000:.0f} ms")
        self.false_conditions = median(took["condition"])
        self.row("false conditions in a hot loop", 1e6 / max(self.false_conditions, 1e-9), "per second", 500_000,
                 f"{median_ratio(took['condition'], plain):.2f} times the loop", most=False)

    def stepping(self):
        client = self.client()
        client.start(self.bench.file("dapsteps.ml", STEPS), stopOnEntry=True)
        client.stop()
        took, views = [], []
        for _ in range(500):
            took.append(milliseconds(lambda: (client.request("next", threadId=1), client.stop())))

        def look():
            client.request("next", threadId=1)
            client.stop()
            client.request("threads")
            frame = client.request("stackTrace", threadId=1, startFrame=0, levels=20)["stackFrames"][0]["id"]
            scope = client.request("scopes", frameId=frame)["scopes"][0]["variablesReference"]
            client.request("variables", variablesReference=scope)

        for _ in range(200):
            views.append(milliseconds(look))
        frame = client.top()["id"]
        evaluations = [milliseconds(lambda: client.request("evaluate", expression="i + 1", frameId=frame, context="watch"))
                       for _ in range(200)]
        client.close()
        self.row("step", percentile(took, 0.95), "ms", 5, f"p95; p50 {median(took):.2f} ms")
        self.steps = 1000 * len(took) / sum(took)
        self.row("steps", self.steps, "per second", 500, most=False)
        self.row("step with the views of an editor", percentile(views, 0.95), "ms", 10, "p95")
        self.row("evaluate", percentile(evaluations, 0.95), "ms", 3, "p95")

    def values(self):
        client = self.client()
        client.start(self.bench.file("dapbig.ml", BIG), breakpoints=[5])
        client.stop()
        stops = [milliseconds(lambda: client.locals("Locals")) for _ in range(20)]
        big = client.locals("Locals")["big"]["variablesReference"]
        pages = [milliseconds(lambda: client.request("variables", variablesReference=big, filter="indexed", start=at, count=100))
                 for at in range(0, 1_000_000, 10_000)]
        client.close()
        self.row("locals that hold a million elements", percentile(stops, 0.95), "ms", 5, "p95")
        self.row("a page of a million elements", percentile(pages, 0.95), "ms", 5, "p95")

    def pausing(self):
        took = []
        for _ in range(5):
            client = self.client()
            client.start(self.bench.file("dapsteps.ml", STEPS))
            time.sleep(0.2)
            took.append(milliseconds(lambda: (client.request("pause", threadId=1), client.stop())))
            client.request("continue", threadId=1)
            client.close()
        self.row("pause of a tight loop", max(took), "ms", 100)

    # --- debugpy, on the same programs in Python

    def peer(self):
        python = os.environ.get("MLPY_BENCH_DEBUGPY", self.bench.python)  # an interpreter that has it
        if subprocess.run([python, "-c", "import debugpy"], stderr=subprocess.DEVNULL).returncode != 0:
            print("debugpy is not there: no comparison (apt install python3-debugpy)", file=sys.stderr)
            return
        loop, steps = self.bench.file("daploop.py", PY_LOOP), self.bench.file("dapsteps.py", PY_STEPS)
        entries, conditions = [], []
        for _ in range(3):
            client, took = self.peer_session(python, loop, [{"line": 3, "condition": "i == -1"}])
            entries.append(took)
            began = time.perf_counter()
            client.send("continue", threadId=client.thread)
            client.event("terminated")
            conditions.append((time.perf_counter() - began) * 50)  # its loop is that much shorter
            client.process.kill()  # it stays as long as what it started
        client, _ = self.peer_session(python, steps, [])
        took = [milliseconds(lambda: (client.request("next", threadId=client.thread), client.stop())) for _ in range(200)]
        client.process.kill()
        self.row("debugpy: launch to entry", median(entries), "ms")
        self.row("debugpy: false conditions in a hot loop", 1e6 / median(conditions), "per second")
        self.row("debugpy: steps", 1000 * len(took) / sum(took), "per second")
        self.row("false conditions, mlpy to debugpy", median(conditions) / self.false_conditions, "times faster", 5, most=False)
        self.row("steps, mlpy to debugpy", self.steps * sum(took) / (1000 * len(took)), "times faster", most=False)

    def peer_session(self, python, program, breakpoints):
        """A session of debugpy that stands at the entry, and how many ms that took."""
        client = Client([python, "-m", "debugpy.adapter"], self.bench.environment)
        client.request("initialize", adapterID="python", clientID="bench", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)

        def launch():
            client.send("launch", program=str(program), python=[python], console="internalConsole", stopOnEntry=True,
                        justMyCode=True, cwd=str(program.parent))
            client.event("initialized")
            client.request("setBreakpoints", source={"path": str(program)}, breakpoints=breakpoints)
            client.send("configurationDone")
            client.thread = client.stop()["threadId"]

        return client, milliseconds(launch)
