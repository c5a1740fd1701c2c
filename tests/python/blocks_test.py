"""Every Python, shell and Dockerfile block of the performance guide runs (tests/python/guide, by number).

    blocks_test.py MLPY PACKAGE_FOLDER [NUMBER...]
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
GUIDE = HERE / "guide"
MLPY, PACKAGE, ONLY = sys.argv[1], sys.argv[2], {int(word) for word in sys.argv[3:]}
SECONDS = 900  # only so that nothing hangs for ever
ROWS = ("Iterations", "Mean Time", "Median Time", "Std Deviation", "Min Time", "Max Time", "95th Percentile",
        "99th Percentile")


def environment():
    return {**os.environ, "PYTHONPATH": PACKAGE, "MLPY_PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": f"{Path(MLPY).parent}:{os.environ['PATH']}"}


def run(words, folder, **options):
    return subprocess.run(words, cwd=folder, env=environment(), text=True, capture_output=True, timeout=SECONDS,
                          stdin=subprocess.DEVNULL, **options)


def masked(table):
    """A table with its numbers replaced; a value of more than eight characters makes its column wider."""
    return re.sub(r"-+", "-", re.sub(r" +(Value|[\d.]+(ms)?) \|", " # |", table))


class Blocks(unittest.TestCase):
    def folder(self):
        made = Path(tempfile.mkdtemp(prefix="mlpy-guide-"))
        self.addCleanup(shutil.rmtree, made, ignore_errors=True)
        return made

    def wanted(self, path):
        return not ONLY or int(path.stem) in ONLY

    def test_python_blocks(self):
        paths = [path for path in sorted(GUIDE.glob("*.python")) if self.wanted(path)]
        folders = {path: self.folder() for path in paths}
        with ThreadPoolExecutor(2) as pool:
            results = dict(zip(paths, pool.map(
                lambda path: run([sys.executable, str(HERE / "run_block.py"), str(path)], folders[path]), paths)))
        for path, result in results.items():
            with self.subTest(block=path.name):
                self.assertEqual(result.returncode, 0, result.stdout[-2000:] + result.stderr[-4000:])
        if not ONLY:
            self.assertEqual(len(paths), 37)

    def test_regression_block_again(self):
        if ONLY and 39 not in ONLY:
            return
        folder = self.folder()
        words = [sys.executable, str(HERE / "run_block.py"), str(GUIDE / "39.python")]
        first = run(words, folder)
        self.assertIn("[NEW] fibonacci_20", first.stdout, first.stderr)
        again = run(words, folder)
        self.assertRegex(again.stdout, r"\[(OK|IMPROVEMENT|REGRESSION)\] fibonacci_20")
        self.assertEqual(again.returncode, 1 if "REGRESSION" in again.stdout else 0, again.stderr)

    def test_shell_block(self):
        if ONLY and 36 not in ONLY:
            return
        folder = self.folder()
        (folder / "mycode.ml").write_text("function f(n) { return n * 2; }\nresult = f(4);\nprint(result);\n")
        commands = [line.removeprefix("$ ") for line in (GUIDE / "36.bash").read_text().splitlines()
                    if line.startswith("$ ")]
        self.assertEqual(len(commands), 4)
        for command in commands:
            with self.subTest(command=command):
                result = run(["sh", "-c", command], folder)
                self.assertEqual(result.returncode, 0, result.stderr)
                for row in ROWS:
                    self.assertRegex(result.stdout, rf"(?m)^\| {row} +\| +[\d.]+(ms)? \|$")
                self.assertIn("[OK] Benchmark completed successfully", result.stderr)
                if "--concurrency" in command:
                    for row in ("Concurrent Executions", "Total Time", "Throughput", "Avg Execution Time"):
                        self.assertIn(f"| {row} ", result.stdout)
                else:
                    self.assertEqual(masked(result.stdout), masked((GUIDE / "37.text").read_text()))

    def test_image_build_and_loader(self):
        if ONLY and not ONLY & {46, 47}:
            return
        folder = self.folder()
        code = folder / "ml_code"
        code.mkdir()
        (code / "process_data.ml").write_text("function f(x) { return x + 1; }\nresult = f(40) + 1;\n")
        (code / "other.ml").write_text("result = 'other';\n")
        script = re.search(r'RUN python -c "\n(.*?)^"', (GUIDE / "46.dockerfile").read_text(), re.S | re.M)[1]
        built = run([sys.executable, "-c", textwrap.dedent(script).replace("/app/ml_code", str(code))], folder)
        self.assertEqual(built.returncode, 0, built.stderr)
        self.assertEqual({path.name for path in code.glob("*.pyc")}, {"process_data.pyc", "other.pyc"})
        loader = (GUIDE / "47.python").read_text().replace("/app/ml_code", str(code))
        names = "class App:\n    def route(self, *a, **k):\n        return lambda f: f\napp = App()\n"
        after = ("context = {}\nassert transpiled_cache['process_data'].execute(context) == 42, context\n"
                 "assert context['result'] == 42\nimport sys\n")
        loaded = run([sys.executable, "-c", names + loader + after], folder)
        self.assertEqual(loaded.returncode, 0, loaded.stderr)


unittest.main(argv=sys.argv[:1])
