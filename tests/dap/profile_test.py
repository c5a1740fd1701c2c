#!/usr/bin/env python3
"""Profiles of launched programs, with and without debugging: profile_test.py ADAPTER."""

import json
import os
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Failed  # noqa: E402
from sessions import PROGRAM, Sessions  # noqa: E402

REPORTS = ["ml-summary", "ml-details", "dev-summary", "dev-details", "raw"]
WORK = """\
function work(n) {
  let sum = 0;
  for (i in range(n)) {
    sum = sum + i % 7;
  }
  return sum;
}
let total = 0;
for (turn in range(200)) {
  total = total + work(10000);
}
print("done", total);
"""
ENDLESS = WORK.replace("for (turn in range(200)) {", "while (true) {")


class Launched(Sessions):
    def events(self, client):
        """Names of all events, in order."""
        return [m["event"] for m in client.all if m["type"] == "event"]

    def test_order_at_the_end(self):
        for no_debug in (True, False):
            with self.subTest(noDebug=no_debug):
                client = self.session(WORK, profile=True, noDebug=no_debug)
                client.event("terminated")
                body = next(m["body"] for m in client.all if m.get("event") == "mlpy/profile")
                self.assertEqual((body["schema"], body["kind"], body["exitCode"], body["open"]), (1, "final", 0, "lens"))
                self.assertEqual(body["uri"], "file://" + body["path"])
                self.assertEqual(body["reports"], [{"type": "ml-summary", "printed": True}])
                self.assertEqual(json.loads(Path(body["path"]).read_text())["format"], "mlpy-profile")
                self.assertTrue(body["path"].startswith(self.folder.name))
                self.assertEqual((body["run"]["debugged"], body["run"]["partial"], body["run"]["pausedNs"]), (False, False, 0))
                self.assertEqual(body["top"][0]["name"], "work")
                self.assertEqual(body["top"][0]["line"], 1)
                self.assertEqual(body["top"][0]["uri"], "file://" + str(Path(self.folder.name) / "main.ml"))
                self.assertGreater(body["top"][0]["selfPct"], 50)
                names = self.events(client)
                last = [names.index(name) for name in ("mlpy/profile", "exited", "terminated")]
                self.assertEqual(last, sorted(last))
                output = [i for i, m in enumerate(client.all) if m.get("event") == "output"]
                done = [i for i, m in enumerate(client.all) if "done" in str(m.get("body", {}).get("output"))]
                groups = [i for i in output if client.all[i]["body"].get("group") == "startCollapsed"]
                self.assertEqual(len(groups), 1)
                self.assertLess(done[0], groups[0])
                self.assertEqual(client.output(), "done " + str(200 * sum(i % 7 for i in range(10000))) + "\n")

    def test_which_reports(self):
        for asked, expected in ((False, None), ("raw", ["raw"]), ("all", REPORTS),
                                (["ml-details", "ml-summary", "ml-details"], ["ml-details", "ml-summary"])):
            with self.subTest(asked):
                client = self.session(profile=asked, noDebug=True)
                client.event("terminated")
                bodies = [m["body"] for m in client.all if m.get("event") == "mlpy/profile"]
                self.assertEqual([r["type"] for b in bodies for r in b["reports"]], expected or [])
                titles = [m["body"]["output"] for m in client.all
                          if m.get("event") == "output" and m["body"].get("group") == "startCollapsed"]
                self.assertEqual(titles, [f"Profile: {name}\n" for name in expected or []])

    def test_lines_of_reports_are_links(self):
        client = self.session(WORK, profile="raw")
        client.event("terminated")
        links = [m["body"] for m in client.all if m.get("event") == "output" and m["body"].get("line")]
        work = next(b for b in links if "(work)" in b["output"])
        self.assertEqual((work["line"], work["source"]["path"]), (1, str(Path(self.folder.name) / "main.ml")))

    def test_what_cannot_be_asked_for(self):
        for attribute, value, says in (("profile", "fast", "ml-summary"), ("profile", ["raw", "x"], "'x'"),
                                       ("profileMode", "turbo", "auto, sample, exact"), ("profileRate", 5, "20000"),
                                       ("profileKeep", 0, "between 1 and"), ("profileKeep", -3, "between 1 and"),
                                       ("memory", "all", "peak")):
            with self.subTest(attribute):
                with self.assertRaises(Failed) as failed:
                    self.session(**{"profile": True, attribute: value})
                self.assertIn(says, str(failed.exception))

    def test_modes(self):
        for mode in ("auto", "sample", "exact"):
            client = self.session(profile=True, profileMode=mode)
            self.assertEqual(client.event("mlpy/profile")["run"]["mode"], mode)

    def test_how_many_runs_are_kept(self):
        for _ in range(3):
            self.session(profile=True, profileKeep=2, noDebug=True).event("mlpy/profile")
        self.assertEqual(len(list(Path(self.folder.name).glob(".mlpy/profiles/2*.mlprof"))), 2)

    def test_memory_can_be_left_out(self):
        client = self.session(WORK, profile=True, memory=False)
        self.assertNotIn("peakBytes", client.event("mlpy/profile")["run"])

    def test_outputs(self):
        folder = Path(self.folder.name)
        for output, files in (("out.txt", ["out.txt"]), ("reports/", ["reports/raw.txt", "reports/ml-summary.txt"]),
                              ("deep/p.mlprof", ["deep/p.mlprof"]), ("p.cpuprofile", ["p.cpuprofile"]), ("p.md", ["p.md"]),
                              ({"raw": "only.txt"}, ["only.txt"]), ("p.speedscope.json", ["p.speedscope.json"])):
            with self.subTest(output):
                client = self.session(profile=["raw", "ml-summary"], cwd=str(folder), profileOutput=output, noDebug=True)
                body = client.event("mlpy/profile")
                self.assertEqual(body["kind"], "final")
                for file in files:
                    self.assertGreater((folder / file).stat().st_size, 100, file)
                self.assertFalse(any(r["printed"] for r in body["reports"]))
                client.event("terminated")

    def test_time_in_a_stop_is_not_counted(self):
        for mode in ("auto", "exact"):
            with self.subTest(mode):
                before = time.monotonic()
                client = self.session(WORK, profile=True, profileMode=mode, breakpoints=[12])
                client.stop()
                time.sleep(1.5)
                client.request("continue", threadId=1)
                body = client.event("mlpy/profile")
                running = (time.monotonic() - before - 1.4) * 1e9  # at most, on a machine that has other things to do
                self.assertTrue(body["run"]["debugged"])
                self.assertGreater(body["run"]["pausedNs"], 1_400_000_000)
                saved = json.loads(Path(body["path"]).read_text())
                self.assertTrue(saved["run"]["debugged"])
                began = next(i for i, m in enumerate(client.all) if m.get("event") == "stopped")
                self.assertGreater(began, 0)
                self.assertLess(body["run"]["wallNs"], running)
                self.assertLess(sum(f["self_ns"] for f in saved["functions"]), running)
                self.assertEqual(saved["totals"]["threads"], 1)  # the agent's is none of the program's

    def test_a_killed_program_leaves_a_partial_profile(self):
        for no_debug in (False, True):
            with self.subTest(noDebug=no_debug):
                client = self.session(ENDLESS, profile=True, noDebug=no_debug)
                time.sleep(1.2)
                process = client.event("process")["systemProcessId"]
                os.kill(process, 9)
                body = client.event("mlpy/profile")
                self.assertEqual((body["kind"], body["exitCode"], body["signal"]), ("partial", 137, "SIGKILL"))
                self.assertEqual(body["top"][0]["name"], "work")
                self.ends(client, 137)

    def test_terminate_leaves_a_profile(self):
        client = self.session(ENDLESS, profile=True)
        time.sleep(0.5)
        client.request("terminate")
        self.assertEqual(client.event("mlpy/profile")["kind"], "final")
        self.ends(client, 130)

    def test_each_run_of_a_restart_is_its_own(self):
        client = self.session(WORK, profile=True, breakpoints=[12])
        client.stop()
        client.request("restart")
        first = client.event("mlpy/profile")
        client.stop()
        client.request("continue", threadId=1)
        second = client.event("mlpy/profile")
        self.assertEqual(second["baseline"], first["path"])
        self.assertNotEqual(first["path"], second["path"])

    def test_a_folder_that_takes_nothing(self):
        client = self.session(WORK, profile=True, profileOutput="/proc/nothing/x.txt", noDebug=True)
        client.event("terminated")
        self.assertIn("cannot write", client.output("console"))


class OnDemand(Sessions):
    def test_start_snapshot_and_stop(self):
        client = self.session(ENDLESS)
        self.assertFalse(client.request("mlpy/profile/status")["active"])
        self.assertIn("no profile", client.refused("mlpy/profile/snapshot"))
        client.request("mlpy/profile/start", mode="sample")
        self.assertTrue(client.request("mlpy/profile/status")["active"])
        self.assertIn("already", client.refused("mlpy/profile/start"))
        time.sleep(0.8)
        client.request("mlpy/profile/snapshot")
        part = client.event("mlpy/profile")
        self.assertEqual((part["kind"], part["top"][0]["name"]), ("partial", "work"))
        self.assertNotIn("calls", part["top"][0])  # seen by samples only: nobody knows
        client.request("mlpy/profile/stop")
        body = client.event("mlpy/profile")
        self.assertEqual((body["kind"], body["top"][0]["name"]), ("final", "work"))
        saved = json.loads(Path(body["path"]).read_text())
        program = next(f for f in saved["files"] if f["path"].endswith("main.ml"))
        self.assertEqual(program["path"], "main.ml")  # wherever the adapter was started
        self.assertRegex(program["sha256"], "[1-9a-f]")
        self.assertNotIn("baseline", body)  # a snapshot is none
        self.assertFalse(client.request("mlpy/profile/status")["active"])
        client.request("mlpy/profile/start")
        time.sleep(0.4)
        client.request("mlpy/profile/stop")
        self.assertEqual(client.event("mlpy/profile")["kind"], "final")

    def test_in_a_stop_and_until_a_breakpoint(self):
        client = self.session(WORK, breakpoints=[9, 12])
        client.stop()
        client.request("mlpy/profile/start", stopAtBreakpoint=[self.breakpoints[1]["id"]])
        time.sleep(0.5)
        path = str(Path(self.folder.name) / "main.ml")
        client.request("setBreakpoints", source={"path": path}, breakpoints=[{"line": 12}])
        client.request("continue", threadId=1)
        client.stop()
        body = client.event("mlpy/profile")
        self.assertEqual((body["kind"], body["run"]["debugged"]), ("final", True))
        client.run_to_end()

    def test_the_program_ends_meanwhile(self):
        client = self.session(WORK, breakpoints=[8])
        client.stop()
        client.request("mlpy/profile/start")
        client.request("continue", threadId=1)
        body = client.event("mlpy/profile")
        self.assertEqual((body["kind"], body["top"][0]["name"]), ("final", "work"))
        self.ends(client)

    def test_for_a_time(self):
        client = self.session(ENDLESS)
        client.request("mlpy/profile/start", maxSeconds=1)
        self.assertEqual(client.event("mlpy/profile")["kind"], "final")

    def test_what_cannot_be(self):
        client = self.session(PROGRAM, breakpoints=[3])
        client.stop()
        self.assertIn("auto, sample, exact", client.refused("mlpy/profile/start", mode="x"))
        self.assertIn("rateHz", client.refused("mlpy/profile/start", rateHz=3))
        self.assertIn("no profile", client.refused("mlpy/profile/stop"))


if __name__ == "__main__":
    unittest.main()
