#!/usr/bin/env python3
"""Measures mlpy: `./dev bench [GROUP...]`, groups core, edit, programs, startup, profiler, lsp, dap, python. See docs/bench.md.
`./dev bench page [FILE...]` puts the numbers of build/bench.json, or of files that `--output` wrote, into docs/profiling.md and
docs/performance.md.

Prints a table and writes build/bench.json: a list of {group, id, value, unit, bar, ok, note}.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import dap_group
import generate
import lsp_group
import lsp_page
import package_group
import profiler_group
import profiler_page
from measure import Failed, geometric_mean, interleaved, median, median_ratio, run

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = sorted((ROOT / "bench/programs").glob("*.ml"))
SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000}
GROUPS = ["core", "edit", "programs", "startup", "profiler", "lsp", "dap", "python"]


class Bench:
    def __init__(self, arguments, folder):
        self.rounds = arguments.rounds or 9
        self.thorough = arguments.thorough
        self.bin = Path(arguments.bin).resolve()
        self.mlpy = self.bin / "mlpy"
        self.python = arguments.python
        self.pythons = arguments.pythons.split(",") if arguments.pythons else None
        self.only = [name for name in arguments.only.split(",") if name]
        self.sides = [name for name in arguments.sides.split(",") if name]
        self.folder = folder
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "MLPY_PYTHON": self.python}
        self.rows = []

    def row(self, group, name, value, unit, bar=None, note=""):
        ok = None if bar is None else value <= bar
        self.rows.append({"group": group, "id": name, "value": round(value, 4), "unit": unit, "bar": bar, "ok": ok,
                          "note": note})

    def ml(self, file, *options):
        return run([self.mlpy, "run", *options, file], self.environment)

    def py(self, *arguments):
        return run([self.python, *arguments], self.environment)

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    # --- groups -----------------------------------------------------------------------------------------------

    def in_process(self, group):
        """core_bench prints one JSON object per line; this adds the bars."""
        files = [self.file(f"{name}.ml", generate.generate(lines)) for name, lines in SIZES.items()]
        output = run([self.bin / "core_bench", group, *files]).stdout.decode()
        return {(row["id"], row["size"]): row for row in map(json.loads, output.splitlines())}

    def core(self):
        found = self.in_process("core")
        for (name, size), row in found.items():
            bar = {("transpile", "10k"): 40, ("transpile", "100k / 10k"): 10.5,
                   ("memory peak", "10k"): 60, ("memory peak", "100k"): 60}.get((name, size))
            self.row("core", f"{name} {size}", row["value"], row["unit"], bar, row.get("note", ""))
        for size in SIZES:
            source = self.folder / f"{size}.ml"
            command = [self.mlpy, "transpile", source, "-o", self.folder / f"{size}.py", "--force"]
            costs = [run(command, self.environment).wall * 1000 for _ in range(max(3, self.rounds // 2))]
            self.row("core", f"command transpile {size}", median(costs), "ms")

    def edit(self):
        found = self.in_process("edit")
        for (name, size), row in found.items():
            self.row("edit", f"{name} {size}", row["value"], row["unit"], 6 if size == "10k" else None, row.get("note", ""))
        self.row("edit", "edit to diagnostics 100k / 10k",
                 found["edit to diagnostics", "100k"]["value"] / found["edit to diagnostics", "10k"]["value"], "times", 10)

    def starts(self, *options):
        """CPU seconds that `python empty.py` and `mlpy run empty.ml` take before the program begins."""
        empty_ml, empty_py = self.file("empty.ml", ""), self.file("empty.py", "")
        self.ml(empty_ml, *options)
        py, ml = interleaved([lambda: self.py(empty_py), lambda: self.ml(empty_ml, *options)], 11)
        return median(c.cpu for c in py), median(c.cpu for c in ml)

    def programs(self):
        py_start, ml_start = self.starts()
        ratios = {}
        for program in PROGRAMS:
            twin = program.with_suffix(".py")
            first_ml, first_py = self.ml(program), self.py(twin)  # fills the cache, and the outputs must agree
            if first_ml.stdout != first_py.stdout:
                raise Failed(f"{program.name} prints\n{first_ml.stdout.decode()}and {twin.name}\n{first_py.stdout.decode()}")
            py, ml = interleaved([lambda: self.py(twin), lambda: self.ml(program)], self.rounds)
            py_cpu, ml_cpu = [c.cpu - py_start for c in py], [c.cpu - ml_start for c in ml]
            ratio = ratios[program.stem] = median_ratio(ml_cpu, py_cpu)
            self.row("programs", program.stem, ratio, "times", None,
                     f"{median(ml_cpu) * 1000:.0f} ms, Python {median(py_cpu) * 1000:.0f} ms")
        worst = max(ratios, key=ratios.get)
        self.row("programs", "geometric mean", geometric_mean(ratios.values()), "times", 1.25, f"goal 1.10; {len(ratios)} programs")
        self.row("programs", "worst", ratios[worst], "times", 2.0, f"goal 1.5; {worst}")

    def startup(self):
        hello = self.file("hello.ml", 'print("hello");\n')
        self.ml(hello)
        sides = [lambda: self.py("-c", "pass"), lambda: self.ml(hello), lambda: self.ml(hello, "--no-cache")]
        python, cached, cold = ([c.wall for c in costs] for costs in interleaved(sides, 4 * self.rounds))
        self.row("startup", "python3 -c pass", median(python) * 1000, "ms")
        self.row("startup", "hello.ml cached", median(cached) * 1000, "ms")
        self.row("startup", "hello.ml cold", median(cold) * 1000, "ms")
        self.row("startup", "hello.ml cached / python3", median_ratio(cached, python), "times", 2.0)

    def profiler(self):
        profiler_group.Group(self).measure()

    def lsp(self):
        lsp_group.Group(self).measure()

    def dap(self):
        dap_group.Group(self).measure()

    def python_package(self):
        package_group.Group(self).measure()

    def measure(self, group):
        if group in ("core", "edit") and not (self.bin / "core_bench").exists():
            raise Failed("core_bench is not built")
        (self.python_package if group == "python" else getattr(self, group))()


def table(rows):
    lines = [("group", "what", "value", "bar", "", "note")]
    for r in rows:
        digits = 2 if r["unit"] == "times" or r["value"] < 100 else 0
        lines.append((r["group"], r["id"], f"{r['value']:,.{digits}f} {r['unit']}",
                      "" if r["bar"] is None else f"<= {r['bar']}", {None: "", True: "ok", False: "MISSED"}[r["ok"]],
                      r["note"]))
    widths = [max(len(line[i]) for line in lines) for i in range(5)]
    for line in lines:
        print("  ".join([line[0].ljust(widths[0]), line[1].ljust(widths[1]), line[2].rjust(widths[2]),
                         line[3].ljust(widths[3]), line[4].ljust(widths[4]), line[5]]).rstrip())


def pages(measured):
    """Puts what was measured, one file or several, into the pages about it. Returns an exit code."""
    found = {}  # of what was measured twice, the later
    for file in measured:
        found |= {(row["group"], row["id"]): row for row in json.loads(file.read_text())}
    rows = list(found.values())
    lsp = any(row["group"] == "lsp" for row in rows)
    if lsp:
        lsp_page.refresh(ROOT, rows)
    return profiler_page.refresh(ROOT, rows) if profiler_page.cells(rows) or not lsp else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; all when none is named")
    parser.add_argument("--bin", default=ROOT / "build/release/bin", help="where the programs are")
    parser.add_argument("--python", default=os.environ.get("MLPY_PYTHON", "/usr/bin/python3"))
    parser.add_argument("--output", default=ROOT / "build/bench.json", help="where the rows go")
    parser.add_argument("--pythons", help="interpreters for the profiler group, with commas: programs, or versions of the build's; "
                                          "all of the build")
    parser.add_argument("--only", default="", help="programs and splits of the profiler group, with commas")
    parser.add_argument("--sides", default="", help="profilers of the profiler group, with commas; all")
    parser.add_argument("--rounds", type=int, help="repetitions of whole programs; 9")
    parser.add_argument("--thorough", action="store_true",
                        help="the profiler group: every program under every profiler, and more rounds (an hour)")
    arguments = parser.parse_args()
    if arguments.groups[:1] == ["page"]:
        return pages([Path(file) for file in arguments.groups[1:] or [arguments.output]])
    for group in arguments.groups:
        if group not in GROUPS:
            parser.error(f"no group '{group}'; there are {', '.join(GROUPS)}")

    failed = False
    with tempfile.TemporaryDirectory(prefix="mlpy-bench-") as folder:
        bench = Bench(arguments, Path(folder))
        for group in arguments.groups or GROUPS:
            print(f"measuring {group} ...", file=sys.stderr)
            try:
                bench.measure(group)
            except Failed as problem:
                failed = True
                print(f"{group} cannot be measured: {problem}", file=sys.stderr)
    profiler_page.print_tables(bench.rows)
    table([row for row in bench.rows if not profiler_page.in_tables(row)])
    output = Path(arguments.output)
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(bench.rows, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
