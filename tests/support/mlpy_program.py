"""Runs the built `mlpy` command for the tests that look at it from outside."""

import argparse
import os
import subprocess
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Outcome:
    code: int
    stdout: str
    stderr: str


class Mlpy:
    """The command at `path`, with a transpilation cache of its own. Use as a context manager."""

    def __init__(self, path, timeout=60):
        self.path = str(Path(path).resolve())
        self.timeout = timeout  # seconds
        self._home = tempfile.TemporaryDirectory(prefix="mlpy-test-")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._home.cleanup()

    def __call__(self, *arguments, folder=None):
        environment = {**os.environ, "XDG_CACHE_HOME": self._home.name, "NO_COLOR": "1"}
        try:
            done = subprocess.run([self.path, *map(str, arguments)], cwd=folder, env=environment, timeout=self.timeout,
                                  capture_output=True, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return Outcome(-1, "", f"no end after {self.timeout} s")
        return Outcome(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def parse_arguments(description, extend=None):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--mlpy", default="build/release/bin/mlpy", help="the command under test")
    parser.add_argument("--jobs", type=int, default=2)
    if extend:
        extend(parser)
    return parser.parse_args()


def check_all(checks, jobs):
    """Runs (name, function) pairs; a function returns None or says what is wrong. Prints, returns the exit code."""

    def outcome(check):
        try:
            return check[1]()
        except Exception:
            return traceback.format_exc()

    with ThreadPoolExecutor(jobs) as pool:
        results = list(zip([name for name, _ in checks], pool.map(outcome, checks)))
    wrong = [(name, text) for name, text in results if text]
    for name, text in wrong:
        print(f"FAILED {name}\n{text}\n")
    print(f"{len(results) - len(wrong)} of {len(results)} passed")
    return 1 if wrong or not results else 0


def difference(title, expected, actual):
    if expected == actual:
        return None
    indent = lambda text: "\n".join("    " + line for line in text.splitlines()) or "    (nothing)"
    return f"{title} expected:\n{indent(expected)}\n{title} found:\n{indent(actual)}"
