"""Quick fixes for what grows faster than the data: the changed program prints what the program printed."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

from server_client import CAPABILITIES, Client, applied

MLPY = pathlib.Path(sys.argv.pop(1)).resolve()

FIXED = {
    "memo": """^function fib(n) {
    if (n < 2) { return n; }
    return fib(n - 1) + fib(n - 2);
}
print(fib(12), fib(12), fib(0), fib(1.5));
""",
    "memo of two": """^function paths(w, h) {
    if (w == 0 || h == 0) { return 1; }
    return paths(w - 1, h) + paths(w, h - 1);
}
print(paths(5, 4), paths(4, 5), paths(0, 0));
""",
    "index": """function stock(orders, articles) {
    found = [];
    for (order in orders) {
^        for (article in articles) {
            if (article.id == order.article) { found.push(article.name); }
        }
    }
    return found;
}
print(stock([{article: 1}, {article: 3}, {article: 1}], [{id: 1, name: "a"}, {id: 2, name: "b"}, {id: 1, name: "c"}]));
print(stock([], []));
""",
    "keys": """function known(words, list) {
    n = 0;
    for (word in words) {
^        if (list.includes(word)) { n = n + 1; }
        if (!list.includes(word) && n > 5) { n = 0; }
    }
    return n;
}
print(known(["a", "c", "a"], ["a", "b"]), known([], []), known([1, 2.0], [1, 2]));
""",
    "keys once": """function known(words, list) {
    n = 0;
    for (word in words) {
^        if (list.includes(word)) { n = n + 1; }
    }
    return n;
}
print(known(["a", "c", "a"], ["a", "b"]), known([], []), known([1, 2.0], [1, 2]), known(["1"], [1]));
""",
    "join": """function report(rows) {
    text = "";
    for (row in rows) {
^        text = text + row + "\\n";
    }
    return text;
}
print(report(["x", 1, null, [1], 2.5, true]), report([]));
""",
    "join at top level": """s = "";
for (i in range(4)) {
^    s = s + i;
}
print(s);
""",
    "once": """function count(rows, names) {
    n = 0;
    i = 0;
^    while (i < len(rows)) {
        n = n + len(names);
        i = i + 1;
    }
    return n;
}
print(count([1, 2, 3], ["a"]), count([], []));
""",
}

# Where the usual cure would give something else, none is offered.
REFUSED = {
    "texts have no elements that are looked for": """function known(words) {
    list = "some text";
    n = 0;
    for (word in words) {
^        if (list.includes(word)) { n = n + 1; }
    }
    return n;
}
print(known(["so", "x"]));
""",
    "what prints is no result": """^function walk(n) {
    print(n);
    if (n < 2) { return n; }
    return walk(n - 1) + walk(n - 2);
}
print(walk(4));
""",
    "arrays are no keys": """^function total(list) {
    if (len(list) < 2) { return len(list); }
    return total(list[1:]) + total(list[2:]);
}
print(total([1, 2, 3, 4]));
""",
}


class PerformanceFixes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.client = Client(str(MLPY.parent / "mlpy-lsp"), folder.name, CAPABILITIES).ready()
        self.addCleanup(self.client.end)

    def run_program(self, text):
        path = self.folder / "program.ml"
        path.write_text(text)
        made = subprocess.run([MLPY, "run", path], capture_output=True, text=True, timeout=60)
        return made.returncode, made.stdout, made.stderr

    def fixes(self, name, marked):
        text = marked.replace("^", "")
        line = marked[: marked.index("^")].count("\n")
        place = {"line": line, "character": len(text.split("\n")[line]) - 1}
        self.client.open(f"{name}.ml", text)
        span = {"start": {"line": line, "character": 0}, "end": place}
        found = self.client.actions(f"{name}.ml", span, "quickfix")
        return text, [a for a in found if not a["title"].startswith("Ignore ")]

    def test_same_result(self):
        for name, marked in FIXED.items():
            with self.subTest(name):
                text, actions = self.fixes(name, marked)
                if name == "keys":
                    self.assertEqual([], actions)  # looked for twice: the array may have changed in between
                    continue
                self.assertTrue(actions)
                expected = self.run_program(text)
                self.assertEqual(0, expected[0], expected)
                for action in actions:
                    after = applied(action, {self.client.uri(f"{name}.ml"): text})[self.client.uri(f"{name}.ml")]
                    self.assertNotEqual(text, after)
                    self.assertEqual(expected, self.run_program(after), action["title"] + "\n" + after)

    def test_refused(self):
        for reason, marked in REFUSED.items():
            with self.subTest(reason):
                self.assertEqual([], [a["title"] for a in self.fixes(reason.replace(" ", "_"), marked)[1]])


if __name__ == "__main__":
    unittest.main()
