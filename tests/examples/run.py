#!/usr/bin/env python3
"""The example programs print what is written beside this file, the profile names the slow function, the README is
true, and every benchmark program prints what its Python version prints.

    run.py --update        rewrites the expected outputs and the report in README.md
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "support"))

from mlpy_program import Mlpy, check_all, difference, parse_arguments  # noqa: E402

EXAMPLES = [ROOT / "examples/orders/main.ml", *sorted((ROOT / "examples/slow").glob("*.ml"))]
PROFILED = ["run", "examples/orders/main.ml", "--profile"]
REPORT = re.compile(r"(<!-- report -->\n```text\n).*?(```\n<!-- /report -->)", re.S)


def expected_file(example):
    return HERE / "expected" / ("-".join(example.relative_to(ROOT / "examples").with_suffix("").parts) + ".txt")


def check_example(example, mlpy, update):
    outcome = mlpy("run", example, folder=ROOT)
    if update and outcome.code == 0:
        expected_file(example).write_text(outcome.stdout)
    if outcome.code != 0 or outcome.stderr:
        return f"exit code {outcome.code}\n{outcome.stderr}"
    return difference("stdout", expected_file(example).read_text(), outcome.stdout)


def check_fast_way(mlpy):
    """The fast function of the orders example finds what the slow one finds."""
    program = """
import catalogue;
import orders;
all_orders = orders.make_orders(700, 9, catalogue.make_products(), catalogue.make_customers());
slow = orders.find_repeated(all_orders);
print(len(slow) > 0, slow == orders.find_repeated_fast(all_orders));
"""
    with tempfile.TemporaryDirectory(prefix="mlpy-example-") as folder:
        (Path(folder) / "main.ml").write_text(program)
        outcome = mlpy("run", "--import-paths", ROOT / "examples/orders", "main.ml", folder=folder)
    return difference("stdout", "true true\n", outcome.stdout)


def report_of(outcome):
    """The profile after the program's own output, from its first rule on."""
    start = outcome.stdout.find("=" * 70)
    return outcome.stdout[start:] if start >= 0 else ""


def skeleton(report):
    """The report without what differs from run to run: figures, the order of lesser functions, lesser advice."""
    text = re.sub(r"^Python Stdlib: .*\n", "", report, flags=re.M)  # only there when it does not round to nothing
    text = re.sub(r"\d[\d,.]*(?:us|ms|s|%)?", "#", text)
    text = re.sub(r" +", " ", text).replace("-" * 5, "-")
    text = re.sub(r"-{3,}", "--", text)
    sections = re.split(r"\n(?=\S.*:\n)", text)
    kept = []
    for section in sections:
        lines = section.rstrip().splitlines()
        title = lines[0] if lines else ""
        if title in ("Top ML Functions:", "ML Files:"):
            lines = lines[:4]  # title, header, rule, the first row
        elif title.startswith("OPTIMIZATION"):
            lines = lines[:3]  # title, empty line, the worst function
        kept.append("\n".join(lines))
    return "\n".join(kept)


def check_readme(mlpy, update):
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    shown = REPORT.search(text)
    if not shown:
        return "README.md has no report between its markers"
    outcome = mlpy(*PROFILED, folder=ROOT)
    report = report_of(outcome)
    if update and report:
        text = REPORT.sub(lambda m: m[1] + report.rstrip() + "\n" + m[2], text)
        readme.write_text(text, encoding="utf-8")
        shown = REPORT.search(text)
    in_readme = shown[0][len(shown[1]) : -len(shown[2])]
    return difference("report", skeleton(in_readme), skeleton(report))


def check_slow_function(mlpy):
    outcome = mlpy(*PROFILED, folder=ROOT)
    rows = re.findall(r"^\| (\w+) \((\S+):\d+\) +\|", report_of(outcome), re.M)
    if not rows or rows[0] != ("find_repeated", "orders.ml"):
        return f"the top function is not find_repeated:\n{outcome.stdout}\n{outcome.stderr}"


def check_twin(program, mlpy):
    python = subprocess.run([sys.executable, program.with_suffix(".py")], capture_output=True, text=True)
    outcome = mlpy("run", program)
    return difference("stdout", python.stdout, outcome.stdout) or (outcome.stderr or None)


def main():
    arguments = parse_arguments(__doc__, lambda p: p.add_argument("--update", action="store_true"))
    update = arguments.update
    with Mlpy(arguments.mlpy) as mlpy:
        checks = [(str(e.relative_to(ROOT)), lambda e=e: check_example(e, mlpy, update)) for e in EXAMPLES]
        checks.append(("fast way of the orders example", lambda: check_fast_way(mlpy)))
        checks.append(("profile of the orders example", lambda: check_slow_function(mlpy)))
        checks.append(("report in README.md", lambda: check_readme(mlpy, update)))
        for program in sorted((ROOT / "bench/programs").glob("*.ml")):
            checks.append((f"{program.name} against Python", lambda p=program: check_twin(p, mlpy)))
        return check_all(checks, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
