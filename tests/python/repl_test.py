"""The interactive shell: through a pipe and through a terminal."""

import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from mlpy.cli.colours import highlighted
from mlpy.cli.repl import Completer, MLREPLSession, is_open
from mlpy.engine.session import with_last_value

MLPY = sys.argv[1]


def piped(text, *options):
    return subprocess.run([MLPY, "repl", *options], input=text, text=True, capture_output=True, timeout=120,
                          env={**os.environ, "MLPY_PYTHON": sys.executable})


class Terminal:
    """The shell on a pseudo terminal."""

    def __init__(self, folder, term="dumb"):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.environ.update(MLPY_PYTHON=sys.executable, HOME=folder, TERM=term)
            os.execv(MLPY, [MLPY, "repl"])
        self.text = ""

    def expect(self, wanted):
        deadline = time.monotonic() + 120
        while wanted not in self.text:
            ready, _, _ = select.select([self.descriptor], [], [], 1)
            if ready:
                try:
                    self.text += os.read(self.descriptor, 4096).decode()
                except OSError:
                    break
            if time.monotonic() > deadline:
                break
        if wanted not in self.text:
            raise AssertionError(f"{wanted!r} did not come: {self.text!r}")
        before, _, self.text = self.text.partition(wanted)
        return before + wanted

    def send(self, text):
        os.write(self.descriptor, text.encode())

    def close(self):
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.descriptor)
        return status


class Shell(unittest.TestCase):
    def test_pipe(self):
        result = piped('x = [1, true, null, "q"]\nx\n{a: {b: 1}}\nfunction f(a) {\n  return a + 1;\n}\nf(2)\nf\nnull\n')
        self.assertEqual(result.stdout, '=> [1, true, null, "q"]\n=> {\n  "a": {\n    "b": 1\n  }\n}\n=> 3\n=> <function f>\n')
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_errors(self):
        result = piped("1 / 0\n'still here'\n")
        self.assertEqual(result.stdout.splitlines()[0], "Error: division by zero (<ml>:1)")
        self.assertEqual(result.stdout.splitlines()[-1], '=> "still here"')
        self.assertEqual(result.returncode, 0)
        self.assertEqual(piped("1 / 0\n", "--strict-exit").returncode, 1)

    def test_commands(self):
        result = piped(".vars\nx = 5\n.vars\n.bogus\n.hstory\n.retry\n1/0\n.retry\n.modinfo math\n.capabilities\n"
                       ".grant file.read:/tmp/**\n.capabilities\n.revoke file.read:/tmp/**\n.grant nonsense\n.history\n.clear\n.vars\n"
                       ".time 1 + 1\n.type [1]\n.benchmark 1 + 1; 5\n.async result = 4;\n.help\n.exit\nprint('not reached')\n")
        out = result.stdout
        self.assertTrue(out.startswith("No variables defined\nVariables:\n  x = 5\nUnknown command: .bogus\n"), out)
        for text in ("Did you mean .history?", "No previous error to retry", "Module: math (python_bridge)",
                     "Granted: file.read:/tmp/**", "  file.read:/tmp/**", "Revoked: file.read:/tmp/**", "Error: bad capability 'nonsense'",
                     "Session cleared\nNo variables defined", "=> 2\nTime: ", '=> "array"', "Std Dev: ", "Result: 4"):
            self.assertIn(text, out)
        self.assertEqual(out.count("Error: division by zero"), 2)
        self.assertNotIn("not reached", out)

    def test_imports_and_grants(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "a.txt").write_text("text")
            Path(folder, "counted.ml").write_text("print('once');\nfunction f() { return 7; }\n")
            result = piped(f"import file;\nfile.read('{folder}/a.txt')\n.grant file.read:{folder}/**\nfile.read('{folder}/a.txt')\n"
                           f"import math;\nmath.floor(2.5)\nimport counted;\ncounted.f()\nimport counted;\ncounted.f()\n", "-M", folder)
        self.assertIn("Error: Missing required capabilities", result.stdout)
        self.assertIn('=> "text"\n=> 2\nonce\n=> 7\n=> 7\n', result.stdout)

    def test_open_statements(self):
        for text in ("f(", "{", "/* a", "`a", "x = [1,", "'a", 'x = "a\n(', "'a\\'"):
            self.assertTrue(is_open(text), text)
        for text in ("f()", '"("', "// (", "/* ( */", "x = ')';", "'a\n b'", ")", ""):
            self.assertFalse(is_open(text), text)

    def test_last_statement(self):
        self.assertEqual(with_last_value("a = 1; a + 1;"), "a = 1; ml_last_value = (a + 1\n);")
        self.assertIsNone(with_last_value("function f() { return 1; }"))
        self.assertIsNone(with_last_value("  "))

    def test_session(self):
        with MLREPLSession() as session:
            made = session.execute("x = 2; x * 3")
            self.assertEqual((made.success, made.value), (True, 6))
            self.assertIn("x = 2", made.transpiled_python)
            session.set_variable("y", [1])
            self.assertEqual(session.execute_ml_block(["y.push(2);", "y"]).value, [1, 2])
            self.assertEqual(session.get_variable("x"), 2)
            self.assertEqual(set(session.python_namespace), {"x", "y"})
            self.assertFalse(session.execute("nope + 1").success)
            self.assertEqual(len(session.history), 3)
            session.reset_session()
            self.assertEqual(session.get_variables(), {})

    def test_completion(self):
        with MLREPLSession() as session:
            session.execute("import math; total = 1; o = {width: 1};")
            completer = Completer(session)
            self.assertIn("total", completer.matches("tot"))
            self.assertIn("math.sqrt", completer.matches("math.sq"))
            self.assertEqual(completer.matches("o.w"), ["o.width"])
            self.assertIn("function", completer.matches("func"))
            session.execute("l = [1]; s = 'a'; n = 1;")
            self.assertIn("l.push", completer.matches("l.p"))
            self.assertIn("s.toUpperCase", completer.matches("s.toU"))
            self.assertEqual(completer.matches("s.push"), [])
            self.assertEqual(completer.matches("nothing.x"), [])

    def test_tips(self):
        for text in ("nope", "[1].foo", "'a' - 1", "[1][5]", "{a: 1}.pop('b')", "1 / 0", "int('x')", "null.x"):
            with self.subTest(text=text):
                self.assertRegex(piped(text + "\n").stdout, r"(?m)^Error: .*\nTip: .+$")

    def test_colours(self):
        self.assertEqual(highlighted("if (x) y = 'a'; // end"),
                         "\x1b[34mif\x1b[0m (x) y = \x1b[32m'a'\x1b[0m; \x1b[90m// end\x1b[0m")
        for text in ("", "'open", "a / b", "/* x", "1.5e3 + iffy", "`t ${x}`", "'a\\'b'"):
            self.assertEqual(re.sub(r"\x1b\[\d+m", "", highlighted(text)), text)

    def test_terminal_with_colours(self):
        with tempfile.TemporaryDirectory() as folder:
            terminal = Terminal(folder, term="xterm")
            terminal.expect("ml[secure]> ")
            terminal.send("x = 'text'\n")
            terminal.expect("x = \x1b[32m'text'\x1b[0m")
            terminal.expect("ml[secure]> ")
            terminal.send(" secret = 1\n")
            terminal.expect("ml[secure]> ")
            terminal.send("x\n")
            terminal.expect('=> \x1b[32m"text"\x1b[0m')
            terminal.expect("ml[secure]> ")
            terminal.send("sec\t + 41\n")
            terminal.expect("=> \x1b[36m42\x1b[0m")
            terminal.send(".exit\n")
            terminal.expect("Goodbye!")
            self.assertEqual(terminal.close(), 0)
            history = Path(folder, ".mlpy_history").read_text()
            self.assertIn("x = 'text'", history)
            self.assertNotIn("secret = 1", history)

    def test_profile_is_saved_when_profiling_is_enabled(self):
        with tempfile.TemporaryDirectory() as folder:
            for value, saved in (("0", False), ("yes", True)):
                subprocess.run([MLPY, "repl"], input="function f(n) { return n; }\nf(1)\n", cwd=folder, text=True, capture_output=True,
                               timeout=120, env={**os.environ, "MLPY_PYTHON": sys.executable, "MLPY_PROFILE": value}, check=True)
                self.assertEqual(bool(list(Path(folder).rglob("*.mlprof"))), saved)

    def test_profile_is_saved(self):
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run([MLPY, "repl", "--profile"], input="function f(n) { return n; }\nf(1)\nf(2)\n.profile ml-details\n",
                                    cwd=folder, text=True, capture_output=True, timeout=120,
                                    env={**os.environ, "MLPY_PYTHON": sys.executable})
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stdout, r"(?m)^\| f \(line 1\) .* 2 ")
            self.assertEqual(len(list(Path(folder, ".mlpy").rglob("*.mlprof"))), 1 + len(list(Path(folder, ".mlpy").rglob("latest.mlprof"))))

    def test_terminal(self):
        with tempfile.TemporaryDirectory() as folder:
            terminal = Terminal(folder)
            terminal.expect("Interactive ML Shell [secure]")
            terminal.expect("ml[secure]> ")
            terminal.send("function f(x) {\n")
            terminal.expect("... ")
            terminal.send("return x * 2; }\n")
            terminal.expect("ml[secure]> ")
            terminal.send("f(21)\n")
            terminal.expect("=> 42")
            terminal.send('t = "one\n')
            terminal.expect("... ")
            terminal.send('two"\n')
            terminal.expect("ml[secure]> ")
            terminal.send("t\n")
            terminal.expect('=> "one\\ntwo"')
            terminal.send("while (true) { y = 1; }\n")
            time.sleep(0.5)
            terminal.send("\x03")
            terminal.expect("Interrupted")
            terminal.send("f(1)\n")
            terminal.expect("=> 2")
            terminal.expect("ml[secure]> ")
            time.sleep(0.5)  # the line editor has to take the terminal over
            terminal.send("\x04")
            terminal.expect("Goodbye!")
            self.assertEqual(terminal.close(), 0)
            self.assertIn("f(21)", Path(folder, ".mlpy_history").read_text())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
