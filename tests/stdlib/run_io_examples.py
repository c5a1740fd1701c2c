#!/usr/bin/env python3
"""Runs the examples of stdlib-io.md through `mlpy run`, and tells whether they are still what the specification says."""

import re
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "conformance"), str(HERE.parent / "support")]

from case_format import read_cases  # noqa: E402
from mlpy_program import Mlpy, check_all, difference, parse_arguments  # noqa: E402

GRANTS = {
    "IO1": ["--grant", "file.*:w/**"],
    "IO2": ["--grant", "path.*:w/**", "--grant", "file.delete:w/tree/**"],
    "IO5": ["--grant", "env.read:ML_DEMO_*", "--grant", "env.write:ML_DEMO_*"],
    "IO7": ["--file-patterns", "w/**"],
    "IO8": ["--grant", "file.write:w/app.log"],
    "IO9": ["-E", "extensions", "--grant", "geo.read"],
}
EXTENSION = '''
@ml_module(name="geo", description="Distances", capabilities=["geo.read"], version="2.1.0")
class Geo:
    UNIT = "km"
    @ml_function(description="Add two legs", capabilities=["geo.read"])
    def legs(self, a, b=2):
        return a + b
geo = Geo()
'''
# What the command says about the examples: their files and variables are printed.
FINDINGS = {"IO1": "SEC404", "IO5": "SEC404 SEC404 SEC404 SEC404", "IO7": "SEC404 SEC404"}
FINDING = re.compile(r"^main\.ml:\d+:\d+: \w+ (\w+): ", re.M)
SHOWN = re.compile(r"main\.ml:\d+:\d+: \w+ \w+: | +\d* +\| | +\|$|note: |hint: ")
STAMP = re.compile(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]", re.M)


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "8")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b'{"a": 1}')

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


def check(case, mlpy, port):
    with tempfile.TemporaryDirectory(prefix="mlpy-io-") as name:
        folder = Path(name)
        (folder / "w").mkdir()
        (folder / "w/t.txt").write_text("text")
        (folder / "extensions").mkdir()
        (folder / "extensions/geo_bridge.py").write_text(EXTENSION)
        case.files["main.ml"] = case.files["main.ml"].replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        case.write_files(folder)
        grants = ["--allow-hosts", "127.0.0.1", "--allow-ports", str(port)] if case.id == "IO3" else GRANTS.get(case.id, [])
        outcome = mlpy("run", "main.ml", *grants, folder=folder)
        text = STAMP.sub("[DATE]", outcome.stdout)
        wrong = [difference("stdout", "".join(line + "\n" for line in case.stdout), text)]
        if case.id == "IO8":
            wrong.append(difference("w/app.log", case.stdout[-1] + "\n", (folder / "w/app.log").read_text()))
        wrong.append(difference("findings", FINDINGS.get(case.id, ""), " ".join(FINDING.findall(outcome.stderr))))
        if outcome.code or any(not SHOWN.match(line) for line in outcome.stderr.splitlines()):
            wrong.append(f"exit code {outcome.code}\n{outcome.stderr}")
        return "\n".join(filter(None, wrong)) or None


def current(specification):
    """Every line of the specification's examples is in a case."""
    blocks = re.findall(r"^```ml\n(.*?)^```$", specification.read_text(encoding="utf-8"), flags=re.M | re.S)
    wanted = {line for block in blocks for line in block.splitlines()}
    had = {line for path in (HERE / "io_examples").glob("*.case") for line in path.read_text(encoding="utf-8").splitlines()}
    return f"not in a case: {sorted(wanted - had)}" if wanted - had else None


def main():
    arguments = parse_arguments(__doc__, lambda p: p.add_argument("--specification", type=Path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Mlpy(arguments.mlpy) as mlpy:
        checks = [(case.id, lambda case=case: check(case, mlpy, server.server_port))
                  for case in read_cases(HERE / "io_examples")]
        if arguments.specification and arguments.specification.exists():
            checks.append(("specification", lambda: current(arguments.specification)))
        return check_all(checks, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
