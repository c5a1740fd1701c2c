"""Memory: owners, peaks and what is live agree with tracemalloc's exact figures, taken from a run of their own.

Usage: memory_test.py DIRECTORY_OF_NATIVE
"""

import ast
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(__file__))
from capture import Capture

NATIVE = sys.argv.pop(1)
MB = 1 << 20

# Both programs call mark() at the instant of the peak.
SMALL = '''
def objects(n):
    return [object() for i in range(n)]
def strings(n):
    out = []
    for i in range(n):
        out.append("item number %d" % i)
    return out
def table(n):
    made = {}
    for i in range(n):
        made["key %d" % i] = bytes(40)
    return made
def generate(n):
    for i in range(n):
        yield [i] * 9
def collect(n):
    return list(generate(n))
def temporaries(n):
    for i in range(n):
        gone = [i] * 30
def release(held):
    held.clear()
def run():
    kept = [objects(40000), strings(40000), table(15000), collect(20000)]
    mark()
    release(kept[1])
    temporaries(40000)
    return kept
kept = run()
'''

LARGE = '''
import json, threading
def block():
    return bytearray(64 << 20)
def numbers(n):
    out = []
    for i in range(n):
        out.append(None)
    return out
def shifted(n):
    a = bytearray()
    for i in range(n):
        a += bytes(10000)
    return a
def parse(text):
    return json.loads(text)
def in_thread(into):
    into.append(bytearray(9 << 20))
def threads(n):
    into = []
    for i in range(n):
        t = threading.Thread(target=in_thread, args=(into,))
        t.start()
        t.join()
    return into
def churn(n):
    for i in range(n):
        gone = bytearray(300000)
def run():
    text = "[" + ",".join(["1.5"] * 100) + ', "' + "x" * (12 << 20) + '"]'
    kept = [block(), numbers(1500000), shifted(1000), parse(text), threads(2)]
    churn(300)
    mark()
    del kept[2]
    return kept
kept = run()
'''

EMPTY = '''
def objects(n):
    return [object() for i in range(n)]
def blocks(n):
    return [bytes(700 + i % 300) for i in range(n)]
def grown(n):
    a = bytearray()
    for i in range(n):
        a += bytes(50)
    return a
def run():
    for i in range(4):
        a, b, c = objects(30000), blocks(3000), grown(3000)
    a = b = c = None
run()
'''

# Long stretches in which nothing is kept, and memory that fills up between them: by the program's own code, in one call of
# C code, and where other blocks have made room.
PHASES = '''
import json
def numbers(n):
    x = 1
    for i in range(n):
        x = (x * 1103515245 + 12345) % 2147483648
def objects(n):
    return [object() for i in range(n)]
def parse(text):
    return json.loads(text)
def strings(n):
    out = []
    for i in range(n):
        out.append("item number %d" % i)
    return out
def pairs(n):
    return [(i, str(i)) for i in range(n)]
def run():
    text = "[" + ",".join("[%d.5, %d]" % (i, i + 1000) for i in range(20000)) + "]"
    kept = []
    numbers(1000000)
    kept.append(objects(40000))
    numbers(1000000)
    kept.append(parse(text))
    numbers(1000000)
    kept.append(strings(40000))
    numbers(1000000)
    kept[2] = None
    kept.append(pairs(20000))
    mark()
    return kept
kept = run()
'''

PRELUDE = f'''
import sys, os, json, threading  # imported before, as in the traced run
sys.path.insert(0, {NATIVE!r})
import _native
def profile(source, path, level=None, names=None, wait=None):
    code = _native.profile_module(compile(source, "program.ml", "exec"), "program.ml", True)
    names = {{"mark": lambda: None}} if names is None else names
    why = _native.profile_start(path, {{"memory": level}} if level else None)
    try:
        exec(code, names)
    finally:
        _native.profile_stop()
    return why
'''

TRACED = '''
import tracemalloc, json, threading, sys
marks = []
code = compile(SOURCE, "program.ml", "exec")
def owners(snapshot):
    live = {}
    for trace in snapshot.traces:
        for frame in reversed(trace.traceback):
            if frame.filename == "program.ml":
                live[frame.lineno] = live.get(frame.lineno, 0) + trace.size
                break
    return live
names = {"mark": lambda: marks.append(tracemalloc.take_snapshot())}
tracemalloc.start(20)
exec(code, names)
last = tracemalloc.take_snapshot()
tracemalloc.stop()
print(repr([owners(marks[0]), owners(last)]))
'''


def child(script, env=None, check=True):
    return subprocess.run([sys.executable, "-c", script], check=check, capture_output=True, text=True,
                          env={**os.environ, **(env or {})})


def function_of_line(source):
    of = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            for line in range(node.lineno, node.end_lineno + 1):
                of[line] = node.name
    return lambda line: of.get(line, "(top level)")


def exact_figures(source):
    """Bytes live at the mark and at the end, by function."""
    name = function_of_line(source)
    out = []
    for lines in eval(child(TRACED.replace("SOURCE", repr(source))).stdout):
        by_function = {}
        for line, size in lines.items():
            by_function[name(line)] = by_function.get(name(line), 0) + size
        out.append(by_function)
    return out


class MemoryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "run.mlprof")

    def profiled(self, source, level=None, env=None, script=""):
        out = child(PRELUDE + f"profile({source!r}, {self.path!r}, {level!r})\n" + script, env)
        capture = Capture(self.path)
        self.assertTrue(capture.complete and not capture.torn, out.stderr)
        if capture.memory_totals:
            self.adds_up(capture)
        return capture

    def adds_up(self, capture):
        rows, totals = capture.memory.values(), capture.memory_totals
        self.assertEqual(sum(r["at_peak"] for r in rows), totals["peak"])
        self.assertEqual(sum(r["live"] for r in rows), totals["live"])
        self.assertEqual(sum(r["bytes"] for r in rows), totals["bytes"])
        self.assertEqual(sum(r["count"] for r in rows), totals["count"])
        for name in {capture.name(function) for function, _ in capture.memory}:
            live, at_peak, own_peak, size = (capture.memory_of(name, c) for c in ("live", "at_peak", "own_peak", "bytes"))
            self.assertLessEqual(own_peak, size)
            if totals["period"] == 0:  # estimates that are higher by chance are no peaks
                self.assertLessEqual(max(live, at_peak), own_peak)
        if totals["level"] == 4:
            self.assertGreater(totals["rss_peak"], totals["peak"] // 2)

    def agree(self, got, want, peak, share, what):
        compared = 0
        for name, size in want.items():
            if size < peak * 0.05:
                continue
            compared += 1
            self.assertLess(abs(got.get(name, 0) - size), share * size + 256, f"{what} of {name}: {got.get(name)}, {size}")
        self.assertGreaterEqual(compared, 3)

    def compare(self, source, level, share, env=None, runs=1):
        at_mark, at_end = exact_figures(source)
        captures = [self.profiled(source, level, env) for _ in range(runs)]
        mean = lambda column: {name: statistics.fmean(c.memory_of(name, column) for c in captures)
                               for name in {**at_mark, **at_end}}
        peak = sum(at_mark.values())
        for capture in captures:
            self.assertLess(abs(capture.memory_totals["peak"] - peak), max(3 * share, 0.01) * peak + 4096)
        self.agree(mean("at_peak"), at_mark, peak, share, "at the peak")
        only_grew = {name: size for name, size in at_mark.items() if name != "run"}
        parts = [mean(column) for column in ("own_peak", "at_peak", "live")]  # a profile takes the highest
        own = {name: max(part[name] for part in parts) for name in parts[0]}
        self.agree(own, only_grew, peak, share, "own peak")
        self.agree(mean("live"), at_end, peak, share, "live")
        return captures

    def test_exact_level_is_exact(self):
        self.compare(SMALL, "exact", 0.005)
        self.compare(LARGE, "exact", 0.005)

    def test_full_level_agrees_on_small_blocks(self):
        captures = self.compare(SMALL, "full", 0.10, runs=8)
        self.assertGreater(captures[0].memory_totals["period"], 0)
        bytes_of_temporaries = statistics.fmean(c.memory_of("temporaries", "bytes") for c in captures)
        exact = self.profiled(SMALL, "exact").memory_of("temporaries", "bytes")
        self.assertLess(abs(bytes_of_temporaries - exact), 0.15 * exact)

    def test_every_level_agrees_on_large_blocks(self):
        for level in ("full", "large", None):
            with self.subTest(level=level):
                capture, = self.compare(LARGE, level, 0.10)
                self.assertLess(abs(capture.memory_of("block", "live") - 64 * MB), 64 * MB * 0.05)
                self.assertLess(capture.memory_of("churn", "own_peak"), 2 * MB)
                self.assertLess(abs(capture.memory_of("churn", "bytes") - 90_000_000), 18_000_000)
                self.assertGreater(capture.memory_of("parse", "live"), 12 * MB)  # allocated within json
                self.assertGreater(capture.memory_of("in_thread", "live"), 17 * MB)

    def test_what_fills_memory_after_a_rest_is_seen_from_its_beginning(self):
        at_mark, _ = exact_figures(PHASES.replace("00000)", "00)"))  # numbers() leaves nothing
        captures = [self.profiled(PHASES, "full") for _ in range(6)]
        mean = {name: statistics.fmean(c.memory_of(name, "live") for c in captures) for name in at_mark}
        self.agree(mean, at_mark, sum(at_mark.values()), 0.10, "live")

    def test_a_program_that_only_makes_and_drops_is_not_watched(self):
        source = """
import ctypes
class Allocator(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("context", "malloc", "calloc", "realloc", "free")]
def hooked():
    found = Allocator()
    ctypes.pythonapi.PyMem_GetAllocator(2, ctypes.byref(found))
    return found.malloc
def numbers(n):
    x = 1
    for i in range(n):
        x = (x * 1103515245 + 12345) % 2147483648
def looked_at(rounds):
    seen = []
    for i in range(rounds):
        numbers(20000)
        seen.append(hooked())
    return seen
def run():
    first, seen = hooked(), looked_at(400)
    at_rest = [place != first for place in seen]
    kept = [object() for i in range(100000)]
    print(first, at_rest.count(True), hooked() == first)
run()
"""
        out = child(PRELUDE + f"profile({source!r}, {self.path!r}, 'full')\n")
        hook, at_rest, woke = out.stdout.split()
        self.assertGreater(int(at_rest), 200, out.stdout)
        self.assertEqual(woke, "True")
        # What passed through is an estimate then: of 24 million numbers, most of 32 bytes.
        numbers = Capture(self.path).memory_of("numbers", "bytes")
        self.assertGreater(numbers, 200e6)
        self.assertLess(numbers, 2e9)

    def test_the_peak_of_a_program_that_drops_what_it_makes(self):
        source = ("def batch(n):\n    rows = []\n    for i in range(n):\n"
                  "        rows.append({'id': i, 'tags': [i, i + 1], 'price': i * 1.5})\n    return rows\n"
                  "def run(rounds):\n    for r in range(rounds): rows = batch(2000)\nrun(ROUNDS)\n")
        exact = self.profiled(source.replace("ROUNDS", "6"), "exact")
        captures = [self.profiled(source.replace("ROUNDS", "600"), "full") for _ in range(8)]
        for capture in captures:
            self.assertGreaterEqual(capture.memory_totals["period"], 4 * 1024)
        peak = statistics.fmean(c.memory_totals["peak"] for c in captures)
        # The highest of 600 estimates, each from a dozen samples, would be half as much again.
        self.assertLess(abs(peak - exact.memory_totals["peak"]), 0.20 * exact.memory_totals["peak"])
        # A function's own peak, too; it allocates on two lines.
        own, truth = statistics.fmean(c.memory_of("batch", "own_peak") for c in captures), exact.memory_of("batch", "own_peak")
        self.assertLess(abs(own - truth), 0.20 * truth)

    def test_short_runs_are_exact(self):
        source = "def f(n):\n    return [bytes(100) for i in range(n)]\nkept = f(1000)\n"
        full, exact = self.profiled(source, "full"), self.profiled(source, "exact")
        self.assertEqual(full.memory_totals["period"], 0)
        for column in ("live", "own_peak", "at_peak", "bytes", "count"):
            self.assertEqual(full.memory_of("f", column), exact.memory_of("f", column), column)
        self.assertEqual({line for (_, line), row in full.memory.items() if row["live"] > 100_000}, {2})

    def test_nothing_is_left_when_everything_is_freed(self):
        for level in ("exact", "full", "large"):
            for env in ({}, {"PYTHONMALLOC": "malloc"}, {"PYTHONMALLOC": "debug"}):
                with self.subTest(level=level, env=env):
                    capture = self.profiled(EMPTY, level, env)
                    for name in ("objects", "blocks", "grown"):
                        self.assertEqual(capture.memory_of(name, "live"), 0)
                    self.assertGreater(capture.memory_of("blocks", "bytes"), 8 * MB)
                    if level in ("full", "exact"):
                        self.assertGreater(capture.memory_of("objects", "count"), 60_000)

    def test_other_allocators_are_understood(self):
        for allocator in ("malloc", "debug"):
            with self.subTest(allocator=allocator):
                self.compare(LARGE, "full", 0.10, {"PYTHONMALLOC": allocator})
                self.compare(SMALL, "exact", 0.01, {"PYTHONMALLOC": allocator})
                self.compare(SMALL, "full", 0.10, {"PYTHONMALLOC": allocator}, runs=8)

    def test_imports_belong_to_the_library(self):
        source = ("def f():\n    import decimal, fractions, statistics, http.client, unittest.mock, xml.dom.minidom\n"
                  "    return bytearray(30 << 20)\nkept = f()\n")
        capture = self.profiled(source, "full")
        self.assertLess(capture.memory_of("f", "live"), 30 * MB + 200_000)
        self.assertGreater(capture.memory_of("(library)", "live"), 2_000_000)

    def test_tracemalloc_is_left_alone(self):
        script = PRELUDE + ("import tracemalloc\ntracemalloc.start()\nprint(profile('x = [1] * 100000', %r))\n"
                            "print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory()[1] > 800000)\n" % self.path)
        self.assertEqual(child(script).stdout.split("\n")[:2],
                         ["memory is not shown: tracemalloc is tracing", "True True"])
        capture = Capture(self.path)
        self.assertIsNone(capture.memory_totals)
        self.assertEqual(capture.memory, {})
        # Started by the program itself, on top of the profiler's hooks.
        for level in ("full", "exact"):
            source = ("import tracemalloc\ntracemalloc.start()\nx = [bytes(100) for i in range(30000)]\n"
                      "print(tracemalloc.get_traced_memory()[0] > 3000000)\n")
            end = "import tracemalloc\ny = [bytes(100) for i in range(30000)]\ntracemalloc.stop()\nz = list(y)\nprint('end')"
            out = child(PRELUDE + f"profile({source!r}, {self.path!r}, {level!r})\n{end}\n"
                        + f"print(profile('x = 1', {self.path!r}, {level!r}))")
            self.assertEqual(out.stdout.split()[:2], ["True", "end"])
            self.assertIn("watched already", out.stdout)

    def test_off_and_unknown(self):
        self.assertIsNone(self.profiled(SMALL, "off").memory_totals)
        out = child(PRELUDE + f"profile('x = 1', {self.path!r}, 'most')", check=False)
        self.assertIn("ValueError: no level of memory profiling is called most", out.stderr)

    def test_runs_after_each_other_and_blocks_that_outlive_them(self):
        again = f'''
names = {{"mark": lambda: None}}
for level in ("full", "exact", "large", "full", "off"):
    profile({SMALL!r}, {self.path!r}, level, names)
    held = names["kept"]
profile({SMALL!r}, {self.path!r}, "full", names)
names.clear()
held.clear()
print("fine")
'''
        for env in ({}, {"PYTHONMALLOC": "debug"}, {"PYTHONMALLOC": "malloc"}):
            self.assertEqual(child(PRELUDE + again, env).stdout, "fine\n")
            self.adds_up(Capture(self.path))

    def test_children_and_exits(self):
        source = '''
import os, sys, threading
kept = [object() for i in range(5000)]
def busy():
    while not done: bytes(100000); [object() for i in range(100)]
done = False
threads = [threading.Thread(target=busy, daemon=True) for i in range(3)]
for t in threads: t.start()
for i in range(20):
    pid = os.fork()
    if pid == 0:
        kept.clear()
        [bytes(i) for i in range(3000)]
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
done = True
for t in threads: t.join()
'''
        for level in ("full", "exact"):
            self.profiled(source, level)
        for end in ("sys.exit(5)", "os._exit(5)"):  # without stopping
            script = PRELUDE + (f"_native.profile_start({self.path!r}, {{'memory': 'full'}})\n"
                                f"kept = [object() for i in range(50000)]\n{end}")
            self.assertEqual(child(script, check=False).returncode, 5)

    def test_killed_run_keeps_its_figures(self):
        source = f"kept = bytearray(20 << 20)\nimport time\ntime.sleep(0.8)\nimport os\nos.kill(os.getpid(), {signal.SIGKILL})"
        child(PRELUDE + f"profile({source!r}, {self.path!r}, 'full')", check=False)
        capture = Capture(self.path)
        self.assertFalse(capture.complete)
        self.assertLess(abs(capture.memory_of("(top level)", "live") - 20 * MB), MB)

    def test_many_threads_without_the_interpreter_lock(self):
        source = '''
import threading, hashlib, zlib
def work(n):
    for i in range(n):
        data = bytes(200000)
        hashlib.sha256(data).digest()
        zlib.decompress(zlib.compress(data, 1))
def run():
    threads = [threading.Thread(target=work, args=(60,)) for i in range(6)]
    for t in threads: t.start()
    for t in threads: t.join()
run()
'''
        for level in ("full", "exact"):
            capture = self.profiled(source, level)
            self.assertLess(capture.memory_of("work", "live"), 1000)
            self.assertGreater(capture.memory_of("work", "bytes"), 6 * 60 * 400_000)


if __name__ == "__main__":
    unittest.main()
