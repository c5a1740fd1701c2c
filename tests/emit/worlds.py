#!/usr/bin/env python3
"""Runs the programs of `worlds/` twice: as the main program, where types are inferred from all calls, and imported by
another, where callers are unknown. Both must print what stands in the .txt file beside them."""

import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from mlpy_program import Mlpy, difference, parse_arguments  # noqa: E402


def main():
    arguments = parse_arguments(__doc__)
    programs = sorted((HERE / "worlds").glob("*.ml"))
    with Mlpy(arguments.mlpy) as mlpy:
        wrong = run(mlpy, programs) + named_functions(mlpy)
    print(f"{2 * len(programs) - wrong} of {2 * len(programs)} runs passed")
    return 1 if wrong or len(programs) < 2 else 0


def run(mlpy, programs):
    """The number of runs that went wrong."""
    wrong = 0
    for program in programs:
        expected = program.with_suffix(".txt").read_text()
        with tempfile.TemporaryDirectory(prefix="mlpy-worlds-") as folder:
            shutil.copy(program, folder)
            Path(folder, "importing.ml").write_text(f"import {program.stem};\n")
            for main_file in (program.name, "importing.ml"):
                outcome = mlpy("run", main_file, folder=Path(folder))
                found = difference("stdout", expected, outcome.stdout)
                if found or outcome.code:
                    wrong += 1
                    print(f"{program.name} as {main_file}: {found}\n{outcome.stderr[-2000:]}")
    return wrong


def named_functions(mlpy):
    """1 if the profile shows the scope of a function expression's name as a function."""
    with tempfile.TemporaryDirectory(prefix="mlpy-worlds-") as folder:
        Path(folder, "named.ml").write_text(
            "f = function fact(n) { return n < 2 ? 1 : n * fact(n - 1); };\nprint(f(4));\n")
        outcome = mlpy("run", "named.ml", "--profile", folder=Path(folder))
    if "(anonymous)" not in outcome.stdout and "| fact (named.ml:1)" in outcome.stdout:
        return 0
    print(f"named.ml: the profile is\n{outcome.stdout}{outcome.stderr}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
