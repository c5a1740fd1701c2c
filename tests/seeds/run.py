#!/usr/bin/env python3
"""The ML blocks of the product's seed documents: each checks without an error, each complete one does what it claims."""

import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from mlpy_program import Mlpy, check_all, difference, parse_arguments  # noqa: E402

# What the documents leave to the reader: names that Python passes, and functions nobody defines.
HOST_NAMES = "data,items,records,threshold,transformedRecord"
FIBONACCI = "memo = {}; function fibonacci(n) { if (n <= 1) return n; if (!memo[n]) memo[n] = fibonacci(n - 1) + fibonacci(n - 2); return memo[n]; }\n"
RECORD = "function processRecord(record) { return record; }\n"
ITEM_STEPS = """
function normalizeItem(s) { return s.trim().toLowerCase(); }
function validateItem(s) { return s; }
function transformItem(s) { return s + "_processed"; }
items = [" A ", "b"];
"""
LAZY_STEPS = """
log = [];
function expensiveOp1(x) { log.push(x); return x + 1; }
function expensiveOp2(x) { return x * 10; }
function expensiveOp3(x) { return "v" + x; }
"""

# (block, half or None, ML before it, ML after it, stdout). Documents that show a bad and a good way have two halves.
CLAIMS = [
    ("000-06-pythona", None, "data = [[1, 2], [3]];", "print(result);", "[2, 4, 6]"),
    ("000-08", 0, "", "print(removeDuplicates([3, 1, 3, 2, 1]));", "[3, 1, 2]"),
    ("000-08", 1, "", "print(removeDuplicates([3, 1, 3, 2, 1]));", "[3, 1, 2]"),
    ("000-09", 0, "", "print(fibonacci(15));", "610"),
    ("000-09", 1, "", "print(fibonacci(20), fibonacci(80));", "6765 23416728348467685"),
    ("000-10-pythona", None, "data = [1, 2, 3];", "print(result);", "[2, 4, 6]"),
    ("000-10-pythonb", None, "threshold = 1000;", "print(applyBusinessRule(5), applyBusinessRule(1001));", "0 1001"),
    ("000-13-pythona", None, "", "print(result);", "60"),
    ("000-17-pythona", None, FIBONACCI, "print(result);", "6765"),
    ("000-20-pythona", None, "data = [4, 5];", "print(result);", "[8, 10]"),
    ("000-22-pythona", None, "data = range(5);", "print(result);", "[0, 2, 4, 6, 8]"),
    ("000-25", 0, ITEM_STEPS, "print(result);", "['a_processed', 'b_processed']"),
    ("000-25", 1, ITEM_STEPS, "print(result);", "['a_processed', 'b_processed']"),
    ("000-26", 0, "", "print(processData([1, -2, 3]));", "[2, 6]"),
    ("000-26", 1, "", "print(processData([1, -2, 3]));", "[2, 6]"),
    ("000-27", 0, "", "print(contains([1, 2], 2), contains([1, 2], 5));", "true false"),
    ("000-27", 1, "", "l = buildLookup([1, 2]); print(contains(l, 2), contains(l, 5));", "true false"),
    ("000-28", 0, LAZY_STEPS, "print(processAll([1, 2]), log);", "['v20', 'v30'] [1, 2]"),
    ("000-28", 1, LAZY_STEPS, "g = processLazy([1, 2]); print(log); print(next(g), log); print(g.toArray());",
     "[]\nv20 [1]\n['v30']"),
    ("000-33-pythonb", None, "", "print(result);", "42"),
    ("000-34-pythona", None, FIBONACCI, "print(result, fibonacci(99));", "832040 218922995834555169026"),
    ("000-35-pythona", None, "items = range(3);", "print(result);", "[0, 2, 4]"),
    ("000-38-pythona", None, "", "print(result);", "4"),
    ("000-38-pythonc", None, "", "print(result);", "[2, 4, 6, 8, 10]"),
    ("000-42-pythona", None, RECORD + "records = [{id: 1}];", "print(result);", "[{'id': 1}]"),
]


def half_of(text, half):
    """Documents write `// Bad: ...` above one way and `// Good: ...` or `// With ...` above the other."""
    if half is None:
        return text
    parts = re.split(r"^(?=// (?:Good|With )\b)", text, flags=re.M)
    parts = [p for p in parts if p.strip()]
    if len(parts) == 1:
        raise ValueError("no two halves")
    return parts[half]


def check_block(path, mlpy):
    with tempfile.TemporaryDirectory(prefix="mlpy-seed-") as folder:
        for name in ("validators", "processors", "formatters"):
            (Path(folder) / f"{name}.ml").write_text("")
        (Path(folder) / "main.ml").write_text(path.read_text())
        outcome = mlpy("check", "--host-names", HOST_NAMES, "main.ml", folder=folder)
    if outcome.code != 0:
        return f"check ended with {outcome.code}:\n{outcome.stdout}{outcome.stderr}"


def check_claim(claim, mlpy):
    block, half, before, after, stdout = claim
    text = half_of((HERE / "blocks" / f"{block}.ml").read_text(), half)
    with tempfile.TemporaryDirectory(prefix="mlpy-seed-") as folder:
        (Path(folder) / "main.ml").write_text(f"{before}\n{text}\n{after}\n")
        outcome = mlpy("run", "main.ml", folder=folder)
    return difference("stdout", stdout + "\n", outcome.stdout) and (
        difference("stdout", stdout + "\n", outcome.stdout) + "\n" + outcome.stderr)


def main():
    arguments = parse_arguments(__doc__)
    with Mlpy(arguments.mlpy) as mlpy:
        checks = [(f"check {p.name}", lambda p=p: check_block(p, mlpy)) for p in sorted((HERE / "blocks").glob("*.ml"))]
        checks += [(f"run {c[0]} {'' if c[1] is None else 'ab'[c[1]]}", lambda c=c: check_claim(c, mlpy)) for c in CLAIMS]
        return check_all(checks, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
