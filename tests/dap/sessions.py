"""What the tests of debug sessions share. The scripts get the adapter as their first argument."""

import faulthandler
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client  # noqa: E402

ADAPTER = sys.argv.pop(1)
faulthandler.dump_traceback_later(280, exit=True)  # says where a session hangs

PROGRAM = """\
function add(a, b) {
  let c = a + b; let d = c * 2;
  return d;
}
let total = 0;
for (x in [1, 2, 3]) {
  total = total + add(x, 1);
}
let big = range(0, 1000);
let person = {name: "Ann", tags: ["a", "b"]};
print("total", total, person.name);
"""


class Sessions(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def program(self, text, name="main.ml"):
        path = Path(self.folder.name) / name
        path.write_text(text)
        return path

    def session(self, text=PROGRAM, **start):
        client = Client([ADAPTER])
        self.addCleanup(client.close)
        self.breakpoints = client.start(self.program(text), **start)
        return client

    def ends(self, client, code=0):
        self.assertEqual(client.event("exited")["exitCode"], code)
        if not client.ended:
            client.event("terminated")
