#!/usr/bin/env python3
"""What launch configurations ask for: launch_test.py ADAPTER."""

import json
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


class Refused(Sessions):
    def test_variables_of_the_client_that_are_still_there(self):
        for name, value in (("cwd", "${workspaceFolder}"), ("args", ["a", "${file}"]), ("env", {"A": "${env:HOME}"})):
            with self.assertRaises(Failed) as failed:
                self.session(**{name: value})
            self.assertRegex(str(failed.exception), rf"^{name}: the client left a variable in \$")


    def test_a_profile_that_is_none(self):
        for value, says in ((5, "the name of a report"), ("fast", "no report 'fast'"), (["raw", "x"], "no report 'x'")):
            with self.assertRaises(Failed) as failed:
                self.session(profile=value)
            self.assertIn(says, str(failed.exception))


class Capabilities(Sessions):
    READ = "import file;\ntry { print(file.read(\"data.txt\")); } except (e) { print(e.type); }\n"

    def output_with(self, text, **launch):
        client = self.session(text, cwd=self.folder.name, **launch)
        client.event("terminated")
        return client.output()

    def test_short_and_full_names(self):
        (Path(self.folder.name) / "data.txt").write_text("text")
        for grants, expected in ({}, "CapabilityError"), ({"file": ["read:data.txt"]}, "text"), ({"file": ["data.txt"]}, "text"), \
                ({"file": True}, "text"), ({"file.read": ["*.txt"]}, "text"), ({"file": ["write:data.txt"]}, "CapabilityError"), \
                ({"file": ["read:other.txt"]}, "CapabilityError"):
            for no_debug in (False, True):
                with self.subTest(grants, noDebug=no_debug):
                    self.assertEqual(self.output_with(self.READ, capabilities=grants, noDebug=no_debug), expected + "\n")
        write = "import file;\nfile.write(\"new.txt\", \"a\");\nfile.append(\"new.txt\", \"b\");\n"
        self.output_with(write, capabilities={"file": ["write:new.txt"]})
        self.assertEqual((Path(self.folder.name) / "new.txt").read_text(), "ab")

    def test_hosts(self):
        client = self.session("print(1);\n", capabilities={"network": ["api.example.com:443"]})
        client.event("terminated")
        self.assertEqual(client.output(), "1\n", client.output("stderr"))


class Trace(Sessions):
    LINE = re.compile(r"(\d+\.\d{6}) (-->|<--) (\{.*\})")

    def messages(self, file):
        found = []
        for line in file.read_text().splitlines():
            _, way, message = self.LINE.fullmatch(line).groups()
            found.append((way, json.loads(message)))
        return found

    def test_what_is_said_after_launch(self):
        file = Path(self.folder.name) / "said.log"
        client = self.session(breakpoints=[3], trace="said.log", cwd=self.folder.name)
        client.stop()
        client.run_to_end()
        self.assertIn(f"The protocol is written to {file}", client.output("console"))
        noted = self.messages(file)
        self.assertIn("continue", [m.get("command") for way, m in noted if way == "-->"])
        sent = [m for way, m in noted if way == "<--"]
        self.assertEqual(sent, client.all[-len(sent):])

    def test_the_whole_session_without_its_tokens(self):
        file = Path(self.folder.name) / "all.log"
        client = Client([ADAPTER, "--log", str(file)])
        client.request("initialize", adapterID="mlpy")
        client.refused("attach", port=1, token="secret-word")
        client.close()
        noted = self.messages(file)
        self.assertEqual([m["command"] for way, m in noted if way == "-->"], ["initialize", "attach", "disconnect"])
        self.assertEqual([m for way, m in noted if way == "<--"][:len(client.all)], client.all)
        self.assertNotIn("secret-word", file.read_text())


if __name__ == "__main__":
    unittest.main()
