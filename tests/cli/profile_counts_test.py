"""Calls and conversions that profiles of real programs count: those of libraries, and of functions that begin with numbers."""

import json

import support


class Libraries(support.CommandTest):
    def test_calls_of_library_functions_are_counted(self):
        self.write("example.ml", """import json;
function work(n) {
    total = 0;
    for (i = 0; i < n; i = i + 1) { total = total + json.parse(json.stringify({a: i})).a; }
    return total;
}
print(work(2500), json.parse("[1]"));
""")
        result = self.mlpy("run", "example.ml", "--profile", "--profile-save", "run.mlprof")
        self.assertEqual((result.status, result.err), (0, ""))
        profile = json.loads((self.folder / "run.mlprof").read_text())
        found = {f["name"]: f for f in profile["functions"]}
        for name, calls in (("json.parse", 2501), ("json.stringify", 2500)):
            f = found[name]
            self.assertEqual((f["calls"], f["calls_exact"], f["category"], f["kind"]), (calls, True, "python_stdlib", "library"))
            self.assertEqual(profile["files"][f["file"]]["path"], "json.py")
        self.assertEqual([f["name"] for f in profile["functions"] if f["name"].endswith("parse")], ["json.parse"])

    def test_calls_are_counted_whatever_values_numbers_meet(self):
        """Where functions begin with a number, it counts them; not where values have operators written in Python."""
        texts = ("", "import datetime;\nvalues.push(datetime.now());\n")
        for text in texts:
            self.write("example.ml", """values = [0, 0.5, "0", null, true, [0], {a: 0}];
%sfunction same(v) { if (v == 0) { return 1; } return 2; }
function next(v) { return v + 1; }
function less(v) { try { return small(v); } except (e) { return 0; } }
function small(v) { if (v < 10) { return next(v - 1); } return v; }
for (i = 0; i < 400; i = i + 1) { for (v in values) { same(v); less(v); } }
""" % text)
            result = self.mlpy("run", "example.ml", "--profile", "--profile-save", "run.mlprof", "--profile-lines")
            self.assertEqual(result.status, 0, result.err)
            calls = {f["name"]: f["calls"] for f in json.loads((self.folder / "run.mlprof").read_text())["functions"]}
            values = 8 if text else 7
            self.assertEqual([calls[name] for name in ("same", "less", "small", "next")], [400 * values] * 3 + [400 * 3])

    def test_values_that_cross_into_python_are_counted(self):
        self.write("ext/shop_bridge.py", """@ml_module(name="shop", description="Sums")
class Shop:
    @ml_function("Numbers in the rows")
    def total(self, rows):
        return sum(map(len, rows))

shop = Shop()
""")
        self.write("example.ml", """import shop;
rows = range(2000).map(i => [i, i + 1]);
function ask(n) {
    total = 0;
    for (i = 0; i < n; i = i + 1) {
        total = total + shop.total(rows);
    }
    return total;
}
print(ask(60));
""")
        result = self.mlpy("run", "example.ml", "-E", "ext", "--profile-mode", "exact", "--profile", "--profile-save", "run.mlprof", "--dev-details")
        self.assertEqual((result.status, result.err), (0, ""))
        self.assertRegex(result.out, r"(?m)^  - from_ml: 360,060 calls, 100% of them from ask\(\) \(example.ml:3\)$")
        profile = json.loads((self.folder / "run.mlprof").read_text())
        found = {f["name"]: (f["calls"], f["calls_exact"], f["kind"]) for f in profile["functions"]}
        self.assertEqual(found["from_ml"], (60 * 6001, True, "guard"))
        self.assertEqual(found["to_ml"][0], 60)
        (finding,) = [r for r in profile["recommendations"] if r["rule"] == "R15"]
        self.assertEqual(finding["text"], ["360,120 values converted at example.ml:6",
                                           "Consider: passing the data once, in batches of 1,000"])
        self.assertRegex(self.mlpy("profile", "show", "run.mlprof").out,
                         r"(?m)^▸ Python/ML data conversion - \d+% of total time\n  - 360,120 values converted at example.ml:6$")


if __name__ == "__main__":
    support.main()
