"""Saved runs: listed, found, compared, followed over time, deleted (profiler-reports.md 7.2 to 7.4)."""

import copy
import json
import sqlite3
import subprocess

import support

WORK = "function work(n) {\n    s = 0;\n    for (i in range(n)) { s = s + i; }\n    return s;\n}\nprint(work(1000));\n"


class HistoryTest(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.write("p.ml", WORK)
        self.profiles = self.folder / ".mlpy/profiles"

    def run_once(self, program="p.ml"):
        result = self.mlpy("run", program, "--profile")
        self.assertEqual(result.status, 0, result.err)

    def listed(self, *words):
        result = self.mlpy("profile", "list", "--json", *words)
        self.assertEqual(result.status, 0, result.err)
        return json.loads(result.out)["runs"]

    def made(self, name, functions, **changes):
        """A profile file with these functions (name -> self time in ms), from a real one."""
        if not hasattr(self, "model"):
            self.mlpy("run", "p.ml", "--profile", "--profile-save", "model.mlprof", "--no-profile-memory")
            self.model = json.loads((self.folder / "model.mlprof").read_text())
        p = copy.deepcopy(self.model)
        row = next(f for f in p["functions"] if f["name"] == "work")
        other = {c["id"]: c["self_ns"] for c in p["categories"]}
        p["functions"] = [{**row, "name": n, "line": 10 + i, "self_ns": ms * 1_000_000, "cum_ns": ms * 1_000_000,
                           "shape_hash": "", "body_hash": "", "path": [], "ordinal": 0, **changes.get(n, {})}
                          for i, (n, ms) in enumerate(functions.items())]
        ml = sum(f["self_ns"] for f in p["functions"])
        for c in p["categories"]:
            c["self_ns"] = ml if c["id"] == "ml_code" else 0
        p["totals"].update(wall_ns=ml, ml_ns=ml, overhead_ns=0, stdlib_ns=0)
        p["files"][0]["self_ns"] = ml
        p["edges"], p["lines"], p["stacks"] = [], [], []
        p["collection"].update(interval_ns=0, time="exact", samples=0)
        p["run"]["id"] = name
        self.assertGreater(sum(other.values()), 0)
        (self.folder / f"{name}.mlprof").write_text(json.dumps(p))
        return f"{name}.mlprof"


class Finding(HistoryTest):
    def test_newest_first_with_their_numbers(self):
        self.run_once()
        self.write("q.ml", "print(2);")
        self.run_once("q.ml")
        runs = self.listed()
        self.assertEqual([r["program"] for r in runs], ["q.ml", "p.ml"])
        text = self.mlpy("profile", "list").out
        self.assertIn(runs[0]["id"], text)
        self.assertRegex(text.splitlines()[0], r"^\| Run +\| Date \(UTC\) +\| Program +\| Total +\| ML +\| Peak +\|$")
        self.assertEqual([r["program"] for r in self.listed("--file", "p.ml")], ["p.ml"])
        self.assertEqual([r["program"] for r in self.listed("--last", "1")], ["q.ml"])

    def test_a_run_by_id_prefix_last_program_and_file(self):
        self.run_once()
        self.run_once()
        new, old = [r["id"] for r in self.listed()]
        whole = self.mlpy("profile", "show", old).out
        self.assertIn("ML CODE PERFORMANCE SUMMARY", whole)
        for name in (old[:-1], "last:2", f".mlpy/profiles/{old}.mlprof"):
            self.assertEqual(self.mlpy("profile", "show", name).out, whole, name)
        newest = self.mlpy("profile", "show", "last").out
        for name in (new, "last:1", "p.ml", "./p.ml"):
            self.assertEqual(self.mlpy("profile", "show", name).out, newest, name)

    def test_reports_of_a_saved_run_are_those_of_the_run(self):
        out = self.mlpy("run", "p.ml", "--report", "all").out
        reports = out.split("=== PERFORMANCE PROFILING REPORTS ===\n")[1]
        self.assertEqual(self.mlpy("profile", "show", "last", "--report", "all").out, reports)
        lines = self.mlpy("profile", "lines", "last", "--function", "work")
        self.assertEqual(lines.status, 0)
        self.assertTrue(lines.out.startswith("work (p.ml:1) - "), lines.out)

    def test_from_another_folder(self):
        self.write("sub/q.ml", "print(3);")
        self.run_once("sub/q.ml")
        self.assertFalse(self.profiles.exists())
        self.assertEqual([r["program"] for r in self.listed()], ["sub/q.ml"])
        self.assertIn("Total Execution Time", self.mlpy("profile", "show", "sub/q.ml").out)

    def test_names_that_mean_nothing_or_too_much(self):
        nothing = self.mlpy("profile", "show", "last")
        self.assertEqual(nothing.status, 2)
        self.assertIn("run a program with --profile first", nothing.err)
        self.run_once()
        self.run_once()
        unknown = self.mlpy("profile", "show", "nonsense")
        self.assertEqual((unknown.status, unknown.out), (2, ""))
        self.assertIn("no saved run 'nonsense'", unknown.err)
        self.assertIn("did you mean 'p.ml'?", self.mlpy("profile", "show", "pp.ml").err)
        ambiguous = self.mlpy("profile", "show", "20")
        self.assertEqual(ambiguous.status, 2)
        self.assertIn("is the beginning of 2 runs", ambiguous.err)
        self.assertEqual(self.mlpy("profile", "show", "last:9").status, 2)
        missing = self.mlpy("profile", "show", "gone.mlprof")
        self.assertEqual(missing.status, 2)
        self.assertIn("cannot read 'gone.mlprof'", missing.err)
        self.write("bad.mlprof", '{"format": "mlpy-profile", "version": 99}')
        self.assertEqual(self.mlpy("profile", "show", "bad.mlprof").status, 2)
        self.write("worse.mlprof", "garbage")
        for command in (["show", "worse.mlprof"], ["lines", "worse.mlprof"], ["compare", "worse.mlprof", "last"],
                        ["export", "worse.mlprof", "--format", "csv", "-o", "x.csv"]):
            result = self.mlpy("profile", *command)
            self.assertEqual(result.status, 2, command)
            self.assertIn("cannot read 'worse.mlprof'", result.err)
        self.assertEqual(self.mlpy("profile", "show", "last", "--report", "nope").status, 2)
        self.assertIn("did you mean 'csv'?", self.mlpy("profile", "export", "last", "--format", "csvv").err)
        self.assertEqual(self.mlpy("profile", "lines", "last", "--function", "nobody").status, 2)


class Comparing(HistoryTest):
    def test_statuses_changes_and_sums(self):
        a = self.made("20260101-000000-aaaa", {"slow": 900, "steady": 400, "worse": 100, "old": 50})
        b = self.made("20260102-000000-bbbb", {"slow": 90, "steady": 410, "worse": 130, "fresh": 20})
        result = self.mlpy("profile", "compare", a, b)
        self.assertEqual((result.status, result.err), (0, ""))
        text = result.out.splitlines()
        self.assertEqual(text[:3], ["=" * 70, "PROFILE COMPARISON", "=" * 70])
        self.assertEqual(text[4], "Before: 20260101-000000-aaaa   After: 20260102-000000-bbbb")
        self.assertEqual(text[5], "Total Execution Time:   1.450s -> 0.650s  (-55.2%)")
        self.assertEqual(text[6], "ML Code Execution Time: 1.450s -> 0.650s  (-55.2%)")
        self.assertEqual(text[9:], [
            "| Function                              | Before | After  | Change  | Status      |",
            "|---------------------------------------|--------|--------|---------|-------------|",
            "| slow (p.ml)                           | 0.900s | 0.090s |  -90.0% | IMPROVEMENT |",
            "| old (p.ml)                            | 0.050s |      - |       - | GONE        |",
            "| worse (p.ml)                          | 0.100s | 0.130s |  +30.0% | REGRESSION  |",
            "| fresh (p.ml)                          |      - | 0.020s |       - | NEW         |",
            "| steady (p.ml)                         | 0.400s | 0.410s |   +2.5% | OK          |",
        ])

    def test_exit_codes_for_continuous_integration(self):
        a = self.made("a", {"f": 100, "g": 100})
        b = self.made("b", {"f": 115, "g": 90})
        self.assertEqual(self.mlpy("profile", "compare", a, b, "--fail-on-regression").status, 1)
        self.assertEqual(self.mlpy("profile", "compare", a, b, "--fail-on-regression", "--threshold", "20").status, 0)
        self.assertEqual(self.mlpy("profile", "compare", a, b, "--fail-on-regression", "--min-time", "16").status, 0)
        self.assertEqual(self.mlpy("profile", "compare", a, b, "--fail-over", "10").status, 1)
        self.assertEqual(self.mlpy("profile", "compare", a, b, "--fail-over", "15").status, 0)
        self.assertEqual(self.mlpy("profile", "compare", a, a, "--fail-on-regression", "--fail-over", "0").status, 0)
        self.assertEqual(self.mlpy("profile", "compare", a, b, "--threshold", "-1").status, 2)
        self.assertEqual(self.mlpy("profile", "compare", a).status, 2)
        self.assertEqual(self.mlpy("profile", "compare", a, b, "--metric", "speed").status, 2)

    def test_several_runs_on_a_side_are_compared_by_their_medians(self):
        names = [self.made(f"r{i}", {"f": ms}) for i, ms in enumerate((100, 300, 110, 105, 500, 104))]
        result = self.mlpy("profile", "compare", *names[:3], "--", *names[3:], "--json")
        document = json.loads(result.out)
        self.assertEqual((document["before"], document["after"]), (["r0", "r1", "r2"], ["r3", "r4", "r5"]))
        (f,) = document["functions"]
        self.assertEqual((f["before"], f["after"], f["status"]), (110_000_000, 105_000_000, "OK"))

    def test_noise_of_single_sampled_runs_is_said(self):
        a = self.made("a", {"f": 100}, f={"samples": 100})
        b = self.made("b", {"f": 120}, f={"samples": 100})
        for name in (a, b):
            p = json.loads((self.folder / name).read_text())
            p["collection"].update(interval_ns=1_000_000, time="sampled", samples=100)
            f = p["functions"].index(next(x for x in p["functions"] if x["name"] == "f"))
            p["stacks"] = [{"frames": [f], "lines": [10], "self_ns": p["totals"]["wall_ns"], "samples": 100}]
            (self.folder / name).write_text(json.dumps(p))
        text = self.mlpy("profile", "compare", a, b).out
        self.assertIn("single runs: differences under 29% are noise\n", text)
        self.assertIn("REGRESSION", text)
        self.assertIn("f (p.ml): the change is within the noise of its samples\n", text)
        self.assertEqual(self.mlpy("profile", "compare", a, b, "--fail-over", "10").status, 1)  # the ML total is worse

    def test_functions_are_known_again_after_an_edit(self):
        self.run_once()
        self.write("p.ml", "// a comment above moves everything\n\n" + WORK.replace("work", "effort"))
        self.run_once()
        text = self.mlpy("profile", "compare", "last:2", "last").out
        self.assertIn("effort (p.ml) was work (p.ml)\n", text)
        self.assertNotIn("GONE", text)


class Following(HistoryTest):
    def test_history_and_trend(self):
        for _ in range(3):
            self.run_once()
        series = json.loads(self.mlpy("profile", "history", "p.ml", "--json").out)
        self.assertEqual(len(series["points"]), 3)
        self.assertEqual([p["run"] for p in series["points"]], [r["id"] for r in reversed(self.listed())])
        self.assertIsNone(series["points"][0]["change_pct"])
        self.assertIsNotNone(series["points"][1]["change_pct"])
        text = self.mlpy("profile", "history", "p.ml", "--metric", "total", "--last", "2").out
        bars = [line.count("#") for line in text.splitlines() if "#" in line]
        self.assertEqual(len(bars), 2)
        self.assertEqual(max(bars), 30)  # two runs that took the same time fill it both
        self.mlpy("run", "p.ml", "--profile", "--profile-mode", "sample")
        self.assertEqual(self.mlpy("profile", "history", "p.ml").out.count(" * "), 3)
        trend = json.loads(self.mlpy("profile", "trend", "work", "--json").out)
        self.assertEqual((trend["subject"], trend["metric"], len(trend["points"])), ("work (p.ml)", "self", 4))
        self.assertEqual(self.mlpy("profile", "history", "p.ml", "--function", "work").status, 0)
        near = self.mlpy("profile", "trend", "wrok")
        self.assertEqual(near.status, 2)
        self.assertIn("did you mean 'work'?", near.err)
        self.assertEqual(self.mlpy("profile", "history", "other.ml").status, 2)

    def test_report_over_all_and_clearing(self):
        empty = self.mlpy("profile-report")
        self.assertEqual((empty.status, empty.out),
                         (0, "No profiling data available. Run some commands with --profile first.\n"))
        self.run_once()
        self.run_once()
        text = self.mlpy("profile-report").out
        self.assertTrue(text.startswith("Profiling Summary\n  Total Functions: 2\n  Total Calls: 4\n"), text)
        self.assertRegex(text, r"\| work \(p\.ml\) +\| +2 \|")
        self.assertEqual(json.loads(self.mlpy("profile-report", "--json", "--last", "1").out)["total_calls"], 2)
        cleared = self.mlpy("clear-profiles")
        self.assertEqual((cleared.status, cleared.out), (0, "Profiling data cleared.\n"))
        self.assertEqual((self.listed(), list(self.profiles.iterdir())), ([], []))

    def test_delete_and_clear(self):
        self.write("q.ml", "print(2);")
        for program in ("p.ml", "q.ml", "p.ml"):
            self.run_once(program)
        newest = self.listed()[0]["id"]
        self.assertEqual(self.mlpy("profile", "delete", newest, "nonsense").status, 2)
        self.assertEqual(len(self.listed()), 3)
        self.assertEqual(self.mlpy("profile", "delete", newest).out, "1 saved run removed.\n")
        latest = json.loads((self.profiles / "latest.mlprof").read_text())
        self.assertEqual(latest["run"]["id"], self.listed()[0]["id"])
        self.assertEqual(self.mlpy("profile", "clear", "--older-than", "1").out, "0 saved runs removed.\n")
        self.assertEqual(self.mlpy("profile", "clear", "--file", "q.ml").out, "1 saved run removed.\n")
        self.assertEqual([r["program"] for r in self.listed()], ["p.ml"])


class Keeping(HistoryTest):
    def test_the_newest_twenty_of_a_program_stay(self):
        self.write("q.ml", "print(2);")
        self.run_once("q.ml")
        for _ in range(21):
            self.run_once()
        self.assertEqual([len(self.listed("--file", f)) for f in ("p.ml", "q.ml")], [20, 1])
        self.assertEqual(len(list(self.profiles.glob("2*.mlprof"))), 21)
        self.assertEqual(self.mlpy("profile", "gc", "--keep", "2").out, "18 saved runs removed.\n")
        self.assertEqual(len(self.listed()), 3)

    def test_runs_at_the_same_time_are_all_recorded(self):
        self.run_once()
        processes = [subprocess.Popen([support.MLPY, "run", "p.ml", "--profile"], cwd=self.folder,
                                      env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                     for _ in range(4)]
        for process in processes:
            out, err = process.communicate(timeout=60)
            self.assertEqual((process.returncode, err), (0, ""))
        runs = self.listed()
        self.assertEqual(len(runs), 5)
        for run in runs:
            self.assertTrue((self.profiles / f"{run['id']}.mlprof").exists())

    def test_a_damaged_history_is_set_aside_and_made_anew(self):
        self.run_once()
        self.run_once()
        known = self.listed()
        database = self.folder / ".mlpy/history.db"
        for damage in (b"this is no database, and has not been one for a long time" * 50,
                       database.read_bytes()[:5000]):
            database.write_bytes(damage)
            result = self.mlpy("profile", "list", "--json")
            self.assertEqual(result.status, 0)
            self.assertIn("it was set aside as history.db.damaged", result.err)
            self.assertEqual(json.loads(result.out)["runs"], known)
            self.assertEqual((self.folder / ".mlpy/history.db.damaged").read_bytes(), damage)
        database.write_bytes(b"garbage" * 1000)
        result = self.mlpy("run", "p.ml", "--profile")
        self.assertEqual(result.status, 0)
        self.assertIn("set aside", result.err)
        self.assertEqual(len(self.listed()), 3)
        database.unlink()
        self.assertEqual(len(self.listed()), 3)

    def test_a_profile_that_was_damaged_since_is_named(self):
        for _ in range(3):
            self.run_once()
        whole, cut, gone = (run["id"] for run in self.listed())
        file = self.profiles / f"{cut}.mlprof"
        file.write_bytes(file.read_bytes()[:100])
        (self.profiles / f"{gone}.mlprof").unlink()
        listing = self.mlpy("profile", "list")
        self.assertEqual((listing.status, [name in listing.out for name in (whole, cut, gone)]), (0, [True] * 3))
        self.assertIn(f"{cut}.mlprof: it is not JSON: incomplete JSON; `mlpy profile delete {cut}` removes the run\n", listing.err)
        self.assertIn(f"{gone}.mlprof: No such file or directory; `mlpy profile delete {gone}` removes", listing.err)
        self.assertEqual(listing.err.count("\n"), 2)
        tidied = self.mlpy("profile", "gc")  # forgets what is gone, and removes nothing that a person might mend
        self.assertIn(f"{cut}.mlprof: it is not JSON", tidied.err)
        self.assertEqual(tidied.err.count("\n"), 1)
        self.assertEqual(self.mlpy("profile", "delete", cut).out, "1 saved run removed.\n")
        listing = self.mlpy("profile", "list", "--json")
        self.assertEqual(([run["id"] for run in json.loads(listing.out)["runs"]], listing.err), ([whole], ""))

    def test_a_history_of_a_later_version_is_left_alone(self):
        self.run_once()
        database = self.folder / ".mlpy/history.db"
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        before = database.read_bytes()
        result = self.mlpy("run", "p.ml", "--profile")
        self.assertEqual(result.status, 0)
        self.assertIn("newer version of mlpy", result.err)
        self.assertEqual(database.read_bytes(), before)
        self.assertEqual(len(list(self.profiles.glob("2*.mlprof"))), 2)

    def test_a_number_that_does_not_fit_is_told_in_a_line(self):
        whole, any_number = "is not a whole number from 1 on", "is not a number from 0 on"
        for words, option, values, rule in (
            (("profile", "list"), "--last", ("0", "-1", "x", "1.5", "99999999999999999999"), whole),
            (("profile", "history", "p.ml"), "--last", ("0",), whole),
            (("profile", "trend", "work"), "--last", ("0",), whole),
            (("profile", "lines", "last"), "--top", ("0",), whole),
            (("profile", "gc"), "--keep", ("0",), whole),
            (("profile-report",), "--last", ("0",), whole),
            (("profile", "clear"), "--older-than", ("-1", "x", "nan"), any_number),
        ):
            for value in values:
                result = self.mlpy(*words, f"{option}={value}")
                self.assertEqual(result.status, 2, (words, value))
                self.assertIn(f"{option}: '{value}' {rule}\n", result.err)


if __name__ == "__main__":
    support.main()
