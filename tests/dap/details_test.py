#!/usr/bin/env python3
"""Smaller promises of the adapter: input, interpreters, places of functions, errors, recorded bytes, folders, clients that come
one after the other. details_test.py ADAPTER."""

import json
import os
import re
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, Failed, Stream  # noqa: E402
from sessions import ADAPTER, PROGRAM, Sessions  # noqa: E402


class Conditions(Sessions):
    """Those without calls are decided without the agent: they have to see what everybody sees."""

    TEXT = """\
let limit = 3;
function outer(a) {
  let own = a * 10;
  let inner = fn(b) => {
    let sum = own + b;
    return sum;
  };
  return inner(a);
}
let class_ = {deep: {n: 0}};
for (x in [1, 2, 3, 4]) {
  class_.deep.n = x;
  outer(x);
}
"""

    def value_at(self, line, condition, name):
        client = self.session(self.TEXT, breakpoints=[{"line": line, "condition": condition}])
        self.assertIsNotNone(client.stop(), condition)
        value = client.request("evaluate", expression=name, frameId=client.top()["id"], context="watch")["result"]
        client.request("disconnect")
        return value

    def test_all_kinds_of_names(self):
        for line, condition, name, value in ((6, "sum > 30 && b % 2 == 1", "b", "3"),  # its own
                                             (6, "own + b > 40", "b", "4"),  # of the function around it
                                             (3, "a == limit || a > 100", "a", "3"),  # of the module
                                             (13, "class_.deep.n * 2 >= 5", "x", "3"),  # members, at the top
                                             (3, "[1, 2][0] + 1 == a ? true : false", "a", "2"),
                                             (3, "`${a}` == '4'", "a", "4")):
            with self.subTest(condition):
                self.assertEqual(self.value_at(line, condition, name), value)

    def test_an_error_stops_once(self):
        client = self.session(self.TEXT, breakpoints=[{"line": 3, "condition": "1 / (a - 2) > 5"}])
        self.assertIn("error in the condition: ZeroDivisionError", client.stop()["text"])
        self.assertEqual(client.locals()["a"]["value"], "2")
        client.request("continue", threadId=1)
        self.assertIsNone(client.stop())

    def test_hits_are_counted_after_the_condition(self):
        client = self.session(self.TEXT, breakpoints=[{"line": 3, "condition": "a % 2 == 0", "hitCondition": "2"}])
        client.stop()
        self.assertEqual(client.locals()["a"]["value"], "4")


class Goto(Sessions):
    def test_far_and_back_and_in_functions(self):
        """More code between than one instruction can name, in both directions."""
        many = "".join(f"  x = x + {n} * x - {n};\n" for n in range(100))
        client = self.session(f"function far(x) {{\n  x = 1;\n{many}  return x;\n}}\nprint(far(5));\nprint('end');\n", breakpoints=[2])
        client.stop()
        path = str(Path(self.folder.name) / "main.ml")
        for line in (103, 2, 103):
            target = client.request("gotoTargets", source={"path": path}, line=line)["targets"][0]["id"]
            client.request("goto", threadId=1, targetId=target)
            self.assertEqual((client.stop()["reason"], client.line()), ("goto", line))
        self.assertEqual(client.step("next"), (105, "step"))
        client.run_to_end()
        self.assertEqual(client.output(), "5\nend\n")

    def test_in_a_loop_that_runs_on(self):
        client = self.session("let n = 0;\nfor (i in range(4)) {\n  n = n + 1;\n  n = n + 10;\n  n = n + 100;\n}\nprint(n);\n",
                              breakpoints=[{"line": 3, "condition": "i == 2"}])
        client.stop()
        path = str(Path(self.folder.name) / "main.ml")
        target = client.request("gotoTargets", source={"path": path}, line=5)["targets"][0]["id"]
        client.request("goto", threadId=1, targetId=target)
        self.assertEqual(client.stop()["reason"], "goto")
        client.run_to_end()
        self.assertEqual(client.output(), "433\n")


class Input(Sessions):
    TEXT = "let name = input('who? ');\nprint('hello ' + name);\nlet more = input();\nprint(more);\n"

    def test_the_console_types(self):
        client = self.session(self.TEXT, stdin="console")
        client.event("process")
        client.request("evaluate", expression="Ann", context="repl")
        client.request("evaluate", expression="1 + 1", context="repl")
        self.ends(client)
        self.assertEqual(client.output(), "who? hello Ann\n1 + 1\n")

    def test_a_stopped_program_is_asked_as_ever(self):
        client = self.session(self.TEXT, stdin="console", breakpoints=[2])
        client.request("evaluate", expression="Bea", context="repl")
        client.stop()
        self.assertEqual(client.request("evaluate", expression="name", context="repl")["result"], "'Bea'")

    def test_otherwise_there_is_none(self):
        client = self.session(self.TEXT)
        client.stop()
        client.run_to_end()
        self.assertIn("EOFError", client.output("stderr"))
        with self.assertRaises(Failed) as failed:
            self.session(self.TEXT, stdin="file")
        self.assertIn("'file' is unknown", str(failed.exception))


class Interpreters(Sessions):
    def test_the_first_that_is_there(self):
        real = os.environ.get("MLPY_PYTHON", "/usr/bin/python3")
        self.ends(self.session(PROGRAM, python=["/nowhere/python", "no-such-python", real]))
        with self.assertRaises(Failed) as failed:
            self.session(PROGRAM, python=["/nowhere/python", "no-such-python"])
        self.assertEqual(str(failed.exception), "python: none of these can be run: /nowhere/python, no-such-python")


class Answers(Sessions):
    def test_where_functions_are(self):
        client = self.session("function f(a) {\n  return a;\n}\nlet g = f;\nprint(g(1));\n", breakpoints=[5])
        client.stop()
        row = client.locals()["g"]
        place = client.request("locations", locationReference=row["valueLocationReference"])
        self.assertEqual((place["source"]["name"], place["line"]), ("main.ml", 1))
        result = client.request("evaluate", expression="g", frameId=client.top()["id"], context="watch")
        self.assertEqual(client.request("locations", locationReference=result["valueLocationReference"])["line"], 1)
        client.request("next", threadId=1)
        client.stop()
        self.assertIn("not known any more", client.refused("locations", locationReference=row["valueLocationReference"]))

    def test_errors_point_at_their_place(self):
        client = self.session(breakpoints=[11])
        client.stop()

        def refused(text):
            return client.refused("evaluate", expression=text, frameId=client.top()["id"], context="repl")

        self.assertRegex(refused("total / 0"), r"^ZeroDivisionError: .*\ntotal / 0\n      \^$")
        self.assertRegex(refused("total = 1 +"), r"^.+\ntotal = 1 \+\n +\^$")
        self.assertEqual(refused("2 *"), "expected an expression, found the end\n2 *\n   ^")
        self.assertRegex(refused("import os;"), r"^.*'os'.*\nimport os;\n       \^$")
        self.assertEqual(refused("$exception").split("\n")[0], "NameError: name '$exception' is not defined")
        self.assertRegex(refused("add(1, 2).x.y.z"), r"^TypeError: .*\n.*\n +\^$")

    def test_completions_know_the_built_ins(self):
        client = self.session(breakpoints=[11])
        client.stop()
        targets = client.request("completions", text="prin", column=5, frameId=client.top()["id"])["targets"]
        self.assertIn({"label": "print", "type": "function"}, targets)

    def test_a_snapshot_at_once(self):
        client = self.session("while (true) { }\n")
        client.event("process")
        client.request("mlpy/profile/start")
        client.request("mlpy/profile/snapshot")
        self.assertEqual(client.event("mlpy/profile")["kind"], "partial")


    def test_what_is_not_there(self):
        client = self.session("let o = {a: 1};\nlet rows = [1, 2];\nlet text = 'ab'.repeat(800);\nprint(o, rows, text);\n", breakpoints=[4])
        client.stop()
        frame = client.top()["id"]
        self.assertEqual(client.request("scopes", frameId=frame + 1000), {"scopes": []})
        self.assertEqual(client.refused("stackTrace", threadId=99), "there is no thread 99")
        self.assertEqual(client.refused("exceptionInfo", threadId=1), "the program did not stop on an exception")
        self.assertIn("no longer shown", client.refused("evaluate", expression="o", frameId=frame + 1000, context="watch"))
        self.assertEqual(client.refused("setExpression", expression="1 + 1", value="2", frameId=frame), "'1 + 1' cannot be assigned")
        scope = client.request("scopes", frameId=frame)["scopes"][0]["variablesReference"]
        self.assertIn("no variable 'p'", client.refused("setVariable", variablesReference=scope, name="p", value="2"))
        filters = client.request("setExceptionBreakpoints", filters=["uncaught", "some"])["breakpoints"]
        self.assertEqual(filters, [{"verified": True}, {"verified": False, "message": "there is no filter 'some'"}])
        self.assertIsNone(client.request("dataBreakpointInfo", name="p", frameId=frame)["dataId"])
        for place, description in (("o.a", "o.a"), ("rows[1]", "rows[1]"), ("o['a']", "o.a"), ("rows", "rows")):
            found = client.request("dataBreakpointInfo", name=place, frameId=frame)
            self.assertIsInstance(found["dataId"], str, place)
            self.assertEqual(found["description"], description)
        whole = client.request("variables", variablesReference=client.locals()["text"]["variablesReference"])["variables"]
        self.assertEqual([(row["name"], len(row["value"]), row["variablesReference"]) for row in whole], [("full text", 1602, 0)])
        labels = [t["label"] for t in client.request("completions", text="'a'.up", column=7, frameId=frame)["targets"]]
        self.assertIn("upper", labels)
        self.assertNotIn("full text", labels)
        labels = [t["label"] for t in client.request("completions", text="o.", column=3, frameId=frame)["targets"]]
        self.assertEqual(len(labels), len(set(labels)))
        self.assertEqual(client.refused("next", threadId=2, singleThread=True), "this thread does not stand")
        self.assertEqual(client.refused("continue", threadId=2, singleThread=True), "this thread does not stand")
        self.assertIs(client.request("continue", threadId=1, singleThread=True)["allThreadsContinued"], False)


class Printing(Sessions):
    def test_prints_of_the_console_know_their_statement(self):
        text = ("import console;\nfunction f(x) {\n  console.log('in', x);\n  console.error('bad');\n}\nprint('plain');\n"
                "console.info('one'); f(\n  2);\n[1].map(fn(v) => console.log(v));\nprint('\\u001b[31mred\\u001b[0m');\n")
        client = self.session(text)
        client.stop()
        printed = {"stdout": [], "stderr": []}
        for message in client.all:
            if message.get("event") == "output" and message["body"]["category"] in printed:
                body = message["body"]
                printed[body["category"]].append((body["output"], body.get("source", {}).get("name"), body.get("line")))
        self.assertEqual(printed["stderr"], [("bad\n", "main.ml", 4)])
        self.assertEqual(printed["stdout"], [("plain\n", None, None), ("INFO: one\n", "main.ml", 7), ("in 2\n", "main.ml", 3),
                                             ("1\n", "main.ml", 9), ("\x1b[31mred\x1b[0m\n", None, None)])

    def test_much_of_it(self):
        """Reads of the pipe end anywhere, in the middle of marks, too."""
        client = self.session("import console;\nlet text = 'é0123456789'.repeat(70);\nfor (i in range(4000)) {\n"
                              "  console.log(i, text);\n  if (i % 7 == 0) { print('plain', i); }\n}\n")
        client.stop()
        text = "é0123456789" * 70
        expected = "".join(f"{i} {text}\n" + (f"plain {i}\n" if i % 7 == 0 else "") for i in range(4000))
        self.assertTrue(client.output() == expected)
        printed = [m["body"] for m in client.all if m.get("event") == "output" and m["body"]["category"] == "stdout"]
        self.assertEqual({body.get("line") for body in printed}, {4, None})
        self.assertEqual("".join(body["output"] for body in printed if "line" not in body), "".join(f"plain {i}\n" for i in range(0, 4000, 7)))

    def test_the_same_text_without_a_debugger(self):
        client = self.session("import console;\nconsole.log('x');\n", noDebug=True)
        client.stop()
        self.assertEqual(client.output(), "x\n")


class Recorded(Sessions):
    TEXT = "function f(n) {\n  let big = range(0, n);\n  return len(big);\n}\nfor (i in range(50)) {\n  f(100000 + i);\n}\nprint('end');\n"

    def moments(self, client):
        count = 0
        while client.step("stepBack")[1] != "entry":
            count += 1
        return count

    def test_large_values_have_a_bound(self):
        """Each call makes an array of 800 KB: of 50 there is place for the last six or so."""
        client = self.session(self.TEXT, breakpoints=[8], record={"last": 1000, "mb": 5})
        client.stop()
        self.assertLess(self.moments(client), 4 * 8)
        client.request("disconnect")
        client = self.session(self.TEXT, breakpoints=[8], record={"last": 1000, "mb": 500})
        client.stop()
        self.assertGreater(self.moments(client), 4 * 48)
        with self.assertRaises(Failed) as failed:
            self.session(self.TEXT, record={"mb": 0})
        self.assertIn("'mb' is between 1 and 4096", str(failed.exception))


class Manual(unittest.TestCase):
    ROOT = Path(__file__).resolve().parents[2]

    def test_an_example_for_every_attribute(self):
        text = (self.ROOT / "docs/debugging.md").read_text()
        examples = json.loads(re.search(r"```json\n(\[.*?\])\n```", text, re.S)[1])
        debugger = json.loads((self.ROOT / "editors/vscode/package.json").read_text())["contributes"]["debuggers"][0]
        for request, schema in debugger["configurationAttributes"].items():
            shown = {name for one in examples if one["request"] == request for name in one}
            self.assertEqual(set(schema["properties"]) - shown - {"pythonPath"}, set())
            # These are not in the schema of the editor.
            known = set(schema["properties"]) | {"type", "request", "name", "stdin", "python", "noDebug", "token", "listenSocket"}
            self.assertEqual(shown - known, set())


class Processes(Sessions):
    def test_folders_of_killed_adapters_go(self):
        environment = {**os.environ, "TMPDIR": self.folder.name}
        killed, alive = Client([ADAPTER], environment), Client([ADAPTER], environment)
        for client in (killed, alive):
            client.request("initialize", adapterID="mlpy")
        killed.process.kill()
        killed.process.wait()
        folders = lambda: set(Path(self.folder.name).glob("mlpy-dap-*"))  # noqa: E731
        self.assertEqual(len(folders()), 2)
        client = Client([ADAPTER], environment)
        client.start(self.program(PROGRAM), stopOnEntry=True)
        client.stop()
        deadline = time.monotonic() + 20
        while len(folders()) != 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(len(folders()), 2)  # that of the one alive, and its own
        client.close()
        alive.close()
        self.assertEqual(folders(), set())
        killed.process.stdin.close()
        killed.process.stdout.close()

    def test_clients_one_after_the_other_and_at_once(self):
        server = subprocess.Popen([ADAPTER, "--port", "0", "--keep"], stderr=subprocess.PIPE, text=True)
        try:
            port = int(re.search(r"127\.0\.0\.1:(\d+)", server.stderr.readline())[1])
            first, second = Stream(port), Stream(port)
            for client in (first, second):
                client.start(self.program(PROGRAM), breakpoints=[3])
                self.assertEqual(client.stop()["reason"], "breakpoint")
            for client in (second, first):
                client.request("disconnect")
            third = Stream(port)
            third.start(self.program(PROGRAM))
            self.ends(third)
            third.request("disconnect")
            for client in (first, second, third):
                client.close()
        finally:
            server.kill()
            server.wait()
            server.stderr.close()

    def test_options(self):
        for options, says in ((["--node-ipc"], "JavaScript"), (["--port", "x"], "port number"), (["--wrong"], "no option")):
            result = subprocess.run([ADAPTER, *options], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            self.assertEqual(result.returncode, 2)
            self.assertIn(says, result.stderr)


if __name__ == "__main__":
    unittest.main()
