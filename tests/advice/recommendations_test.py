"""Slow programs profiled with the real command get the advice that the troubleshooting guide gives."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cli"))

import support  # noqa: E402

HEADING = "OPTIMIZATION RECOMMENDATIONS:"


class Recommendations(support.CommandTest):
    def advice(self, text, *options):
        self.write("slow.ml", text)
        result = self.mlpy("run", "slow.ml", "--profile", *options)
        self.assertEqual(result.status, 0, result.err)
        return result.out[result.out.index(HEADING):]

    def example(self, name):
        return self.advice((ROOT / "examples/slow" / name).read_text())

    def static_rules(self):
        """(rule, function's name) of the saved profile's findings that come from the source text."""
        saved = json.loads((self.folder / ".mlpy/profiles/latest.mlprof").read_bytes())
        return sorted((r["rule"], saved["functions"][r["function"]]["name"]) for r in saved["recommendations"]
                      if r["rule"] in ("R4", "R5", "R6", "R7", "R10", "R12", "R13"))

    def test_removing_duplicates(self):
        advice = self.example("duplicates_slow.ml")
        self.assertIn("removeDuplicates() - ", advice)
        self.assertIn('  - Lines 5 and 7 loop over the same array "result" (work grows with its square)\n', advice)
        self.assertIn("  - Consider: one pass that stores each key in an object and looks it up\n", advice)
        self.assertNotIn("caching, reducing iterations", advice)

    def test_fibonacci(self):
        advice = self.example("fibonacci_slow.ml")
        self.assertIn("  - Calls itself at 2 places and keeps no results (2,692,537 calls in this run)\n", advice)
        self.assertIn("  - Consider: storing results in an object keyed by the argument\n", advice)

    def test_pairs_of_two_arrays(self):
        advice = self.example("nested_loops_slow.ml")
        self.assertIn('  - Line 6 searches the array "wishes" inside a loop (each search is a full pass)\n', advice)
        self.assertIn("  - Consider: building an object from it once and testing obj[key]\n", advice)

    def test_the_fast_programs_get_none_of_it(self):
        for name in ("duplicates_fast.ml", "fibonacci_fast.ml", "nested_loops_fast.ml"):
            self.example(name)
            self.assertEqual(self.static_rules(), [], name)

    def test_array_lookup(self):
        advice = self.advice("""function contains(arr, value) {
    for (i = 0; i < arr.length; i = i + 1) {
        if (arr[i] == value) return true;
    }
    return false;
}
function count(known, n) {
    found = 0;
    for (i = 0; i < n; i = i + 1) {
        if (contains(known, i)) { found = found + 1; }
    }
    return found;
}
print(count(range(900).map(x => x * 7), 6000));
""")
        self.assertIn('  - Line 10 searches the array "known" inside a loop (each search is a full pass)\n', advice)

    def test_temporary_objects(self):
        self.advice("""function processData(items) {
    return items
        .map(x => {value: x})
        .filter(obj => obj.value > 0)
        .map(obj => obj.value * 2);
}
total = 0;
for (k = 0; k < 40; k = k + 1) { total = total + len(processData(range(20000))); }
print(total);
""")
        self.assertIn(("R10", "processData"), self.static_rules())

    def test_identities_of_functions_are_saved(self):
        self.example("duplicates_slow.ml")
        saved = json.loads((self.folder / ".mlpy/profiles/latest.mlprof").read_bytes())
        function = next(f for f in saved["functions"] if f["name"] == "removeDuplicates")
        self.assertEqual((function["line"], function["end_line"], function["path"], function["ordinal"], function["arity"]),
                         (3, 18, [], 0, 1))
        self.assertRegex(function["shape_hash"], "^[0-9a-f]{16}$")
        self.assertRegex(function["body_hash"], "^[0-9a-f]{16}$")


if __name__ == "__main__":
    support.main()
