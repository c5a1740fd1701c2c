#!/usr/bin/env python3
"""Runs the example lines of stdlib-core.md through `mlpy run`."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "conformance"), str(TESTS / "support")]

from case_format import read_cases  # noqa: E402
from mlpy_program import Mlpy, check_all, parse_arguments  # noqa: E402
from run import check  # noqa: E402


def main():
    arguments = parse_arguments(__doc__)
    with Mlpy(arguments.mlpy) as mlpy:
        cases = read_cases(Path(__file__).parent / "examples")
        return check_all([(case.id, lambda case=case: check(case, mlpy, {})) for case in cases], arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
