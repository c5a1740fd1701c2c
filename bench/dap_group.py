"""How quickly the debug adapter answers, and what a debugged program costs: the rows of editor-protocols.md 9.3 (docs/bench.md).
What a program costs is in dap_programs.py, what it writes and measures in dap_ends.py, debugpy in dap_peer.py."""

import sys
import time
from pathlib import Path

import dap_ends
import dap_peer
import dap_programs
import generate
import profiler_group
from measure import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/dap"))
from client import Client  # noqa: E402

STEPS = "let i = 0;\nwhile (true) {\n  i = i + 1;\n}\n"
BIG = "let big = [];\nfor (i in range(1000000)) {\n  big.push(i);\n}\nprint(len(big));\n"
FIELDS = "let o = {};\nfor (i in range(100000)) {\n  o[\"k\" + str(i)] = i;\n}\nprint(len(o));\n"
DEEP = "function down(n) {\n  if (n == 0) {\n    return 0;\n  }\n  return down(n - 1) + 1;\n}\nprint(down(2898));\n"
PAGES = 100


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Group:
    Client = Client

    def __init__(self, bench):
        self.bench = bench
        self.rounds = max(3, bench.rounds // 2 + 1)
        self.conditions = {}  # version of Python -> seconds of an iteration with a false condition

    @staticmethod
    def milliseconds(act):
        began = time.perf_counter()
        act()
        return (time.perf_counter() - began) * 1000

    def row(self, name, value, unit, bar=None, note="", most=True):
        self.bench.row("dap", name, value, unit, bar, note)
        if bar is not None and not most:  # more is better
            self.bench.rows[-1]["ok"] = value >= bar

    def client(self, environment=None):
        return Client([str(self.bench.bin / "mlpy-dap")], environment or self.bench.environment)

    def stopped(self, name, text, **start):
        client = self.client()
        client.start(self.bench.file(name, text), **start)
        client.stop()
        return client

    def measure(self):
        self.starts()
        self.stepping()
        self.values()
        self.stacks()
        self.pausing()
        ends = dap_ends.Ends(self)
        ends.terminating()
        ends.flood()
        ends.profiles()
        for python in profiler_group.Group(self.bench).interpreters():
            dap_programs.OnePython(self, python).measure()
        dap_peer.Peer(self).measure()

    def starts(self):
        program = self.bench.file("dap1k.ml", generate.generate(1000))
        answers, settings, cold, warm = [], [], [], []
        lines = [{"line": 9 * n + 1} for n in range(100)]
        for turn in range(2 + 6 * self.rounds):
            client = self.client()
            answers.append(self.milliseconds(lambda: client.request("initialize", adapterID="mlpy")))
            settings.append(self.milliseconds(lambda: client.request("setBreakpoints", source={"path": str(program)}, breakpoints=lines)))
            client.request("setBreakpoints", source={"path": str(program)}, breakpoints=[])

            def launch():
                client.send("launch", program=str(program), stopOnEntry=True, forceTranspile=turn % 2 == 0)
                client.send("configurationDone")
                client.stop()

            (warm if turn % 2 else cold).append(self.milliseconds(launch))
            client.close()
        self.row("initialize", median(answers), "ms", 5, "with the start of the adapter")
        self.row("100 breakpoints", median(settings), "ms", 5)
        for name, took, bar in (("compiled anew", cold, 150), ("compiled before", warm, 80)):
            self.row(f"launch to entry, {name}", percentile(took[1:], 0.95), "ms", bar, f"p95; p50 {median(took[1:]):.0f} ms; 1,000 lines")

    def stepping(self):
        client = self.stopped("dapsteps.ml", STEPS, stopOnEntry=True)
        took, views = [], []
        for _ in range(500):
            took.append(self.milliseconds(lambda: (client.request("next", threadId=1), client.stop())))

        def look():
            client.request("next", threadId=1)
            client.stop()
            client.request("threads")
            frame = client.request("stackTrace", threadId=1, startFrame=0, levels=20)["stackFrames"][0]["id"]
            scope = client.request("scopes", frameId=frame)["scopes"][0]["variablesReference"]
            client.request("variables", variablesReference=scope)

        for _ in range(200):
            views.append(self.milliseconds(look))
        frame = client.top()["id"]
        evaluations = [self.milliseconds(lambda: client.request("evaluate", expression="i + 1", frameId=frame, context="watch"))
                       for _ in range(200)]
        client.close()
        self.step_ms = median(took)
        self.row("step, p50", self.step_ms, "ms", 2)
        self.row("step, p95", percentile(took, 0.95), "ms", 5)
        self.row("steps", 1000 * len(took) / sum(took), "per second", 500, most=False)
        self.row("step with the views of an editor", percentile(views, 0.95), "ms", 10, "p95: next, threads, stackTrace, scopes, variables")
        self.row("evaluate", percentile(evaluations, 0.95), "ms", 3, "p95")

    def values(self):
        client = self.stopped("dapbig.ml", BIG, breakpoints=[5])
        process = client.event("process")["systemProcessId"]
        stops = [self.milliseconds(lambda: client.locals("Locals")) for _ in range(20)]
        before = resident(process)
        big = client.locals("Locals")["big"]["variablesReference"]
        pages = [self.milliseconds(lambda: self.page(client, big, at, "indexed")) for at in range(0, 1_000_000, 1_000_000 // PAGES)]
        grown = resident(process) - before
        client.close()
        self.row("locals that hold a million elements", percentile(stops, 0.95), "ms", 5, "p95")
        self.row("a page of a million elements", percentile(pages, 0.95), "ms", 5, f"p95 of {PAGES}")
        self.row("a page of a million elements, memory", grown / PAGES, "KB", 100, "by which the program's process grew, a page")
        client = self.stopped("dapfields.ml", FIELDS, breakpoints=[5])
        fields = client.locals("Locals")["o"]["variablesReference"]
        pages = [self.milliseconds(lambda: self.page(client, fields, at, "named")) for at in range(0, 100_000, 100_000 // PAGES)]
        client.close()
        self.row("a page of an object with 100,000 fields", percentile(pages, 0.95), "ms", 10, f"p95 of {PAGES}")

    @staticmethod
    def page(client, reference, start, kind):
        rows = client.request("variables", variablesReference=reference, filter=kind, start=start, count=100)["variables"]
        assert len(rows) == 100, rows

    def stacks(self):
        client = self.stopped("dapdeep.ml", DEEP, breakpoints=[3])
        assert client.request("stackTrace", threadId=1, startFrame=0, levels=1)["totalFrames"] == 2_900
        took = [self.milliseconds(lambda: client.request("stackTrace", threadId=1, startFrame=at, levels=20)) for at in range(0, 2_880, 29)]
        client.close()
        self.row("20 of 2,900 frames", percentile(took, 0.95), "ms", 3, "p95, anywhere in the stack; no program has more than 3,000")

    def pausing(self):
        took = []
        for _ in range(5):
            client = self.client()
            client.start(self.bench.file("dapsteps.ml", STEPS))
            time.sleep(0.2)
            took.append(self.milliseconds(lambda: (client.request("pause", threadId=1), client.stop())))
            client.request("continue", threadId=1)
            client.close()
        self.row("pause of a tight loop", max(took), "ms", 100, "the longest of 5")


def resident(process):
    """KB of a process."""
    with open(f"/proc/{process}/statm") as file:
        return int(file.read().split()[1]) * 4
