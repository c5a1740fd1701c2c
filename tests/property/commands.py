#!/usr/bin/env python3
"""Spoils one token of a program and gives it to `mlpy check` and `mlpy transpile`: both agree, both end properly, and a
program with errors leaves no Python behind. mutation_test.cpp does the same in process, thousands of times."""

import os
import random
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent / "conformance")]

from case_format import read_cases  # noqa: E402
from mlpy_program import Mlpy, check_all, parse_arguments  # noqa: E402

TOKEN = re.compile(r"""//[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|\w+|[=!<>]=|&&|\|\||=>|[^\s\w]""")


def spoilt(text, rng):
    tokens = [m.span() for m in TOKEN.finditer(text) if not m[0].startswith("//")]
    if len(tokens) < 2:
        return text, "nothing"
    i = rng.randrange(len(tokens) - 1)
    (a, b), (c, d) = tokens[i], tokens[i + 1]
    kind = rng.choice(["deleted", "doubled", "swapped"])
    new = {"deleted": text[:a] + text[b:], "doubled": text[:b] + " " + text[a:],
           "swapped": text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]}[kind]
    return new, f"token {i} {text[a:b]!r} {kind}"


def check(text, mlpy):
    with tempfile.TemporaryDirectory(prefix="mlpy-property-") as folder:
        source, python = Path(folder) / "main.ml", Path(folder) / "main.py"
        source.write_text(text, encoding="utf-8")
        checked = mlpy("check", source)
        made = mlpy("transpile", source, "-o", python)
        wrong = f"check {checked.code}, transpile {made.code}\n{checked.stdout}{checked.stderr}{made.stderr}\n{text}"
        if checked.code not in (0, 3, 4) or made.code != checked.code:
            return wrong
        if checked.code:
            kind = "error ML" if checked.code == 3 else "(critical|high) SEC"
            said = re.search(rf"^\S+:\d+:\d+: {kind}\d+: .", checked.stdout, re.M)
            return None if said and not python.exists() else wrong
        try:
            compile(python.read_text(encoding="utf-8"), str(python), "exec")
        except (OSError, SyntaxError) as problem:
            return f"{wrong}\n{problem}"


def main():
    arguments = parse_arguments(__doc__, lambda p: p.add_argument("--samples", type=int, default=60))
    given = os.environ.get("MLPY_SEED", "20240229")
    seed = random.randrange(2**32) if given == "random" else int(given)
    print(f"MLPY_SEED={seed}")
    rng = random.Random(seed)
    programs = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "bench/programs").glob("*.ml"))]
    programs += [c.files["main.ml"] for c in read_cases(ROOT / "tests/conformance/cases") if len(c.files) == 1]
    checks = []
    with Mlpy(arguments.mlpy, timeout=20) as mlpy:
        for _ in range(arguments.samples):
            text, title = spoilt(rng.choice(programs), rng)
            checks.append((title, lambda t=text: check(t, mlpy)))
        return check_all(checks, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
