"""The Python package: what the calls of a Python program cost, and cold starts (docs/bench.md)."""

import json
from pathlib import Path

import generate
from measure import interleaved, median, run

CASES = Path(__file__).resolve().parent / "package_cases.py"
BUILD = """
import pickle, sys
from mlpy.ml.transpiler import MLTranspiler
pickle.dump(MLTranspiler().transpile(open(sys.argv[1]).read()), open(sys.argv[2], "wb"))
"""
LOAD = """
import pickle, sys
pickle.load(open(sys.argv[1], "rb")).execute({})
"""


class Group:
    def __init__(self, bench):
        self.bench = bench
        package = bench.bin.parent / "python"
        if not package.exists():
            package = bench.bin.parent / "lib/mlpy/python"
        self.environment = {**bench.environment, "PYTHONPATH": str(package)}

    def python(self, *arguments):
        return run([self.bench.python, *arguments], self.environment)

    def measure(self):
        source = self.bench.file("10k.ml", generate.generate(10_000))
        for line in self.python(CASES, source).stdout.decode().splitlines():
            name, value, unit, bar, note = json.loads(line)
            self.bench.row("python", name, value, unit, bar, note)
        stored = self.bench.folder / "10k.mlc"
        self.python("-c", BUILD, self.bench.file("10k_defined.ml", generate.generate(10_000, calls=False)), stored)
        bare, imported, loaded = ([cost.wall for cost in costs] for costs in interleaved(
            [lambda: self.python("-c", "pass"), lambda: self.python("-c", "import mlpy"),
             lambda: self.python("-c", LOAD, stored)], self.bench.rounds))
        self.bench.row("python", "import mlpy", 1000 * (median(imported) - median(bare)), "ms", 50)
        self.bench.row("python", "cold start: load 10k lines and run", 1000 * median(loaded), "ms", 500,
                       "a process that loads a program transpiled at build time")
