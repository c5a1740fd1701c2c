"""The profiler class (cli-and-python-api.md 2.12), also over modules and sandbox processes."""

import json
import os
import pstats
import sys
import tempfile
import unittest
from pathlib import Path

from mlpy.ml.transpiler import MLTranspiler, execute_ml_code_sandbox
from mlpy.runtime.profiler import CategoryStats, MemoryStats, MLProfiler, ProfileEntry

LOOP = "function {0}(n) {{ t = 0; for (i in range(n)) {{ t = t + i; }} return t; }}\n"
REPORTS = ("ml_summary", "ml_details", "dev_summary", "dev_details", "raw")


class Profiler(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="mlpy-profiler-")
        self.addCleanup(holder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        self.folder = Path(holder.name)
        os.chdir(self.folder)

    def profiled(self, **options):
        Path("part.ml").write_text(LOOP.format("inner"))
        with MLProfiler(**options) as profiler:
            MLTranspiler().execute("import part;\n" + LOOP.format("slow") + "result = slow(400000) + part.inner(400000);",
                                   source_file="main.ml")
        return profiler

    def test_modules_are_seen(self):
        profiler = self.profiled()
        calls = {(entry.function, entry.filename): entry.calls for entry in profiler.entries}
        self.assertEqual((calls["slow", "main.ml"], calls["inner", "part.ml"]), (1, 1))
        self.assertIsInstance(profiler.entries[0], ProfileEntry)
        self.assertEqual(set(profiler.memory_stats), {"main.ml", "part.ml"})
        self.assertIsInstance(profiler.memory_stats["main.ml"], MemoryStats)
        self.assertEqual(profiler.get_memory_for_function("main.ml"), profiler.memory_stats["main.ml"].current_bytes)
        self.assertEqual(profiler.get_memory_for_function("other.ml"), 0)
        self.assertEqual(len(profiler.categories), 7)
        self.assertIsInstance(profiler.categories[0], CategoryStats)
        times = profiler.get_phase_times()
        self.assertTrue(0 < times["transpile_time"] and 0 < times["execute_time"] <= times["total_time"])
        self.assertIsInstance(profiler.get_stats(), pstats.Stats)
        self.assertIn("part.ml", " ".join(key[0] for key in profiler.get_stats().stats))

    def test_memory_by_file(self):
        with MLProfiler() as profiler:
            MLTranspiler().execute("function keep() { return 'x'.repeat(3000000) + 'y'; }\nresult = keep().length;",
                                   source_file="big.ml")
        stats = profiler.memory_stats["big.ml"]
        self.assertGreater(stats.peak_bytes, 2_900_000)
        self.assertEqual(stats.peak_mb, stats.peak_bytes / 2**20)
        self.assertLess(stats.current_bytes, stats.peak_bytes)
        self.assertEqual(stats.current_mb, stats.current_bytes / 2**20)
        self.assertGreater(stats.allocations, 0)

    def test_sandbox_processes_are_seen(self):
        with MLProfiler() as profiler:
            MLTranspiler().execute(LOOP.format("here") + "result = here(1000);", source_file="here.ml")
            for _ in range(2):
                self.assertEqual(execute_ml_code_sandbox(LOOP.format("there") + "result = there(1000);", "there.ml"), 499500)
        calls = {entry.function: entry.calls for entry in profiler.entries if entry.category == "ml_code"}
        self.assertEqual((calls["here"], calls["there"]), (1, 2))
        data = profiler.data
        self.assertEqual(sum(row["self_ns"] for row in data["functions"]), data["totals"]["wall_ns"])
        self.assertEqual(sum(row["self_ns"] for row in data["categories"]), data["totals"]["wall_ns"])
        self.assertEqual(sum(row["self_ns"] for row in data["stacks"]), data["totals"]["wall_ns"])
        order = [row["self_ns"] for row in data["functions"]]
        self.assertEqual(order, sorted(order, reverse=True))
        for name in REPORTS:
            self.assertIn("there", profiler.generate_ml_details_report())
            self.assertTrue(getattr(profiler, f"generate_{name}_report")())

    def test_saved_profiles_say_the_same(self):
        profiler = self.profiled(lines=True)
        self.assertTrue(any(row["hits"] for row in profiler.data["lines"]))
        profiler.save("a.mlprof")
        again = MLProfiler.load("a.mlprof")
        for name in REPORTS:
            self.assertEqual(getattr(again, f"generate_{name}_report")(), getattr(profiler, f"generate_{name}_report")())
        self.assertEqual(again.memory_enabled, profiler.memory_enabled)
        Path("bad.mlprof").write_text("{}")
        with self.assertRaisesRegex(ValueError, "bad.mlprof: no profile"):
            MLProfiler.load("bad.mlprof")

    def test_exports(self):
        profiler = self.profiled()
        profiler.export("speedscope", "a.json")
        self.assertIn("shared", json.loads(Path("a.json").read_text()))
        profiler.export("collapsed", "a.folded")
        self.assertIn("(main.ml:1)", Path("a.folded").read_text())
        profiler.export("pprof", "a.pb.gz")
        self.assertEqual(Path("a.pb.gz").read_bytes()[:2], b"\x1f\x8b")
        with self.assertRaisesRegex(ValueError, "no export format is called 'nonsense'"):
            profiler.export("nonsense", "x")

    def test_options(self):
        self.assertFalse(self.profiled(memory=False).memory_enabled)
        self.assertTrue(self.profiled().memory_enabled)
        with self.assertRaises(ValueError):
            MLProfiler(mode="nonsense")
        exact = self.profiled(mode="exact")
        self.assertEqual(exact.data["collection"]["mode"], "exact")

    def test_every_report_of_nothing(self):
        for name in REPORTS:
            self.assertTrue(getattr(MLProfiler(), f"generate_{name}_report")())

    def test_categories(self):
        import mlpy.engine.transpile
        import mlpy.stdlib.json

        for file, expected in (("a.ml", ("user_code", "a.ml")), ("/usr/lib/python3/json/decoder.py", ("python_stdlib", None)),
                               (mlpy.engine.transpile.__file__, ("transpilation", None)),
                               (mlpy.stdlib.json.__file__, ("runtime_overhead", None))):
            self.assertEqual(MLProfiler.categorize_function(file, "f"), expected)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
