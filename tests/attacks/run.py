#!/usr/bin/env python3
"""Plays the attacks of cases.py against the command, each in folders of its own, with all layers and again without static
findings; with them those that need more than a program (setups.py), and raw Python in the program's process, where only the
kernel is left to stop it (probes.py)."""

import os
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cases import ATTACKS  # noqa: E402

MLPY = None
SECRET = "TOPSECRET"
# Nothing of the host may be seen: neither its paths nor Python's own reports.
HOST_TEXT = ("Traceback (most recent call last)", "site-packages", "/runtime/python/", "python/mlpy/", " at 0x")


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append(self.path)
        self.send_response(302 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Location", f"http://127.0.0.1:{self.server.other}/secret")
        self.send_header("Content-Length", str(len(SECRET)))
        self.end_headers()
        self.wfile.write(SECRET.encode())

    def log_message(self, *_):
        pass


def serve(other):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.seen, server.other = [], other
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Attacks(unittest.TestCase):
    def run_attack(self, attack, ignoring):
        with tempfile.TemporaryDirectory(prefix="mlpy-attack-") as name:
            outer = Path(name)
            folder = outer / "work"
            folder.mkdir()
            (folder / "P").write_text(SECRET)
            for file, content in attack.files.items():
                path = folder / file
                path.parent.mkdir(parents=True, exist_ok=True)
                if type(content) is tuple:
                    path.symlink_to((folder / content[1]).resolve())
                else:
                    path.write_text(content)
            other = serve(0)
            server = serve(other.server_port)
            port = str(server.server_port)
            program = attack.program.replace("PORT", port)
            (folder / "p.ml").write_text(program)
            environment = {key: value for key, value in os.environ.items() if not key.startswith("MLPY_")}
            environment |= {"XDG_CACHE_HOME": str(outer / "cache"), "MY_SECRET": SECRET}
            options = [word.replace("PORT", port) for word in attack.options]
            if attack.strict:
                options = ["--sandbox", "strict", *options]
            if ignoring:
                options.append("--ignore-findings")
            result = subprocess.run([MLPY, "run", *options, "p.ml"], cwd=folder, capture_output=True, text=True,
                                    errors="replace", stdin=subprocess.DEVNULL, timeout=attack.seconds, env=environment)
            try:
                self.judge(attack, result, folder, other, ignoring)
                if attack.notes and not ignoring:
                    noted = subprocess.run([MLPY, "check", "--all", "p.ml"], cwd=folder, capture_output=True, text=True)
                    self.assertIn(attack.notes, noted.stdout)
            finally:
                for running in (server, other):
                    running.shutdown()
                    running.server_close()

    def judge(self, attack, result, folder, other, ignoring):
        text = result.stdout + result.stderr
        told = f"{attack.id}: exit {result.returncode}\n{text[-2000:]}"
        self.assertNotIn(SECRET, text, told)
        for part in HOST_TEXT:
            self.assertNotIn(part, text, told)
        self.assertFalse((folder / "P2").exists(), told)
        self.assertFalse((folder / "Q").exists(), told)
        self.assertEqual(other.seen, [], told)
        if attack.sec and not ignoring:
            self.assertEqual(result.returncode, 4, told)
            self.assertIn(attack.sec, result.stderr, told)
            self.assertEqual(result.stdout, "", told)
            return
        self.assertIn(result.returncode, attack.status, told)
        self.assertIn(attack.says, text, told)
        if attack.out is not None:
            self.assertEqual(result.stdout, attack.out, told)


def add_tests():
    for attack in ATTACKS:
        name = "test_" + attack.id.replace(".", "_")
        setattr(Attacks, name, lambda self, attack=attack: self.run_attack(attack, False))
        if attack.sec:
            setattr(Attacks, name + "_without_findings", lambda self, attack=attack: self.run_attack(attack, True))


if __name__ == "__main__":
    MLPY = str(Path(sys.argv.pop(1)).resolve())
    add_tests()
    from probes import *  # noqa: F401,F403,E402
    from setups import *  # noqa: F401,F403,E402

    unittest.main()
