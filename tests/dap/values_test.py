#!/usr/bin/env python3
"""Evaluations, data breakpoints, targets, frames and sources of a stopped program: values_test.py ADAPTER."""

import hashlib
import os
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, Failed  # noqa: E402
from framing import write_message  # noqa: E402
from sessions import ADAPTER, PROGRAM, Sessions  # noqa: E402

CALLS = """\
let log = [];
function square(x) {
  return x * x;
}
function note(x) {
  log.push(x);
  return x;
}
function twice(f, x) {
  return f(f(x));
}
let result = twice(fn(y) => y + 1, square(note(3)));
let named = fn(z) => z + 2;
print(named(result), len(log));
"""


class Stopped(Sessions):
    def stopped(self, text=CALLS, line=12, **start):
        client = self.session(text, breakpoints=[line], **start)
        client.stop()
        self.frame = client.top()["id"]
        return client

    def evaluate(self, client, text, context="repl", **more):
        return client.request("evaluate", expression=text, frameId=self.frame, context=context, **more)


class Evaluate(Stopped):
    def test_what_a_watch_runs(self):
        client = self.stopped()
        self.assertEqual(self.evaluate(client, "square(4) + len(log)", "watch")["result"], "16")
        self.assertEqual(self.evaluate(client, "[3, 1].map(fn(v) => v * 2)", "watch")["result"], "[6, 2]")
        effects = self.evaluate(client, "note(9)", "watch")
        self.assertEqual(effects["result"], "(has effects — press to run)")
        self.assertTrue(effects["presentationHint"]["lazy"])
        self.assertEqual(self.evaluate(client, "len(log)", "watch")["result"], "0")
        rows = client.request("variables", variablesReference=effects["variablesReference"])["variables"]
        self.assertEqual([row["value"] for row in rows], ["9"])
        self.assertEqual(self.evaluate(client, "len(log)", "hover")["result"], "1")
        self.assertIn("hover", client.refused("evaluate", expression="square(4)", frameId=self.frame, context="hover"))

    def test_modules_that_only_compute(self):
        client = self.stopped("import math;\nimport json as j;\nlet x = 4;\nprint(math.sqrt(x), j.stringify(x));\n", 4)
        self.assertEqual(self.evaluate(client, "math.sqrt(x)", "hover")["result"], "2.0")
        self.assertEqual(self.evaluate(client, "j.stringify([x])", "watch")["result"], "'[4]'")
        self.assertIn("hover", client.refused("evaluate", expression="math.random()", frameId=self.frame, context="hover"))

    def test_arguments_have_a_scope(self):
        client = self.stopped(line=3)
        self.assertEqual({n: v["value"] for n, v in client.locals("Arguments").items()}, {"x": "3"})
        scope = next(s for s in client.request("scopes", frameId=client.top()["id"])["scopes"] if s["name"] == "Arguments")
        self.assertEqual(scope["presentationHint"], "arguments")
        client.request("setVariable", variablesReference=scope["variablesReference"], name="x", value="7")
        self.assertEqual(client.locals()["x"]["value"], "7")

    def test_elements_that_are_not_there(self):
        client = self.stopped("let rows = [1, 2];\nprint(rows);\n", 2)
        rows = client.locals()["rows"]["variablesReference"]
        for name in ("[2]", "[-1]", "first"):
            refused = client.refused("setVariable", variablesReference=rows, name=name, value="5")
            self.assertEqual(refused, f"IndexError: there is no element '{name}' here")
        client.run_to_end()
        self.assertEqual(client.output(), "[1, 2]\n")

    def test_an_endless_evaluation_ends(self):
        text = "function forever(n) {\n  while (true) { }\n  return n;\n}\nlet x = 1;\nprint(x);\n"
        client = self.stopped(text, 6)
        self.assertIn("500 ms", client.refused("evaluate", expression="forever(1)", frameId=self.frame, context="watch"))
        self.assertEqual(self.evaluate(client, "x + 1")["result"], "2")
        late = client.send("evaluate", expression="forever(1)", frameId=self.frame, context="repl")
        time.sleep(0.3)
        began = time.monotonic()
        client.request("cancel", requestId=late)
        answer = next(m for m in client.all if m.get("request_seq") == late)
        self.assertEqual((answer["success"], answer["message"]), (False, "cancelled"))
        self.assertLess(time.monotonic() - began, 2)
        self.assertEqual(self.evaluate(client, "x + 2")["result"], "3")
        client.run_to_end()
        self.assertEqual(client.output(), "1\n")

    def test_the_console(self):
        client = self.stopped()
        self.assertEqual(self.evaluate(client, "6 * 7")["result"], "42")
        self.assertEqual(self.evaluate(client, "_ + 1")["result"], "43")
        self.assertEqual(self.evaluate(client, "let t = 5;\nt = t + 1;\nt * 2")["result"], "12")
        self.assertEqual(self.evaluate(client, "import json; json.parse('[4]')")["result"], "[4]")
        self.assertIn(".profile", self.evaluate(client, ".help")["result"])
        self.evaluate(client, "function triple(x) { return x * 3 + len(log); }")
        self.assertEqual(self.evaluate(client, "triple(2)")["result"], "6")
        self.assertIn("may have effects", client.refused("evaluate", expression="note(1)", frameId=self.frame, context="clipboard"))
        self.assertEqual(self.evaluate(client, "[1, 'a']", "clipboard")["result"], "[1, 'a']")

    def test_terminate_while_it_stands(self):
        client = self.session("try {\n  let a = 1;\n  print(a);\n} finally {\n  print('cleaned');\n}\n", breakpoints=[3])
        client.stop()
        client.request("terminate")
        self.ends(client, 130)
        self.assertIn("cleaned\n", client.output())


class Costs(Stopped):
    TEXT = "function slow(n) {\n  let i = 0;\n  while (i < n) {\n    i = i + 1;\n  }\n  return i;\n}\nslow(10);\nslow(200000);\nslow(20);\n"

    def test_elapsed_and_calls(self):
        for condition, n in (("$elapsed > 3ms", "200000"), ("$calls == 3", "20")):
            with self.subTest(condition):
                client = self.session(self.TEXT, breakpoints=[{"line": 6, "condition": condition}])
                self.assertIsNotNone(client.stop())
                self.assertEqual(client.locals()["n"]["value"], n)
                client.run_to_end()


class DataBreakpoints(Stopped):
    def watch(self, client, scope, name):
        reference = next(s["variablesReference"] for s in client.request("scopes", frameId=client.top()["id"])["scopes"]
                         if s["name"] == scope)
        info = client.request("dataBreakpointInfo", variablesReference=reference, name=name)
        self.assertEqual(info["accessTypes"], ["write"])
        return info

    def test_a_global(self):
        client = self.stopped(PROGRAM, 6)
        info = self.watch(client, "Module", "total")
        self.assertTrue(info["canPersist"])
        b = client.request("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"], "accessType": "write"}])["breakpoints"]
        self.assertTrue(b[0]["verified"])
        client.request("continue", threadId=1)
        stopped = client.stop()
        self.assertEqual((stopped["reason"], stopped["text"]), ("data breakpoint", "total: 0 → 4"))
        self.assertEqual(stopped["hitBreakpointIds"], [b[0]["id"]])
        client.request("continue", threadId=1)
        self.assertEqual(client.stop()["text"], "total: 4 → 10")
        client.request("setDataBreakpoints", breakpoints=[])
        path = str(Path(self.folder.name) / "main.ml")
        client.request("setBreakpoints", source={"path": path}, breakpoints=[])
        client.request("continue", threadId=1)
        self.assertIsNone(client.stop())

    def test_a_local_a_field_and_a_slot(self):
        text = ("let o = {n: 1};\nlet xs = [1, 2];\nfunction f() {\n  let k = 1;\n  k = 2;\n  o.n = 5;\n  xs[1] = 7;\n"
                "  return k;\n}\nf();\nprint(o.n);\n")
        for scope, name, inside, expected in (("Locals", "k", None, "k: 1 → 2"), ("Module", "o", "n", "o.n: 1 → 5"),
                                              ("Module", "xs", "[1]", "xs[1]: 2 → 7")):
            with self.subTest(name):
                client = self.session(text, breakpoints=[5])
                client.stop()
                info = self.watch(client, scope, name)
                if inside:
                    reference = client.locals(scope)[name]["variablesReference"]
                    info = client.request("dataBreakpointInfo", variablesReference=reference, name=inside)
                client.request("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"]}])
                client.request("continue", threadId=1)
                self.assertEqual(client.stop()["text"], expected)
                client.request("setDataBreakpoints", breakpoints=[])
                client.run_to_end()

    def test_reads_cannot_be_watched(self):
        client = self.stopped(PROGRAM, 6)
        b = client.request("setDataBreakpoints", breakpoints=[{"dataId": "module:0:total", "accessType": "read"}])["breakpoints"][0]
        self.assertEqual(b["verified"], False)
        self.assertIn("write", b["message"])


class Targets(Stopped):
    def test_choose_the_call_to_enter(self):
        client = self.stopped()
        targets = client.request("stepInTargets", frameId=self.frame)["targets"]
        self.assertEqual([t["label"] for t in targets], ["fn@12:20", "note(…)", "square(…)", "twice(…)"])
        for label, line in (("note(…)", 6), ("square(…)", 3), ("twice(…)", 10), ("fn@12:20", 12)):
            with self.subTest(label):
                client = self.stopped()
                targets = client.request("stepInTargets", frameId=self.frame)["targets"]
                number = next(t["id"] for t in targets if t["label"] == label)
                client.request("stepIn", threadId=1, targetId=number)
                client.stop()
                self.assertEqual(client.line(), line)
                client.run_to_end()

    def test_steps_by_lines(self):
        client = self.session("let a = 1; let b = 2; let c = 3;\nprint(a + b + c);\n", stopOnEntry=True)
        client.stop()
        client.request("next", threadId=1, granularity="line")
        client.stop()
        self.assertEqual(client.line(), 2)

    def test_step_filters(self):
        client = self.session(CALLS, breakpoints=[12], stepFilters=["note", "square"])
        client.stop()
        self.assertEqual(client.step("stepIn")[0], 10)


class Frames(Stopped):
    def test_names_and_formats(self):
        client = self.session(CALLS, breakpoints=[3])
        client.stop()
        frames = client.request("stackTrace", threadId=1, format={
            "parameters": True, "parameterNames": True, "parameterTypes": True, "parameterValues": True, "module": True})["stackFrames"]
        self.assertEqual(frames[0]["name"], "main.square(x: number = 3)")
        self.assertEqual({f["presentationHint"] for f in frames}, {"normal"})
        client.run_to_end()

    def test_anonymous_functions_have_a_place_or_the_name_they_are_bound_to(self):
        client = self.session(CALLS, breakpoints=[{"line": 12, "column": 29}, {"line": 13, "column": 22}])
        client.stop()
        names = [client.top()["name"]]
        path = str(Path(self.folder.name) / "main.ml")
        client.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 13, "column": 22}])
        client.request("continue", threadId=1)
        client.stop()
        if client.top()["name"] == "<main>":
            client.request("continue", threadId=1)
            client.stop()
        names.append(client.top()["name"])
        self.assertEqual(names, ["fn@12:20", "named"])

    def test_huge_values_come_in_pages_or_buckets(self):
        client = self.session("let big = [];\nfor (i in range(200000)) { big.push(i); }\nprint(len(big));\n", breakpoints=[3])
        client.stop()
        big = client.locals("Module")["big"]
        self.assertEqual(big["indexedVariables"], 200000)
        rows = client.request("variables", variablesReference=big["variablesReference"])["variables"]
        self.assertEqual(rows[0]["name"], "[0..9999]")
        inner = client.request("variables", variablesReference=rows[19]["variablesReference"], filter="indexed", start=9998, count=5)["variables"]
        self.assertEqual([(v["name"], v["value"]) for v in inner], [("[199998]", "199998"), ("[199999]", "199999")])

    def test_sources(self):
        client = self.stopped()
        source = client.request("loadedSources")["sources"][0]
        text = (Path(self.folder.name) / "main.ml").read_bytes()
        self.assertEqual(source["checksums"][0], {"algorithm": "SHA256", "checksum": hashlib.sha256(text).hexdigest()})
        python = client.request("source", sourceReference=source["sources"][0]["sourceReference"])
        self.assertIn("def square(x):", python["content"])
        modules = client.request("modules")
        self.assertEqual([(m["name"], m["mlFunctions"]) for m in modules["modules"]], [("main", 5)])
        self.assertEqual(modules["totalModules"], 1)

    def test_a_file_that_was_edited_meanwhile(self):
        client = self.stopped()
        path = Path(self.folder.name) / "main.ml"
        path.write_text(CALLS + "print(1);\n")
        b = client.request("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": 13}])["breakpoints"][0]
        self.assertIn("differs", b["message"])


class Attributes(Sessions):
    def test_environment_files(self):
        path = Path(self.folder.name) / "vars"
        path.write_text("# comment\nAPP_A='one'\nexport APP_B=two\n")
        client = self.session("import env;\nprint(env.get('APP_A'), env.get('APP_B'));\n", envFile=str(path),
                              capabilities={"env.read": ["APP_*"]})
        client.event("terminated")
        self.assertEqual(client.output(), "one two\n", client.output("stderr"))

    def test_terminal(self):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        path = str(self.program(PROGRAM))
        client.request("initialize", adapterID="mlpy", supportsRunInTerminalRequest=True)
        launched = client.send("launch", program=path, console="integratedTerminal", args=["a b", "$x"])
        client.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 3}])
        client.request("configurationDone")
        asked = next((m for m in client.all if m["type"] == "request"), None)
        while asked is None:
            message = client.take()
            asked = message if message["type"] == "request" else None
        self.assertEqual(asked["command"], "runInTerminal")
        arguments = asked["arguments"]
        self.assertEqual(arguments["args"][-2:], ["a b", "$x"])
        import subprocess
        program = subprocess.Popen(arguments["args"], cwd=arguments["cwd"], env={**os.environ, **arguments["env"]},
                                   stdout=subprocess.PIPE, text=True)
        write_message(client.process.stdin, {"seq": 1000, "type": "response", "request_seq": asked["seq"],
                                             "command": "runInTerminal", "success": True, "body": {}})
        self.assertEqual(client.stop()["reason"], "breakpoint")
        self.assertTrue(any(m.get("request_seq") == launched and m["success"] for m in client.all))
        client.request("setBreakpoints", source={"path": path}, breakpoints=[])
        client.request("continue", threadId=1)
        self.assertEqual(client.event("exited")["exitCode"], 0)
        self.assertEqual(program.communicate(timeout=10)[0], "total 18 Ann\n")

    def test_a_client_without_terminal(self):
        client = self.session(console="integratedTerminal")
        self.ends(client)
        self.assertEqual(client.output(), "total 18 Ann\n")


class Attach(Sessions):
    def listening(self, text, address, *options):
        import re
        import subprocess
        tool = str(Path(ADAPTER).resolve().parent / "mlpy")
        process = subprocess.Popen([tool, "run", "--debug-listen", address, *options, str(self.program(text))],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        line = process.stderr.readline()
        place, _, token = line.partition(" at ")[2].strip().partition(", token ")
        return process, place, token

    def attach(self, breakpoints=(), **where):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        client.request("initialize", adapterID="mlpy")
        attached = client.send("attach", **where)
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "main.ml")},
                       breakpoints=[{"line": b} for b in breakpoints])
        client.request("configurationDone")
        response = next((m for m in client.all if m.get("request_seq") == attached), None) or client.answer(attached)
        self.assertTrue(response["success"], response)
        return client

    LOOP = "let i = 0;\nwhile (i >= 0) {\n  i = i + 1;\n}\nprint('end');\n"

    def test_a_step_whose_debugger_has_gone_stops_nowhere(self):
        text = "function wait(n) {\n  while (n > 0) { n = n - 1; }\n  return n;\n}\nlet a = wait(2000000);\nlet b = 1;\nprint('end', a);\n"
        process, place, token = self.listening(text, "0", "--debug-wait")
        client = self.attach([5], port=int(place.rpartition(":")[2]), token=token)
        self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 5))
        client.request("next", threadId=1)
        client.request("disconnect")
        self.assertEqual(process.communicate(timeout=60)[0], "end 0\n")

    def test_come_go_and_come_again(self):
        process, place, token = self.listening(self.LOOP, "0")
        port = int(place.rpartition(":")[2])
        time.sleep(0.3)
        client = self.attach([3], port=port, token=token)
        self.assertEqual(client.event("process")["startMethod"], "attach")
        self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 3))
        client.request("disconnect")
        self.assertIsNone(process.poll())
        client = self.attach([3], port=port, token=token)
        client.stop()
        reference = client.request("scopes", frameId=client.top()["id"])["scopes"][0]["variablesReference"]
        client.request("setVariable", variablesReference=reference, name="i", value="-5")
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "main.ml")}, breakpoints=[])
        client.request("continue", threadId=1)
        self.assertEqual(client.event("exited")["exitCode"], 0)
        self.assertEqual(process.wait(10), 0)
        self.assertEqual(process.stdout.read(), "end\n")

    def test_measured_while_attached(self):
        process, place, token = self.listening(self.LOOP, "0")
        client = self.attach(port=int(place.rpartition(":")[2]), token=token, profile="raw", profileMode="sample")
        client.event("process")
        time.sleep(0.5)
        client.request("disconnect")
        body = client.event("mlpy/profile")
        self.assertEqual((body["kind"], body["run"]["mode"], body["reports"]), ("final", "sample", [{"type": "raw", "printed": True}]))
        self.assertIsNone(process.poll())

    def test_a_path_and_waiting(self):
        path = str(Path(self.folder.name) / "socket")
        process, place, token = self.listening("print('a');\nprint('b');\n", path, "--debug-wait")
        self.assertEqual((place, token), (path, ""))
        client = self.attach([2], listenSocket=path)
        self.assertEqual(client.stop()["reason"], "breakpoint")
        client.request("continue", threadId=1)
        self.assertEqual(client.event("exited")["exitCode"], 0)
        self.assertEqual(process.wait(10), 0)

    def test_by_the_process_alone(self):
        for address in ("0", str(Path(self.folder.name) / "socket")):
            process, _, _ = self.listening(self.LOOP, address)
            client = self.attach([3], processId=str(process.pid))  # as lists of processes give it
            program = client.event("process")["systemProcessId"]
            self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 3))
            client.request("disconnect")
            client = self.attach([3], processId=program)
            self.assertEqual(client.stop()["reason"], "breakpoint")
            client.request("disconnect", terminateDebuggee=True)
            process.wait(10)

    def test_who_does_not_know_the_token_gets_nothing(self):
        process, place, _ = self.listening(self.LOOP, "127.0.0.1:0")
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        client.request("initialize", adapterID="mlpy")
        self.assertTrue(client.refused("attach", port=int(place.rpartition(":")[2]), token="guess"))
        self.assertIsNone(process.poll())

    def test_what_cannot_be_attached_to(self):
        for where, says in (({}, "debug-listen"), ({"processId": 1}, "debug-listen"), ({"port": 1}, "127.0.0.1:1"),
                            ({"port": 1, "host": "example.org"}, "example.org")):
            client = Client([ADAPTER])
            self.addCleanup(client.close)
            client.request("initialize", adapterID="mlpy")
            self.assertIn(says, client.refused("attach", **where))


class History(Sessions):
    TEXT = """\
function double(n) {
  let m = n + n;
  return m;
}
let total = 0;
for (x in [1, 2, 3]) {
  total = total + double(x);
}
print(total);
"""

    def test_back_and_forward(self):
        client = self.session(self.TEXT, breakpoints=[9], record=True)
        self.assertEqual(client.event("capabilities")["capabilities"], {"supportsStepBack": True})
        client.stop()
        now = client.line()
        self.assertEqual(client.step("stepBack"), (6, "step"))
        self.assertEqual(client.step("stepBack"), (3, "step"))
        self.assertEqual({n: r["value"] for n, r in client.locals().items()}, {"n": "3", "m": "6"})
        frame = client.top()
        self.assertEqual(frame["name"], "double")
        self.assertEqual(client.request("evaluate", expression="m * 10", frameId=frame["id"], context="watch")["result"], "60")
        self.assertIn("cannot be changed", client.refused("setExpression", expression="m", value="1", frameId=frame["id"]))
        reference = client.request("scopes", frameId=frame["id"])["scopes"][0]["variablesReference"]
        self.assertIn("cannot be changed", client.refused("setVariable", variablesReference=reference, name="m", value="1"))
        self.assertEqual(client.step("stepBack"), (2, "step"))
        self.assertEqual(list(client.locals()), ["n"])  # the other was not bound
        self.assertEqual(client.step("stepBack"), (7, "step"))
        self.assertEqual(client.locals()["total"]["value"], "6")
        self.assertEqual(client.step("next"), (2, "step"))  # forward
        path = str(Path(self.folder.name) / "main.ml")
        client.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 7}, {"line": 9}])
        self.assertEqual(client.step("reverseContinue"), (7, "breakpoint"))
        self.assertEqual(client.locals()["total"]["value"], "6")
        self.assertEqual(client.step("reverseContinue"), (7, "breakpoint"))
        self.assertEqual(client.locals()["total"]["value"], "2")
        client.request("setBreakpoints", source={"path": path}, breakpoints=[])
        self.assertEqual(client.step("reverseContinue"), (5, "entry"))
        self.assertEqual(client.step("stepBack"), (5, "entry"))
        self.assertEqual(client.step("continue"), (now, "step"))  # up to the present
        self.assertEqual(client.locals()["total"]["value"], "12")
        client.run_to_end()
        self.assertEqual(client.output(), "12\n")

    def test_what_a_variable_held(self):
        client = self.session(self.TEXT, breakpoints=[9], record={"last": 50, "mb": 64})
        client.stop()
        frame = client.top()["id"]
        said = client.request("evaluate", expression=".history total", frameId=frame, context="repl")["result"]
        self.assertEqual(said, "main.ml:6  0\nmain.ml:6  2\nmain.ml:6  6\nmain.ml:6  12\n")
        self.assertIn("no value", client.request("evaluate", expression=".history nothing", frameId=frame, context="repl")["result"])
        history = client.locals("History")
        self.assertEqual(history["total"]["value"], "[0, 2, 6, 12]")
        client.run_to_end()

    def test_without_record(self):
        client = self.session(self.TEXT, breakpoints=[9])
        client.stop()
        for request in ("stepBack", "reverseContinue"):
            self.assertIn('"record": true', client.refused(request, threadId=1))
        self.assertIn('"record": true', client.refused("evaluate", expression=".history total", context="repl"))

    def test_only_the_last(self):
        client = self.session(self.TEXT, breakpoints=[9], record={"last": 2})
        client.stop()
        self.assertEqual(client.step("reverseContinue"), (6, "entry"))
        with self.assertRaises(Failed) as failed:
            self.session(self.TEXT, record={"last": 0})
        self.assertIn("record", str(failed.exception))


if __name__ == "__main__":
    unittest.main()
