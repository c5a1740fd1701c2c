"""What a program may do, as granted on the command line, in a project file and by extension folders."""

import json
import os
import subprocess
from pathlib import Path

import support

READS = 'import file;\nprint(file.read("data/a.txt"));\n'
DECLARES = 'capability reports { resource "data/*"; allow read; }\n' + READS
EXTENSION = '''
@ml_module(name="geo", description="Distances", capabilities=["geo.read"])
class Geo:
    @ml_function(description="Add", capabilities=["geo.read"])
    def legs(self, a, b=2):
        return a + b
geo = Geo()
'''


class Capabilities(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.environment["XDG_CONFIG_HOME"] = str(self.folder / "config")
        self.write("data/a.txt", "content")
        self.write("p.ml", READS)

    def ends(self, status, *arguments, out="", err="", **changes):
        """Runs and compares; gives standard error."""
        result = self.mlpy(*arguments, **changes)
        self.assertEqual([result.status, result.out], [status, out], result.err)
        self.assertIn(err, result.err)
        return result.err

    def only_disclosure(self, err):
        """The program prints a file it was granted, and that is all there is to say."""
        self.assertRegex(err, r"\Ap\.ml:2:\d+: medium SEC404: possible disclosure\n +\|\n 2 \| .*\n +\| +\^+\nnote: .*\n\Z")

    def test_nothing_is_granted_by_itself(self):
        self.ends(5, "run", "p.ml", err="error[ML2013] CapabilityError: Missing required capabilities: ['file.read']\n"
                  "file.read for data/a.txt; add --grant file.read:data/a.txt")

    def test_grants(self):
        for grants in (["--grant", "file.read:data/**"], ["--grant=file.read:data/a.txt"], ["--grant", "file.*:data/"],
                       ["--file-patterns", "data/*"], ["--allow-all"], ["--grant", "file.read:x", "--grant", "file.read:data/*"]):
            with self.subTest(grants):
                self.only_disclosure(self.ends(0, "run", "p.ml", *grants, out="content\n"))
        for grants in (["--grant", "file.read:dat/**"], ["--grant", "file.write:data/**"], ["--grant", "path.read"],
                       ["--allow-all", "--deny", "file.read:data/**"], ["--grant", "file.read", "--deny", "file.*"],
                       ["--grant", "file.read:data/**", "--grant", "file.read:!data/a.txt"],
                       ["--grant", "!file.read:data/a*", "--grant", "file.read:data/**"]):
            with self.subTest(grants):
                self.ends(5, "run", "p.ml", *grants, err="CapabilityError")

    def test_a_grant_of_everything_is_said(self):
        self.ends(0, "run", "p.ml", "--grant", "file.read", out="content\n", err="SEC301")
        self.assertEqual(self.ends(0, "run", "p.ml", "--grant", "file.read", "--quiet", out="content\n"), "")

    def test_bad_grants_are_usage_errors(self):
        self.write("hello.ml", "print(1);")
        for bad, hint in (("file", "module.word"), ("file_read", "did you mean 'file.read'?"), ("file.read:a/../b", "'..'"),
                          ("process.spawn", "cannot be granted")):
            with self.subTest(bad):
                self.ends(2, "run", "hello.ml", "--grant", bad, err=hint)

    def test_a_caught_refusal_lets_the_program_go_on(self):
        self.write("p.ml", 'import file;\ntry { file.read("x"); } except (e) { print(e.kind); }')
        self.ends(0, "run", "p.ml", out="CapabilityError\n")

    def test_aliases_carry_the_check(self):
        """Attacks C01, C06, C07, C08, C24."""
        for line in ('f = file; f.read("data/a.txt");', 'g = file.read; g("data/a.txt");', 'call(file.read, "data/a.txt");',
                     'g = getattr(file, "read"); g("data/a.txt");', 'functional.map(file.read, ["data/a.txt"]);',
                     'r = functional.compose(file.read); r("data/a.txt");', 'collections.map(["data/a.txt"], file.read);',
                     'm = [file]; m[0].read("data/a.txt");', '["data/a.txt"].map(file.read);', 'file["read"]("data/a.txt");',
                     'r = functional.partial(file.read, "data/a.txt"); r();'):
            self.write("p.ml", "import file; import functional; import collections;\n" + line)
            with self.subTest(line):
                self.ends(5, "run", "p.ml", err="Missing required capabilities: ['file.read']")

    def test_declared_needs(self):
        self.write("p.ml", DECLARES)
        said = self.ends(5, "run", "p.ml", err="--grant 'file.read:data/*' --grant 'path.read:data/*'")
        self.assertIn("not granted", said)
        self.ends(5, "run", "p.ml", "--run-anyway", err="CapabilityError")
        self.ends(0, "run", "p.ml", "--grant-declared", "--yes", out="content\n")
        self.ends(5, "run", "p.ml", "--grant-declared")  # nobody is there to answer
        self.ends(0, "run", "p.ml", "--grant", "file.read:data/**", "--grant", "path.read:data/**", out="content\n")

    def test_declarations_narrow_also_from_the_cache(self):
        self.write("secret", "s")
        self.write("p.ml", 'capability file.read { resource "data/*"; }\nimport file;\nprint(file.read("secret"));')
        for _ in range(2):
            self.ends(5, "run", "p.ml", "--grant", "file.read:**", err="CapabilityError")

    def test_declarations_of_imported_modules_count(self):
        self.write("lib.ml", 'capability env.read { resource "APP_*"; }\nx = 1;')
        self.write("p.ml", "import lib;\nprint(lib.x);")
        self.ends(5, "run", "p.ml", err="env.read:APP_*")
        self.ends(0, "run", "p.ml", "--grant", "env.read:APP_*", out="1\n")

    def test_system_cannot_be_declared(self):
        self.write("p.ml", "capability a { allow system; }\nprint(1);")
        self.assertNotEqual(self.mlpy("run", "p.ml", "--allow-all").status, 0)

    def test_environment(self):
        self.write("p.ml", 'import env;\nprint(env.get("APP_X"), sorted(keys(env.all())));')
        self.ends(0, "run", "p.ml", "--grant", "env.read:APP_*", out="1 ['APP_X']\n", APP_X="1", OTHER="2")

    def test_arguments(self):
        self.write("sub/t.ml", "import args;\nprint(args.all(), args.script(), args.rest());")
        self.ends(0, "run", "sub/t.ml", "--", "-q", "cat.png",
                  out="['sub/t.ml', '-q', 'cat.png'] sub/t.ml ['-q', 'cat.png']\n")

    def test_introspection(self):
        self.write("p.ml", 'print(hasCapability("file.read"), hasCapability("file.read:data/a.txt"),'
                   ' hasCapability("file.read:x"), getCapabilityInfo("file.read"), hasCapability("math.compute"));')
        self.ends(0, "run", "p.ml", "--grant", "file.read:data/*", out="true true false {'type': 'file.read', 'available': true,"
                  " 'usage_count': 0, 'patterns': ['data/*'], 'operations': null, 'max_usage': null, 'expires_at': null} true\n")

    def test_audit(self):
        self.ends(0, "run", "p.ml", "--grant", "file.read:data/*", "--audit", "audit.jsonl", out="content\n")
        events = [json.loads(line) for line in (self.folder / "audit.jsonl").read_text().splitlines()]
        about = [(event["event"], event["name"]) for event in events if event["name"].startswith("file")]
        self.assertEqual(about, [("grant", "file.read"), ("use", "file.read")])
        self.assertEqual(events[-1]["resource"], "data/a.txt")

    def test_project_files_need_trust(self):
        self.write("mlpy.json", json.dumps({"name": "p", "capabilities": ["file.read:data/**"], "deny": ["file.read:data/b*"],
                                            "capability_profiles": {"more": ["env.read:X"]}}))
        self.ends(5, "run", "p.ml", err="not trusted (--trust-project)")
        self.ends(0, "run", "p.ml", "--trust-project", out="content\n")
        self.only_disclosure(self.ends(0, "run", "p.ml", out="content\n"))
        self.write("q.ml", 'import env;\nprint(env.get("X"));')
        self.ends(5, "run", "q.ml")
        self.ends(0, "run", "q.ml", "--capability-profile", "more", out="1\n", X="1")
        self.ends(2, "run", "q.ml", "--capability-profile", "nothing", err="no capability profile 'nothing'")
        project = self.write("mlpy.json", json.dumps({"capabilities": ["file.read:**"]}))
        self.ends(5, "run", "p.ml", err="not trusted")
        os.chmod(project, 0o666)
        self.ends(5, "run", "p.ml", "--trust-project", err="others can write the file")

    def test_patterns_of_a_project_file_start_at_its_folder(self):
        self.write("mlpy.json", json.dumps({"capabilities": ["file.read:data/**", "file.read:${PLACE}/x"]}))
        self.write("src/p.ml", READS)
        self.ends(0, "run", "src/p.ml", "--trust-project", out="content\n", PLACE="y")
        self.ends(2, "run", "src/p.ml", err="the environment has no variable PLACE")
        self.write("mlpy.json", '{"capabilities": 5}')
        self.ends(2, "run", "src/p.ml", err="capabilities: must be a list of texts, not 5")
        self.write("mlpy.json", '{"name": "harmless"}')
        self.assertNotIn("trust", self.ends(5, "run", "src/p.ml"))

    def test_extensions(self):
        self.write("ext/geo_bridge.py", EXTENSION)
        self.write("p.ml", 'import geo;\nprint(geo.legs(1), requiredCapabilities(geo.legs), has_module("geo"), modules());\n'
                   'print(help(geo.legs));')
        out = "3 ['geo.read'] true ['builtin', 'geo']\nAdd\nRequires: geo.read\n"
        grant = ["--grant", "geo.read"]
        self.ends(3, "run", "p.ml", *grant, err="geo")
        for _ in range(2):
            self.ends(0, "run", "p.ml", "-E", "ext", *grant, out=out)
        self.ends(0, "run", "p.ml", *grant, out=out, MLPY_EXTENSION_PATHS=str(self.folder / "ext"))
        self.ends(5, "run", "p.ml", "-E", "ext", err="Missing required capabilities: ['geo.read']")
        self.write("ext/geo_bridge.py", EXTENSION.replace("a + b", "a + b + 100"))
        self.ends(0, "run", "p.ml", "-E", "ext", *grant, out=out.replace("3", "103", 1))
        self.ends(0, "check", "p.ml", "-E", "ext")
        self.ends(0, "check", "p.ml", MLPY_EXTENSION_PATHS="ext")
        self.assertIn("geo", self.mlpy("transpile", "p.ml", "-E", "ext", "-o", "-").out)
        self.ends(3, "run", "p.ml", "-E", "nowhere", err="extension folder 'nowhere' does not exist")
        self.write("mlpy.json", json.dumps({"python_extension_paths": ["ext"]}))
        self.ends(3, "run", "p.ml", err="not trusted")
        self.ends(0, "run", "p.ml", "--trust-project", *grant, out=out.replace("3", "103", 1))

    def test_members_of_extensions_that_are_not_decorated(self):
        self.write("ext/geo_bridge.py", EXTENSION + "\nclass Geo2(Geo): pass\n")
        for line in ("geo.__class__;", 'geo["__class__"];', 'print(getattr(geo, "__class__", 1));', "geo.other;"):
            self.write("p.ml", "import geo;\n" + line)
            result = self.mlpy("run", "p.ml", "-E", "ext")
            with self.subTest(line):
                self.assertTrue(result.status in (1, 3, 4, 8) or result.out == "1\n", (result.out, result.err))

    def test_files_with_more_names(self):
        os.link(self.write("data/b.txt", "b"), self.folder / "other")
        self.write("p.ml", 'import file;\nfile.append("data/b.txt", "c");')
        grant = ["--grant", "file.append:data/**"]
        self.ends(5, "run", "p.ml", *grant, "--deny-multilink", err="CapabilityError")
        self.ends(0, "run", "p.ml", *grant)
        self.assertEqual((self.folder / "other").read_text(), "bc")

    def test_bytes(self):
        self.write("p.ml", 'import file;\nb = file.readBytes("data/a.txt");\nprint(typeof(b), len(b), b[0], b[-1], b[1:3] == b[1:3]);\n'
                   "n = 0; for (x in b) { n = n + x; } print(n);\ntry { b.length; } except (e) { print(e); }\n"
                   "try { b.decode(); } except (e) { print(e); }\ntry { b.foo; } except (e) { print(e); }\n"
                   "try { b[99]; } except (e) { print(e); }")
        self.ends(0, "run", "p.ml", "--grant", "file.read:data/*", out="bytes 7 99 116 true\n763\nbytes has no property 'length'\n"
                  "bytes has no method 'decode'\nbytes has no property 'foo'\nindex out of range\n")

    def test_starting_up_loads_nothing_of_this(self):
        """A program without imports starts without the modules for resources."""
        script = ("import sys;sys.argv[1:]=[];from mlpy.runtime import launch;"
                  "print([m for m in sys.modules if m.startswith('mlpy') and m.rpartition('.')[2] in"
                  " ('capabilities', 'patterns', 'policy', 'services', 'files', 'network', 'registry', 'bridge', 'extensions')])")
        package = Path(support.MLPY).parent.parent / "python"
        done = subprocess.run(["/usr/bin/python3", "-I", "-S", "-c", f"import sys;sys.path.insert(0,{str(package)!r});" + script],
                              text=True, capture_output=True, check=True)
        self.assertEqual(done.stdout, "[]\n")


if __name__ == "__main__":
    support.main()
