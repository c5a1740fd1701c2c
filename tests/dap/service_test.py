"""Attaching to a Python program that runs ML in its own process: service_test.py MLPY_DAP PYTHON_PATH."""

import json
import os
import subprocess
import sys
import time
import unittest
from pathlib import Path

PACKAGE = sys.argv.pop(2)

from sessions import ADAPTER, Sessions  # noqa: E402
from client import Client  # noqa: E402

SERVICE = """\
import gc, sys, threading
import mlpy, mlpy.debug
from mlpy import MLExecutor, MLTranspiler
frozen = gc.get_freeze_count()  # Python 3.12 begins with some
place = mlpy.debug.listen({address!r}, wait={wait})
print(place.place, place.token, flush=True)
transpiler = MLTranspiler()
source = open("main.ml").read()
def work(value):
    try:
        context = {{"value": value}}
        transpiler.execute(source, context=context, source_file="main.ml")
        return context["result"]
    except mlpy.MLError as error:
        return str(error).splitlines()[0]
for line in sys.stdin:
    word, _, value = line.strip().partition(" ")
    if word == "thread":
        out = []
        thread = threading.Thread(target=lambda: out.append(work(int(value))))
        thread.start()
        thread.join()
        print(out[0], flush=True)
    elif word == "spawn":
        def run(value=value):
            print("spawned", work(int(value)), flush=True)
        threading.Thread(target=run, name="worker " + value).start()
    elif word == "loop":
        endless = open("loop.ml").read()
        threading.Thread(target=transpiler.execute, args=(endless,), kwargs={{"source_file": "loop.ml"}}, name="looper").start()
    elif word == "frozen":
        print(gc.get_freeze_count() > frozen, flush=True)
    elif word == "other":
        with MLExecutor() as program:
            program.load(value)
            print(program.call_function("twice", 4), flush=True)
    else:
        print(work(int(value)), flush=True)
"""

PROGRAM = """\
function add(a, b) {
  sum = a + b;
  return sum;
}
if (value < 0) { throw "negative"; }
result = add(value, 1);
result = result * 2;
"""

BUSY = """\
function slow(n) { s = 0; for (i = 0; i < n; i = i + 1) { s = s + i * i % 7; } return s; }
function quick(n) { s = 0; for (i = 0; i < n; i = i + 1) { s = s + 1; } return s; }
result = slow(value * 8000) + quick(value * 4000);
"""


class Services(Sessions):
    def service(self, program=PROGRAM, address="0", wait=False):
        self.program(program)
        process = subprocess.Popen([sys.executable, "-c", SERVICE.format(address=address, wait=wait)], cwd=self.folder.name,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   env={**os.environ, "PYTHONPATH": PACKAGE})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        return process

    def where(self, process):
        place, _, token = process.stdout.readline().strip().partition(" ")
        return {"port": int(place.rpartition(":")[2]), "token": token} if token else {"listenSocket": place}

    def say(self, process, line):
        process.stdin.write(line + "\n")
        process.stdin.flush()

    def attach(self, where, breakpoints=(), file="main.ml", filters=(), functions=()):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        client.request("initialize", adapterID="mlpy")
        client.event("initialized")
        attached = client.send("attach", **where)
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / file)},
                       breakpoints=[{"line": b} for b in breakpoints])
        client.request("setFunctionBreakpoints", breakpoints=[{"name": name} for name in functions])
        client.request("setExceptionBreakpoints", filters=list(filters))
        client.request("configurationDone")
        response = next((m for m in client.all if m.get("request_seq") == attached), None) or client.answer(attached)
        self.assertTrue(response["success"], response)
        client.event("thread")  # comes when the service has the breakpoints
        return client

    def test_breakpoints_in_what_runs_later(self):
        process = self.service()
        client = self.attach(self.where(process), [2])
        self.say(process, "run 5")
        self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 2))
        frames = client.request("stackTrace", threadId=1)["stackFrames"]
        self.assertEqual([(f["name"], f["line"]) for f in frames][0], ("add", 2))
        self.assertEqual(frames[1]["line"], 6)
        self.assertEqual({n: r["value"] for n, r in client.locals().items()}["a"], "5")
        self.assertEqual(client.step("next"), (3, "step"))
        self.assertEqual(client.request("evaluate", expression="sum * 10", frameId=client.top()["id"], context="repl")["result"], "60")
        reference = client.request("scopes", frameId=client.top()["id"])["scopes"][0]["variablesReference"]
        client.request("setVariable", variablesReference=reference, name="sum", value="100")
        self.assertEqual(client.step("stepOut")[0], 6)
        client.request("continue", threadId=1)
        self.assertEqual(process.stdout.readline(), "200\n")
        self.say(process, "run 6")  # the same code objects again
        self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 2))
        client.request("disconnect")  # the program goes on alone
        self.assertEqual(process.stdout.readline(), "14\n")
        self.say(process, "run 7")
        self.assertEqual(process.stdout.readline(), "16\n")
        self.assertIsNone(process.poll())

    def measure(self, client, process, *lines):
        """The event of a profile of these lines."""
        client.request("mlpy/profile/start")  # while the main thread waits in native code
        for line in lines:
            self.say(process, line)
            process.stdout.readline()
        client.request("mlpy/profile/stop")
        return client.event("mlpy/profile")

    def test_a_part_of_its_life_is_measured(self):
        process = self.service(BUSY)
        client = self.attach(self.where(process))
        self.say(process, "run 1")  # before
        process.stdout.readline()
        body = self.measure(client, process, "run 200", "thread 200")
        profile = json.loads(Path(body["path"]).read_bytes())
        names = [f["name"] for f in profile["functions"]]
        self.assertEqual([names.count("slow"), names.count("quick")], [1, 1], names)
        found = {f["name"]: f for f in profile["functions"]}
        self.assertGreater(found["slow"]["self_ns"], found["quick"]["self_ns"])
        self.assertEqual((found["slow"]["calls"], found["slow"]["calls_exact"], profile["collection"]["calls"]), (0, False, "off"))
        self.assertEqual(body["kind"], "final")
        self.assertTrue(Path(body["path"]).is_relative_to(Path(self.folder.name) / ".mlpy"), body["path"])

    def test_programs_that_come_while_it_is_measured(self):
        process = self.service(BUSY)
        client = self.attach(self.where(process))
        body = self.measure(client, process, "thread 200", "run 200")
        names = [f["name"] for f in json.loads(Path(body["path"]).read_bytes())["functions"]]
        self.assertEqual([names.count("slow"), names.count("quick")], [1, 1], names)

    def test_an_attached_program_keeps_as_many_runs_as_asked_for(self):
        process = self.service()
        client = self.attach({**self.where(process), "profileKeep": 1})
        saved = [Path(self.measure(client, process, "run 5")["path"]) for _ in range(2)]
        self.assertEqual([path.exists() for path in saved], [False, True], saved)

    def test_measuring_begins_with_the_attaching_and_ends_with_the_leaving(self):
        process = self.service(BUSY)
        client = self.attach({**self.where(process), "profile": "raw"})
        for _ in range(3):
            self.say(process, "run 60")
            process.stdout.readline()
        client.request("disconnect")
        body = client.event("mlpy/profile")
        self.assertIn("slow", [f["name"] for f in json.loads(Path(body["path"]).read_bytes())["functions"]])
        self.say(process, "run 1")
        self.assertTrue(process.stdout.readline())

    def test_the_end_of_a_debugger_ends_its_profile(self):
        process = self.service()
        where = self.where(process)
        client = self.attach(where)
        client.request("mlpy/profile/start")
        client.process.kill()
        client.process.wait()
        self.measure(self.attach(where), process, "run 5")

    def test_by_the_process_alone(self):
        process = self.service()
        self.where(process)
        client = self.attach({"processId": process.pid}, [2])
        self.say(process, "run 4")
        self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 2))
        client.request("disconnect")
        self.assertEqual(process.stdout.readline(), "10\n")

    def test_come_again_and_steps_in_another_thread(self):
        process = self.service()
        where = self.where(process)
        self.say(process, "run 1")
        self.assertEqual(process.stdout.readline(), "4\n")
        for word in ("run", "thread", "run"):
            client = self.attach(where, [6])
            self.say(process, f"{word} 2")
            self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 6))
            self.assertEqual(client.step("stepIn"), (2, "step"))
            self.assertEqual(client.step("stepOut")[0], 6)
            self.assertEqual(client.step("next"), (7, "step"))
            client.request("disconnect")
            self.assertEqual(process.stdout.readline(), "6\n")

    def test_threads_wait_for_their_turn(self):
        process = self.service()
        client = self.attach(self.where(process), [2])
        self.assertEqual(client.request("threads")["threads"], [{"id": 1, "name": "main"}])
        self.say(process, "spawn 5")
        first = client.stop()
        self.say(process, "spawn 6")
        for _ in range(1000):
            threads = {t["id"]: t["name"] for t in client.request("threads")["threads"]}
            if len(threads) == 3:
                break
            time.sleep(0.01)
        self.assertEqual(sorted(threads.values()), ["main", "worker 5", "worker 6"])
        other = next(number for number, name in threads.items() if name == "worker 6")
        self.assertEqual((threads[first["threadId"]], first["allThreadsStopped"]), ("worker 5", False))
        self.assertEqual(client.request("stackTrace", threadId=1)["totalFrames"], 0)  # it runs no ML
        for _ in range(1000):  # until it has come to the breakpoint
            frames = client.request("stackTrace", threadId=other)["stackFrames"]
            if frames and frames[0]["line"] == 2:
                break
            time.sleep(0.01)
        self.assertEqual([(f["name"], f["line"]) for f in frames], [("add", 2), ("<main>", 6)])
        self.assertEqual(client.request("scopes", frameId=frames[0]["id"])["scopes"], [])
        self.assertIn("runs", client.refused("evaluate", expression="a", frameId=frames[0]["id"], context="watch"))
        self.assertEqual(client.locals()["a"]["value"], "5")
        self.assertEqual(client.step("next"), (3, "step"))  # in the same thread
        self.assertEqual(client.thread, first["threadId"])
        self.assertEqual(client.refused("stepIn", threadId=other, singleThread=True), "this thread does not stand")
        self.assertIs(client.request("continue", threadId=client.thread, singleThread=True)["allThreadsContinued"], False)
        second = client.stop()
        self.assertEqual((second["reason"], second["threadId"], client.locals()["a"]["value"]), ("breakpoint", other, "6"))
        self.assertEqual(process.stdout.readline(), "spawned 12\n")
        client.request("continue", threadId=other)
        self.assertEqual(process.stdout.readline(), "spawned 14\n")
        self.assertEqual(client.request("threads")["threads"], [{"id": 1, "name": "main"}])

    def test_pause_and_errors_in_a_thread(self):
        self.program("go = true;\nturns = 0;\nwhile (go) {\n  turns = turns + 1;\n}\n", "loop.ml")
        process = self.service()
        client = self.attach(self.where(process), filters=["raised"])
        self.say(process, "loop")
        for _ in range(1000):
            threads = {t["name"]: t["id"] for t in client.request("threads")["threads"]}
            if "looper" in threads:
                break
            time.sleep(0.01)
        for asked in (threads["looper"], 1):
            client.request("pause", threadId=asked)
            stopped = client.stop()
            self.assertEqual((stopped["reason"], stopped["threadId"]), ("pause", threads["looper"]))
            self.assertIn(client.step("next"), [(3, "step"), (4, "step")])
            self.assertEqual(client.thread, threads["looper"])
            client.request("continue", threadId=client.thread)
        self.say(process, "spawn -1")
        stopped = client.stop()
        self.assertEqual((stopped["reason"], stopped["text"].split(":")[0]), ("exception", "Error"))
        self.assertNotIn(stopped["threadId"], (1, threads["looper"]))
        self.assertEqual(client.line(), 5)
        client.request("continue", threadId=client.thread)
        self.assertIn("negative", process.stdout.readline())
        client.request("pause", threadId=threads["looper"])
        client.stop()
        client.request("evaluate", expression="go = false;", frameId=client.top()["id"], context="repl")
        client.request("continue", threadId=client.thread)

    def test_a_stop_keeps_collections_of_garbage_from_what_the_program_holds(self):
        process = self.service()
        client = self.attach(self.where(process), [2])
        for _ in range(2):
            self.say(process, "spawn 5")
            client.stop()
            self.say(process, "frozen")
            self.assertEqual(process.stdout.readline(), "True\n")
            client.request("continue", threadId=client.thread)
            self.assertEqual(process.stdout.readline(), "spawned 12\n")
            self.say(process, "frozen")
            self.assertEqual(process.stdout.readline(), "False\n")

    def test_modules_errors_and_a_changed_file(self):
        path = str(Path(self.folder.name) / "socket")
        process = self.service(address=path, wait=True)
        for _ in range(1000):
            if os.path.exists(path):
                break
            time.sleep(0.01)
        client = self.attach({"listenSocket": path}, filters=["uncaught"], functions=["twice"])
        self.assertEqual(self.where(process), {"listenSocket": path})
        self.say(process, "run -1")
        stopped = client.stop()
        self.assertEqual((stopped["reason"], client.line()), ("exception", 5))
        self.assertIn("negative", stopped["text"])
        client.request("continue", threadId=1)
        self.assertIn("negative", process.stdout.readline())
        other = self.program("import geo;\nfunction twice(n) {\n  return geo.area(n, 2);\n}\n", "other.ml")
        self.program("function area(w, h) {\n  return w * h;\n}\n", "geo.ml")
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "geo.ml")}, breakpoints=[{"line": 2}])
        self.say(process, "other other.ml")
        self.assertEqual((client.stop()["reason"], client.line()), ("function breakpoint", 3))
        client.request("continue", threadId=1)
        self.assertEqual((client.stop()["reason"], client.line()), ("breakpoint", 2))
        client.request("continue", threadId=1)
        self.assertEqual(process.stdout.readline(), "8\n")
        other.write_text("// moved\nimport geo;\nfunction twice(n) {\n  return geo.area(n, 3);\n}\n")
        client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "geo.ml")}, breakpoints=[])
        self.say(process, "other other.ml")
        self.assertEqual((client.stop()["reason"], client.line()), ("function breakpoint", 4))
        client.request("disconnect")
        self.assertEqual(process.stdout.readline(), "12\n")

    def test_who_does_not_know_the_token(self):
        process = self.service(address="127.0.0.1:0")
        where = self.where(process)
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        client.request("initialize", adapterID="mlpy")
        self.assertTrue(client.refused("attach", port=where["port"], token="guess"))
        import socket
        for junk in (b"\xff\xff\xff\x7f{}", b"\x02\0\0\0{]", b"\x02\0\0\0[]", b"\x0c\0\0\0{\"token\": 1}"):
            with socket.create_connection(("127.0.0.1", where["port"])) as connection:
                connection.sendall(junk)
                try:
                    self.assertEqual(connection.recv(100), b"")
                except ConnectionResetError:
                    pass
        self.attach(where, [2]).request("disconnect")  # others still may
        self.say(process, "run 1")
        self.assertEqual(process.stdout.readline(), "4\n")

    def test_addresses(self):
        code = ("import mlpy.debug as d\nfor a in ('example.org:1', '70000', 'x'):\n"
                "    try: d.listen(a)\n    except ValueError as e: print(e)\n"
                "d.listen()\ntry: d.listen()\nexcept RuntimeError as e: print(e)\n")
        out = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": PACKAGE}, text=True,
                             capture_output=True, check=True).stdout.splitlines()
        self.assertEqual(out[:3], [f"'{a}' is no port of this machine and no path" for a in ("example.org:1", "70000", "x")])
        self.assertTrue(out[3].startswith("this process listens already at 127.0.0.1:"), out)


if __name__ == "__main__":
    unittest.main()
