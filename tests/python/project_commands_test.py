"""Commands about projects, settings, the cache and compiled programs, as a person types them."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from mlpy import _core

MLPY = sys.argv[1]


class Project(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="mlpy-project-")
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name).resolve()
        self.environment = {**os.environ, "MLPY_PYTHON": sys.executable, "XDG_CACHE_HOME": str(self.folder / "cache")}

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text) if isinstance(text, str) else path.write_bytes(text)
        return path

    def mlpy(self, *words, status=0, **variables):
        result = subprocess.run([MLPY, *words], cwd=self.folder, env={**self.environment, **variables}, text=True,
                                capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def test_version(self):
        found = json.loads(self.mlpy("--version", "--json").stdout)
        self.assertEqual(set(found), {"mlpy", "core", "python", "platform"})
        self.assertEqual(self.mlpy("--version").stdout, f"mlpy version {found['mlpy']}\n")

    def test_unknown_commands(self):
        for words in (("runn",), ("runn", "--help"), ("runn", "a.ml", "--profile")):
            result = self.mlpy(*words, status=2)
            self.assertIn("unknown command 'runn'\ndid you mean 'run'?\ncommands: run, ", result.stderr)
            self.assertNotIn("profile-capture", result.stderr)  # the adapter's own
            self.assertEqual(result.stdout, "")

    def test_files_that_are_no_text(self):
        self.write("bad.ml", b"x = 1;\n\xff")
        for command in ("run", "check", "parse", "transpile"):
            self.assertEqual(self.mlpy(command, "bad.ml", status=2).stderr, "mlpy: 'bad.ml' is not UTF-8: byte 0xff at offset 7\n")

    def test_tree_as_json(self):
        self.write("a.ml", "// note\nx = [1];\n")
        tree = json.loads(self.mlpy("parse", "--format", "json", "a.ml").stdout)
        self.assertEqual(tree["type"], "program")
        kinds = []

        def walk(node):
            kinds.append(node["type"])
            self.assertLessEqual(node["start"], node["end"])
            for child in node["children"]:
                walk(child)

        walk(tree)
        self.assertIn("comment", kinds)
        self.write("b.ml", "x = (;\n")
        self.assertEqual(json.loads(self.mlpy("parse", "--format", "json", "b.ml", status=3).stdout)["type"], "program")

    def test_cache(self):
        self.write("a.ml", "result = 1;")
        self.write("b.ml", "result = 2;")
        for name in ("a.ml", "a.ml", "b.ml"):
            self.mlpy("run", name)
        found = json.loads(self.mlpy("cache", "--json").stdout)
        self.assertEqual((found["hits"], found["misses"], found["entries"]), (1, 2, 2))
        text = self.mlpy("cache").stdout
        for line in ("Compilation Cache Statistics", "  Cache Size: 2/20000", "  Hit Rate:   33.3%", "  Hits:       1",
                     "  Misses:     2", "  Location:   "):
            self.assertIn(line, text)
        self.assertEqual(self.mlpy("cache", "--stats").stdout, text)
        self.assertEqual(self.mlpy("cache", "--show-compilation-cache").stdout, text)
        self.assertIn("no execution cache", self.mlpy("cache", "--show-execution-cache").stdout)
        self.assertEqual(self.mlpy("cache", "--prune").stdout, "0 cached programs removed.\n")
        entry = next((self.folder / "cache").rglob("*.mlc"))
        os.utime(entry, (0, 0))
        self.assertEqual(self.mlpy("cache", "--prune").stdout, "1 cached program removed.\n")
        self.mlpy("run", "a.ml")
        self.assertEqual(self.mlpy("cache", "--clear-module", "a").stdout, "1 cached program removed.\n")
        self.mlpy("run", "a.ml")
        self.mlpy("cache", "--clear-cache")
        self.assertEqual(json.loads(self.mlpy("cache", "--json").stdout)["entries"], 0)

    def test_module_folders(self):
        self.write("folder/part.ml", "function f() { return 7; }")
        self.write("a.ml", "import part;\nprint(part.f());")
        self.mlpy("run", "a.ml", status=3)
        self.assertEqual(self.mlpy("run", "a.ml", "-M", "folder").stdout, "7\n")
        self.assertEqual(self.mlpy("run", "a.ml", "--ml-module-path", "folder").stdout, "7\n")
        self.assertEqual(self.mlpy("run", "a.ml", MLPY_ML_MODULE_PATHS="elsewhere:folder").stdout, "7\n")

    def test_compile(self):
        self.write("src/a.ml", "import part;\nresult = part.f(20) + 2;\nprint(result);")
        self.write("src/part.ml", "function f(x) { return x * 2; }")
        self.assertEqual(self.mlpy("compile", "src/a.ml", "-o", "a.py", "--source-maps").stdout,
                         "Successfully transpiled to a.py\nSuccessfully transpiled to part.py\n")
        self.assertEqual(json.loads((self.folder / "a.py.map").read_text())["version"], 3)
        self.mlpy("compile", "src", "-o", "out")
        self.assertEqual(sorted(path.name for path in (self.folder / "out").iterdir()), ["a.py", "part.py"])
        self.mlpy("compile", "src/a.ml", "--emit-code", "single-file", "-o", "alone/a.py")
        ran = subprocess.run([sys.executable, "a.py"], cwd=self.folder / "alone", env=self.environment, text=True,
                             capture_output=True)
        self.assertEqual((ran.stdout, ran.returncode), ("42\n", 0), ran.stderr)
        self.mlpy("compile", "src", "--emit-code", "silent", "-O", "2")
        self.assertEqual(list((self.folder / "src").glob("*.py")), [])
        self.write("src/a.py", "mine")
        self.assertIn("was not written by mlpy", self.mlpy("compile", "src/a.ml", status=2).stderr)
        self.write("bad.ml", "x = (;")
        self.mlpy("compile", "bad.ml", status=3)
        self.assertIn("did you mean 'bad.ml'?", self.mlpy("compile", "bat.ml", status=2).stderr)

    def test_colours_can_be_off(self):
        self.write("a.ml", "result = 1;")
        self.mlpy("integration", "benchmark", "a.ml", "--iterations", "1", "--no-color")
        self.mlpy("doctor", "--no-color")

    def test_tests_see_the_sources(self):
        self.write("mlpy.json", '{"source_dir": "lib", "test_pattern": "**/check_*.ml"}')
        self.write("lib/part.ml", "function f() { return 7; }")
        self.write("tests/check_part.ml", "import part;\nif (part.f() != 7) throw {message: 'wrong'};")
        self.write("tests/test_other.ml", "x = (;")
        self.assertEqual(self.mlpy("test").stdout, "PASS tests/check_part.ml\n1 passed, 0 failed\n")
        failed = self.mlpy("test", "test_other.ml", status=1).stdout
        self.assertIn("FAIL tests/test_other.ml\ntests/test_other.ml:1:5: error ML0102", failed)
        self.assertIn("0 passed, 1 failed", failed)
        self.mlpy("test", "nothing", status=2)

    def test_settings(self):
        self.write("mlpy.yaml", "name: demo # the name\nsandbox:\n  timeout: 5\nimport_paths:\n- lib\n- ${WHERE}/x\nunknwn: 1\n"
                                "security_levl: strict\nimports: {paths: [a]}\n")
        self.write("sub/a.ml", "x = 1;")
        result = self.mlpy("config", "show", "sub/a.ml", "--json", WHERE="/w", MLPY_EXTENSION_PATHS="e:f")
        settings = json.loads(result.stdout)["settings"]
        self.assertEqual(settings["name"], {"value": "demo", "source": "mlpy.yaml"})
        self.assertEqual(settings["import_paths"]["value"], [f"{self.folder}/lib", "/w/x"])
        self.assertEqual(settings["sandbox.timeout"]["value"], 5)
        self.assertEqual(settings["cache.max_mb"], {"value": 256, "source": "default"})
        self.assertEqual(settings["python_extension_paths"], {"value": ["e", "f"], "source": "MLPY_EXTENSION_PATHS"})
        self.assertIn("did you mean 'security_level'?", result.stderr)
        self.assertRegex(self.mlpy("config", "show", WHERE="/w").stdout, r'(?m)^  import_paths +=.* "/w/x"\] \(mlpy.yaml\)$')
        problems = self.mlpy("config", "validate", "mlpy.yaml", status=1, WHERE="/w").stdout
        self.assertIn("imports: is not read; write import_paths", problems)
        self.assertIn("3 problems", problems)
        self.assertIn("no variable WHERE", self.mlpy("config", "show", status=2).stderr)
        self.write("mlpy.json", '{"name": 5, "target": "js", "sandbox": {"memory_limit": "lots"}, "capabilities": ["a", 1]}')
        found = json.loads(self.mlpy("config", "validate", "--json", status=1).stdout)
        self.assertEqual([problem["key"] for problem in found["problems"]],
                         ["name", "target", "sandbox.memory_limit", "capabilities"])
        self.mlpy("config", "show", status=2)
        self.write("mlpy.json", "{")
        self.mlpy("config", "validate", status=1)
        self.write("mlpy.json", "{}")
        self.assertIn("valid", self.mlpy("config", "validate").stdout)
        self.assertIn("did you mean 'mlpy.json'?", self.mlpy("config", "validate", "mlpy.jso", status=2).stderr)

    def test_capabilities(self):
        text = self.mlpy("capabilities").stdout
        self.assertRegex(text, r"(?m)^math\.compute +granted +-$")
        self.assertRegex(text, r"(?m)^file\.read +not granted +path$")
        found = {row["name"]: row["default"] for row in json.loads(self.mlpy("capabilities", "--json").stdout)}
        self.assertEqual((found["json.parse"], found["network.http"]), (True, False))


class Yaml(unittest.TestCase):
    def read(self, text):
        return json.loads(_core.read_project(text.encode(), "/p/mlpy.yaml"))

    def test_what_is_read(self):
        for text, values in (
                ("", {}), ("---\n# nothing\n", {}), ("optimization_level: 1\ndeny: [x, 'y z', 2x]\n", {"optimization_level": 1, "deny": ["x", "y z", "2x"]}),
                ("profile:\n  lines: true\n  reports:\n    - raw\n    - \"a\\tb\"\n  keep: 2\n",
                 {"profile.lines": True, "profile.reports": ["raw", "a\tb"], "profile.keep": 2}),
                ("{name: n, 'deny': [ ]}\n", {"name": "n", "deny": []}), ("name: plain text # comment\n", {"name": "plain text"}),
                ("description: http://x/#y\n", {"description": "http://x/#y"}), ("deny:\n- 'it''s'\n", {"deny": ["it's"]}),
                ("capabilities: [file.read:data/*, network.https:a.b:443]\n",
                 {"capabilities": ["file.read:data/*", "network.https:a.b:443"]}),
                ("capability_profiles:\n  one:\n  - file.read:a\n  - file.write:b # c\n  two: []\n",
                 {"capability_profiles": {"one": ["file.read:a", "file.write:b"], "two": []}}),
                ("import_paths:\n- ${HERE}/x\n- a{b}[c], d\ndeny: [${HERE}, a${HERE}b]\nname: a: b\n",
                 {"import_paths": ["/here/x", "/p/a{b}[c], d"], "deny": ["/here", "a/hereb"], "name": "a: b"}),
                ("coverage_threshold: 1.5e-1\nname: '5'\nsource_maps: False\n",
                 {"coverage_threshold": 0.15, "name": "5", "source_maps": False})):
            with self.subTest(text=text):
                with mock.patch.dict(os.environ, HERE="/here"):
                    self.assertEqual(self.read(text), {"values": values, "problems": []})

    def test_what_is_refused(self):
        for text, line in (("name: &x 1", 1), ("name: *x", 1), ("name: !!int 1", 1), ("name: |\n  b", 1), ("name: 1\n---\nb: 2", 2),
                           ("name: a\nname: b", 2), ("name: 'x", 1), ("deny: [1", 1), ("name: 1\n   b: 2", 2), ("\tname: 1", 1),
                           ("{name: 1} x", 1), ("%YAML 1.2\nname: 1", 1), ("- 1\n- 2\nb: 1", 3), ("a: {[1]: 2}", 1),
                           ("- " * 80 + "a", 1), ("a: " + "[" * 80, 1), ("a: {b", 1), ("a: {b: 1", 1), ('a: "\\x"', 1),
                           ("a: 1\n]", 2), ("a: [,]", 1)):
            with self.subTest(text=text):
                found = self.read(text)
                self.assertEqual(found["values"], {})
                self.assertEqual(len(found["problems"]), 1)
                self.assertRegex(found["problems"][0][1], f"cannot be read: line {line}: ")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
