#!/usr/bin/env python3
"""Runs every case through `mlpy run` and compares what it says and prints. `cases` are the programs of the language
specification; `corners` (odd programs, what they print worked out by hand from the text) and `reports` (whole error reports,
language.md sections 5 and 6.1) are ours."""

import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from case_format import read_cases  # noqa: E402
from mlpy_program import Mlpy, check_all, difference, parse_arguments  # noqa: E402

ERROR_LINE = re.compile(r"^error\[(?:ML|SEC)\d+\] (.*)$", re.M)
FINDING_LINE = re.compile(r"^\S+?:(\d+):(\d+): (?:error|warning|info|critical|high|medium|low) ((?:ML|SEC)\d+)\b", re.M)
EXIT_CODES = {"finished": 0, "accepted": 0, "runtime": 1, "compile": 3, "blocked": 4}


def problems(case, outcome):
    """What differs from the case, one text each."""
    stdout = "".join(line + "\n" for line in case.stdout)
    yield difference("stdout", stdout, outcome.stdout)
    if case.stderr:
        shown = outcome.stderr.splitlines()[: len(case.stderr)]
        yield difference("stderr", "\n".join(case.stderr), "\n".join(shown))
    found = [(code, f"{line}:{column}") for line, column, code in FINDING_LINE.findall(outcome.stderr)]
    if case.outcome == "runtime":
        line = ERROR_LINE.search(outcome.stderr)
        yield difference("error", case.detail, line[1] if line else outcome.stderr)
    elif case.outcome in ("compile", "blocked"):
        code, _, place = case.detail.partition(" at ")
        if not any(c == code and (not place or p == place) for c, p in found):
            yield f"{case.detail} is missing; findings: {found}"
    elif case.outcome == "accepted":
        missing = set(case.detail.split()) - {c for c, _ in found}
        if missing:
            yield f"{missing} not reported; findings: {found}"
    if outcome.code != EXIT_CODES[case.outcome]:
        yield f"exit code {outcome.code} instead of {EXIT_CODES[case.outcome]}"


def check(case, mlpy, pending):
    with tempfile.TemporaryDirectory(prefix="mlpy-case-") as folder:
        case.write_files(Path(folder))
        grants = ["--grant-declared", "--yes"] if "with the declared needs granted" in case.subject else []
        outcome = mlpy("run", "main.ml", *grants, folder=folder)
    wrong = [text for text in problems(case, outcome) if text]
    if case.id in pending:
        return None if wrong else f"passes now: take it off {HERE / 'pending.txt'}"
    if wrong and outcome.stderr:
        wrong.append("stderr:\n" + outcome.stderr)
    return "\n".join(wrong) or None


def main():
    arguments = parse_arguments(__doc__, lambda p: p.add_argument("ids", nargs="*", help="only these cases"))
    lines = (HERE / "pending.txt").read_text().splitlines()
    pending = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    all_cases = [case for folder in ("cases", "corners", "reports") for case in read_cases(HERE / folder)]
    cases = [c for c in all_cases if not arguments.ids or c.id in arguments.ids]
    with Mlpy(arguments.mlpy) as mlpy:
        result = check_all([(c.id, lambda c=c: check(c, mlpy, pending)) for c in cases], arguments.jobs)
    for case in cases:
        if case.id in pending:
            print(f"not counted as conforming: {case.id} needs {pending[case.id]}")
    return result


if __name__ == "__main__":
    sys.exit(main())
