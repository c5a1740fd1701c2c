"""Profiled runs as a person starts them: reports, files, exit codes (profiler-reports.md 7.1)."""

import http.server
import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import support

WORK = """function fibonacci(n) {
    if (n < 2) { return n; }
    return fibonacci(n - 1) + fibonacci(n - 2);
}
print(fibonacci(16));
"""
HEAD = "\n=== PERFORMANCE PROFILING REPORTS ===\n"
TITLES = {
    "ml-summary": "ML CODE PERFORMANCE SUMMARY",
    "ml-details": "ML CODE DETAILED ANALYSIS",
    "dev-summary": "MLPY PERFORMANCE SUMMARY REPORT (Developer View)",
    "dev-details": "MLPY INTERNAL PERFORMANCE ANALYSIS",
    "raw": "Ordered by: internal time",
}


class ProfileTest(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.write("example.ml", WORK)

    def saved(self, folder=""):
        return sorted(p for p in (self.folder / folder / ".mlpy/profiles").glob("*.mlprof") if p.name != "latest.mlprof")


class Reports(ProfileTest):
    def test_the_default_is_ml_summary_after_the_output(self):
        result = self.mlpy("run", "example.ml", "--profile")
        self.assertEqual(result.status, 0, result.err)
        self.assertTrue(result.out.startswith("987\n" + HEAD + "=" * 70 + "\n" + TITLES["ml-summary"]), result.out)
        self.assertIn("fibonacci (example.ml:1)", result.out)
        self.assertIn(" 3,193 ", result.out)

    def test_each_report_by_its_name_and_its_short_form(self):
        for name, title in TITLES.items():
            for words in (["--report", name], ["--" + name], ["--profile", "--report", name]):
                result = self.mlpy("run", "example.ml", *words)
                self.assertEqual(result.status, 0, result.err)
                self.assertIn(title, result.out)
                others = [t for n, t in TITLES.items() if n != name and t in result.out]
                self.assertEqual(others, [], words)

    def test_several_in_the_order_asked_for_each_once(self):
        result = self.mlpy("run", "example.ml", "--report", "dev-summary", "--report", "ml-summary", "--dev-summary")
        self.assertLess(result.out.index(TITLES["dev-summary"]), result.out.index(TITLES["ml-summary"]))
        self.assertEqual(result.out.count(TITLES["dev-summary"]), 1)
        everything = self.mlpy("run", "example.ml", "--profile", "--report", "all").out
        places = [everything.index(title) for title in TITLES.values()]
        self.assertEqual(places, sorted(places))

    def test_raw_frames_in_python(self):
        self.write("lib/tools.ml", "// one\n\nfunction twice(n) {\n    return 2 * n;\n}\n")
        self.write("main.ml", "import lib.tools;\n\nfunction three() { return 3; }\nprint(lib.tools.twice(three()));\n")
        self.mlpy("transpile", "main.ml")
        self.mlpy("transpile", "lib/tools.ml")
        places = {}
        for name in ("main", "lib/tools"):
            for number, line in enumerate((self.folder / f"{name}.py").read_text().split("\n"), 1):
                found = re.match(r"def (\w+)", line)
                if found:
                    places[found[1]] = f"{Path(name).name}.py:{number}({found[1]})"
        expected = [*places.values(), "main.py:1(<module>)", "tools.py:1(<module>)"]
        self.assertEqual(len(expected), 4)
        run = self.mlpy("run", "main.ml", "--raw", "--raw-frames", "python")
        self.assertEqual((run.status, run.err), (0, ""))
        again = self.mlpy("profile", "show", "last", "--raw", "--raw-frames", "python")
        self.assertEqual((again.status, again.err), (0, ""))
        for text in (run.out, again.out):
            for place in expected:
                self.assertIn(place, text)
            self.assertNotIn(".ml:", text)
        self.write("lib/tools.ml", "function twice(n) { return n + n; }\n")
        changed = self.mlpy("profile", "show", "last", "--raw", "--raw-frames", "python")
        self.assertIn("lib/tools.ml is not as it was in the run", changed.err)
        self.assertIn("tools.ml:3(twice)", changed.out)
        self.assertIn(places["three"], changed.out)

    def test_output_goes_to_a_file_and_the_console_says_where(self):
        result = self.mlpy("run", "example.ml", "--report", "all", "--profile-output", "a/b/full.txt")
        self.assertEqual(result.out, "987\nProfiling report saved to a/b/full.txt\n")
        text = (self.folder / "a/b/full.txt").read_text()
        for title in TITLES.values():
            self.assertIn(title, text)

    def test_an_unwritable_output_stops_before_the_program(self):
        self.write("file", "")
        for option in ("--profile-output", "--profile-save"):
            result = self.mlpy("run", "example.ml", "--profile", option, "file/report.txt")
            self.assertEqual((result.status, result.out), (2, ""))
            self.assertIn("cannot write 'file/report.txt'", result.err)

    def test_unknown_names_stop_before_the_program_with_the_nearest_one(self):
        for words, near in ((["--report", "ml-sumary"], "ml-summary"), (["--export", "pstat=x"], "pstats"),
                            (["--profile", "--profile-mode", "exakt"], "exact")):
            result = self.mlpy("run", "example.ml", *words)
            self.assertEqual((result.status, result.out), (2, ""), words)
            self.assertIn(f"did you mean '{near}'?", result.err)
        result = self.mlpy("run", "example.ml", "--profile", "--profile-interval", "-1")
        self.assertEqual((result.status, result.out), (2, ""))

    def test_the_exit_code_of_a_failing_program_stays_and_it_gets_its_reports(self):
        self.write("bad.ml", 'function f() { throw "no"; }\nf();\n')
        result = self.mlpy("run", "bad.ml", "--profile", "--report", "dev-summary", "--report", "ml-summary")
        self.assertEqual(result.status, 1)
        self.assertIn("Program failed: ", result.out)
        self.assertIn("Time Breakdown:", result.out)

    def test_a_failing_program_holds_what_it_holds(self):
        self.write("fails.ml", "print(1);\nx = [][5];\n")
        self.mlpy("run", "fails.ml", "--profile", "--profile-save", "run.mlprof")
        profile = json.loads((self.folder / "run.mlprof").read_text())
        held = {f["name"]: f["at_peak_bytes"] for f in profile["functions"]}
        self.assertLess(held.get("(outside)", 0), 100_000)

    def test_a_program_that_does_not_compile_says_so_in_the_report(self):
        self.write("broken.ml", "print(1);\nprint(nowhere);\n")
        result = self.mlpy("run", "broken.ml", "--profile")
        self.assertEqual(result.status, 3)
        self.assertIn("No ML user code detected in this profiling session.", result.out)
        self.assertIn("(broken.ml:2:7)", result.out)
        self.assertEqual(self.saved(), [])

    def test_an_encoding_without_the_marks_gets_others(self):
        self.assertIn("\n▸ ", self.mlpy("run", "example.ml", "--profile").out)
        for name, locale in (("LC_ALL", "de_DE.ISO-8859-1"), ("LANG", "de_DE.ISO8859-15@euro")):
            named = {"LC_ALL": "", "LC_CTYPE": "", name: locale}
            result = self.mlpy("profile", "show", "last", **named)
            self.assertTrue(result.out.isascii(), result.out)
            self.assertIn("\n* Overall Assessment:", result.out)
            self.mlpy("profile", "show", "last", "--profile-output", "report.txt", **named)
            self.assertIn("✓", (self.folder / "report.txt").read_text("utf-8"))
        for locale in ("C", "POSIX", "de_DE.UTF-8", "C.utf8"):
            self.assertIn("✓", self.mlpy("profile", "show", "last", LC_ALL=locale).out)

    def test_memory_can_be_left_out(self):
        result = self.mlpy("run", "example.ml", "--profile", "--no-profile-memory")
        self.assertNotIn("Memory", result.out)

    def test_phases_count_files(self):
        self.write("main.ml", "import a;\nimport b;\nprint(a.x + b.y);\n")
        self.write("a.ml", "x = 1;\n")
        self.write("b.ml", "y = 2;\n")
        result = self.mlpy("run", "main.ml", "--report", "raw", "--force-transpile")
        self.assertEqual(result.status, 0, result.err)
        for step in ("read_source", "parse_file", "build_symbols", "scan_patterns", "track_data_flow", "generate_python",
                     "write_source_map", "compile_bytecode"):
            self.assertRegex(result.out, rf"(?m)^ +3 .* <mlpy>:0\({step}\)$")
        for step in ("spawn_interpreter", "import_runtime"):
            self.assertRegex(result.out, rf"(?m)^ +1 .* <mlpy>:0\({step}\)$")

    def test_the_security_analysis_is_a_phase_of_its_own(self):
        self.write("main.ml", 'import file;\ntext = file.read("main.ml");\nprint(len(text));\n')
        result = self.mlpy("run", "main.ml", "--profile", "--profile-save", "run.mlprof", "--allow-all")
        self.assertEqual(result.status, 0, result.err)
        profile = json.loads((self.folder / "run.mlprof").read_text())
        steps = {f["name"]: f["self_ns"] for f in profile["functions"] if f["category"] == "security_analysis"}
        self.assertEqual(set(steps), {"scan_patterns", "track_data_flow"})
        self.assertGreater(min(steps.values()), 0)


class Options(ProfileTest):
    """What the options ask for is what the saved profile says was done."""

    def collected(self, *options):
        result = self.mlpy("run", "example.ml", "--profile", "--profile-save", "run.mlprof", *options)
        self.assertEqual((result.status, result.err), (0, ""))
        profile = json.loads((self.folder / "run.mlprof").read_text())
        return result.out, profile, profile["collection"]

    @staticmethod
    def hits(profile, name):
        functions = profile["functions"]
        return {line["line"]: line["hits"] for line in profile["lines"] if functions[line["function"]]["name"] == name}

    def test_lines_are_counted(self):
        out, profile, collection = self.collected("--profile-lines")
        self.assertTrue(collection["lines"])
        hits = self.hits(profile, "fibonacci")
        self.assertEqual((hits[2], hits[3]), (3193, 1596))
        self.assertRegex(out, r"(?m)^\| +3 \| +1,596 \|")
        _, profile, collection = self.collected()
        self.assertFalse(collection["lines"])
        self.assertLessEqual(set(self.hits(profile, "fibonacci").values()), {None})

    def test_modes(self):
        for mode in ("auto", "sample", "exact"):
            _, profile, collection = self.collected("--profile-mode", mode)
            self.assertEqual(collection["mode"], mode)
            calls = {f["name"]: f["calls"] for f in profile["functions"]}
            self.assertEqual(calls["fibonacci"], 3193)
        self.assertEqual((collection["time"], collection["memory"]), ("exact", "exact"))

    def test_memory_off(self):
        _, _, collection = self.collected()
        self.assertNotEqual(collection["memory"], "off")
        _, _, collection = self.collected("--no-profile-memory")
        self.assertEqual(collection["memory"], "off")

    def test_a_longer_interval_takes_fewer_samples(self):
        # The program waits: on a busy machine, too, the sampler gets a processor soon then.
        class Slow(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                time.sleep(1)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *words):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.write("example.ml", f'import http;\nprint(http.get("http://127.0.0.1:{server.server_port}/").status);\n')
            samples = {}
            for interval in (0.1, 100):
                out, _, _ = self.collected("--profile-interval", str(interval), "--dev-summary", "--allow-all")
                samples[interval] = int(re.search(r"\(([\d,]+) samples\)", out)[1].replace(",", ""))
            server.shutdown()
        self.assertLess(5 * samples[100], samples[0.1])


class Saving(ProfileTest):
    def test_every_profiled_run_is_saved_with_what_it_was(self):
        self.mlpy("run", "example.ml", "--profile", "--", "secret")
        (file,) = self.saved()
        profile = json.loads(file.read_text())
        self.assertEqual((profile["format"], profile["version"]), ("mlpy-profile", 1))
        run = profile["run"]
        self.assertRegex(run["id"], r"^\d{8}-\d{6}-[0-9a-f]{4}$")
        self.assertEqual(file.stem, run["id"])
        self.assertEqual((run["program"], run["exit_code"], run["kind"], run["transpile_cache"], run["error"]),
                         ("example.ml", 0, "run", "miss", None))
        self.assertEqual(run["command"][1:], ["run", "example.ml", "--profile"])
        self.assertEqual(set(run["host"]) >= {"os", "cpu_count", "python", "mlpy", "core"}, True)
        self.assertEqual(file.read_bytes(), (self.folder / ".mlpy/profiles/latest.mlprof").read_bytes())
        (source,) = profile["files"]
        import hashlib
        self.assertEqual(source["path"], "example.ml")
        self.assertEqual(source["sha256"], hashlib.sha256(WORK.encode()).hexdigest())
        function = next(f for f in profile["functions"] if f["name"] == "fibonacci")
        self.assertEqual((function["line"], function["end_line"], function["arity"], function["calls"]), (1, 4, 1, 3193))
        self.assertRegex(function["body_hash"], "^[0-9a-f]{16}$")
        self.mlpy("run", "example.ml", "--profile")
        newest = json.loads((self.folder / ".mlpy/profiles/latest.mlprof").read_text())
        self.assertEqual(newest["run"]["transpile_cache"], "hit")
        self.assertNotEqual(newest["run"]["id"], run["id"])

    def test_the_error_of_a_failing_program_is_kept(self):
        self.write("bad.ml", 'x = 1;\nthrow "no";\n')
        self.mlpy("run", "bad.ml", "--profile")
        run = json.loads(self.saved()[0].read_text())["run"]
        self.assertEqual(run["exit_code"], 1)
        self.assertEqual((run["error"]["message"], run["error"]["file"], run["error"]["line"]), ("no", "bad.ml", 2))

    def test_paths_are_relative_to_the_project(self):
        self.write("shop/mlpy.json", "{}")
        self.write("shop/src/main.ml", "import lib.tax;\nprint(lib.tax.of(2));\n")
        self.write("shop/src/lib/tax.ml", "function of(x) { return x; }\n")
        result = self.mlpy("run", "shop/src/main.ml", "--profile")
        self.assertEqual(result.status, 0, result.err)
        (file,) = self.saved("shop")
        text = file.read_text()
        profile = json.loads(text)
        self.assertEqual(profile["run"]["program"], "src/main.ml")
        # Python files of functions that were seen at work may stand behind them, by name.
        self.assertEqual({f["path"] for f in profile["files"] if f.get("ml", True)}, {"src/main.ml", "src/lib/tax.ml"})
        self.assertFalse([f["path"] for f in profile["files"] if f["path"].startswith("..")])
        self.assertNotIn(str(self.folder / "shop"), text)

    def test_another_file_or_none(self):
        self.mlpy("run", "example.ml", "--profile", "--profile-save", "deep/mine.mlprof")
        self.assertEqual(json.loads((self.folder / "deep/mine.mlprof").read_text())["run"]["program"], "example.ml")
        self.mlpy("run", "example.ml", "--profile", "--no-profile-save")
        self.assertFalse((self.folder / ".mlpy").exists())

    def test_where_the_folder_takes_nothing_it_is_kept_with_the_cache(self):
        self.write(".mlpy", "")
        self.assertEqual(self.mlpy("run", "example.ml", "--profile").err, "")
        self.assertRegex(self.mlpy("profile", "list").out, r"\| example\.ml +\|")
        self.assertIn("ML CODE PERFORMANCE SUMMARY", self.mlpy("profile", "show", "example.ml").out)

    def test_without_a_folder_for_temporary_files(self):
        result = self.mlpy("run", "example.ml", "--profile", TMPDIR=str(self.folder / "none"))
        self.assertEqual((result.status, result.err), (0, ""))
        self.assertIn("Top ML Functions:", result.out)

    def test_a_module_that_only_raises_an_error(self):
        self.write("broken.ml", 'function g() { return 1; }\nthrow "closed";\n')
        self.write("example.ml", "import broken;\nfunction f() { return broken.g(); }\nprint(f());\n")
        result = self.mlpy("run", "example.ml", "--profile", "--profile-save", "run.mlprof")
        self.assertEqual(result.status, 1, result.err)
        self.assertRegex(result.out, r"(?m)^Program failed: .*closed.* \(broken\.ml:2\)$")
        profile = json.loads((self.folder / "run.mlprof").read_text())
        calls = {(profile["files"][f["file"]]["path"], f["name"]): f["calls"] for f in profile["functions"]
                 if f["kind"] == "ml" and f["calls"]}
        self.assertEqual(calls, {("example.ml", "(top level)"): 1, ("broken.ml", "(top level)"): 1})
        self.assertFalse([f["name"] for f in profile["functions"] if f["kind"] == "import" and f["calls"]])

    def test_a_module_that_is_not_there(self):
        """Nothing ran, so nothing was called."""
        self.write("example.ml", "import nosuch;\nprint(nosuch.x);\n")
        result = self.mlpy("run", "example.ml", "--profile")
        self.assertEqual(result.status, 3, result.out)
        self.assertIn("No ML user code detected in this profiling session.\nIt stopped before running: ", result.out)
        self.assertNotIn("import nosuch", result.out)

    def test_without_profile_nothing_is_left(self):
        self.mlpy("run", "example.ml")
        self.assertFalse((self.folder / ".mlpy").exists())

    def test_exports_beside_the_run(self):
        import pstats
        result = self.mlpy("run", "example.ml", "--export", "pstats=out/run.pstats", "--export", "collapsed")
        self.assertEqual(result.status, 0, result.err)
        names = {key[2] for key in pstats.Stats(str(self.folder / "out/run.pstats")).stats}
        self.assertIn("fibonacci", names)
        self.assertEqual(len(list(self.folder.glob("*.folded"))), 1)

    @staticmethod
    def end(process):
        try:
            os.kill(process, signal.SIGKILL)
        except (ProcessLookupError, TypeError):
            pass

    def test_a_timeline_says_what_ran_when(self):
        self.write("long.ml", "function work(n) {\n    total = 0;\n    for (i = 0; i < n; i = i + 1) { total = total + i; }\n"
                              "    return total;\n}\nfor (k = 0; k < 30; k = k + 1) { work(200000); }\n")
        result = self.mlpy("run", "long.ml", "--profile-timeline", "--export", "speedscope=s.json", "--export", "chrome=c.json")
        self.assertEqual((result.status, "warning" in result.err), (0, False), result.err)
        profile = json.loads(self.saved()[0].read_text())
        timeline, stacks = profile["timeline"], profile["stacks"]
        names = [profile["functions"][stacks[moment["stack"]]["frames"][-1]]["name"] for moment in timeline]
        self.assertIn("work", names)
        self.assertEqual((names[0], names[-1]), ("read_source", "collect_result"))
        end = 0
        for moment in timeline:
            self.assertGreaterEqual(moment["at_ns"], end)
            end = moment["at_ns"] + moment["dur_ns"]
        self.assertLessEqual(end, profile["totals"]["wall_ns"])
        file = json.loads((self.folder / "s.json").read_text())
        shown = file["profiles"][0]
        self.assertEqual((shown["type"], shown["endValue"]), ("evented", end))
        open_frames, at = [], 0
        for event in shown["events"]:
            self.assertGreaterEqual(event["at"], at)
            at = event["at"]
            if event["type"] == "O":
                open_frames.append(event["frame"])
            else:
                self.assertEqual(open_frames.pop(), event["frame"])
        self.assertEqual(open_frames, [])
        trace = json.loads((self.folder / "c.json").read_text())
        self.assertFalse(trace["otherData"]["reconstructed"])
        self.assertTrue(any(e["ph"] == "X" and e["name"].startswith("work (") for e in trace["traceEvents"]))
        before = set(self.saved())
        self.mlpy("run", "example.ml", "--profile")
        [without] = set(self.saved()) - before
        self.assertNotIn("timeline", json.loads(without.read_text()))

    def test_the_project_file_decides_what_the_command_line_does_not(self):
        self.write("mlpy.json", json.dumps({"profile": {"mode": "sample", "lines": True, "reports": ["raw"], "keep": 2}}))
        result = self.mlpy("run", "example.ml", "--profile")
        self.assertIn("Ordered by: internal time", result.out)
        self.assertNotIn("Top ML Functions", result.out)
        self.assertIn("| Line | Hits", result.out)
        collection = json.loads((self.folder / ".mlpy/profiles/latest.mlprof").read_text())["collection"]
        self.assertEqual((collection["mode"], collection["lines"]), ("sample", True))
        other = self.mlpy("run", "example.ml", "--ml-summary", "--profile-mode", "auto")
        self.assertIn("Top ML Functions", other.out)
        self.assertNotIn("Ordered by", other.out)
        self.assertEqual(json.loads((self.folder / ".mlpy/profiles/latest.mlprof").read_text())["collection"]["mode"], "auto")
        self.mlpy("run", "example.ml", "--profile")
        self.assertEqual(len(self.saved()), 2)
        self.mlpy("run", "example.ml", "--profile", "--profile-keep", "3")
        self.assertEqual(len(self.saved()), 3)
        refused = self.mlpy("run", "example.ml", "--profile", "--profile-keep", "0")
        self.assertEqual((refused.status, len(self.saved())), (2, 3))
        self.assertIn("--profile-keep: '0' is not a whole number from 1 on\n", refused.err)
        self.mlpy("run", "example.ml", "--profile")
        self.assertEqual(len(self.saved()), 2)
        self.write("mlpy.json", json.dumps({"profile": {"keep": 1}}))
        self.assertIn("1 saved run removed", self.mlpy("profile", "gc").out)
        self.assertEqual(self.mlpy("run", "example.ml").out, "987\n")  # it does not switch profiling on

    def test_sandbox_steps_are_phases(self):
        self.mlpy("run", "example.ml", "--profile")
        profile = json.loads(self.saved()[0].read_text())
        steps = [f["name"] for f in profile["functions"] if f["category"] == "sandbox_startup" and f["kind"] == "phase"
                 and f["calls_exact"] and not f["name"].startswith("(")]
        self.assertEqual(sorted(steps), ["apply_limits", "collect_result", "import_runtime", "spawn_interpreter"])

    def test_a_killed_run_leaves_what_it_had(self):
        self.write("endless.ml", "function spin(n) {\n    s = 0;\n    for (i in range(n)) { s = s + i; }\n    return s;\n}\n"
                                 'print("started");\nwhile (true) { spin(1000); }\n')
        process = subprocess.Popen([support.MLPY, "run", "endless.ml", "--profile"], cwd=self.folder,
                                   env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 50
        child = capture = None
        # Until the program's capture says that there is something to lose.
        while time.monotonic() < deadline and (capture is None or capture.stat().st_size < 1500):
            time.sleep(0.02)
            words = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            if words:
                child = int(words[0])
                named = Path(f"/proc/{child}/cmdline").read_text().split("\0")
                capture = next((Path(w) for w in named if re.fullmatch(r"mlpy-\w{6}", Path(w).name)), None)
        self.addCleanup(self.end, child)
        time.sleep(1.0)
        os.kill(child, signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGKILL)
        self.assertIn("killed by signal 9", out)
        self.assertIn("spin (endless.ml:1)", out)
        (file,) = self.saved()
        profile = json.loads(file.read_text())
        self.assertFalse(profile["collection"]["complete"])
        self.assertIn("partial", self.mlpy("profile", "list").out)

    def test_a_limit_that_ends_the_program_is_the_reason(self):
        self.write("example.ml", "x = 0;\nwhile (true) { x = x + 1; }\n")
        result = self.mlpy("run", "example.ml", "--profile", "--timeout", "1")
        self.assertEqual(result.status, 6)
        self.assertIn("Profiling data is incomplete.\nThe program was ended: time limit of 1 s reached.\n\nTotal Execution",
                      result.out)

    def test_a_program_that_used_up_its_memory_says_so(self):
        self.write("example.ml", 'x = [];\nwhile (true) { x.push("abc" + len(x)); }\n')
        result = self.mlpy("run", "example.ml", "--profile", "--memory-limit", "80MB")
        self.assertEqual(result.status, 6)
        # From Python 3.12 on the interpreter has no memory left to note where that was.
        self.assertRegex(result.out, r"\nProgram failed: ResourceLimitError: memory limit of 80MB reached( \(example\.ml:2\))?\n")


class Enabled(ProfileTest):
    def setUp(self):
        super().setUp()
        self.environment["XDG_CONFIG_HOME"] = str(self.folder / "config")

    def test_the_setting_outlives_the_process(self):
        self.assertIn("disabled", self.mlpy("profiling").out)
        self.assertEqual(self.mlpy("profiling", "--enable").status, 0)
        self.assertIn("enabled", self.mlpy("profiling").out)
        self.assertEqual(self.mlpy("run", "example.ml").out, "987\n")
        self.assertEqual(len(self.saved()), 1)
        self.assertEqual(self.mlpy("transpile", "example.ml").status, 0)
        self.assertEqual(len(self.saved()), 2)
        self.mlpy("run", "example.ml", MLPY_PROFILE="0")
        self.mlpy("profiling", "--disable")
        self.mlpy("run", "example.ml")
        self.assertEqual(len(self.saved()), 2)
        self.mlpy("run", "example.ml", MLPY_PROFILE="1")
        self.assertEqual(len(self.saved()), 3)

    def test_transpile_saves_its_phases(self):
        result = self.mlpy("transpile", "example.ml", "--profile")
        self.assertEqual((result.status, result.out), (0, "Successfully transpiled to example.py\n"))
        profile = json.loads(self.saved()[0].read_text())
        steps = {f["name"]: f["calls"] for f in profile["functions"]}
        self.assertEqual(steps, {"read_source": 1, "parse_file": 1, "build_symbols": 1, "scan_patterns": 1,
                                 "track_data_flow": 1, "generate_python": 1})
        report = self.mlpy("transpile", "example.ml", "--report", "dev-summary").out
        self.assertIn("Time Breakdown:", report)
        self.assertIn("generate_python", report)


if __name__ == "__main__":
    support.main()
