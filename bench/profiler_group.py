"""What profiling costs and how right it is: mlpy's own and other profilers, on the same generated code (docs/bench.md)."""

import json
import os
import pstats
import re
import shlex
import shutil
import sys
from pathlib import Path

import splits
from measure import Failed, geometric_mean, in_slices, median, median_interval, run

HERE = Path(__file__).resolve().parent
PROGRAMS = [*sorted((HERE / "programs").glob("*.ml")), *sorted((HERE / "profiler").glob("*.ml"))]
CALL_HEAVY = ("calls", "fib")
PEERS_RUN = {*CALL_HEAVY, *(p.stem for p in (HERE / "profiler").glob("*.ml"))}  # what dear sides run

# Ours: name of the side -> what the launcher is called, options of `mlpy run`. `profile` is what people get.
OURS = {
    "profile": ("plain", ["--profile"]),
    "time": ("plain", ["--profile", "--no-profile-memory"]),
    "time+large": ("memory=large", ["--profile"]),
    "time+full": ("memory=full", ["--profile"]),
    "lines": ("plain", ["--profile", "--no-profile-memory", "--profile-lines"]),
    "exact": ("plain", ["--profile", "--profile-mode", "exact"]),
}
THOROUGH = ("time+large", "time+full", "exact")  # of ours, those that only a thorough run, or --sides, measures
ALWAYS = ["cProfile", "cProfile+tracemalloc"]
WITH_PACKAGES = ["yappi", "pyinstrument", "memray"]
DEAR = ("exact", *ALWAYS, *WITH_PACKAGES, "py-spy", "scalene")  # take many times the program's time
TRACER_ROUNDS = 15  # ours and none, where few percent of a tracer's cost are to be told
AGAIN = 3  # so many of the dearest programs under a side with a bar are measured longer,
PATIENCE = 3  # at most so many times


def seconds(cost):
    """What somebody waits for. Cost.cpu also has what the profiler's own thread does meanwhile on another processor."""
    return cost.wall


def is_between(value, interval):
    return interval[0] < value < interval[1]


class Interpreter:
    def __init__(self, program):
        self.program = program
        code = "import sys,sysconfig;print('%d.%d.%d' % sys.version_info[:3]);print(sysconfig.get_path('purelib'))"
        self.full, self.site = run([program, "-c", code]).stdout.decode().split("\n")[:2]
        self.version = ".".join(self.full.split(".")[:2])
        self.bars = {"time": (1.05, 1.15), "profile": (1.07, 1.18)} if self.version == "3.11" else \
                    {"time": (1.03, 1.10), "profile": (1.05, 1.12)}
        self.bars["lines"] = self.bars["time"]

    def has(self, package):
        try:
            run([self.program, "-c", f"import {package}"])
            return True
        except Failed:
            return False


class Group:
    def __init__(self, bench):
        self.bench = bench
        self.folder = bench.folder
        self.programs = [p for p in PROGRAMS if not bench.only or p.stem in bench.only]
        self.mlpy_options = ["--no-sandbox"] if b"--no-sandbox" in run([bench.mlpy, "run", "--help"]).stdout else []

    def interpreters(self):
        """Those the extension was built for: the build says it."""
        try:
            cache = (self.bench.bin.parent / "CMakeCache.txt").read_text()
        except OSError:
            cache = ""
        found = re.search(r"(?m)^MLPY_PYTHONS:\w+=(.+)$", cache)
        built = found[1].split(";") if found else [self.bench.python]
        asked = self.bench.pythons
        if asked is None:
            return [Interpreter(program) for program in built]
        known = {i.version: i for i in map(Interpreter, built)} if any("/" not in name for name in asked) else {}
        for name in asked:
            if "/" not in name and name not in known:
                raise Failed(f"the extension is not built for Python {name}, only for {', '.join(known)}")
        return [known[name] if name in known else Interpreter(name) for name in asked]

    def row(self, *arguments, **more):
        self.bench.row("profiler", *arguments, **more)

    def measure(self):
        for number, python in enumerate(self.interpreters()):
            one = OnePython(self, python)
            one.overhead()
            one.memory_of_the_process()
            one.counts()
            one.accuracy(peers=number == 0)
        self.reports()

    def reports(self):
        program = self.bench.bin / "report_bench"
        if not program.exists():
            raise Failed("report_bench is not built")
        for line in run([program]).stdout.decode().splitlines():
            found = json.loads(line)
            bar = 500 if found["id"] == "report of 1,000,000 samples" else None
            self.row(found["id"], found["value"], "ms", bar, found["note"])


class OnePython:
    """Everything about one interpreter. Rows are called `VERSION SIDE ...`."""

    def __init__(self, group, python):
        self.group, self.python = group, python
        self.output = group.folder / f"peer-{python.version}"
        self.mlprof = group.folder / "run.mlprof"
        thorough, asked = group.bench.thorough, group.bench.sides
        self.sides = {"off": ("plain", []),
                      **{name: side for name, side in OURS.items() if thorough or asked or name not in THOROUGH}}
        self.sides |= {name: (name, []) for name in [*ALWAYS, *filter(python.has, WITH_PACKAGES)]}
        if shutil.which("py-spy"):
            self.sides["py-spy"] = ("plain", [])
        if python.has("scalene"):
            self.sides["scalene"] = ("plain", [])
        self.sides = {name: side for name, side in self.sides.items() if name == "off" or not asked or name in asked}
        self.environments = {name: self.environment(name, kind) for name, (kind, _) in self.sides.items()}

    def environment(self, name, kind):
        """The side's stand-in for Python: a script, because `mlpy` runs one program."""
        words = [self.python.program, "-I", "-S", "-X", "utf8", str(HERE / "launcher.py"), kind]
        if name == "py-spy":
            words = ["py-spy", "record", "-r", "1000", "-f", "raw", "-o", str(self.output), "--", *words]
        if name == "scalene":
            words = [self.python.program, "-m", "scalene", "--cli", "--outfile", str(self.output),
                     str(HERE / "launcher.py"), kind]
        script = self.group.folder / f"python-{self.python.version}-{name}"
        # Named here, not in our own environment: programs do not get all of that.
        named = shlex.join(["env", f"MLPY_BENCH_OUTPUT={self.output}", f"MLPY_BENCH_SITE={self.python.site}"])
        script.write_text(f"#!/bin/sh\nexec {named} {shlex.join(words)} \"$@\"\n")
        script.chmod(0o755)
        return {**self.group.bench.environment, "MLPY_PYTHON": str(script)}

    def command(self, side, program, *options):
        _, own = self.sides[side]
        save = ["--no-profile-save"] if own and not options else []
        return [self.group.bench.mlpy, "run", *self.group.mlpy_options, *own, *save, *options, program], self.environments[side]

    def run(self, side, program, *options):
        return run(*self.command(side, program, *options))

    # --- cost ------------------------------------------------------------------------------------------------

    def usable(self, empty):
        """Drops the sides that cannot run here, and says so."""
        for side in list(self.sides):
            try:
                self.run(side, empty)
            except Failed as problem:
                if side in ("off", *OURS, *ALWAYS):
                    raise
                del self.sides[side]
                print(f"{side} cannot be measured on Python {self.python.version}: {str(problem)[:300]}", file=sys.stderr)

    def rounds(self, program, rounds, expected=b"", sides=None):
        """Cost by side and round, None where a dear side was left out. All must print `expected`."""
        costs = {side: [] for side in sides or self.sides}
        dear_rounds = 3 if self.group.bench.thorough else 1
        for i in range(rounds):
            now = [side for side in costs if side not in DEAR or i < dear_rounds]
            found = dict(zip(now, in_slices([self.command(side, program) for side in now])))
            for side, of_side in costs.items():
                if side in found and expected not in found[side].stdout:  # some peers have words of their own
                    raise Failed(f"{program.name} prints something else under {side}")
                of_side.append(found.get(side))
        return costs

    def ratios(self, costs, upper, lower="off", of=seconds):
        """Of each round, the cost of an empty program taken off."""
        starts = {side: median(of(cost) for cost in self.starts[side] if cost) for side in (upper, lower)}
        return [(of(u) - starts[upper]) / (of(l) - starts[lower]) for u, l in zip(costs[upper], costs[lower]) if u and l]

    def overhead(self):
        bench, version, group = self.group.bench, self.python.version, self.group
        rounds = bench.rounds
        conditions = f"{rounds} rounds, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start"
        empty = bench.file("empty.ml", "")
        self.usable(empty)
        self.starts = self.rounds(empty, rounds + 2)
        found = {side: {} for side in self.sides if side != "off"}
        processors = {side: [] for side in self.python.bars if side in found}  # with what other threads do meanwhile
        outputs, alone, memory = {}, {}, []
        for program in group.programs:
            name = program.stem
            print(f"  Python {version}: {name}", file=sys.stderr)
            outputs[name] = self.run("off", program).stdout
            sides = [s for s in self.sides if s not in DEAR or bench.thorough or bench.only or name in PEERS_RUN]
            for side in sides:
                if side not in DEAR:
                    self.run(side, program)  # fills the cache
            costs = self.rounds(program, rounds, outputs[name], sides)
            alone[name] = self.alone(costs["off"])
            for side in sides[1:]:
                found[side][name] = self.ratios(costs, side)
                if side in processors:
                    processors[side].append(median(self.ratios(costs, side, of=lambda cost: cost.cpu)))
            if {"profile", "time"} <= costs.keys():
                memory.append(median(self.ratios(costs, "profile", "time")))
        self.look_again(found, outputs, rounds)
        for side, ratios in found.items():
            ratios = found[side] = {name: median(of_rounds) for name, of_rounds in ratios.items()}
            for name, ratio in ratios.items():
                group.row(f"{version} {side}: {name}", ratio, "times", None, f"{alone[name] * 1000:.0f} ms without")
            if not ratios:
                continue
            mean_bar, worst_bar = self.python.bars.get(side, (None, None))
            worst = max(ratios, key=ratios.get)
            group.row(f"{version} {side} geometric mean", geometric_mean(ratios.values()), "times", mean_bar,
                      f"Python {self.python.full}, {len(ratios)} programs, {conditions}")
            group.row(f"{version} {side} worst", ratios[worst], "times", worst_bar, worst)
            if side in processors:
                group.row(f"{version} {side} on all processors", geometric_mean(processors[side]), "times", None,
                          "processor time of every thread, geometric mean")
        if memory:
            group.row(f"{version} memory alone", geometric_mean(memory), "times", 1.05, "profile / time, geometric mean")
        self.against_tracers(found, outputs)
        if "profile" in self.sides:
            begin = {side: median(map(seconds, self.starts[side])) for side in ("profile", "off")}
            start = 1000 * (begin["profile"] - begin["off"])
            group.row(f"{version} start, saving nothing, report", start, "ms", 100, "of an empty program")

    def alone(self, costs):
        """Seconds of a program without a profiler."""
        return median(map(seconds, costs)) - median(map(seconds, self.starts["off"]))

    def look_again(self, found, outputs, rounds):
        """The highest of many figures is high by chance: those get more rounds, until it is certain on which side of the bar
        they are or patience ends. All rounds count."""
        for side in [side for side in self.python.bars if found.get(side)]:
            ratios, bar = found[side], self.python.bars[side][1]
            for again in range(PATIENCE):
                dearest = sorted(ratios, key=lambda name: -median(ratios[name]))[:AGAIN]
                if again > 0:
                    dearest = [name for name in dearest if is_between(bar, median_interval(sorted(ratios[name])))]
                for program in [p for p in self.group.programs if p.stem in dearest]:
                    print(f"  Python {self.python.version}: {program.stem} with {side} again", file=sys.stderr)
                    costs = self.rounds(program, 2 * rounds, outputs[program.stem], ("off", side))
                    ratios[program.stem] += self.ratios(costs, side)

    def against_tracers(self, found, outputs):
        """Our extra time as a part of that of Python's own tracers, on programs of calls."""
        ours, theirs = "profile", "cProfile+tracemalloc"
        for program in self.group.programs:
            name = program.stem
            if name not in CALL_HEAVY or any(name not in found.get(side, ()) for side in (ours, theirs)):
                continue
            # A few percent are not told from nothing in five rounds.
            print(f"  Python {self.python.version}: {name} for the comparison with tracers", file=sys.stderr)
            costs = self.rounds(program, TRACER_ROUNDS, outputs[name], ("off", ours))
            extra = sorted(ratio - 1 for ratio in self.ratios(costs, ours))
            traced = found[theirs][name] - 1
            low, high = median_interval(extra)
            self.group.row(f"{self.python.version} overhead / cProfile+tracemalloc's, {name}",
                           100 * max(median(extra), 0) / traced, "%", 2,
                           f"{median(extra):+.3f} against {traced:.1f} times the program; median of {len(extra)} rounds, "
                           f"95 % certain within {100 * low / traced:.1f} and {100 * high / traced:.1f} %")

    def memory_of_the_process(self):
        """How much larger the program's process gets."""
        program = HERE / "programs/business_rules.ml"
        peaks = {side: median(self.run(side, program).peak for _ in range(3)) for side in ("off", "time", "profile")
                 if side in self.sides}
        for side in [side for side in peaks if side != "off"]:
            self.group.row(f"{self.python.version} resident peak, {side}", (peaks[side] - peaks["off"]) / 1024, "MB", 5,
                           f"of {peaks['off'] / 1024:.0f} MB without")

    # --- truth -----------------------------------------------------------------------------------------------

    def counts(self):
        program = self.group.bench.file("counts.ml", splits.COUNTS)
        for side in [side for side in ("profile", "lines", "exact") if side in self.sides]:
            self.run(side, program, "--profile-save", self.mlprof)
            found = {f["name"]: f["calls"] for f in json.loads(self.mlprof.read_text())["functions"]}
            wrong = sum(abs(found.get(name, 0) - calls) for name, calls in splits.CALLS.items())
            self.group.row(f"{self.python.version} calls counted wrong, {side}", wrong, "calls", 0,
                           f"of {sum(splits.CALLS.values()):,}")

    def shares(self, side, program, names):
        """Shares of the parts by cumulative time, and how many samples they rest on (0: not sampled)."""
        if side in OURS:
            self.run(side, program, "--profile-save", self.mlprof)
            profile = json.loads(self.mlprof.read_text())
            times = {f["name"]: f["cum_ns"] for f in profile["functions"]}
            samples = profile["collection"]["samples"]
        else:
            self.run(side, program)
            times, samples = {}, 0
            for (_, _, name), (_, _, _, cumulative, _) in pstats.Stats(str(self.output)).stats.items():
                times[name] = times.get(name, 0) + cumulative
        total = sum(times.get(name, 0) for name in names)
        return [times.get(name, 0) / total if total else 0 for name in names], samples

    def truth(self, split):
        """Shares of the parts, each run alone without a profiler."""
        if split.truth is not None:
            return split.truth
        programs = [self.group.bench.file(f"part{i}.ml", text) for i, text in enumerate(split.parts)]
        sides = [self.command("off", program) for program in programs]
        rounds = [in_slices(sides) for _ in range(max(3, self.group.bench.rounds // 2))]
        middles = [self.alone(costs) for costs in zip(*rounds)]
        return tuple(m / sum(middles) for m in middles)

    def accuracy(self, peers):
        sides = ["profile", "exact"] if self.group.bench.thorough else ["profile"]
        if peers:
            sides += ["cProfile", *(s for s in ("yappi",) if s in self.sides)]
        only = self.group.bench.only
        sides = [side for side in sides if side in self.sides]
        for name, split in splits.SPLITS.items():
            if only and name not in only:
                continue
            truth = self.truth(split)
            program = self.group.bench.file("split.ml", split.text)
            print(f"  Python {self.python.version}: split of {name}", file=sys.stderr)
            for side in sides:
                errors, samples = [], 0
                for _ in range(3 if side == "profile" else 1):
                    found, samples = self.shares(side, program, split.names)
                    errors.append(100 * max(abs(f - t) for f, t in zip(found, truth)))
                self.group.row(f"{self.python.version} share error, {side}: {name}", median(errors), "points",
                               2 if side == "profile" else None, f"{samples:,} samples" if samples else "")
