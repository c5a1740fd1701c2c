#!/usr/bin/env python3
"""`mlpy debug` as a person at a terminal uses it: console_test.py ADAPTER."""

import ctypes
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sessions import ADAPTER, PROGRAM, Sessions  # noqa: E402

TOOL = [str(Path(ADAPTER).resolve().parent / "mlpy"), "debug"]


def loadable(library):
    try:
        return ctypes.CDLL(library) is not None
    except OSError:
        return False


class Terminal:
    """A person at a pseudo terminal."""

    def __init__(self, command):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, close_fds=True, start_new_session=True)
        os.close(slave)
        self.text = ""

    def read_until(self, what, seconds=20):
        """What came up to a text, without colours and line ends of terminals."""
        until = time.monotonic() + seconds
        while what not in self.text:
            if not select.select([self.master], [], [], max(0, until - time.monotonic()))[0]:
                raise AssertionError(f"no {what!r} in {self.text!r}")
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b""
            if not data:
                raise AssertionError(f"it ended; no {what!r} in {self.text!r}")
            self.text += re.sub(r"\x1b\[\d+m|\r", "", data.decode())
        before, _, self.text = self.text.partition(what)
        return before + what

    def say(self, line):
        os.write(self.master, line.encode() + b"\n")
        return self.read_until("(mlpy) ")

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


class Console(Sessions):
    def terminal(self, text=PROGRAM, *arguments):
        person = Terminal([*TOOL, str(self.program(text)), *arguments])
        self.addCleanup(person.close)
        self.assertIn("main.ml:5", person.read_until("(mlpy) "))
        return person

    def test_a_session(self):
        person = self.terminal()
        self.assertIn("breakpoint 1 at line 3", person.say("break 3 if a == 2"))
        self.assertIn("add at main.ml:3", person.say("run"))
        self.assertIn("-> add at main.ml:3\n   <main> at main.ml:7", person.say("where"))
        self.assertIn("a = 2\nb = 1\nc = 3\nd = 6", person.say("locals"))
        self.assertIn("20", person.say("print a * 10"))
        person.say("set d = 100")
        self.assertIn("<main> at main.ml:7", person.say("up"))
        self.assertIn("->    7    total = total + add(x, 1);", person.say("list"))
        self.assertIn("add at main.ml:3", person.say("down"))
        self.assertIn("main.ml:7", person.say("finish"))
        self.assertIn("main.ml:6", person.say("next"))
        self.assertIn("main.ml:7", person.say(""))  # the same again
        self.assertIn("add at main.ml:2", person.say("step"))
        self.assertIn("watching total", person.say("watch total"))
        self.assertIn("total: 104 → 112", person.say("continue"))
        self.assertIn("is not", person.say("nothing_of_that_name").replace("NameError", "is not"))
        os.write(person.master, b"continue\n")
        self.assertIn("total 112 Ann", person.read_until("ended with 0"))
        self.assertEqual(person.process.wait(10), 0)

    def test_functions_restart_and_profiles(self):
        person = self.terminal()
        self.assertIn("there are no breakpoints", person.say("break"))
        self.assertIn("breakpoint 1 at line 2", person.say("break add if a == 2"))
        self.assertIn("breakpoint 2 at line 11", person.say("break 11"))
        self.assertIn("1  add if a == 2\n2  main.ml:11\n", person.say("break"))
        self.assertIn("add at main.ml:2", person.say("run"))
        person.say("delete 1")
        self.assertIn("measuring", person.say("profile start"))
        self.assertIn("main.ml:11", person.say("run"))
        person.say("profile stop")
        person.read_until("the profile is in ")
        self.assertIn("main.ml:5", person.say("restart"))
        self.assertIn("main.ml:11", person.say("run"))

    def test_control_c(self):
        person = self.terminal("//\n//\n//\n//\nlet i = 0;\nlet go = true;\nwhile (go) {\n  i = i + 1;\n}\n")
        os.write(person.master, b"run\n")
        time.sleep(0.5)
        os.kill(person.process.pid, signal.SIGINT)
        person.read_until("pause")
        person.read_until("(mlpy) ")
        os.write(person.master, b"while (true) { }\n")
        time.sleep(0.5)
        os.kill(person.process.pid, signal.SIGINT)
        self.assertIn("cancelled", person.read_until("(mlpy) "))
        self.assertIn("true", person.say("print i > 0"))
        os.kill(person.process.pid, signal.SIGINT)  # nothing runs; it may be heard when something does
        self.assertTrue("3" in person.say("print 1 + 2") or "3" in person.say("print 1 + 2"))

    def test_history_and_completion(self):
        if not any(map(loadable, ("libreadline.so.8", "libedit.so.2"))):
            self.skipTest("there is no library for it")
        person = self.terminal()
        self.assertIn("42", person.say("print 6 * 7"))
        os.write(person.master, b"\x1b[A\n")
        self.assertIn("print 6 * 7\n42", person.read_until("(mlpy) "))
        os.write(person.master, b"wher\t\n")
        self.assertIn("-> <main> at main.ml:5", person.read_until("(mlpy) "))
        os.write(person.master, b"print typeo\t('a')\n")
        self.assertIn("'string'", person.read_until("(mlpy) "))

    def test_what_is_typed_wrong(self):
        person = self.terminal()
        self.assertIn("break [FILE:]LINE", person.say("break 3 here"))
        self.assertIn("no function is called 'here'", person.say("break here"))
        self.assertIn("there is no variable 'nothing'", person.say("watch nothing"))
        self.assertIn("no breakpoint 7", person.say("delete 7"))
        self.assertIn("finish", person.say("help"))
        os.write(person.master, b"quit\n")
        person.process.wait(10)

    def test_options(self):
        (Path(self.folder.name) / "lib").mkdir()
        self.program("function two() { return 2; }\n", "lib/part.ml")
        path = str(self.program("import part;\nimport args;\nprint(part.two(), args.rest());\n"))
        for line in (["--break-on-entry", path, "a"], [path, "--break-on-entry", "a"]):
            words = [*TOOL, "-M", str(Path(self.folder.name) / "lib"), "--grant", "file.read:/tmp/*", *line, "--", "--break-on-entry"]
            done = subprocess.run(words, input="continue\n", text=True, capture_output=True, timeout=30)
            self.assertIn("main.ml:1", done.stdout)
            self.assertIn("2 ['a', '--break-on-entry']", done.stdout)
            self.assertEqual(done.returncode, 0, done)
        for line, says in ((["--speed", path], "--speed is no option"), (["--python"], "--python needs a value"), ([], "which program?")):
            done = subprocess.run([*TOOL, *line], text=True, capture_output=True, timeout=30)
            self.assertEqual((done.returncode, says in done.stderr), (2, True), done)
        done = subprocess.run([*TOOL, "--help"], text=True, capture_output=True, timeout=30)
        self.assertEqual((done.returncode, "--break-on-entry" in done.stdout), (0, True))

    def test_no_colours_and_the_code_of_the_program_without_a_terminal(self):
        done = subprocess.run([*TOOL, str(self.program("print(1 / 0);\n"))], input="continue\ncontinue\n", text=True,
                              capture_output=True, timeout=30)
        self.assertNotIn("\x1b", done.stdout)
        self.assertIn("exception: ZeroDivisionError", done.stdout)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(subprocess.run(TOOL, capture_output=True).returncode, 2)


if __name__ == "__main__":
    unittest.main()
