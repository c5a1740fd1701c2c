"""The commands that are written in Python, through the program ``mlpy`` and through ``python -m mlpy``."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

MLPY = sys.argv[1]


class Commands(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="mlpy-commands-")
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.environment = {**os.environ, "MLPY_PYTHON": sys.executable, "XDG_CACHE_HOME": str(self.folder / "cache")}

    def run_words(self, words, text=None, folder=None):
        return subprocess.run(list(map(str, words)), cwd=folder or self.folder, env=self.environment, text=True,
                              capture_output=True, input=text or "", timeout=300)

    def mlpy(self, *words, **options):
        return self.run_words([MLPY, *words], **options)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def test_validate(self):
        result = self.mlpy("integration", "validate")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(result.stdout.splitlines()[-1], "[OK] Integration Toolkit is properly configured!")
        for name in ("Native Core", "Module Registry", "Async Executor", "Capability Manager", "Callback System",
                     "Transpile Cache", "Profiler"):
            self.assertRegex(result.stdout, rf"\| {name} +\| \[OK\] Ready +\|")
        found = json.loads(self.mlpy("integration", "validate", "--json").stdout)
        self.assertTrue(found["ok"] and len(found["components"]) == 7)

    def test_benchmark_json(self):
        self.write("a.ml", "print('x'); result = n * 2;")
        self.write("c.json", '{"n": 4}')
        result = self.mlpy("integration", "benchmark", "a.ml", "--json", "--iterations", "7", "--warmup", "0",
                           "--context", "c.json", "--samples")
        self.assertEqual(result.returncode, 0, result.stderr)
        found = json.loads(result.stdout)
        self.assertEqual((found["schema"], found["iterations"], found["warmup"], found["comparison"]),
                         ("mlpy-benchmark/1", 7, 0, None))
        self.assertEqual(len(found["samples"]), 7)
        self.assertEqual(set(found["percentiles"]), {"p50", "p90", "p95", "p99"})
        self.assertLessEqual(found["interval"]["low"], found["interval"]["high"])
        self.assertEqual(result.stderr.splitlines(), ["Benchmarking ML File: a.ml", "Running benchmark (7 iterations)...",
                                                      "[OK] Benchmark completed successfully"])

    def test_benchmark_failures(self):
        self.write("bad.ml", "x = 1;\nresult = x / 0;")
        result = self.mlpy("integration", "benchmark", "bad.ml", "--iterations", "3", "--warmup", "0")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr.splitlines()[-1],
                         "Benchmark failed: 3 of 3 executions failed: division by zero (bad.ml:2)")
        document = self.mlpy("integration", "benchmark", "bad.ml", "--iterations", "3", "--warmup", "0", "--json")
        found = json.loads(document.stdout)
        self.assertEqual((document.returncode, found["name"], found["errors"]), (1, "bad", 3))
        self.assertEqual(found["error"], "Benchmark failed: 3 of 3 executions failed: division by zero (bad.ml:2)")
        self.write("wrong.ml", "x = (;")
        self.assertEqual(self.mlpy("integration", "benchmark", "wrong.ml").returncode, 3)
        self.write("evil.ml", "x = eval;")
        self.assertEqual(self.mlpy("integration", "benchmark", "evil.ml").returncode, 4)
        for words in (["nothing.ml"], ["bad.ml", "--iterations", "0"], ["bad.ml", "--nonsense"]):
            self.assertEqual(self.mlpy("integration", "benchmark", *words).returncode, 2, words)

    def test_baseline(self):
        self.write("a.ml", "result = 2;")
        words = ["integration", "benchmark", "a.ml", "--iterations", "5", "--baseline", "b.json", "--save-baseline", "b.json"]
        first = self.mlpy(*words)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertRegex(first.stdout.splitlines()[-1], r"^\[NEW\] a: \d+\.\d\dms \(no baseline\)$")
        self.write("b.json", '{"a": 1e-9}')
        worse = self.mlpy(*words)
        self.assertEqual(worse.returncode, 1)
        self.assertRegex(worse.stdout.splitlines()[-1], r"^\[REGRESSION\] a: ")
        self.assertEqual((self.folder / "b.json").read_text(), '{"a": 1e-9}')
        self.write("b.json", '{"a": 1000000.0, "other": 1.0}')
        better = self.mlpy(*words)
        self.assertEqual(better.returncode, 0)
        self.assertRegex(better.stdout.splitlines()[-1], r"^\[IMPROVEMENT\] a: .*ms \(-100\.0% vs baseline 1000000\.00ms\)$")
        kept = json.loads((self.folder / "b.json").read_text())
        self.assertTrue(kept["a"] < 1000 and kept["other"] == 1.0)
        for text in ("nonsense", "[1]", '{"a": "1"}', '{"a": NaN}'):
            self.write("b.json", text)
            broken = self.mlpy(*words)
            self.assertEqual((broken.returncode, broken.stdout), (2, ""))
            self.assertIn("b.json", broken.stderr)

    def test_init_and_test(self):
        for template in ("basic", "cli", "library"):
            with self.subTest(template=template):
                made = self.mlpy("init", f"p_{template}", "--template", template)
                self.assertEqual(made.returncode, 0, made.stderr)
                root = self.folder / f"p_{template}"
                for name in ("src", "dist", "tests", "docs", "examples", ".mlpy", "mlpy.json", "README.md", ".gitignore"):
                    self.assertTrue((root / name).exists(), name)
                ran = self.mlpy("run", "src/main.ml", folder=root)
                self.assertEqual(ran.returncode, 0, ran.stderr)
                tested = self.mlpy("test", folder=root)
                self.assertEqual(tested.returncode, 0, tested.stdout + tested.stderr)
                self.assertIn("1 passed, 0 failed", tested.stdout)
        self.assertEqual(self.mlpy("init", "p_basic").returncode, 2)
        self.write("p_basic/tests/test_more.ml", "throw {message: 'no'};")
        failed = self.mlpy("test", folder=self.folder / "p_basic")
        self.assertEqual(failed.returncode, 1)
        self.assertIn("1 passed, 1 failed", failed.stdout)

    def test_build(self):
        self.write("src/a.ml", "import lib;\nresult = lib.f(20) + 2;\nprint(result);\n")
        self.write("src/lib.ml", "function f(x) { return x * 2; }\n")
        built = self.mlpy("build", "src", "-o", "out")
        self.assertEqual((built.returncode, built.stdout), (0, "Built 2 programs\n"), built.stderr)
        built = self.mlpy("build", "src", "-o", "out", "--format", "mlc")
        self.assertEqual(built.returncode, 0, built.stderr)
        program = "import pickle; r = pickle.load(open('out/a.mlc', 'rb')); assert r.execute({}) == 42"
        self.assertEqual(self.run_words([sys.executable, "-c", program]).returncode, 0)
        self.write("src/a.py", "mine\n")
        self.assertEqual(self.mlpy("build", "src").returncode, 2)
        self.write("bad/x.ml", "x = (;")
        self.assertEqual(self.mlpy("build", "bad").returncode, 3)

    def test_doctor(self):
        result = self.mlpy("doctor")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("Process isolation: works", result.stdout)

    def test_module(self):
        own = self.run_words([sys.executable, "-m", "mlpy", "repl", "-c", "[1, 2].map(x => x * 2)"])
        self.assertEqual((own.returncode, own.stdout), (0, "=> [2, 4]\n"), own.stderr)
        self.write("a.ml", "print('hi');")
        other = self.run_words([sys.executable, "-m", "mlpy", "run", "a.ml"])
        self.assertEqual((other.returncode, other.stdout), (0, "hi\n"), other.stderr)
        self.assertRegex(self.run_words([sys.executable, "-m", "mlpy", "--version"]).stdout, r"^mlpy version \d")

    def test_help_names_them(self):
        text = self.mlpy("--help").stdout
        for name in ("integration", "repl", "init", "build", "test", "doctor"):
            self.assertTrue(re.search(rf"(?m)^  {name}\b", text), name)

    def test_current_folder_is_not_trusted(self):
        self.write("json.py", "raise SystemExit('reached')")
        self.assertEqual(self.mlpy("integration", "validate", "--json").returncode, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
