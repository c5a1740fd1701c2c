"""The Python package: transpiling, executing, errors, registry, profiler."""

import dataclasses
import gc
import io
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import threading
import unittest
from contextlib import redirect_stdout

import mlpy
from mlpy.integration import ambient, set_ambient
from mlpy.ml.errors import exceptions as e
from mlpy.ml.transpiler import (MLTranspiler, execute_ml_code_sandbox, transpile_ml_code, transpile_ml_file,
                                validate_ml_security)

def resident_mb():
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1048576


class Transpiling(unittest.TestCase):
    def test_result(self):
        transpiler = MLTranspiler()
        result = transpiler.transpile("function f(x) { return x; }\nresult = f(2);", "a.ml")
        self.assertEqual(result.functions, ("f",))
        self.assertEqual(result.source_file, "a.ml")
        self.assertEqual(result.mlpy_version, mlpy.__version__)
        self.assertEqual(set(result.phases), {"parsing", "security_analysis", "transpilation"})
        self.assertEqual(result.source_map["version"], 3)
        self.assertFalse(result.from_cache)
        again = transpiler.transpile("function f(x) { return x; }\nresult = f(2);", "a.ml")
        self.assertTrue(again.from_cache)
        self.assertEqual(again, result)
        self.assertEqual(hash(again), hash(result))
        self.assertEqual(transpiler.cache_info()[:3], (1, 1, 1))
        with self.assertRaises(dataclasses.FrozenInstanceError):
            result.python_code = ""

    def test_source_map_points_at_the_line(self):
        result = MLTranspiler().transpile("a = 1;\n\nb = a + 41;\nresult = b;")
        lines = result.python_code.splitlines()
        mappings = result.source_map["mappings"].split(";")
        self.assertFalse(any(mappings[: lines.index("a = 1")]))
        self.assertTrue(mappings[lines.index("a = 1")])

    def test_cache_is_bounded_and_can_be_off(self):
        transpiler = MLTranspiler(cache_size=3)
        for i in range(10):
            transpiler.transpile(f"x = {i};")
        self.assertEqual(transpiler.cache_info()[2:], (3, 3))
        off = MLTranspiler(cache_enabled=False)
        self.assertFalse(off.transpile("x = 1;").from_cache or off.transpile("x = 1;").from_cache)

    def test_errors(self):
        transpiler = MLTranspiler()
        with self.assertRaises(e.MLSyntaxError) as caught:
            transpiler.transpile("x = 1;\ny = (;", "bad.ml")
        self.assertEqual((caught.exception.line_number, caught.exception.source_file), (2, "bad.ml"))
        self.assertEqual((caught.exception.exit_code, caught.exception.code), (3, "ML_SYNTAX_ERROR"))
        with self.assertRaises(e.MLTranspilationError) as caught:
            transpiler.transpile("result = data;")
        self.assertIn("data", str(caught.exception))
        with self.assertRaises(e.MLImportError):
            transpiler.transpile("import no_such_module;")
        MLTranspiler(repl_mode=True).transpile("result = data;")
        python, issues, source_map = transpile_ml_code("x = (;")
        self.assertIsNone(python)
        self.assertEqual([issue.severity for issue in issues], ["error"])
        self.assertIsInstance(issues[0].error, e.MLSyntaxError)

    def test_generated_python_runs_alone(self):
        source = "import math;\nfunction f(o) { return o.a + math.floor(2.5); }\nresult = [f({a: 1}), 'x'.upper(), len([1])];"
        result = MLTranspiler().transpile(source)
        names = {}
        exec(result.python_code, names)
        self.assertEqual(names["result"], [3, "X", 1])

    def test_generated_python_has_no_names_of_the_host(self):
        python = MLTranspiler().transpile("result = opened('/etc/passwd');").python_code
        with self.assertRaises(NameError):
            exec(python, {})

    def test_pickled_result_runs_elsewhere(self):
        result = MLTranspiler().transpile("result = n * 2;", context_names=("n",))
        data = pickle.dumps(result)
        program = ("import pickle, sys; r = pickle.loads(sys.stdin.buffer.read()); c = {'n': 21}\n"
                   "assert r.execute(c) == 42 and c['result'] == 42")
        subprocess.run([sys.executable, "-c", program], input=data, check=True)
        other = pickle.loads(data)
        self.assertEqual(other, result)
        object.__setattr__(other, "mlpy_version", "99.0.0")
        with self.assertRaises(e.MLCacheVersionError):
            other.execute({})

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "a.ml")
            file.write_text("import b;\nresult = b.f(20);")
            pathlib.Path(folder, "b.ml").write_text("function f(x) { return x * 2; }")
            transpiler = MLTranspiler()
            self.assertEqual(transpiler.execute_ml_file(file), 40)
            pathlib.Path(folder, "b.ml").write_text("function f(x) { return x * 3; }")
            self.assertEqual(transpiler.execute_ml_file(file), 60)
            python, _, _ = transpile_ml_file(str(file), str(pathlib.Path(folder, "out.py")))
            self.assertEqual(pathlib.Path(folder, "out.py").read_text(), python)
            self.assertEqual(sorted(os.listdir(folder)), ["a.ml", "b.ml", "out.py"])

    def test_findings_alone(self):
        self.assertEqual(validate_ml_security("x = 1;\nresult = x;"), [])
        found = validate_ml_security("import file; file.read('/etc/passwd'); x = 1; x == 2;")
        self.assertEqual([(issue.code, type(issue.error)) for issue in found], [("ML1036", e.MLSecurityError)])

    def test_gil_is_released(self):
        source = "\n".join(f"function f{i}(a) {{ return [a, {i}]; }}" for i in range(20000))
        ticks = []
        done = threading.Event()

        def tick():
            while not done.wait(0.001):
                ticks.append(1)

        thread = threading.Thread(target=tick)
        thread.start()
        before = len(ticks)
        from mlpy import _core

        _core.compile(source, "", {})
        after = len(ticks)
        done.set()
        thread.join()
        self.assertGreater(after, before)


class Executing(unittest.TestCase):
    def setUp(self):
        self.transpiler = MLTranspiler()

    def test_context(self):
        context = {"a": 20, "unused": "kept"}
        self.assertEqual(self.transpiler.execute("b = a * 2; result = b + 2;", context), 42)
        self.assertEqual(context, {"a": 20, "unused": "kept", "b": 40, "result": 42})
        self.assertEqual(json.loads(json.dumps(context)), context)
        self.assertIsNone(self.transpiler.execute("x = 1;"))

    def test_context_after_an_error(self):
        context = {}
        with self.assertRaises(e.MLRuntimeError) as caught:
            self.transpiler.execute("a = 1;\nfunction f() { return 1 / 0; }\nf();", context, source_file="x.ml")
        self.assertEqual(context["a"], 1)
        error = caught.exception
        self.assertEqual((error.error_type, error.source_file, error.line_number), ("ZeroDivisionError", "x.ml", 2))
        self.assertEqual([frame["function"] for frame in error.ml_traceback], ["f", "<main>"])
        self.assertIsInstance(error.__cause__, ZeroDivisionError)
        self.assertEqual(pickle.loads(pickle.dumps(error)).line_number, 2)

    def test_kinds_of_errors(self):
        for source, kind in (("throw {message: 'm', severity: 'low', n: 3};", e.MLUserException),
                             ("x = null; x.y;", e.MLTypeError), ("import file; file.read('/etc/passwd');", e.MLCapabilityError)):
            for run in (self.transpiler.execute, execute_ml_code_sandbox):
                with self.subTest(source=source, run=run.__name__), self.assertRaises(kind) as caught:
                    run(source)
        with self.assertRaises(e.MLUserException) as caught:
            self.transpiler.execute("throw {message: 'm', severity: 'low', n: 3};")
        self.assertEqual(caught.exception.error_data, {"message": "m", "severity": "low", "n": 3})
        self.assertEqual(caught.exception.severity, "low")

    def test_names_of_a_context(self):
        for name in ("a b", "class", "__x", ""):
            with self.subTest(name=name), self.assertRaises(e.MLContextError):
                self.transpiler.execute("result = 1;", {name: 1})

    def test_one_context_in_two_runs(self):
        context = {}
        context["again"] = lambda: self.transpiler.execute("result = 1;", context)
        with self.assertRaises(e.MLError) as caught:
            self.transpiler.execute("result = again();", context)
        self.assertIn("two executions", str(caught.exception))

    def test_timeout(self):
        with self.assertRaises(e.SandboxTimeoutError):
            self.transpiler.execute("while (true) { x = 1; }", timeout=0.1)
        with self.assertRaises(TimeoutError):
            execute_ml_code_sandbox("while (true) { x = 1; }", timeout=0.3)

    def test_functions(self):
        source = "n = 0;\nfunction add(a, b) { nonlocal n; n = n + 1; return a + b; }\nfunction count() { return n; }"
        functions = self.transpiler.extract_functions(source)
        self.assertEqual(functions["add"](1, b=2), 3)
        self.assertEqual(functions["count"](), 1)
        self.assertEqual((functions["add"].ml_name, functions["add"].ml_line), ("add", 2))
        self.assertEqual(pickle.loads(pickle.dumps(functions["add"]))(3, 4), 7)
        self.assertEqual(self.transpiler.execute_ml_function("add", source, 1, 2), 3)
        self.assertEqual(self.transpiler.execute_ml_code("x = 2; x * 21"), 42)
        self.assertEqual(sorted([3, 1, 2], key=self.transpiler.extract_functions("function k(x) { return -x; }")["k"]), [3, 2, 1])

    def test_functions_of_a_context_keep_their_objects(self):
        context = {}
        self.transpiler.execute("""
            memo = {};
            function make() { seen = {}; return k => { old = seen[k]; seen[k] = true; return old; }; }
            first = make();
            function fib(n) {
                if (n <= 1) return n;
                if (!memo[n]) memo[n] = fib(n - 1) + fib(n - 2);
                return memo[n];
            }
            result = fib(5);
        """, context)
        self.assertEqual(context["fib"](30), 832040)
        self.assertEqual([context["first"]("a"), context["first"]("a")], [None, True])
        self.assertEqual(context["memo"][30], 832040)

    def test_ambient_names(self):
        with ambient({"base": 10}, "function twice(x) { return x * 2; }"):
            self.assertEqual(self.transpiler.execute("result = twice(base);"), 20)
            self.assertEqual(self.transpiler.execute("result = twice(base);", {"base": 4}), 8)
            self.assertEqual(execute_ml_code_sandbox("result = twice(base);"), 20)
            with ambient({"base": 1}):
                self.assertEqual(self.transpiler.execute("result = twice(base);"), 2)
        with self.assertRaises(e.MLTranspilationError):
            self.transpiler.execute("result = base;")
        set_ambient({"z": 5})
        self.addCleanup(set_ambient)
        context = {}
        self.assertEqual(self.transpiler.execute("result = z;", context), 5)
        self.assertEqual(context, {"result": 5})

    def test_threads(self):
        problems = []

        def work(k):
            for i in range(200):
                try:
                    value = self.transpiler.execute("o = {n: n}; result = o.k == null ? o.n : 0;", {"n": i * k})
                except e.MLError as error:
                    value = error
                if value != i * k:
                    problems.append((value, i * k))

        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])

    def test_no_leak(self):
        for i in range(2000):
            self.transpiler.execute("o = {a: [1, 2]}; result = o.a;", {})
        gc.collect()
        before = resident_mb()
        for i in range(100000):
            self.transpiler.execute("o = {a: [1, 2]}; result = o.a;", {})
        gc.collect()
        self.assertLess(resident_mb() - before, 5)


class Sandbox(unittest.TestCase):
    def test_output_and_isolation(self):
        out = io.StringIO()
        with redirect_stdout(out):
            execute_ml_code_sandbox("x = 1; print('hello', x);")
        self.assertEqual(out.getvalue(), "hello 1\n")
        with self.assertRaises(e.MLTranspilationError):
            execute_ml_code_sandbox("result = x;")

    def test_execution_result(self):
        result = mlpy.execute("print('a'); result = [1];")
        self.assertEqual((result.success, result.value, result.stdout), (True, [1], "a\n"))
        self.assertGreater(result.memory_usage, 0)
        failed = mlpy.execute("result = 1 / 0;")
        self.assertEqual((failed.success, failed.error_type), (False, "MLRuntimeError"))
        with self.assertRaises(e.MLRuntimeError):
            failed.raise_for_error()

    def test_sandbox_classes(self):
        from mlpy.runtime.sandbox import MLSandbox, SandboxConfig

        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "a.txt").write_text("text")
            config = SandboxConfig(file_access_patterns=[f"{folder}/**"], read_only_mode=True)
            reads = f"import file; result = file.read('{folder}/a.txt');"
            self.assertEqual(mlpy.execute(reads, sandbox_config=config).value, "text")
            with MLSandbox(config) as sandbox:
                result = sandbox.execute(f"import file; result = file.read('{folder}/a.txt');")
                self.assertEqual((result.success, result.return_value), (True, "text"), result.error)
                refused = sandbox.execute(f"import file; file.write('{folder}/b.txt', 'x');")
                self.assertEqual((refused.success, refused.exit_code), (False, 5))
                self.assertTrue(refused.capability_violations)
        config = SandboxConfig(extra_env={"APP_MODE": "test", "OTHER": "x"}, python_executable=os.path.realpath(sys.executable))
        asks = mlpy.execute('import env; result = env.all();', sandbox_config=config, capabilities=["env.read:APP_*"])
        self.assertEqual(asks.value, {"APP_MODE": "test"}, asks.error)
        lost = mlpy.execute("result = 1;", sandbox_config=SandboxConfig(python_executable="/nowhere/python"))
        self.assertEqual((lost.success, lost.error), (False, "cannot start /nowhere/python: No such file or directory"))
        high = "function r(o) { return o.f_code; } result = r({f_code: 7});"
        self.assertEqual(mlpy.execute(high, sandbox_config=SandboxConfig()).exception.exit_code, 4)
        self.assertEqual(MLSandbox(SandboxConfig(strict_mode=False)).execute(high).return_value, 7)
        self.assertEqual(mlpy.execute("result = 1;", isolation="inline", sandbox_config=SandboxConfig()).isolation, "process")
        made, issues = MLTranspiler().execute_with_sandbox("result = 4;")
        self.assertEqual((made.return_value, issues), (4, []))

    def test_memory_limit(self):
        from mlpy.runtime.sandbox import SandboxConfig

        with self.assertRaises(e.SandboxMemoryError):
            execute_ml_code_sandbox("a = []; while (true) { a.push([1, 2, 3, 4, 5, 6, 7, 8]); }",
                                    sandbox_config=SandboxConfig(memory_limit="20MB"))

    def test_capabilities(self):
        from mlpy import CapabilityContext

        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "a.txt").write_text("text")
            source = f"import file; result = file.read('{folder}/a.txt');"
            grant = f"file.read:{folder}/**"
            self.assertEqual(execute_ml_code_sandbox(source, capabilities=[grant]), "text")
            with CapabilityContext([grant]):
                self.assertEqual(MLTranspiler().execute(source), "text")
            with self.assertRaises(e.MLCapabilityError) as caught:
                MLTranspiler().execute(source)
            self.assertEqual(caught.exception.required_capability, "file.read")


class Rest(unittest.TestCase):
    def test_import_is_cheap(self):
        program = ("import sys, threading; import mlpy; assert threading.active_count() == 1\n"
                   "assert not [m for m in sys.modules if m.startswith('mlpy.')], sys.modules.keys()")
        subprocess.run([sys.executable, "-c", program], check=True)
        for name in mlpy.__all__:
            self.assertIsNotNone(getattr(mlpy, name))

    def test_import_paths_of_capabilities(self):
        from mlpy.runtime.capabilities import CapabilityContext
        from mlpy.runtime.capabilities.manager import file_capability_context

        self.assertIs(CapabilityContext, mlpy.CapabilityContext)
        with file_capability_context(["/tmp/**"]) as made:
            self.assertTrue(made.has_capability("file.read", "/tmp/a"))
            self.assertFalse(made.has_capability("file.write", "/tmp/a"))

    def test_registry(self):
        from mlpy.stdlib.module_registry import get_registry

        program = """
from mlpy.stdlib.module_registry import get_registry
r = get_registry()
assert r is get_registry() and r.get_performance_summary()["cache_hit_rate"] == 0.0
m = r.get_module("math")
assert m is r.get_module("math") and r.get_module("nope") is None
s = r.get_performance_summary()
assert s["cache_hit_rate"] == 0.5 and s["cache_hits"] == 1 and s["cache_misses"] == 1
assert "math" in r.get_memory_report()["modules"] and r.reload_module("math")
assert r.get_performance_summary()["reload_counts"] == {"math": 1}
assert "sqrt" in r.get_module_info("math")["functions"]
"""
        subprocess.run([sys.executable, "-c", program], check=True)
        self.assertIn("math", get_registry().get_all_module_names())

    def test_profiler(self):
        from mlpy.runtime.profiler import MLProfiler

        profiler = MLProfiler()
        profiler.stop()
        profiler.start()
        with self.assertRaises(RuntimeError):
            profiler.start()
        MLTranspiler().execute("function slow(n) { t = 0; for (i in range(n)) { t = t + i; } return t; }\nresult = slow(300000);")
        profiler.stop()
        self.assertIn("slow", profiler.generate_ml_details_report() + profiler.generate_raw_report())
        for report in ("ml_summary", "dev_summary", "dev_details"):
            self.assertTrue(getattr(profiler, f"generate_{report}_report")())
        with self.assertWarns(DeprecationWarning):
            profiler.generate_summary_report()
        self.assertEqual(profiler.categorize_function("a.ml", "f"), ("user_code", "a.ml"))
        profiler.get_stats()

    def test_executor_object(self):
        executor = mlpy.MLExecutor()
        executor.load("k = 2;\nfunction f(x) { return x * k; }")
        self.assertEqual(executor.call_function("f", 4), 8)
        executor.set("k", 3)
        self.assertEqual((executor.call_function("f", 4), executor.get("k"), executor.functions()), (12, 3, ["f"]))
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "geo_for_test.ml")
            file.write_text("function area(w, h) { return w * h; }")
            self.assertEqual(mlpy.transpile_and_import(file).area(2, 3), 6)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
