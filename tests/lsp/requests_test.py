"""What the server asks and tells its client, and edits over several files: against the program, with clients of different
abilities (editor-protocols.md 2.3, 3.1 to 3.10)."""
import copy
import pathlib
import re
import sys
import tempfile
import time
import unittest

from server_client import CAPABILITIES, Client, applied

PROGRAM = sys.argv.pop(1)
OCAML = "let f x = match x with\n  | 0 -> 1 | _ -> 2;;\n"


def able(**extra):
    """The usual abilities and more: a__b={...} is a.b."""
    out = copy.deepcopy(CAPABILITIES)
    for path, value in extra.items():
        at = out
        *parents, last = path.split("__")
        for part in parents:
            at = at.setdefault(part, {})
        at[last] = value
    return out


class Case(unittest.TestCase):
    def start(self, files=(), capabilities=CAPABILITIES, replies=(), ready=True, **more):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in dict(files).items():
            path = pathlib.Path(folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        client = Client(PROGRAM, folder.name, capabilities, **more)
        client.replies.update(replies)
        self.addCleanup(client.end)
        return client.ready() if ready else client

    def until(self, check, patience=20):
        end = time.monotonic() + patience
        while not check():
            self.assertLess(time.monotonic(), end, "nothing happened")
            time.sleep(0.02)


class Asking(Case):
    def test_settings_of_each_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            for name in "one", "two":
                (root / name).mkdir()
            folders = [{"uri": (root / name).as_uri(), "name": name} for name in ("one", "two")]
            settings = {(root / "two").as_uri(): {"diagnostics": {"enable": False}}}
            client = Client(PROGRAM, root, able(workspace__configuration=True), folders=folders)
            asked = []
            client.replies["workspace/configuration"] = lambda p: asked.extend(p["items"]) or [settings.get(i["scopeUri"], {}) for i in p["items"]]
            client.ready()
            for name in "one", "two":
                client.open(f"{name}/x.ml", "print(totl);\n")
            self.until(lambda: not client.findings("two/x.ml"))
            self.assertEqual(["ML0201"], [f["code"] for f in client.findings("one/x.ml")])
            self.assertEqual([f["uri"] for f in folders], [i["scopeUri"] for i in asked[:2]])
            self.assertEqual({"ml"}, {i["section"] for i in asked})
            client.end()

    def test_folders_of_a_client_that_named_none(self):
        client = self.start(
            {"lib.ml": "function far_away() { return 1; }\n"},
            able(workspace__workspaceFolders=True),
            ready=False,
            init={"workspaceFolders": None},
        )
        client.replies["workspace/workspaceFolders"] = lambda p: [{"uri": client.root.as_uri(), "name": "w"}]
        client.ready()
        self.until(lambda: client.request("workspace/symbol", {"query": "far_away"}))

    def test_ocaml_or_not(self):
        answers = []
        client = self.start(capabilities=able(window__showMessage={"messageActionItem": {}}))
        client.replies["window/showMessageRequest"] = lambda p: answers.append(p) or p["actions"][0]
        client.open("o.ml", OCAML)
        self.until(lambda: client.findings("o.ml"))  # it was said to be ML
        self.assertEqual(1, len(answers))
        client.close("o.ml")
        client.open("o.ml", OCAML)
        self.assertTrue(client.findings("o.ml"))
        self.assertEqual(1, len(answers))

    def test_ocaml_for_clients_without_buttons(self):
        client = self.start()
        client.open("o.ml", OCAML)
        self.assertEqual([], client.findings("o.ml"))
        self.assertEqual(3, client.wait(lambda m, p: m == "window/showMessage")[1]["type"])
        client.open("p.ml", OCAML, "ocaml")
        self.assertEqual([], client.findings("p.ml"))
        self.assertEqual(1, sum(m == "window/showMessage" for m, p in client.notes))

    def test_memory_limit_is_told_once(self):
        client = self.start(options={"memoryLimitMB": 1})
        client.open("a.ml", "x = 1;\n")
        self.assertIn("memoryLimitMB", client.wait(lambda m, p: m == "window/showMessage")[1]["message"])
        for n in range(3):
            client.change("a.ml", f"x = {n};\nprint(totl);\n")
            self.assertEqual(["ML0201"], [f["code"] for f in client.findings("a.ml")])
        self.assertEqual(1, sum(m == "window/showMessage" for m, p in client.notes))

    def test_trace_of_the_settings(self):
        client = self.start(options={"trace": {"server": "messages"}})
        client.request("workspace/symbol", {"query": "x"})
        self.assertTrue(client.wait(lambda m, p: m == "$/logTrace" and "workspace/symbol" in p["message"]))


class Findings(Case):
    FILES = {"lib.ml": "function f(a) { return a; }\n", "main.ml": "import lib;\nimport math;\nlib.g();\n"}

    def test_fields_are_those_the_client_knows(self):
        plain = self.start(self.FILES)
        plain.open("main.ml", self.FILES["main.ml"])
        for finding in plain.findings("main.ml"):
            self.assertNotIn("tags", finding)
            self.assertNotIn("codeDescription", finding)
        rich = {"tagSupport": {"valueSet": [1, 2]}, "codeDescriptionSupport": True}
        client = self.start(self.FILES, able(textDocument__publishDiagnostics=rich))
        client.open("main.ml", self.FILES["main.ml"])
        found = {f["code"]: f for f in client.findings("main.ml")}
        self.assertEqual([1], found["ML0218"]["tags"])
        self.assertNotIn("tags", found["ML0603"])
        page = found["ML0603"]["codeDescription"]["href"]
        self.assertTrue(pathlib.Path(page.removeprefix("file://")).read_text().startswith("# ML0603"), page)

    def test_related_documents(self):
        client = self.start(self.FILES, able(textDocument__diagnostic={"relatedDocumentSupport": True}))
        for name, text in self.FILES.items():
            client.open(name, text)
        report = client.request("textDocument/diagnostic", {"textDocument": {"uri": client.uri("lib.ml")}})
        related = report["relatedDocuments"][client.uri("main.ml")]
        self.assertEqual("full", related["kind"])
        self.assertIn("ML0603", [f["code"] for f in related["items"]])
        report = client.request("textDocument/diagnostic", {"textDocument": {"uri": client.uri("main.ml")}})
        self.assertNotIn("relatedDocuments", report)

    def test_budget(self):
        text = "// @budget 1 ns\nfunction slow(n) {\n    t = 0;\n    for (i in range(n)) { t = t + i; }\n    return t;\n}\nprint(slow(100000));\n"
        shown = []
        client = self.start({"main.ml": text, "mlpy.json": "{}"}, able(window__showMessage={}, window__showDocument={"support": True}, textDocument__codeLens={}))
        client.replies["window/showMessageRequest"] = lambda p: shown.append(p) or p["actions"][0]
        client.open("main.ml", text)
        client.request("workspace/executeCommand", {"command": "ml.runProfiled", "arguments": [{"uri": client.uri("main.ml")}]})
        place = client.wait(lambda m, p: m == "window/showDocument", 60)
        self.assertTrue(place, [p for m, p in client.notes if m == "window/logMessage"])
        self.assertEqual(client.uri("main.ml"), place[1]["uri"])
        self.assertEqual({"line": 1, "character": 9}, place[1]["selection"]["start"])
        self.assertIn("slow is over budget", shown[0]["message"])
        before = client.request("mlpy/profile/status", {})["loaded"]
        client.request("workspace/executeCommand", {"command": "ml.runProfiled", "arguments": [{"uri": client.uri("main.ml")}]})
        self.until(lambda: client.request("mlpy/profile/status", {})["loaded"] != before, 60)
        self.assertEqual(1, len(shown))  # once is enough


class Folders(Case):
    """The client tells of folders only by their names: what is in them goes along (editor-protocols.md 3.2)."""

    def symbols(self, client):
        return [s["location"]["uri"] for s in client.request("workspace/symbol", {"query": "area"})]

    def test_folders_that_move_and_go(self):
        watching = able(workspace__didChangeWatchedFiles={"dynamicRegistration": True})
        client = self.start({"a/geo.ml": "function area(r) {\n    return r * r;\n}\n"}, watching)
        text = "import a.geo;\nprint(a.geo.area(2));\n"
        client.open("main.ml", text)
        self.assertEqual([], client.findings("main.ml"))
        self.assertEqual([client.uri("a/geo.ml")], self.symbols(client))

        (client.root / "a").rename(client.root / "b")
        client.notify("workspace/didRenameFiles", {"files": [{"oldUri": client.uri("a"), "newUri": client.uri("b")}]})
        self.assertEqual("ML0601", client.findings("main.ml")[0]["code"])
        self.until(lambda: self.symbols(client) == [client.uri("b/geo.ml")])
        client.change("main.ml", text.replace("a.geo", "b.geo"))
        self.assertEqual([], client.findings("main.ml"))

        (client.root / "b/geo.ml").unlink()
        (client.root / "b").rmdir()
        client.notify("workspace/didDeleteFiles", {"files": [{"uri": client.uri("b")}]})
        self.assertEqual("ML0601", client.findings("main.ml")[0]["code"])
        self.assertEqual([], self.symbols(client))


class Running(Case):
    RUN = {"command": "ml.run"}

    def test_progress_can_be_cancelled(self):
        client = self.start({"w.ml": "n = 0;\nwhile (true) { n = n + 1; }\n"}, able(window__workDoneProgress=True))
        client.request("workspace/executeCommand", self.RUN | {"arguments": [{"uri": client.uri("w.ml")}]})
        made = client.wait(lambda m, p: m == "window/workDoneProgress/create" and "ml.run" in str(p["token"]))
        begun = client.wait(lambda m, p: m == "$/progress" and p["token"] == made[1]["token"])
        self.assertEqual({"kind": "begin", "title": "Running w.ml", "cancellable": True}, begun[1]["value"])
        client.notify("window/workDoneProgress/cancel", made[1])
        ended = client.wait(lambda m, p: m == "$/progress" and p["value"]["kind"] == "end" and p["token"] == made[1]["token"])
        self.assertIn("w.ml ended with code", ended[1]["value"]["message"])

    def test_programs_end_with_the_server(self):
        for end in (Client.kill, Client.end):
            client = self.start({"w.ml": "print('on');\nn = 0;\nwhile (true) { n = n + 1; }\n"})
            client.request("workspace/executeCommand", self.RUN | {"arguments": [{"uri": client.uri("w.ml")}]})
            self.assertTrue(client.wait(lambda m, p: m == "window/logMessage" and p["message"].endswith("on")))
            self.assertTrue(self.running(client.root / "w.ml"))
            end(client)
            self.until(lambda: not self.running(client.root / "w.ml"))

    def running(self, file):
        """Whether a process has this file as an argument."""
        for arguments in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(file).encode() in arguments.read_bytes().split(b"\0"):
                    return True
            except OSError:
                pass  # it has just ended
        return False

    def test_python_that_is_not_there(self):
        asked = []
        client = self.start({"w.ml": "print(41 + 1);\n"}, able(window__showMessage={}), options={"pythonPath": "/nosuch/python"})
        client.replies["window/showMessageRequest"] = lambda p: asked.append(p) or p["actions"][0]
        with self.assertRaisesRegex(RuntimeError, "-32803"):
            client.request("workspace/executeCommand", self.RUN | {"arguments": [{"uri": client.uri("w.ml")}]})
        self.assertTrue(client.wait(lambda m, p: m == "window/logMessage" and p["message"] == "42"), client.notes)
        self.assertIn("/nosuch/python", asked[0]["message"])


class Editing(Case):
    def titled(self, client, name, at, only, title):
        span = {"start": at, "end": at}
        found = client.actions(name, span, only)
        self.assertIn(title, [a["title"] for a in found])
        return next(a for a in found if a["title"] == title)

    def test_client_that_knows_commands_only(self):
        done = []
        client = self.start(capabilities={"workspace": {"applyEdit": True}, "textDocument": {"codeAction": {}}})
        client.replies["workspace/applyEdit"] = lambda p: done.append(p) or {"applied": True}
        self.assertIs(True, client.server["codeActionProvider"])
        client.open("a.ml", "x = 1;\nx += 2;\nprint(x);\n")
        at = {"line": 1, "character": 2}
        command = client.actions("a.ml", {"start": at, "end": at}, "quickfix")[0]
        self.assertEqual("Write 'x = x + 2'", command["title"])
        client.request("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})
        self.until(lambda: done)
        self.assertEqual("Write 'x = x + 2'", done[0]["label"])
        self.assertEqual("x = x + 2", done[0]["edit"]["changes"][client.uri("a.ml")][0]["newText"])

    def test_reasons(self):
        client = self.start()
        client.open("a.ml", "x = 1;\nx = 2;\nlimit = 3;\nfunction f() { return limit; }\nprint(x, f());\n")
        at = {"line": 0, "character": 0}
        inline = self.titled(client, "a.ml", at, "refactor.inline", "Inline 'x'")
        self.assertEqual({"reason": "it is assigned more than once"}, inline["disabled"])
        self.assertNotIn("edit", inline)
        move = self.titled(client, "a.ml", {"line": 3, "character": 10}, "refactor.move", "Move 'f' to a new file")
        self.assertEqual({"reason": "it uses other names of this module"}, move["disabled"])
        silent = copy.deepcopy(CAPABILITIES)
        del silent["textDocument"]["codeAction"]["disabledSupport"]
        client = self.start(capabilities=silent)
        client.open("a.ml", "x = 1;\nx = 2;\nprint(x);\n")
        self.assertEqual([], client.actions("a.ml", {"start": at, "end": at}, "refactor.inline"))

    def test_move_to_a_file_that_is_there(self):
        files = {
            "main.ml": "import math;\n// Of a circle.\nfunction area(r) { return math.PI * r * r; }\nprint(area(2));\n",
            "shapes.ml": "function side(a) { return a; }\n",
            "user.ml": "import main;\nprint(main.area(3));\n",
        }
        client = self.start(files)
        for name, text in files.items():
            client.open(name, text)
        self.until(lambda: len(client.request("workspace/symbol", {"query": "area"})) == 1)
        move = self.titled(client, "main.ml", {"line": 2, "character": 10}, "refactor.move", "Move 'area' to shapes.ml")
        texts = applied(move, {client.uri(name): text for name, text in files.items()})
        self.assertEqual("import math;\nimport shapes;\nprint(shapes.area(2));\n", texts[client.uri("main.ml")])
        self.assertEqual("import main;\nimport shapes;\nprint(shapes.area(3));\n", texts[client.uri("user.ml")])
        moved = texts[client.uri("shapes.ml")]
        self.assertIn("import math;\n", moved)
        self.assertTrue(moved.endswith("\n// Of a circle.\nfunction area(r) { return math.PI * r * r; }\n"), moved)
        for name in files:
            client.change(name, texts[client.uri(name)])
        for name in files:
            self.until(lambda: not [f for f in client.findings(name) if f["severity"] == 1])
        # A module that imports this one could not be imported back.
        back = self.titled(client, "shapes.ml", {"line": moved[: moved.index("side")].count("\n"), "character": 10}, "refactor.move", "Move 'side' to main.ml")
        self.assertNotIn("disabled", back)  # nobody uses it

    REWRITES = [
        ("out = [];\n^for (x in [1, 2]) {\n    out.push(x * 2);\n}\nprint(out);\n", "Convert to 'map'",
         "out = [1, 2].map(fn(x) => x * 2);\nprint(out);\n"),
        ("out = [];\n^for (x in [1, 2]) { if (x > 1) { out.push({a: x}); } }\nprint(out);\n", "Convert to 'map'",
         "out = [1, 2].filter(fn(x) => x > 1).map(fn(x) => ({a: x}));\nprint(out);\n"),
        ("out = [];\n^for (x in [1, 2]) if (x > 1) out.push(x);\nprint(out);\n", "Convert to 'filter'",
         "out = [1, 2].filter(fn(x) => x > 1);\nprint(out);\n"),
        ("out^ = [1, 2].filter(fn(x) => x > 1).map(fn(x) => x + 1);\nprint(out);\n", "Convert to a loop",
         "out = [];\nfor (x in [1, 2]) {\n    if (x > 1) {\n        out.push(x + 1);\n    }\n}\nprint(out);\n"),
        ("^[a, b] = [1, 2];\nprint(a, b);\n", "Split into single assignments", "a = 1;\nb = 2;\nprint(a, b);\n"),
        ("^a = 1;\nb = 2;\nprint(a, b);\n", "Join with the next assignment", "[a, b] = [1, 2];\nprint(a, b);\n"),
        ("n = 3;\ns = ^\"n is \" + n + \", \" + (n + 1);\nprint(s);\n", "Convert to a template",
         "n = 3;\ns = `n is ${n}, ${n + 1}`;\nprint(s);\n"),
        ("n = 3;\ns = `^n is ${n + 1}!`;\nprint(s);\n", "Convert to '+'", "n = 3;\ns = \"n is \" + (n + 1) + \"!\";\nprint(s);\n"),
        ("import json;\n^json.parse(\"1\");\n", "Surround with 'try'",
         "import json;\ntry {\n    json.parse(\"1\");\n} except (e) {\n    print(e);\n}\n"),
        ("function f(^a) { return a + 1; }\nprint(f(2));\n", "Add the types of the parameters",
         "function f(a: number) { return a + 1; }\nprint(f(2));\n"),
    ]
    REFUSED = [
        "out = [];\n^for (x in [1, 2]) { out.push(out.length); }\nprint(out);\n",
        "out = [];\n^for (x in [1, 2]) { out.push(x * 2); }\nprint(out, x);\n",
        "out = [];\n^for (x in {a: 1}) { out.push(x + \"b\"); }\nprint(out);\n",
    ]

    def test_rewrites(self):
        client = self.start()
        client.open("a.ml", "")
        for text, title, expected in self.REWRITES:
            with self.subTest(title):
                before = text[: text.index("^")]
                at = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
                plain = text.replace("^", "")
                client.change("a.ml", plain)
                action = self.titled(client, "a.ml", at, "refactor.rewrite", title)
                after = applied(action, {client.uri("a.ml"): plain})[client.uri("a.ml")]
                self.assertEqual(expected, after)
                client.change("a.ml", after)
                self.assertEqual([], [f for f in client.findings("a.ml") if f["severity"] == 1])
        for text in self.REFUSED:
            before = text[: text.index("^")]
            client.change("a.ml", text.replace("^", ""))
            found = client.actions("a.ml", dict.fromkeys(("start", "end"), {"line": before.count("\n"), "character": 0}), "refactor.rewrite")
            self.assertEqual([], [a["title"] for a in found if re.search("map|filter", a["title"])], text)


class Typing(Case):
    """Texts as they are between two keys: `^` is the cursor."""

    MEMBERS = [
        ('s = "ab"; s.^', "toUpperCase"),
        ("[1, 2].^", "push"),
        ("import math; math.^", "sqrt"),
        ('s = "ab";\nprint(s.^);\n', "toUpperCase"),
        ('function f(a) {\n    s = "x";\n    if (a) {\n        s.^\n    }\n    return s;\n}\n', "toUpperCase"),
        ("o = {alpha: 1, beta: {gamma: 2}};\nprint(o.beta.^);\n", "gamma"),
        ("x = [1];\ny = x.^\nz = 3;\n", "push"),
        ("import file;\nfile.^\nprint(2);\n", "read"),
    ]
    CALLS = [
        ("import math;\nmath.pow(1, ^", "pow(x: number, y: number) -> number", 1),
        ('s = "ab";\nprint(s.replace("a", ^\n', "replace(old: string, new: string, count?: integer) -> string", 1),
        ("function f(a) {\n    a.replace(^\n}\n", "replace(old: string, new: string, count?: integer) -> string", 0),
        ("o = {m: fn(z) => z};\no.m(^\n", "m(z)", 0),
        ("range(^)", "range(stop: integer) -> array", 0),
        ("range(1, ^)", "range(start: integer, stop: integer, step: integer = 1) -> array", 1),
        ("function f(a, b) {}\nprint(f(1, ^", "f(a, b)", 1),
    ]

    def at(self, client, marked):
        before = marked[: marked.index("^")]
        client.change("a.ml", marked.replace("^", ""))
        place = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        return {"textDocument": {"uri": client.uri("a.ml")}, "position": place}

    def test_members_behind_a_dot(self):
        client = self.start()
        client.open("a.ml", "")
        for marked, label in self.MEMBERS:
            items = client.request("textDocument/completion", self.at(client, marked))["items"]
            self.assertIn(label, [i["label"] for i in items], marked)
            self.assertNotIn("x", [i["label"] for i in items], marked)

    def test_yield_in_a_function_that_is_no_generator(self):
        client = self.start()
        client.open("a.ml", "")
        at = self.at(client, "function f(items) {\n    return items.^a;\n    yield 2;\n}\nf({a: 1});\n")
        self.assertTrue(client.request("textDocument/hover", at))  # types are inferred for that

    def test_edit_before_what_was_broken(self):
        rest = ",0\r\n00 lines)\n\n// Split into modules:\n// main.ml (100 lines)\nimport validators;\nimport processors;\nimport formatimport "
        client = self.start()
        client.open("a.ml", "// Instead of on...e 10,000 line file:\n// main.ml (10" + rest)
        about = {"textDocument": {"uri": client.uri("a.ml")}}
        client.request("textDocument/foldingRange", about)
        client.change("a.ml", "// Instead of]" + rest)
        edited = client.request("textDocument/documentSymbol", about)
        client.open("b.ml", "// Instead of]" + rest)
        self.assertEqual(client.request("textDocument/documentSymbol", {"textDocument": {"uri": client.uri("b.ml")}}), [
            {**s, "location": {**s["location"], "uri": client.uri("b.ml")}} for s in edited])

    def test_the_outline_of_a_long_text_is_that_of_its_statements(self):
        # Above a megabyte two threads write it: a variable has its place where it is bound first, whichever of them sees it.
        client = self.start()
        filler = "// " + "-" * 600 + "\n"
        for bound_again in (True, False):
            text, expected, line = "", [], 0
            for i in range(2000):
                text += filler + f"function f{i}(a) {{ return a; }}\n"
                expected.append((f"f{i}", line + 1))
                line += 2
                if i % 500 == 0:
                    name = "again" if bound_again else f"v{i}"
                    text += f"{name} = {i};\n"
                    if i == 0 or not bound_again:
                        expected.append((name, line))
                    line += 1
            self.assertGreater(len(text), 1 << 20)
            name = f"long_{bound_again}.ml"
            client.open(name, text)
            found = client.request("textDocument/documentSymbol", {"textDocument": {"uri": client.uri(name)}})
            self.assertEqual([(s["name"], s["location"]["range"]["start"]["line"]) for s in found], expected)

    def test_signatures_of_open_calls(self):
        client = self.start()
        client.open("a.ml", "")
        for marked, label, active in self.CALLS:
            found = client.request("textDocument/signatureHelp", self.at(client, marked))
            self.assertEqual((label, active), (found["signatures"][found["activeSignature"]]["label"], found["activeParameter"]), marked)


if __name__ == "__main__":
    unittest.main()
