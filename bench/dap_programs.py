"""What a debugged program costs, with one interpreter: ratios of the processor time of the program's own thread, which other
work on the machine does not change (bench/launcher.py tells it). Rows are called `VERSION WHAT`."""

import shlex
import subprocess
from pathlib import Path

from measure import Failed, interleaved, median, median_ratio

LAUNCHER = Path(__file__).resolve().parent / "launcher.py"
TURNS = 1_000_000

LOOP = f"""\
function cold(n) {{
  return n + 1;
}}
let total = 0;
for (i in range({TURNS})) {{
  let square = i * i;
  if (square % 1000003 == 1000001) {{
    total = total - 1;
  }}
  total = total + square % 7;
}}
print(total);
"""
CALLS = f"""\
function step(total, i) {{
  let next = total + i % 7;
  if (next < 0) {{
    next = 0;
  }}
  return next;
}}
function elsewhere() {{
  return 1;
}}
let total = 0;
for (i in range({TURNS})) {{
  total = step(total, i);
}}
print(total);
"""
# Name, program, breakpoints.
SIDES = [
    ("loops, no breakpoint", LOOP, []),
    ("loops, breakpoint elsewhere", LOOP, [2]),
    ("calls, no breakpoint", CALLS, []),
    ("calls, breakpoint elsewhere", CALLS, [9]),
    ("calls, breakpoint on a cold line", CALLS, [4]),
    ("condition `i == -1`", CALLS, [{"line": 6, "condition": "i == -1"}]),
    ("condition `i % 5 == 7 && next > 3`", CALLS, [{"line": 6, "condition": "i % 5 == 7 && next > 3"}]),
]
COLD_BAR, CONDITIONS_BAR, CONDITION_RATIO_BAR = 1.2, 500_000, 10


class OnePython:
    def __init__(self, group, python):
        self.group, self.python = group, python
        self.environment = clocked(group.bench, python.program)
        self.bar = 1.10 if python.version == "3.11" else 1.08

    def measure(self):
        programs = {text: self.group.bench.file(f"dap{number}.ml", text) for number, text in enumerate((LOOP, CALLS))}
        runs = [lambda p=program: self.plain(p) for program in programs.values()]
        runs += [lambda side=side: self.debugged(programs[side[1]], side[2]) for side in SIDES]
        costs = interleaved(runs, 2 * self.group.rounds - 1)
        plain = dict(zip(programs, costs))
        for (name, text, _), took in zip(SIDES, costs[len(programs):]):
            ratio = median_ratio(took, plain[text])
            if not name.startswith("condition"):
                bar = COLD_BAR if "cold" in name else self.bar
                self.row(name, ratio, "times", bar, f"{median(took) * 1000:.0f} ms, alone {median(plain[text]) * 1000:.0f} ms")
                continue
            self.row(name, TURNS / median(took), "per second", CONDITIONS_BAR, "false, in a hot loop", most=False)
            self.row(f"{name}, to the loop", ratio, "times", CONDITION_RATIO_BAR)
            self.group.conditions.setdefault(self.python.version, median(took) / TURNS)

    def row(self, name, *arguments, **more):
        self.group.row(f"{self.python.version} {name}", *arguments, **more)

    def plain(self, program):
        command = [self.group.bench.mlpy, "run", program]
        return clock(subprocess.run(command, env=self.environment, capture_output=True, text=True).stderr)

    def debugged(self, program, breakpoints):
        client = self.group.client(self.environment)
        client.start(program, breakpoints=breakpoints)
        client.event("terminated")
        client.close()
        return clock(client.output("stderr"))


def clocked(bench, python):
    """The environment in which programs say on standard error what they took."""
    words = [python, "-I", "-S", "-X", "utf8", str(LAUNCHER), "clock"]
    script = bench.folder / f"clock-{abs(hash(python))}"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    script.chmod(0o755)
    return {**bench.environment, "MLPY_PYTHON": str(script)}


def clock(errors):
    for line in errors.splitlines():
        if line.startswith("processor "):
            return float(line.split()[1])
    raise Failed(f"the program did not say what it took:\n{errors}")
