#!/usr/bin/env python3
"""Where steps end (editor-protocols.md 6.4): steps_test.py ADAPTER."""

import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sessions import Sessions  # noqa: E402


class Steps(Sessions):
    def lines(self, client, how, times):
        return [client.step(how) for _ in range(times)]

    def test_entry_next_into_and_out(self):
        client = self.session(stopOnEntry=True)
        self.assertEqual((client.stop()["reason"], client.line()), ("entry", 5))
        self.assertEqual(self.lines(client, "next", 3), [(6, "step"), (7, "step"), (6, "step")])
        self.assertEqual(self.lines(client, "stepIn", 2), [(7, "step"), (2, "step")])
        self.assertEqual(client.step("stepOut"), (7, "step"))
        self.assertEqual(client.locals("Return value")["(return value)"]["value"], "6")

    def test_next_at_the_last_statement_comes_to_the_unfinished_one_of_the_caller(self):
        client = self.session(breakpoints=[3])
        client.stop()
        self.assertEqual(client.step("next"), (7, "step"))

    def test_recursion_compares_frames(self):
        client = self.session("function f(n) {\n  if (n == 0) { return 0; }\n  let r = f(n - 1);\n  return r + 1;\n}\nf(3);\n",
                              breakpoints=[{"line": 3, "condition": "n == 3"}])
        client.stop()
        self.assertEqual(client.step("next"), (4, "step"))
        self.assertEqual(client.locals()["n"]["value"], "3")

    def test_an_error_that_unwinds_stops_at_its_handler(self):
        client = self.session("function f() {\n  throw 'x';\n}\ntry {\n  f();\n} except (e) {\n  print('caught');\n}\n",
                              breakpoints=[2])
        client.stop()
        self.assertIn(client.step("next")[0], (6, 7))

    def test_stepping_through_all_calls_of_a_callback(self):
        client = self.session("function sq(x) {\n  return x * x;\n}\nlet l = [1, 2].map(fn(x) => sq(x));\nprint(l);\n", stopOnEntry=True)
        client.stop()
        places = []
        while (stepped := client.step("stepIn")) and stepped[0] != 5:
            frame = client.top()
            places.append((frame["name"], frame["line"], frame["column"]))
        arrow, own = ("fn@4:20", 4, 29), ("sq", 2, 3)
        self.assertEqual([place for place in places if place[0] != "<main>"], [arrow, own, arrow] * 2)

    def test_the_end_of_a_generator_is_one_step(self):
        text = ("function* g() {\n  yield 1;\n}\nfor (x in g()) {\n  print(x);\n}\nlet after = 1;\nprint(after);\n")
        for how, expected in (("next", [4, 5, 4, 7, 8]), ("stepIn", [4, 2, 4, 5, 4, 7, 8])):
            client = self.session(text, stopOnEntry=True)
            client.stop()
            lines = [client.line()]
            while lines[-1] != 8:
                lines.append(client.step(how)[0])
            self.assertEqual(lines, expected, how)
        client = self.session(text, breakpoints=[2])
        client.stop()
        self.assertEqual([client.step("next"), client.step("next")], [(4, "step"), (5, "step")])

    def test_stepping_into_modules(self):
        self.program("let inside = 1;\nfunction helper(x) {\n  return x * inside;\n}\n", "util.ml")
        for just_my_code, expected in ((True, [("main.ml", 2), ("util.ml", 3)]), (False, [("util.ml", 1), ("main.ml", 1)])):
            client = self.session("import util;\nprint(util.helper(2));\n", stopOnEntry=True, justMyCode=just_my_code)
            client.stop()
            places = []
            for _ in expected:
                client.step("stepIn")
                frame = client.top()
                places.append((frame["source"]["name"], frame["line"]))
            self.assertEqual(places, expected)

    def test_breakpoints_come_and_go_while_the_interpreter_traces(self):
        """Steps out and filters trace: then the interpreter writes over instructions, too."""
        text = ("function f(n) {\n  let a = n;\n  a = a + 1;\n  return a;\n}\nlet s = 0;\nfor (i in range(6)) {\n"
                "  s = s + f(i);\n  try { throw 'x'; } except (e) { s = s + 1; }\n}\nprint(s);\n")
        for filters in ((), ("raised",)):
            client = self.session(text, breakpoints=[3], filters=filters)
            path = str(Path(self.folder.name) / "main.ml")
            told = []
            while (stopped := client.stop()) is not None:
                told.append((stopped["reason"], client.line()))
                if len(told) == 1:
                    self.assertEqual(client.step("stepOut"), (8, "step"))
                    client.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 4}])
                if len(told) == 4 and not filters:
                    client.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 2}, {"line": 4}])
                client.request("continue", threadId=1)
            self.assertEqual(client.output(), "27\n")
            if filters:
                expected = [("breakpoint", 3), *[("exception", 9), ("breakpoint", 4)] * 5, ("exception", 9)]
            else:
                expected = [("breakpoint", 3), *[("breakpoint", 4)] * 3, *[("breakpoint", 2), ("breakpoint", 4)] * 2]
            self.assertEqual(told, expected)

    def test_stepping_into_a_callback(self):
        client = self.session("let xs = [1, 2];\nlet ys = xs.map(fn(x) => x * 2);\nprint(ys);\n", breakpoints=[2])
        client.stop()
        client.step("stepIn")
        self.assertEqual(client.locals()["x"]["value"], "1")


if __name__ == "__main__":
    unittest.main()
