#!/usr/bin/env python3
"""Debug sessions of a client with the real adapter and real programs: session_test.py ADAPTER."""

import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, Failed  # noqa: E402
from sessions import ADAPTER, PROGRAM, Sessions  # noqa: E402


class Breakpoints(Sessions):
    def test_stop_show_and_go_on(self):
        client = self.session(breakpoints=[3])
        self.assertEqual(self.breakpoints[0]["verified"], True)
        stopped = client.stop()
        self.assertEqual((stopped["reason"], stopped["hitBreakpointIds"]), ("breakpoint", [self.breakpoints[0]["id"]]))
        stack = client.request("stackTrace", threadId=1)
        self.assertEqual([(f["name"], f["line"]) for f in stack["stackFrames"]], [("add", 3), ("<main>", 7)])
        self.assertEqual(stack["totalFrames"], 2)
        self.assertEqual({n: v["value"] for n, v in client.locals().items()}, {"a": "1", "b": "1", "c": "2", "d": "4"})
        client.run_to_end()
        self.assertEqual(client.output(), "total 18 Ann\n")
        self.ends(client)

    def test_a_breakpoint_moves_to_a_statement_of_its_function(self):
        client = self.session(breakpoints=[1, 4, 8])
        self.assertEqual([b["line"] for b in self.breakpoints], [2, 3, 9])

    def test_columns_choose_statements(self):
        client = self.session(breakpoints=[{"line": 2, "column": 18}])
        self.assertEqual(self.breakpoints[0]["column"], 18)
        client.stop()
        self.assertEqual(client.top()["column"], 18)
        self.assertIn("c", client.locals())

    def test_conditions_and_hit_counts(self):
        for asked, value in (({"condition": "a == 2"}, "2"), ({"condition": "a * 2 > 5"}, "3"), ({"condition": "a > -1"}, "1"), ({"hitCondition": "3"}, "3"),
                             ({"condition": "$hits == 2"}, "2"), ({"condition": "a > 1", "hitCondition": ">= 2"}, "3")):
            with self.subTest(asked):
                client = self.session(breakpoints=[{"line": 3, **asked}])
                client.stop()
                self.assertEqual(client.locals()["a"]["value"], value)
                client.run_to_end()

    def test_a_wrong_condition_is_told_at_once_and_a_failing_one_stops_once(self):
        client = self.session(breakpoints=[{"line": 3, "condition": "a +"}, {"line": 7, "condition": "nothing.here"}])
        self.assertEqual([b["verified"] for b in self.breakpoints], [False, True])
        stopped = client.stop()
        self.assertIn("error in the condition", stopped["text"])
        client.request("continue", threadId=1)
        self.assertIsNone(client.stop())

    def test_log_points_do_not_stop(self):
        client = self.session(breakpoints=[{"line": 3, "logMessage": "a is {a}, \\{c\\}"}])
        self.assertIsNone(client.stop())
        self.assertEqual(client.output("console"), "".join(f"a is {n}, {{c}}\n" for n in (1, 2, 3)))

    def test_braces_in_texts_of_log_points(self):
        client = self.session(breakpoints=[{"line": 3, "logMessage": "{a + \"}\"} {{k: a}}", "hitCondition": "1"},
                                           {"line": 7, "logMessage": "{'} {x"}])
        self.assertEqual([b["verified"] for b in self.breakpoints], [True, False])
        self.assertIsNone(client.stop())
        self.assertEqual(client.output("console"), "1} {'k': 1}\n")

    def test_functions(self):
        client = self.session(functions=["a*"])
        self.assertEqual((client.stop()["reason"], client.line()), ("function breakpoint", 2))

    def test_set_while_the_program_runs(self):
        client = self.session("let i = 0;\nwhile (i >= 0) {\n  i = i + 1;\n}\n")
        time.sleep(0.2)
        path = str(Path(self.folder.name) / "main.ml")
        client.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 3}])
        self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 3))
        client.request("setVariable", variablesReference=self.scope(client, "Module"), name="i", value="-5")
        client.request("setBreakpoints", source={"path": path}, breakpoints=[])
        client.request("continue", threadId=1)
        self.ends(client)

    def scope(self, client, name):
        scopes = client.request("scopes", frameId=client.top()["id"])["scopes"]
        return next(s["variablesReference"] for s in scopes if s["name"] == name)

    def test_a_file_that_changes_before_and_after_the_launch(self):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        path = self.program("let a = 1;\nlet b = 2;\n")
        client.request("initialize", adapterID="mlpy")

        def lines():
            found = client.request("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": 2}])["breakpoints"]
            return [(b["line"], b.get("message")) for b in found]

        self.assertEqual(lines(), [(2, None)])
        path.write_text("let a = 1;\n// nothing here\nlet b = 2;\nlet c = 3;\n")
        self.assertEqual(lines(), [(3, None)])
        client.request("configurationDone")
        client.request("launch", program=str(path))
        client.stop()
        self.assertEqual(client.line(), 3)
        self.assertEqual(lines(), [(3, None)])
        path.write_text("let a = 1;\nlet b = 2;\n")
        self.assertEqual(lines(), [(3, "source differs from the running program")])

    def test_locations(self):
        client = self.session(breakpoints=[3])
        path = str(Path(self.folder.name) / "main.ml")
        found = client.request("breakpointLocations", source={"path": path}, line=2)["breakpoints"]
        self.assertEqual([(b["line"], b["column"]) for b in found], [(2, 3), (2, 18)])

    def test_locations_of_calls(self):
        client = self.session("function f(a) { return a; }\nlet z = f(1) + f(2) * [3].map(fn(q) => f(q))[0] + f(4);\n", stopOnEntry=True)
        client.stop()
        path = str(Path(self.folder.name) / "main.ml")

        def columns(**where):
            return [b["column"] for b in client.request("breakpointLocations", source={"path": path}, line=2, **where)["breakpoints"]]

        self.assertEqual(columns(), [1, 9, 16, 23, 40, 51])
        self.assertEqual(columns(column=9, endColumn=23), [9, 16, 23])
        self.assertEqual(client.request("breakpointLocations", source={"path": "/nowhere.ml"}, line=1), {"breakpoints": []})
        # A call of the statement itself: before the statement. One in the arrow: in the arrow.
        asked = [{"line": 2, "column": column} for column in (9, 40, 51)]
        found = client.request("setBreakpoints", source={"path": path}, breakpoints=asked)["breakpoints"]
        self.assertEqual([b["column"] for b in found], [1, 40, 1])


class Values(Sessions):
    def stopped(self, text=PROGRAM, line=11):
        client = self.session(text, breakpoints=[line])
        client.stop()
        return client

    def test_pages_of_a_large_array(self):
        client = self.stopped("let big = range(0, 100000);\nlet o = {k: 1};\nprint(1);\n", 3)
        big = client.locals()["big"]
        if not big["variablesReference"]:
            self.skipTest("range gives no array")
        page = client.request("variables", variablesReference=big["variablesReference"], filter="indexed", start=50000,
                              count=3)["variables"]
        self.assertEqual([(v["name"], v["value"]) for v in page], [(f"[{n}]", str(n)) for n in range(50000, 50003)])

    def test_objects_have_fields(self):
        client = self.stopped()
        person = client.locals()["person"]
        self.assertEqual((person["type"], person["namedVariables"]), ("object", 2))
        rows = client.request("variables", variablesReference=person["variablesReference"])["variables"]
        self.assertEqual([(v["name"], v["evaluateName"]) for v in rows], [("name", "person.name"), ("tags", "person.tags")])

    def test_evaluate(self):
        client = self.stopped()
        frame = client.top()["id"]

        def value(text, context="repl"):
            return client.request("evaluate", expression=text, frameId=frame, context=context)["result"]

        self.assertEqual(value("total + 1"), "19")
        self.assertEqual(value("person.tags.map(fn(t) => t + '!')"), "['a!', 'b!']")
        hexadecimal = client.request("evaluate", expression="255", frameId=frame, context="watch", format={"hex": True})
        self.assertEqual(hexadecimal["result"], "0xff")
        self.assertEqual(value("total = 5"), "null")
        self.assertEqual(value("total", "hover"), "5")
        self.assertIn("hover", client.refused("evaluate", expression="add(1, 2)", frameId=frame, context="hover"))
        self.assertIn("ZeroDivisionError", client.refused("evaluate", expression="1 / 0", frameId=frame, context="repl"))
        self.assertTrue(client.refused("evaluate", expression="__import__", frameId=frame, context="repl"))
        client.run_to_end()
        self.assertEqual(client.output(), "total 5 Ann\n")

    def test_set_local_variable_and_expression(self):
        client = self.session(breakpoints=[3])
        client.stop()
        scopes = client.request("scopes", frameId=client.top()["id"])["scopes"]
        client.request("setVariable", variablesReference=scopes[0]["variablesReference"], name="d", value="d + 100")
        self.assertEqual(client.locals()["d"]["value"], "104")
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "main.ml")}, breakpoints=[11])
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "main.ml")},
                       breakpoints=[{"line": 11}])
        client.request("continue", threadId=1)
        client.stop()
        result = client.request("setExpression", expression="person.name", value="'Bea'", frameId=client.top()["id"])
        self.assertEqual(result["value"], "'Bea'")
        client.run_to_end()
        self.assertEqual(client.output(), "total 118 Bea\n")

    def test_the_library_in_the_console(self):
        client = self.session(breakpoints=[3])
        client.stop()
        for name, use in (("math", "math.sqrt(16) == 4"), ("datetime", "datetime.now() != null"), ("random", "random.random() < 1"),
                          ("crypto", "len(crypto.sha256('a')) == 64"), ("csv", "csv != null"), ("json", "json.stringify([]) == '[]'")):
            client.request("evaluate", expression=f"import {name};", context="repl")
            self.assertEqual(client.request("evaluate", expression=use, context="repl")["result"], "true", use)

    def test_what_the_program_was_compiled_for_stays_true(self):
        client = self.session("""\
function add(a, b) {
  let sum = a + b;
  return sum;
}
function show(any) { return any; }
let total = 0;
let rate = 0.5;
let grow = x => x + total;
show(1), show("one");
for (x in [1, 2]) {
  total = total + add(x, 1);
}
print(total + rate, grow(1));
""".replace("show(1), show", "show(1); show"), breakpoints=[2, 5])
        client.stop()  # show(1)
        scope = client.request("scopes", frameId=client.top()["id"])["scopes"][0]["variablesReference"]
        self.assertEqual(client.request("setVariable", variablesReference=scope, name="any", value="'a'")["value"], "'a'")
        self.assertIn("an integer or a string", client.refused("setVariable", variablesReference=scope, name="any", value="[1]"))
        client.request("continue", threadId=1)
        client.stop()
        client.request("continue", threadId=1)
        client.stop()  # add(1, 1)
        frame = client.top()["id"]
        scope = client.request("scopes", frameId=frame)["scopes"][0]["variablesReference"]
        refused = client.refused("setVariable", variablesReference=scope, name="a", value="'text'")
        self.assertIn("'a' is always an integer in this program", refused)
        self.assertIn("it cannot become a string", refused)
        self.assertIn("'b' is always an integer", client.refused("setExpression", expression="b", value="null", frameId=frame))
        self.assertIn("'a' is always", client.refused("evaluate", expression="b = 7; a = [];", context="repl", frameId=frame))
        self.assertEqual(client.locals()["b"]["value"], "1")  # all or none
        self.assertIn("'total' is always an integer",
                      client.refused("evaluate", expression="total = {};", context="repl", frameId=frame))
        self.assertEqual(client.request("setVariable", variablesReference=scope, name="a", value="40.0")["value"], "40")
        client.request("evaluate", expression="rate = 2;", context="repl", frameId=frame)
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "main.ml")}, breakpoints=[])
        client.run_to_end()
        self.assertEqual(client.output(), "46.0 45\n")

    def test_completions(self):
        client = self.stopped()
        frame = client.top()["id"]
        labels = [t["label"] for t in client.request("completions", text="person.n", column=9, frameId=frame)["targets"]]
        self.assertIn("name", labels)
        labels = [t["label"] for t in client.request("completions", text="tot", column=4, frameId=frame)["targets"]]
        self.assertEqual(labels, ["total"])

    def test_references_die_when_the_program_goes_on(self):
        client = self.session(breakpoints=[3])
        client.stop()
        old = client.request("scopes", frameId=client.top()["id"])["scopes"][0]["variablesReference"]
        client.request("continue", threadId=1)
        client.stop()
        self.assertEqual(client.request("variables", variablesReference=old), {"variables": []})


class Exceptions(Sessions):
    TEXT = "function f(o) {\n  return 1 / o;\n}\ntry { throw {type: 'Own', message: 'm'}; } except (e) { }\nf(0);\n"

    def test_uncaught_stops_where_it_came_up(self):
        client = self.session(self.TEXT, breakpoints=[])
        stopped = client.stop()
        self.assertEqual((stopped["reason"], client.line()), ("exception", 2))
        self.assertTrue(stopped["text"].startswith("ZeroDivisionError: "))
        self.assertEqual(client.locals()["o"]["value"], "0")
        info = client.request("exceptionInfo", threadId=1)
        self.assertEqual(info["exceptionId"], "ZeroDivisionError")
        client.run_to_end()
        self.ends(client, 1)

    def test_raised_stops_once_for_each(self):
        client = self.session(self.TEXT, filters=["raised"])
        self.assertEqual((client.stop()["text"], client.line()), ("Own: m", 4))
        client.request("continue", threadId=1)
        self.assertEqual((client.stop()["reason"], client.line()), ("exception", 2))
        client.request("continue", threadId=1)
        self.assertIsNone(client.stop())

    def test_conditions_of_filters(self):
        for condition in ("ZeroDivisionError", "$exception.type == 'ZeroDivisionError'"):
            client = self.session(self.TEXT, options=[{"filterId": "raised", "condition": condition}])
            client.stop()
            self.assertEqual(client.line(), 2)


class LifeCycle(Sessions):
    LOOP = "let i = 0;\nwhile (true) {\n  i = i + 1;\n}\n"

    def test_pause_in_a_tight_loop_and_terminate(self):
        client = self.session(self.LOOP)
        time.sleep(0.2)
        self.assertEqual(client.refused("stackTrace", threadId=1), "notStopped")
        client.request("pause", threadId=1)
        self.assertEqual(client.stop()["reason"], "pause")
        self.assertIn(client.line(), (2, 3))
        client.request("continue", threadId=1)
        client.request("terminate")
        self.ends(client, 130)

    def test_terminate_runs_finally(self):
        client = self.session("try {\n  while (true) { }\n} finally {\n  print('cleaned');\n}\n")
        time.sleep(0.3)
        client.request("terminate")
        client.event("terminated")
        self.assertEqual(client.output(), "cleaned\n")

    def test_a_program_with_errors_is_not_launched(self):
        with self.assertRaises(Failed) as failed:
            self.session("let x = ;\n")
        self.assertIn("main.ml:1:9", str(failed.exception))
        with self.assertRaises(Failed) as failed:
            self.session("function f() {\n  let unread = 1;\n}\nfunction g() { yield 1; }\n")  # the warning is not why
        self.assertIn("main.ml:4:16: error", str(failed.exception))

    def test_a_missing_program(self):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        with self.assertRaises(Failed):
            client.start("/nowhere/at/all.ml")
        client.event("terminated")

    def test_arguments_environment_and_output(self):
        client = self.session("import args;\nprint(args.all ? 1 : 0);\nprint('x');\n", args=["a b", "c"], env={"A": "1"})
        client.event("terminated")
        self.assertIn("x\n", client.output())

    def test_without_debugging_breakpoints_do_nothing(self):
        client = self.session(breakpoints=[3], noDebug=True)
        self.ends(client)
        self.assertEqual(client.output(), "total 18 Ann\n")

    def test_without_debugging_the_gate_holds_and_errors_fail_the_launch(self):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        path = str(self.program("print('begun');\nwhile (true) { }\n"))
        client.request("initialize", adapterID="mlpy")
        client.request("launch", program=path, noDebug=True, stopOnEntry=True)
        client.event("process")
        time.sleep(0.3)
        self.assertEqual(client.request("threads")["threads"], [{"id": 1, "name": "main"}])
        self.assertEqual(client.output(), "")
        client.request("setExceptionBreakpoints", filters=["raised"])
        client.request("configurationDone")
        while "begun" not in client.output():
            client.event("output")
        self.assertEqual(client.refused("pause", threadId=1), "the program runs without debugging")
        client.request("terminate")
        self.ends(client, 130)
        with self.assertRaises(Failed) as failed:
            self.session("let x = ;\n", noDebug=True)
        self.assertIn("main.ml:1:9", str(failed.exception))

    def test_restart_keeps_breakpoints(self):
        client = self.session(breakpoints=[3])
        client.stop()
        client.request("restart")
        stopped = client.stop()
        self.assertEqual(stopped["hitBreakpointIds"], [self.breakpoints[0]["id"]])
        self.assertEqual(client.locals()["a"]["value"], "1")

    def test_restart_moves_breakpoints_with_their_statements(self):
        text = "function f(n) {\n  return n + 1;\n}\nlet a = 1;\nlet b = f(a);\nprint(b);\n"
        client = self.session(text, breakpoints=[2, 5, 6], functions=["f"])
        kept = [b["id"] for b in self.breakpoints]
        self.assertEqual(client.stop() and client.line(), 5)
        self.program("// about this\nlet z = 0;\nz = 2;\n" + text.replace("print(b)", "print(b, z)"))
        client.events.clear()
        client.request("restart")
        told = [client.event("breakpoint")["breakpoint"] for _ in range(3)]
        # The last statement is another one: its breakpoint is where it was asked for.
        self.assertEqual([(b["id"], b["line"], b["verified"]) for b in told], list(zip(kept, (5, 8, 5), (True,) * 3)))
        seen = []
        while stopped := client.stop():
            seen.append((client.line(), stopped["reason"]))
            client.request("continue", threadId=1)
        self.assertEqual(seen, [(8, "breakpoint"), (5, "breakpoint")])
        self.assertEqual(client.output(), "2 2\n")

    def test_nothing_is_left_behind(self):
        for text in (PROGRAM, "let x = ;\n"):
            with tempfile.TemporaryDirectory() as folder:
                client = Client([ADAPTER], env={**os.environ, "TMPDIR": folder})
                try:
                    client.start(self.program(text), breakpoints=[3])
                    client.stop()
                except Failed:
                    pass
                client.close()
                self.assertEqual(os.listdir(folder), [])

    def test_a_client_that_dies_takes_the_program_along(self):
        client = Client([ADAPTER])
        client.start(self.program(self.LOOP))
        program = client.event("process")["systemProcessId"]
        client.process.stdin.close()
        client.process.wait(10)
        self.assertFalse(os.path.exists(f"/proc/{program}"))
        client.process.stdout.close()

    def test_a_killed_program_ends_the_session_in_order(self):
        client = self.session(self.LOOP)
        os.kill(client.event("process")["systemProcessId"], 9)
        self.ends(client, 137)

    def test_protocol(self):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        self.assertTrue(client.refused("threads"))
        capabilities = client.request("initialize", adapterID="mlpy")
        self.assertTrue(capabilities["supportsConfigurationDoneRequest"])
        self.assertTrue(client.refused("initialize", adapterID="mlpy"))
        self.assertTrue(client.refused("noSuchRequest"))
        self.assertEqual([m["seq"] for m in client.all], list(range(1, len(client.all) + 1)))

    def test_each_request_is_answered_when_the_session_ends_early(self):
        client = Client([ADAPTER])
        client.request("initialize", adapterID="mlpy")
        launched = client.send("launch", program=str(self.program(self.LOOP)))
        client.request("disconnect")
        answer = next(m for m in client.all if m.get("request_seq") == launched)
        self.assertEqual((answer["success"], answer["message"]), (False, "the session was ended"))
        self.assertEqual(client.process.wait(10), 0)
        client.process.stdin.close()
        client.process.stdout.close()

    def test_any_order_of_configuration(self):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        path = str(self.program(PROGRAM))
        client.request("initialize", adapterID="mlpy")
        client.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 3}])
        client.request("configurationDone")
        client.request("launch", program=path)
        self.assertEqual(client.stop()["reason"], "breakpoint")


if __name__ == "__main__":
    unittest.main()
