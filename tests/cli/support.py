"""A folder of its own for every test, and the command run in it."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

MLPY = None
CONFIG = tempfile.TemporaryDirectory(prefix="mlpy-config-")


class Result:
    def __init__(self, process):
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr


class CommandTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="mlpy-cli-")
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.cache = self.folder / "cache"
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith("MLPY_") and key != "VIRTUAL_ENV"}
        self.environment["XDG_CACHE_HOME"] = str(self.cache)
        self.environment["XDG_CONFIG_HOME"] = CONFIG.name
        if "MLPY_TEST_PYTHON" in os.environ:
            self.environment["MLPY_PYTHON"] = os.environ["MLPY_TEST_PYTHON"]

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def mlpy(self, *arguments, **changes):
        """Runs the command in the test's folder; keyword arguments are environment variables."""
        return Result(subprocess.run([MLPY, *map(str, arguments)], cwd=self.folder, text=True, capture_output=True,
                                     timeout=60, stdin=subprocess.DEVNULL, env={**self.environment, **changes}))


def main():
    global MLPY
    MLPY = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
