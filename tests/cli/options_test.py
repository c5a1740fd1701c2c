"""Options about modules, the project file and generated code (cli-and-python-api.md 1.3, 1.7, 4)."""

import json
import os
import subprocess
import sys

import support


class Modules(support.CommandTest):
    def test_the_programs_own_folder_can_be_left_out(self):
        self.write("src/a.ml", "import near;\nprint(near.N);\n")
        self.write("src/near.ml", "N = 7;\n")
        self.assertEqual(self.mlpy("run", "src/a.ml").out, "7\n")
        self.assertEqual(self.mlpy("run", "src/a.ml", "--allow-current-dir").out, "7\n")
        for command in ("run", "transpile", "check"):
            result = self.mlpy(command, "src/a.ml", "--no-allow-current-dir")
            self.assertEqual(result.status, 3, command)
            self.assertIn("ML0601: module 'near' not found", result.out + result.err)
        self.assertEqual(self.mlpy("run", "src/a.ml", "--no-allow-current-dir", "--import-paths", "src").out, "7\n")
        self.write("src/deep/b.ml", "import beside;\nM = beside.K + 1;\n")
        self.write("src/deep/beside.ml", "K = 1;\n")
        self.write("c.ml", "import deep.b as b;\nprint(b.M);\n")
        self.assertEqual(self.mlpy("run", "c.ml", "--no-allow-current-dir", "--import-paths", "src").out, "2\n")

    def test_the_library_is_always_the_native_one(self):
        self.write("a.ml", "import math;\nprint(math.floor(1.5));\n")
        self.assertEqual((self.mlpy("run", "a.ml", "--stdlib-mode", "native").err), "")
        python = self.mlpy("run", "a.ml", "--stdlib-mode", "python")
        self.assertEqual((python.status, python.out), (0, "1\n"))
        self.assertIn("there is one library", python.err)
        self.assertEqual(self.mlpy("run", "a.ml", "--stdlib-mode", "python", "--sandbox", "strict").status, 2)
        self.assertEqual(self.mlpy("run", "a.ml", "--stdlib-mode", "other").status, 2)
        self.write("b.ml", "import os;\n")
        refused = self.mlpy("run", "b.ml", "--allow-python-modules", "os,sys")
        self.assertEqual(refused.status, 4)
        self.assertIn("extension modules (-E)", refused.err)


class ProjectFile(support.CommandTest):
    def test_settings_reach_the_program(self):
        for name, text in (("mlpy.json", '{"import_paths": ["lib"]}'), ("mlpy.yaml", "import_paths:\n  - lib # here\n"),
                           ("mlpy.yml", "import_paths: [lib]\n"), (".mlpy.json", '{"ml_module_paths": ["lib"]}')):
            with self.subTest(name=name):
                self.write("lib/part.ml", "N = 3;\n")
                self.write("src/a.ml", "import part;\nprint(part.N);\n")
                self.assertEqual(self.mlpy("run", "src/a.ml").status, 3)
                file = self.write(name, text)
                self.assertEqual(self.mlpy("run", "src/a.ml").out, "3\n")
                self.assertEqual(self.mlpy("check", "src/a.ml").status, 0)
                self.assertEqual(self.mlpy("transpile", "src/a.ml", "--check").status, 0)
                file.unlink()

    def test_the_first_name_counts(self):
        self.write("mlpy.yaml", "allow_current_dir: true\n")
        self.write("mlpy.json", '{"allow_current_dir": false}')
        self.write("near.ml", "N = 7;\n")
        self.write("a.ml", "import near;\n")
        self.assertEqual(self.mlpy("run", "a.ml").status, 3)
        self.assertEqual(self.mlpy("run", "a.ml", "--allow-current-dir").status, 0)
        self.assertEqual(self.mlpy("run", "a.ml", "--config", "mlpy.yaml").status, 0)
        self.assertEqual(self.mlpy("run", "a.ml", "--config", "none.yaml").status, 2)

    def test_limits_and_their_precedence(self):
        self.write("mlpy.yaml", "sandbox:\n  timeout: 0.3\n")
        self.write("a.ml", "while (true) { x = 1; }\n")
        result = self.mlpy("run", "a.ml")
        self.assertEqual(result.status, 6)
        self.assertIn("time limit of 0.3 s reached", result.err)
        self.assertIn("time limit of 0.2 s reached", self.mlpy("run", "a.ml", "--timeout", "0.2").err)

    def test_security_level(self):
        self.write("a.ml", "function f(x) { return x; }\nprint(_hidden(1));\nfunction _hidden(x) { return x; }\n")
        self.write("high.ml", 'import regex;\nprint(regex.match("(a+)+$", "b"));\n')
        strict = self.mlpy("check", "high.ml")
        self.write("mlpy.json", '{"security_level": "permissive"}')
        lenient = self.mlpy("check", "high.ml")
        self.assertEqual(self.mlpy("check", "high.ml", "--strict").status, strict.status)
        self.assertEqual(self.mlpy("check", "high.ml", "--no-strict").status, lenient.status)
        self.write("mlpy.json", '{"enable_security_analysis": false}')
        self.assertEqual(self.mlpy("check", "high.ml").status, lenient.status)

    def test_problems_are_told(self):
        self.write("a.ml", "print(1);\n")
        self.write("mlpy.json", '{"import_path": [], "name": "x"}')
        result = self.mlpy("run", "a.ml")
        self.assertEqual((result.status, result.out), (0, "1\n"))
        self.assertIn("mlpy.json: import_path: unknown key; did you mean 'import_paths'?", result.err)
        self.assertEqual(self.mlpy("run", "a.ml", "--quiet").err, "")
        for text, message in (('{"import_paths": "lib"}', 'import_paths: must be a list of texts, not "lib"'),
                              ('{"sandbox": {"timeout": "5"}}', 'sandbox.timeout: must be a number, not "5"'),
                              ('{"security_level": "none"}', "security_level: must be one of strict, normal, permissive, not 'none'"),
                              ('{"target": "c"}', "target: must be one of python, not 'c'"),
                              ('{"import_paths": ["${NOT_SET_HERE}/x"]}', "import_paths: the environment has no variable NOT_SET_HERE"),
                              ("{", "cannot be read: "), ("[]", "a project file is an object of keys and values")):
            self.write("mlpy.json", text)
            for command in ("run", "transpile", "check", "audit"):
                result = self.mlpy(command, "a.ml")
                self.assertEqual(result.status, 2, (command, text))
                self.assertIn("mlpy.json: " + message, result.err)

    def test_rights_need_trust(self):
        self.write("mlpy.yaml", "sandbox:\n  file_patterns: [data/**]\n")
        self.write("data/x.txt", "inside")
        self.write("a.ml", 'import file;\nprint(file.read("data/x.txt"));\n')
        config = {"XDG_CONFIG_HOME": str(self.folder / "settings")}
        refused = self.mlpy("run", "a.ml", **config)
        self.assertEqual(refused.status, 5)
        self.assertIn("it is not trusted (--trust-project)", refused.err)
        self.assertEqual(self.mlpy("run", "a.ml", "--trust-project", **config).out, "inside\n")
        self.assertEqual(self.mlpy("run", "a.ml", **config).out, "inside\n")
        self.write("mlpy.yaml", "sandbox:\n  file_patterns: [data/**, more/**]\n")
        self.assertEqual(self.mlpy("run", "a.ml", **config).status, 5)

    def test_the_cache_can_be_off(self):
        self.write("mlpy.json", '{"cache": {"enabled": false}}')
        self.write("a.ml", "x = 1;\n")
        for _ in range(2):
            self.assertEqual(json.loads(self.mlpy("run", "a.ml", "--json").out)["transpile_cache"], "off")


class Output(support.CommandTest):
    def test_summary(self):
        self.write("a.ml", 'print("out");\nresult = {a: [1, 2]};\n')
        for options in ((), ("--no-sandbox",), ("--profile", "--no-profile-save")):
            result = self.mlpy("run", "a.ml", "--summary", *options)
            self.assertTrue(result.out.startswith("out\n"))
            lines = [line for line in result.err.splitlines() if "no sandbox" not in line]
            self.assertEqual(lines[0], "Execution Summary")
            table = dict(line.strip().split(":", 1) for line in lines[1:])
            self.assertEqual(list(table), ["Success", "Return Value", "Execution Time", "Memory Usage", "CPU Usage"])
            self.assertEqual((table["Success"].strip(), table["Return Value"].strip()), ("Yes", '{"a":[1,2]}'))
            self.assertRegex(table["Execution Time"], r"^ \d+\.\d{3}s$")
            self.assertGreater(float(table["Memory Usage"].split()[0]), 1)
        self.write("b.ml", 'throw "no";\n')
        failed = self.mlpy("run", "b.ml", "--summary")
        self.assertEqual(failed.status, 1)
        self.assertIn("  Success:        No\n  Return Value:   null\n", failed.err)

    def test_python_of_a_run(self):
        self.write("a.ml", "import part;\nresult = part.f(20) + 2;\nprint(result);\n")
        self.write("part.ml", "function f(x) { return x * 2; }\n")
        names = {"a.ml", "part.ml", "cache"}
        self.assertEqual(self.mlpy("run", "a.ml", "--emit-code", "silent").out, "42\n")
        self.assertEqual(set(os.listdir(self.folder)), names)
        self.assertEqual(self.mlpy("run", "a.ml", "--emit-code", "single-file").out, "42\n")
        self.assertEqual(set(os.listdir(self.folder)), names | {"a.py"})
        self.assertEqual(self.mlpy("run", "a.ml", "--emit-code", "multi-file").out, "42\n")
        self.assertEqual(set(os.listdir(self.folder)), names | {"a.py", "part.py"})
        self.write("part.py", "mine")
        refused = self.mlpy("run", "a.ml", "--emit-code", "multi-file")
        self.assertEqual((refused.status, refused.out), (2, ""))
        self.assertEqual((self.folder / "part.py").read_text(), "mine")

    def test_python_of_transpile(self):
        self.write("a.ml", "import part;\nresult = part.f(20) + 2;\nprint(result);\n")
        self.write("part.ml", "function f(x) { return x * 2; }\n")
        for options in (("--check",), ("--emit-code", "silent")):
            result = self.mlpy("transpile", "a.ml", *options)
            self.assertEqual((result.status, result.out), (0, ""))
        self.assertEqual(set(os.listdir(self.folder)) & {"a.py", "part.py"}, set())
        several = self.mlpy("transpile", "a.ml", "--emit-code", "multi-file", "-o", "out/b.py", "--sourcemap")
        self.assertEqual(several.out, "Successfully transpiled to out/b.py\nSuccessfully transpiled to out/part.py\n")
        self.assertEqual(set(os.listdir(self.folder / "out")), {"b.py", "b.py.map", "part.py", "part.py.map"})
        self.assertEqual(self.mlpy("transpile", "a.ml", "--emit-code", "single-file", "-o", "one/b.py").status, 0)
        package = str(next(p for p in (os.path.join(os.path.dirname(support.MLPY), "../python"),
                                       os.path.join(os.path.dirname(support.MLPY), "../lib/mlpy")) if os.path.isdir(p)))
        for folder in ("out", "one"):
            ran = subprocess.run([sys.executable, "b.py"], cwd=self.folder / folder, text=True, capture_output=True,
                                 env={**self.environment, "PYTHONPATH": package})
            self.assertEqual((ran.stdout, ran.returncode), ("42\n", 0), ran.stderr)
        self.write("bad.ml", "x = (;\n")
        self.assertEqual(self.mlpy("transpile", "bad.ml", "--check").status, 3)
        self.assertFalse((self.folder / "bad.py").exists())

    def test_the_frames_of_mlpy_show_on_request(self):
        self.write("a.ml", "function f(x) { return 1 / x; }\nf(0);\n")
        self.assertNotIn("Traceback", self.mlpy("run", "a.ml").err)
        shown = self.mlpy("run", "a.ml", "--internal-trace")
        self.assertEqual(shown.status, 1)
        self.assertIn("error[ML2003] ZeroDivisionError: division by zero\n", shown.err)
        self.assertRegex(shown.err, r'Traceback \(of mlpy\):\n  File ".*launch\.py", line \d+, in run\n')
        self.assertIn('  File "a.ml", line 1, in f\n', shown.err)

    def test_the_language_server_on_a_port(self):
        for words in (("--tcp", "--port", "0"), ("--tcp", "--host", "127.0.0.1", "--port=0"), ("--port", "0", "--tcp")):
            server = subprocess.Popen([support.MLPY, "lsp", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, env=self.environment)
            try:
                self.assertRegex(server.stderr.readline(), r"^listening on 127\.0\.0\.1:\d+\n$")
            finally:
                server.kill()
                server.communicate()
        self.assertEqual(self.mlpy("lsp", "--tcp", "--host", "0.0.0.0").status, 2)

    def test_colours_can_be_off_everywhere(self):
        self.write("a.ml", "print(1);\n")
        for words in (("run", "a.ml", "--no-color"), ("--no-color", "run", "a.ml"), ("check", "--no-color", "a.ml")):
            self.assertEqual(self.mlpy(*words).status, 0, words)
        self.write("b.ml", "import args;\nprint(args.all());\n")
        self.assertEqual(self.mlpy("run", "b.ml", "--", "--no-color").out, "['b.ml', '--no-color']\n")


if __name__ == "__main__":
    support.main()
