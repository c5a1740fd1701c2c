#!/usr/bin/env python3
"""What launch configurations ask for: launch_test.py ADAPTER."""

import os
import re
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, Failed  # noqa: E402
from sessions import ADAPTER, PROGRAM, Sessions  # noqa: E402


class Sandbox(Sessions):
    def facts(self, client):
        """What the kernel says of the program's process."""
        process = client.event("process")["systemProcessId"]
        text = Path(f"/proc/{process}/status").read_text()
        return {key: int(value) for key, value in re.findall(r"^(Seccomp|NoNewPrivs):\s*(\d+)", text, re.M)}

    def test_a_debugged_program_is_confined(self):
        for sandbox in (None, True, {"strict": True}, {"memoryLimit": "500MB", "network": False, "cpuTimeout": 30}):
            with self.subTest(sandbox):
                client = self.session(breakpoints=[3], **({} if sandbox is None else {"sandbox": sandbox}))
                client.stop()
                self.assertEqual(self.facts(client), {"Seccomp": 2, "NoNewPrivs": 1})
                frame = client.top()["id"]
                self.assertEqual(client.request("evaluate", expression="a + 1", frameId=frame, context="repl")["result"], "2")
                refused = client.refused("evaluate", expression="import file; file.read('/etc/passwd')", frameId=frame,
                                         context="repl")
                self.assertRegex(refused, "^(CapabilityError|ImportError: the strict sandbox)")
                client.request("setBreakpoints", source={"path": str(Path(self.folder.name) / "main.ml")}, breakpoints=[])
                client.run_to_end()
                self.assertEqual(client.output(), "total 18 Ann\n")
                self.ends(client)

    def test_only_who_asks_for_it_goes_without(self):
        client = self.session(breakpoints=[3], sandbox=False)
        client.stop()
        self.assertEqual(self.facts(client)["Seccomp"], 0)
        self.assertIn("sandbox", client.output("console"))

    def test_limits_hold(self):
        client = self.session("while (true) { }\n", sandbox={"cpuTimeout": 1})
        self.assertEqual(client.event("exited")["exitCode"], 6)
        self.assertIn("CPU limit", client.output("stderr"))


if __name__ == "__main__":
    unittest.main()
