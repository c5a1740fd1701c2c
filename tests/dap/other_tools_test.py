"""Debugging a program that another tool traces or monitors meanwhile, as coverage tools do: breakpoints and steps stay what they
are, and the other tool gets all its events."""

import os
import unittest

from sessions import Sessions

WATCHER = """\
import sys
from mlpy.extensions import ml_function, ml_module

@ml_module(name="watcher", description="Another tool")
class Watcher:
    def __init__(self):
        self.seen = {}
        self.others = 0

    def note(self, code, line):
        if code.co_name == "work" and line > 2:
            self.seen[str(line)] = self.seen.get(str(line), 0) + 1

    @ml_function(description="Begin to look")
    def begin(self, how):
        if how == "trace":
            def trace(frame, event, argument):
                if event == "line":
                    self.note(frame.f_code, frame.f_lineno)
                return trace
            sys.settrace(trace)
            return
        monitoring = sys.monitoring
        events = monitoring.events
        monitoring.use_tool_id(3, "watcher")
        monitoring.register_callback(3, events.LINE, self.note)
        wanted = events.LINE
        if how == "everything":
            wanted |= events.INSTRUCTION | events.JUMP | events.BRANCH | events.PY_START | events.PY_RETURN
            def other(*arguments):
                self.others += 1
            for event in (events.INSTRUCTION, events.JUMP, events.BRANCH, events.PY_START, events.PY_RETURN):
                monitoring.register_callback(3, event, other)
        monitoring.set_events(3, wanted)

    @ml_function(description="What was seen")
    def lines(self):
        return self.seen

    @ml_function(description="No more")
    def end(self):
        if sys.gettrace() is not None:
            sys.settrace(None)
        elif sys.version_info >= (3, 12) and sys.monitoring.get_tool(3):
            sys.monitoring.set_events(3, 0)
            sys.monitoring.free_tool_id(3)

watcher = Watcher()
"""

PROGRAM = """\
import watcher;
function work(n) {
  let a = n + 1;
  let b = a * 2;
  return b;
}
function guarded(n) {
  try { throw "no"; } except (_) { return work(n); }
}
watcher.begin("HOW");
let total = 0;
for (i in range(4)) {
  total = total + work(i);
}
total = total + guarded(4);
print(total, watcher.lines());
watcher.end();
total = total + work(5);
print(total);
"""
ALL = "30 {'3': 5, '4': 5, '5': 5}\n42\n"

WAYS = ["trace"]
if os.environ.get("MLPY_PYTHON"):  # one of the later ones
    WAYS += ["lines", "everything"]


class OtherTools(Sessions):
    def begun(self, how, **start):
        self.program(WATCHER, "watcher_bridge.py")
        return self.session(PROGRAM.replace("HOW", how), extensionPaths=["."], cwd=self.folder.name, **start)

    def over(self, client):
        while not client.ended and client.stop() is not None:
            client.request("continue", threadId=1)
        self.assertEqual((client.output(), client.output("stderr")), (ALL, ""))
        self.ends(client)

    def each(self, test, **start):
        for how in WAYS:
            with self.subTest(how):
                client = self.begun(how, **start)
                test(client)
                self.over(client)

    def set(self, client, *lines):
        client.request("setBreakpoints", source={"path": self.folder.name + "/main.ml"}, breakpoints=[{"line": n} for n in lines])

    def test_without_a_stop(self):
        self.each(lambda client: None)

    def test_breakpoints_from_the_beginning(self):
        def test(client):
            for value in ("0", "1", "2", "3", "4", "5"):
                self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 4))
                self.assertEqual(client.locals()["n"]["value"], value)
                client.request("continue", threadId=1)
        self.each(test, breakpoints=[4])

    def test_breakpoints_come_and_go(self):
        def test(client):
            client.stop()
            self.assertEqual(client.line(), 13)
            self.set(client, 3, 5)
            for line in (3, 5, 3):
                client.request("continue", threadId=1)
                self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", line))
            self.set(client, 4)
            client.request("continue", threadId=1)
            self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 4))
            self.set(client, 19)
            client.request("continue", threadId=1)
            self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 19))
            client.request("continue", threadId=1)
        self.each(test, breakpoints=[13])

    def test_steps(self):
        def test(client):
            client.stop()
            self.assertEqual(client.step("stepIn"), (3, "step"))
            self.assertEqual(client.step("next"), (4, "step"))
            self.assertEqual(client.step("stepOut")[0], 13)
            self.assertEqual([row["value"] for row in client.locals("Return value").values()], ["2"])
            self.assertEqual(client.step("next"), (12, "step"))
            self.assertEqual(client.step("next"), (13, "breakpoint"))
            self.assertEqual(client.step("next"), (12, "step"))
            self.set(client)
            client.request("continue", threadId=1)
        self.each(test, breakpoints=[13])

    def test_errors_where_they_come_up(self):
        def test(client):
            stopped = client.stop()
            self.assertEqual((stopped["reason"], client.line()), ("exception", 8))
            self.assertEqual(client.step("next"), (8, "step"))
            self.assertEqual(client.step("next"), (8, "step"))
            self.assertEqual(client.step("stepIn"), (3, "step"))
            client.request("setExceptionBreakpoints", filters=[])
            client.request("continue", threadId=1)
        self.each(test, filters=["raised"])


if __name__ == "__main__":
    unittest.main()
