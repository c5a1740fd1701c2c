"""What the interface promises at its edges: names, arguments, errors, capabilities (cli-and-python-api.md 2)."""

import datetime
import pathlib
import pickle
import sys
import tempfile
import unittest
import uuid

import mlpy
from mlpy import CapabilityContext, Grant
from mlpy.integration import AsyncMLExecutor, ambient
from mlpy.integration.testing import MockAsyncExecutor
from mlpy.ml.errors import exceptions as e
from mlpy.ml.transpiler import MLTranspiler, execute_ml_code_sandbox
from mlpy.runtime.sandbox import SandboxConfig


def in_process(source, context=None, **options):
    return execute_ml_code_sandbox(source, context=context, **options)


class Names(unittest.TestCase):
    def test_the_module_of_callbacks_is_reachable(self):
        import mlpy.integration.ml_callback as module

        from mlpy.integration.ml_callback import MLCallbackRegistry, MLCallbackWrapper, ml_callback

        self.assertIs(module.MLCallbackWrapper, MLCallbackWrapper)
        self.assertIs(module.MLCallbackRegistry, MLCallbackRegistry)
        self.assertIs(module.ml_callback, ml_callback)

    def test_every_error_can_be_made_shown_and_pickled(self):
        for name in e.__all__:
            cls = getattr(e, name)
            with self.subTest(name=name):
                error = cls("what", line_number=3, source_file="a.ml")
                again = pickle.loads(pickle.dumps(error))
                self.assertIs(type(again), cls)
                self.assertEqual((str(again), again.line, again.to_dict()["line_number"]), ("what (a.ml:3)", 3, 3))

    def test_kinds_and_exit_codes_are_those_of_the_command(self):
        forever = "while (true) { x = 1; }"
        for source, options, kind, code, text in (
                ("1 / 0;", {}, "ZeroDivisionError", 1, "division by zero"), ("throw 'x';", {}, "UserError", 1, "x"),
                ("x = (;", {}, "SyntaxError", 3, "'(' is never closed"), ("x = y;", {}, "SyntaxError", 3, "unknown identifier 'y'"),
                ("x = eval;", {}, "SecurityError", 4, "'eval' runs host code and does not exist in ML"),
                ("import file; file.read('/x');", {}, "CapabilityError", 5, "Missing required capabilities: ['file.read']"),
                (forever, {"timeout": 0.2}, "wall_limit", 6, "time limit of 0.2 s reached"),
                (forever, {"sandbox_config": SandboxConfig(cpu_timeout=1.0)}, "cpu_limit", 6, "CPU limit of 1 s reached"),
                ("x = []; while (true) { x.push('a' + x.length); }", {"sandbox_config": SandboxConfig(memory_limit="20MB")}, "memory_limit", 6,
                 "memory limit of 20MB reached")):
            for run in (in_process, MLTranspiler().execute):
                if "sandbox_config" in options and run is not in_process:
                    continue
                with self.subTest(source=source, run=run), self.assertRaises(e.MLError) as caught:
                    run(source, **options)
                error = caught.exception
                self.assertEqual((error.kind, error.exit_code, error.message.partition("\n")[0]), (kind, code, text))
                again = pickle.loads(pickle.dumps(error))
                self.assertEqual((again.kind, again.exit_code), (kind, code))

    def test_settings_of_a_project_file(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "lib").mkdir()
            pathlib.Path(folder, "lib/part.ml").write_text("N = 7;\n")
            file = pathlib.Path(folder, "mlpy.yaml")
            file.write_text("import_paths: [lib]\n")
            self.assertEqual(MLTranspiler(config=file).execute("import part; result = part.N;"), 7)
            file.write_text("import_paths: lib\n")
            with self.assertRaisesRegex(e.MLConfigurationError, "import_paths: must be a list of texts"):
                MLTranspiler(config=str(file))
            with self.assertRaisesRegex(e.MLConfigurationError, "No such file"):
                MLTranspiler(config=pathlib.Path(folder, "none.json"))

    def test_copies_on_request(self):
        data = [1]
        self.assertEqual(mlpy.execute("d.push(2); result = d;", {"d": data}, isolation="inline", copy=True).value, [1, 2])
        self.assertEqual(data, [1])
        mlpy.execute("d.push(2);", {"d": data}, isolation="inline")
        self.assertEqual(data, [1, 2])

    def test_names_of_a_context(self):
        for run in (MLTranspiler().execute, in_process):
            for name in ("a-b", "", "1a", "__x", "class", "for", "function", "elif", "null", "undefined", 1):
                with self.subTest(name=name, run=run), self.assertRaises(e.MLContextError) as caught:
                    run("result = 1;", {name: 1})
                self.assertIn(repr(name), str(caught.exception))
                self.assertIsInstance(caught.exception, ValueError)
            self.assertEqual(run("result = len;", {"len": 7}), 7)

    def test_wrong_arguments(self):
        for run in (MLTranspiler().execute, in_process, mlpy.execute):
            with self.assertRaisesRegex(TypeError, "ML source must be str, not NoneType"):
                run(None)
            with self.assertRaisesRegex(TypeError, "not bytes"):
                run(b"result = 1;")
        for run in (MLTranspiler().execute, in_process):
            with self.assertRaisesRegex(TypeError, "a context must be a dict"):
                run("result = 1;", [1])
        with self.assertRaisesRegex(ValueError, "isolation"):
            mlpy.execute("result = 1;", isolation="thread")
        with self.assertRaisesRegex(ValueError, "isolation"):
            AsyncMLExecutor(isolation="thread")

    def test_prelude_has_a_file_name_of_its_own(self):
        with ambient(prelude="function fail() { return 1 / 0; }"):
            with self.assertRaises(e.MLRuntimeError) as caught:
                MLTranspiler().execute("result = fail();")
        self.assertEqual(caught.exception.source_file, "<prelude>")


class Registry(unittest.TestCase):
    def test_collisions_are_told(self):
        from mlpy.stdlib.module_registry import ModuleRegistry

        with tempfile.TemporaryDirectory() as folder:
            for place in ("a/part.ml", "b/part.ml", "b/math.ml"):
                path = pathlib.Path(folder, place)
                path.parent.mkdir(exist_ok=True)
                path.write_text(f"function where() {{ return '{place}'; }}")
            registry = ModuleRegistry()
            registry.add_ml_module_paths([f"{folder}/a", f"{folder}/b"])
            with self.assertWarns(UserWarning) as told:
                self.assertTrue(registry.is_available("part"))
            texts = [str(warning.message) for warning in told.warnings]
            self.assertEqual(texts, [f"module part: {folder}/a/part.ml hides {folder}/b/part.ml",
                                     f"module math: the one written in Python hides {folder}/b/math.ml"])
            self.assertEqual(registry.get_module("part").where(), "a/part.ml")
            self.assertEqual(registry.get_module_info("math")["type"], "python_bridge")


class Values(unittest.TestCase):
    def test_refusals_say_where(self):
        for value, text in ((object(), "object cannot be passed to ML: context.v[0].a"),
                            (uuid.UUID(int=1), r"UUID cannot be passed to ML \(use str\(\)\): context.v\[0\].a"),
                            (len, "a function cannot leave its process: context.v[0].a")):
            with self.subTest(value=value), self.assertRaises(e.MLMarshalError) as caught:
                in_process("result = 1;", {"v": [{"a": value}]})
            if "\\" in text:
                self.assertRegex(str(caught.exception), text)
            else:
                self.assertEqual(str(caught.exception), text)
            self.assertEqual(caught.exception.path, "context.v[0].a")
        with self.assertRaisesRegex(e.MLMarshalError, r"a key that is a tuple cannot be passed to ML: context\.v\[0\]"):
            in_process("result = v.length;", {"v": [{(1, 2): 3}]})
        for run in (MLTranspiler().execute, in_process):
            with self.assertRaisesRegex(e.MLMarshalError, r"a key that is a tuple cannot be passed to ML: context\.v\[\(1, 2\)\]"):
                run("result = 1;", {"v": {(1, 2): 3}})
        with self.assertRaisesRegex(e.MLMarshalError, r"a function cannot leave the sandbox: result\.f\[0\]"):
            in_process("result = {f: [x => x]};")

    def test_errors_of_a_converter_pass_through(self):
        class Broken:
            def tolist(self):
                raise ValueError("broken converter")

        with self.assertRaisesRegex(ValueError, "broken converter"):
            in_process("result = 1;", {"v": [Broken()]})

    def test_values_of_the_library_become_those_of_python(self):
        now = MLTranspiler().execute("import datetime; result = datetime.now();")
        self.assertIsInstance(now, datetime.datetime)
        text = in_process("import datetime; result = datetime.now();")
        self.assertIsInstance(datetime.datetime.fromisoformat(text), datetime.datetime)

    def test_processor_time_is_that_of_the_program(self):
        made, _ = MLTranspiler().execute_with_sandbox("t = 0; for (i in range(300000)) { t = t + i; } result = t;")
        self.assertGreater(made.cpu_usage, 0)
        self.assertLess(made.cpu_usage, 150)


class RemoteFunctions(unittest.TestCase):
    def test_the_host_runs_them(self):
        import os

        from mlpy.integration import host_function

        seen = []

        def lookup(key, options):
            seen.append((os.getpid(), key, options))
            return {"found": [key], "n": {"m": 1}}

        made = execute_ml_code_sandbox("r = lookup('tea', {a: 1}); result = [r.found[0], r.n.none, lookup('cup', null).found];",
                                       context={"lookup": host_function(lookup, rpc=True)})
        self.assertEqual(made, ["tea", None, ["cup"]])
        self.assertEqual(seen, [(os.getpid(), "tea", {"a": 1}), (os.getpid(), "cup", None)])
        self.assertEqual(MLTranspiler().execute("result = lookup('x', 1).found;", {"lookup": host_function(lookup)}), ["x"])

    def test_failures_are_errors_of_ml(self):
        from mlpy.integration import host_function

        def failing():
            raise LookupError("nothing there")

        functions = {"failing": host_function(failing, rpc=True), "bad": host_function(object, rpc=True)}
        self.assertEqual(execute_ml_code_sandbox("try { failing(); } except (x) { result = x.message; }", context=functions),
                         "LookupError: nothing there")
        with self.assertRaisesRegex(e.MLRuntimeError, "object cannot be passed to ML: the result of bad"):
            execute_ml_code_sandbox("bad();", context=functions)
        with self.assertRaisesRegex(e.MLError, "a function cannot"):
            execute_ml_code_sandbox("failing(x => x);", context=functions)
        with self.assertRaises(e.MLMarshalError):
            execute_ml_code_sandbox("f();", context={"f": host_function(failing)})


class Async(unittest.IsolatedAsyncioTestCase):
    async def test_time_is_told_on_failure(self):
        async with AsyncMLExecutor(1) as executor:
            late = await executor.execute("while (true) { x = 1; }", timeout=0.2)
            self.assertGreaterEqual(late.execution_time, 0.2)
            failed = await executor.execute("1 / 0;")
            self.assertGreater(failed.execution_time, 0)
        mock = MockAsyncExecutor(should_fail=True)
        with self.assertRaises(e.MLError):
            (await mock.execute("x")).raise_for_error()


class Capabilities(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="mlpy-contract-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        (self.folder / "a.txt").write_text("text")
        self.source = f"import file; result = file.read('{self.folder}/a.txt');"
        self.grant = f"file.read:{self.folder}/**"
        self.doors = (MLTranspiler().execute, in_process)

    def refused(self, run, source=None, **options):
        with self.assertRaises(e.MLCapabilityError) as caught:
            run(source or self.source, **options)
        self.assertEqual(caught.exception.required_capability, "file.read")
        return caught.exception

    def test_nested_contexts_narrow(self):
        for run in self.doors:
            with self.subTest(run=run), CapabilityContext([self.grant]):
                with CapabilityContext([]):
                    self.refused(run)
                with CapabilityContext(["file.read"]):
                    self.assertEqual(run(self.source), "text")
                    self.refused(run, "import file; file.read('/etc/hostname');")
                self.assertEqual(run(self.source), "text")
            self.refused(run)

    def test_limits_of_a_grant(self):
        twice = self.source + self.source.removeprefix("import file;")
        for run in self.doors:
            once = Grant("file.read", f"{self.folder}/**", max_uses=1)
            with self.subTest(run=run):
                self.assertEqual(run(self.source, capabilities=[once]), "text")
                self.assertEqual(run(self.source, capabilities=[once]), "text")  # counted for each execution
                self.refused(run, twice, capabilities=[once])
                self.refused(run, capabilities=[Grant("file.read", f"{self.folder}/**", expires_in=-1)])
                self.refused(run, capabilities=[Grant("file.read", (f"{self.folder}/**",), deny=f"{self.folder}/a.txt")])
                with CapabilityContext([Grant("file.read", max_uses=1)]), CapabilityContext([self.grant]):
                    self.refused(run, twice)

    def test_declarations_narrow_and_stop_the_start(self):
        declared = f'capability reader {{ resource "{self.folder}/a.txt"; allow read; }}\n' + self.source
        grants = [f"{name}:{self.folder}/**" for name in ("file.read", "path.read")]
        for run in self.doors:
            with self.subTest(run=run):
                self.assertIn("declares capabilities that are not granted", str(self.refused(run, "print(1);" + declared)))
                self.assertEqual(run(declared, capabilities=grants), "text")
                self.refused(run, declared + f" file.read('{self.folder}/b.txt');", capabilities=grants)

    def test_what_is_available_is_named(self):
        for run in self.doors:
            with self.subTest(run=run):
                self.assertIn("math.compute", self.refused(run).available_capabilities)

    def test_malformed_grants_are_refused_at_once(self):
        with self.assertRaisesRegex(ValueError, "bad capability 'nonsense'"):
            CapabilityContext(["nonsense"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
