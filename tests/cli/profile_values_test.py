"""What profiled runs must report about programs whose figures are known, and who gets to see what
(profiler-reports.md 8 and 11). Shares come from work of known ratio in many short rounds, not from clocks."""

import json
import re

import support

# 1 : 2 : 3, as functions that spin for 100, 200 and 300 ms; many rounds, so that other load meets all of them alike.
SPIN = """function first(n) { s = 1; for (i = 0; i < n; i = i + 1) { s = (s * 31 + i) % 1000003; } return s; }
function second(n) { s = 1; for (i = 0; i < n; i = i + 1) { s = (s * 31 + i) % 1000003; } return s; }
function third(n) { s = 1; for (i = 0; i < n; i = i + 1) { s = (s * 31 + i) % 1000003; } return s; }
for (round = 0; round < 100; round = round + 1) {
    first(100000);
    second(200000);
    third(300000);
}
"""
KEEP = """function keep() {
    rows = [];
    for (i = 0; i < 64; i = i + 1) { rows.push("x".repeat(1048576) + i); }
    return rows;
}
function drop() { text = ""; for (i = 0; i < 50; i = i + 1) { text = "y".repeat(500000) + i; } return text.length; }
kept = keep();
drop();
print(kept.length);
"""
FIBONACCI = """import json;
function fibonacci(n) {
    if (n < 2) { return n; }
    return fibonacci(n - 1) + fibonacci(n - 2);
}
print(fibonacci(27), json.stringify({a: [1, 2]}));
"""
SEVEN = ["ML Code Execution", "Runtime Overhead", "Parsing", "Security Analysis", "Transpilation", "Sandbox Startup",
         "Python Stdlib"]
NOT_FOR_ML_USERS = re.compile(r"read_source|parse_file|generate_python|compile_bytecode|spawn_interpreter|import_runtime|"
                              r"\(outside\)|json\.stringify|<mlpy>|safe_\w+")


class ValuesTest(support.CommandTest):
    def profile(self, text, *options):
        self.write("p.ml", text)
        result = self.mlpy("run", "p.ml", "--profile", "--profile-save", "p.mlprof", *options)
        self.assertEqual((result.status, result.err), (0, ""))
        profile = json.loads((self.folder / "p.mlprof").read_text())
        return result, profile, {f["name"]: f for f in profile["functions"]}

    def show(self, *options):
        result = self.mlpy("profile", "show", "p.mlprof", *options)
        self.assertEqual((result.status, result.err), (0, ""))
        return result.out


class Known(ValuesTest):
    def test_shares_of_known_work(self):
        worst = []
        for _ in range(3):  # a bias is there every time, bad luck with samples is not
            _, _, functions = self.profile(SPIN)
            parts = [functions[name]["self_ns"] for name in ("first", "second", "third")]
            worst.append(max(abs(100 * part / sum(parts) - share) for part, share in zip(parts, (16.7, 33.3, 50.0))))
            if worst[-1] <= 2:
                break
        self.assertLessEqual(min(worst), 2)
        self.assertEqual([functions[n]["calls"] for n in ("first", "second", "third")], [100] * 3)

    def test_64_megabytes_in_one_function(self):
        _, profile, functions = self.profile(KEEP)
        kept = functions["keep"]["at_peak_bytes"] / 2**20
        self.assertTrue(61 <= kept <= 67, kept)
        self.assertLess(functions["drop"]["at_peak_bytes"], 3 * 2**20)


class WhoSeesWhat(ValuesTest):
    def setUp(self):
        super().setUp()
        self.result, self.data, self.functions = self.profile(FIBONACCI, "--force-transpile")

    def test_the_default_is_ml_summary_to_the_byte(self):
        default = self.show()
        self.assertEqual(default, self.show("--report", "ml-summary"))
        self.assertTrue(self.result.out.endswith(default), self.result.out)
        self.assertRegex(default, r"fibonacci \(p\.ml:2\) .*635,621 ")

    def test_a_file_gets_what_the_console_gets(self):
        for options in ([], ["--report", "all"], ["--report", "dev-summary", "--report", "dev-details"]):
            console = self.show(*options)
            self.assertEqual(self.show(*options, "--profile-output", "r/report.txt"),
                             "Profiling report saved to r/report.txt\n")
            self.assertEqual((self.folder / "r/report.txt").read_bytes(), console.encode())
            self.assertNotIn("\r", console)
            self.assertEqual([line for line in console.split("\n") if line != line.rstrip()], [])

    def test_ml_reports_show_ml_code_only(self):
        for report in ("ml-summary", "ml-details"):
            self.assertEqual(NOT_FOR_ML_USERS.findall(self.show("--report", report)), [], report)
        self.assertTrue(NOT_FOR_ML_USERS.search(self.show("--report", "dev-details")))

    def test_developers_see_seven_categories_that_add_up(self):
        text = self.show("--report", "dev-summary")
        table = text[text.index("Time Breakdown:"):].split("\n\n")[0]
        rows = {cells[1].strip(): float(cells[3].strip(" %")) for line in table.split("\n")[3:]
                if len(cells := line.split("|")) > 3}
        self.assertEqual(rows.pop("Total"), 100.0)
        self.assertEqual(sorted(rows), sorted(SEVEN))
        self.assertAlmostEqual(sum(rows.values()), 100.0, 6)
        self.assertLess(rows["Python Stdlib"], 50)
        details = self.show("--report", "dev-details")
        for category in SEVEN[1:6]:
            self.assertIn(category.lower(), details.lower())

    def test_memory_is_in_all_four_tables_or_in_none(self):
        for report in ("ml-summary", "ml-details", "dev-summary", "dev-details"):
            self.assertRegex(self.show("--report", report), r"\d (KB|MB)\b", report)
        self.profile(FIBONACCI, "--no-profile-memory")
        for report in ("ml-summary", "ml-details", "dev-summary", "dev-details"):
            self.assertNotRegex(self.show("--report", report), r"Memory|\d (KB|MB)\b", report)


if __name__ == "__main__":
    support.main()
