#!/usr/bin/env python3
"""Whatever order a client configures a session in, the same happens; and steps end where editor-protocols.md 6.4
says: order_test.py ADAPTER."""

import itertools
import os
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client  # noqa: E402
from sessions import ADAPTER, PROGRAM, Sessions  # noqa: E402


class Order(Sessions):
    def test_all_orders(self):
        path = str(self.program(PROGRAM))
        requests = {
            "launch": {"program": path},
            "setBreakpoints": {"source": {"path": path}, "breakpoints": [{"line": 3}]},
            "setFunctionBreakpoints": {"breakpoints": []},
            "setExceptionBreakpoints": {"filters": ["uncaught"]},
            "configurationDone": {},
        }
        for number, order in enumerate(itertools.permutations(requests)):
            if order.index("setBreakpoints") > order.index("configurationDone"):
                continue  # then it may come too late for this short program
            client = Client([ADAPTER])
            client.request("initialize", adapterID="mlpy")
            sent = []
            for name in order:
                sent.append(client.send(name, **requests[name]))
                if number % 5 == 0:
                    time.sleep(0.02)
            stopped = client.stop()
            self.assertEqual((stopped["reason"], stopped["hitBreakpointIds"]), ("breakpoint", [1]), order)
            answers = [m for m in client.all if m["type"] == "response" and m["request_seq"] in sent]
            self.assertTrue(all(m["success"] for m in answers), order)
            self.assertEqual([m["seq"] for m in client.all], list(range(1, len(client.all) + 1)))
            client.close()

    def test_no_client_waits_for_another_answer(self):
        """`launch` does not wait for `configurationDone`, nor the other way round."""
        path = str(self.program(PROGRAM))
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        client.request("initialize", adapterID="mlpy")
        client.request("launch", program=path)
        self.assertFalse(any(m.get("event") == "stopped" for m in client.all))
        client.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 3}])
        client.request("configurationDone")
        self.assertEqual(client.stop()["reason"], "breakpoint")

    def test_capabilities(self):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        able = client.request("initialize", adapterID="mlpy")
        for name in ("ConfigurationDoneRequest", "FunctionBreakpoints", "ConditionalBreakpoints", "HitConditionalBreakpoints",
                     "EvaluateForHovers", "SetVariable", "StepInTargetsRequest", "CompletionsRequest", "ModulesRequest",
                     "RestartRequest", "ValueFormattingOptions", "ExceptionInfoRequest", "DelayedStackTraceLoading",
                     "LoadedSourcesRequest", "LogPoints", "SetExpression", "TerminateRequest", "CancelRequest",
                     "BreakpointLocationsRequest", "ClipboardContext", "ExceptionFilterOptions", "ANSIStyling",
                     "DataBreakpoints", "SteppingGranularity", "GotoTargetsRequest", "SingleThreadExecutionRequests"):
            self.assertIs(able["supports" + name], True, name)
        self.assertIs(able["supportTerminateDebuggee"], True)
        self.assertIs(able["supportSuspendDebuggee"], True)
        for name in ("StepBack", "RestartFrame", "ExceptionOptions", "TerminateThreadsRequest", "ReadMemoryRequest",
                     "WriteMemoryRequest", "DisassembleRequest", "InstructionBreakpoints", "DataBreakpointBytes"):
            self.assertIs(able["supports" + name], False, name)
        self.assertEqual([(f["filter"], f["default"]) for f in able["exceptionBreakpointFilters"]],
                         [("raised", False), ("thrown", False), ("uncaught", True), ("userUncaught", False), ("security", True)])
        self.assertEqual([c["attributeName"] for c in able["additionalModuleColumns"]], ["mlFunctions"])
        self.assertNotIn("breakpointModes", able)


# name: (program, breakpoint line or None for the entry, steps, expected (line, column) after each)
GOLDENS = {
    "several statements of a line": ("let a = 1; let b = 2;\nprint(a);\n", None, "next next", [(1, 12), (2, 1)]),
    "next at the last statement": ("function f() {\n  return 1;\n}\nlet x = f() + f();\nprint(x);\n", 2, "next next", [(4, 1), (2, 3)]),
    "next over a call": ("function f() {\n  return 1;\n}\nlet x = f();\nprint(x);\n", 4, "next", [(5, 1)]),
    "an error goes to its handler": ("function f() {\n  throw 'x';\n}\ntry {\n  f();\n} except (e) {\n  print(e);\n}\n", 5,
                                     "next next", [(6, 3), (7, 3)]),
    "into a function": ("function f() {\n  return 1;\n}\nlet x = f();\n", 4, "stepIn", [(2, 3)]),
    "into the library is over": ("let x = len('abc');\nprint(x);\n", 1, "stepIn", [(2, 1)]),
    "into an arrow through map": ("let y = [1, 2].map(fn(x) => x * x);\nprint(y);\n", 1, "stepIn", [(1, 29)]),
    "over the line that runs an arrow": ("let f = fn(x) => x * x;\nlet y = f(2);\nprint(y);\n", 1, "next next", [(2, 1), (3, 1)]),
    "ternary and logic are one step": ("let a = true && false || true ? 1 : 2;\nprint(a);\n", 1, "next", [(2, 1)]),
    "a loop's header each turn": ("for (x in [1, 2]) {\n  print(x);\n}\nprint('e');\n", 1, "next next next next next",
                                  [(2, 3), (1, 1), (2, 3), (1, 1), (4, 1)]),
    "while": ("let i = 0;\nwhile (i < 2) {\n  i = i + 1;\n}\nprint(i);\n", 2, "next next next next next",
              [(3, 3), (2, 1), (3, 3), (2, 1), (5, 1)]),
    "each condition of an if": ("let a = 3;\nif (a == 1) {\n  print(1);\n} elif (a == 2) {\n  print(2);\n} else {\n  print(3);\n}\n", 2,
                                "next next", [(4, 3), (7, 3)]),
    "try is no step, finally is": ("try {\n  let a = 1;\n} finally {\n  print('f');\n}\nprint('e');\n", 2, "next next", [(4, 3), (6, 1)]),
    "recursion": ("function f(n) {\n  if (n == 0) {\n    return 0;\n  }\n  let r = f(n - 1);\n  return r;\n}\nprint(f(2));\n", 5,
                  "next", [(5, 3)]),
    "the header of a C-style loop": ("for (let i = 0; i < 2; i = i + 1) {\n  print(i);\n}\nprint('e');\n", 1, "next next next next next",
                                     [(2, 3), (1, 1), (2, 3), (1, 1), (4, 1)]),
    "continue and break": ("for (i = 0; i < 6; i = i + 1) {\n  if (i == 0) { continue; }\n  if (i == 1) { break; }\n}\nprint('e');\n", 1,
                           "next next next next next next next", [(2, 3), (2, 17), (1, 1), (2, 3), (3, 3), (3, 17), (5, 1)]),
    "handler and finally": ("try {\n  throw 'x';\n} except (e) {\n  print(1);\n} finally {\n  print(2);\n}\nprint('e');\n", 2,
                            "next next next next", [(3, 3), (4, 3), (6, 3), (8, 1)]),
    "finally on the way of a return": ("function f() {\n  try {\n    return 1;\n  } finally {\n    print(2);\n  }\n}\nlet x = f();\nprint('e');\n",
                                       3, "next next next", [(5, 5), (8, 1), (9, 1)]),
    "an error without a handler on the way": ("function g() {\n  throw 'x';\n}\nfunction f() {\n  g();\n}\ntry {\n  f();\n} except (e) {\n  print(1);\n}\n",
                                              2, "next next", [(9, 3), (10, 3)]),
    "over a generator": ("function* g() {\n  yield 1;\n  yield 2;\n}\nlet all = 0;\nfor (x in g()) {\n  all = all + x;\n}\nprint('e');\n", 5,
                         "next next next next next next", [(6, 1), (7, 3), (6, 1), (7, 3), (6, 1), (9, 1)]),
    "into a generator": ("function* g() {\n  yield 1;\n  yield 2;\n}\nlet all = 0;\nfor (x in g()) {\n  all = all + x;\n}\n", 5,
                         "next stepIn stepIn stepIn stepIn stepIn", [(6, 1), (2, 3), (6, 1), (7, 3), (6, 1), (3, 3)]),
    "into each call of a line": ("function f() {\n  return 1;\n}\nlet x = f() + f();\nprint(x);\n", 4, "stepIn stepIn stepIn stepIn stepIn",
                                 [(2, 3), (4, 1), (2, 3), (4, 1), (5, 1)]),
    "calls in logic": ("function t() {\n  return true;\n}\nlet a = t() && t() || t();\nprint(a);\n", 4, "next", [(5, 1)]),
    "out of two functions": ("function f() {\n  let a = 1;\n  return a;\n}\nfunction g() {\n  let b = f();\n  return b;\n}\nprint(g());\nprint(1);\n",
                             2, "stepOut stepOut next", [(6, 3), (9, 1), (10, 1)]),
    "no condition holds": ("let a = 3;\nif (a == 1) {\n  print(1);\n} elif (a == 2) {\n  print(2);\n} elif (a == 4) {\n  print(3);\n}\nprint(4);\n", 2,
                           "next next next", [(4, 3), (6, 3), (9, 1)]),
    "statements that make functions": ("let a = 1;\nlet f = fn(x) => x;\nlet g = (x) => {\n  return f(x);\n};\nfunction make() {\n  let b = 2;\n"
                                       "  return fn(y) => y + b;\n}\nlet h = make();\nprint(h(1), g(1));\n", 1,
                                       "next next next stepIn next next next", [(2, 1), (3, 1), (10, 1), (7, 3), (8, 3), (10, 1), (11, 1)]),
    "out of a function": ("function f() {\n  let a = 1;\n  return a;\n}\nlet x = f();\nprint(x);\n", 2, "stepOut", [(5, 1)]),
}


class Goldens(Sessions):
    def test_every_row(self):
        for name, (text, line, steps, expected) in GOLDENS.items():
            with self.subTest(name):
                client = self.session(text, breakpoints=[line] if line else [], stopOnEntry=not line)
                client.stop()
                if name == "recursion":
                    client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "main.ml")}, breakpoints=[])
                    expected = [(6, 3)]
                found = []
                for how in steps.split():
                    client.request(how, threadId=1)
                    if client.stop() is None:
                        break
                    top = client.top()
                    found.append((top["line"], top["column"]))
                self.assertEqual(found, expected)
                client.request("disconnect")

    def test_breakpoints_on_the_way_of_a_step(self):
        client = self.session("function f() {\n  return 1;\n}\nlet x = f();\nlet g = fn(y) => y * y;\nlet z = g(x);\nprint(z);\n",
                              breakpoints=[2, 4, {"line": 5, "column": 19}])
        found = [(client.stop()["reason"], client.line())]
        for _ in range(6):
            client.request("next", threadId=1)
            found.append((client.stop()["reason"], client.line()))
        self.assertEqual(found, [("breakpoint", 4), ("breakpoint", 2), ("step", 4), ("step", 5), ("step", 6), ("breakpoint", 5), ("step", 6)])

    def test_imports_run_by_themselves(self):
        self.program("let inside = 1;\nfunction f() {\n  return inside;\n}\n", "other.ml")
        client = self.session("import other;\nlet x = other.f();\nprint(x);\n", stopOnEntry=True)
        client.stop()
        self.assertEqual([client.step("stepIn")[0], client.step("stepIn")[0]], [2, 3])
        self.assertEqual(client.top()["source"]["name"], "other.ml")


if __name__ == "__main__":
    unittest.main()
