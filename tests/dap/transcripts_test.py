#!/usr/bin/env python3
"""Plays the sessions of protocol-fixtures/dap with the adapter: transcripts_test.py ADAPTER [NAME...]."""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client  # noqa: E402
from sessions import ADAPTER  # noqa: E402
from transcript import Player, Unexpected, parse, split  # noqa: E402

FIXTURES = Path(__file__).resolve().parents[2] / "protocol-fixtures/dap"
# The requests of editor-protocols.md 6.1 that a client can make here; `attach` needs a program that runs (service_test.py).
REQUESTS = """initialize launch configurationDone restart terminate disconnect cancel setBreakpoints setFunctionBreakpoints
    setExceptionBreakpoints dataBreakpointInfo setDataBreakpoints breakpointLocations continue next stepIn stepOut stepInTargets
    stepBack reverseContinue pause threads stackTrace scopes variables locations setVariable setExpression evaluate completions exceptionInfo source loadedSources
    modules gotoTargets goto readMemory writeMemory disassemble mlpy/profile/start mlpy/profile/stop mlpy/profile/snapshot
    mlpy/profile/status""".split()


class Transcripts(unittest.TestCase):
    def play(self, text):
        with tempfile.TemporaryDirectory() as folder:
            client = Client([ADAPTER])
            try:
                Player(client, os.path.realpath(folder)).play(text)
                self.assertEqual([m["seq"] for m in client.all], list(range(1, len(client.all) + 1)))
            finally:
                client.close()

    def test_every_request_occurs(self):
        found = set()
        for file in FIXTURES.glob("*.txt"):
            for _, direction, words in parse(file.read_text())[1]:
                if direction == "-->":
                    found.add(split(words)[0][-1])
        self.assertEqual(sorted(set(REQUESTS) - found), [])

    def test_a_wrong_transcript_fails(self):
        right = '--> initialize {"adapterID": "mlpy"}\n<-- {"supportsLogPoints": true}\n<-- initialized\n'
        self.play(right)
        for wrong in (right.replace("true", "false"), right + '--> launch {}\n<-- refused "program"\n<-- stopped\n',
                      right.replace('{"supportsLogPoints": true}', 'refused "no"')):
            with self.subTest(wrong), self.assertRaises(Unexpected):
                self.play(wrong)


def add(name, text):
    setattr(Transcripts, f"test_transcript_{name}", lambda self: self.play(text))


names = [word for word in sys.argv[1:] if not word.startswith("-")]
sys.argv[1:] = [word for word in sys.argv[1:] if word.startswith("-")]
for path in sorted(FIXTURES.glob("*.txt")):
    if not names or path.stem in names:
        add(path.stem, path.read_text())

if __name__ == "__main__":
    unittest.main()
