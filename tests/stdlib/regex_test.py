"""module regex: values, errors, and that matching ends."""

import random
import re
import threading
import unittest
from unittest import mock

from mlpy._native import display
from mlpy.stdlib import regex_engine
from support import Library, failure, method

R = Library("regex")

# (pattern, text): quadratic, cubic and exponential searches, in places where Python's own signal check looks and in
# loops where it does not.
ENDLESS = [("(a+)+b", "a" * 4000), ("(a|aa)+$", "a" * 60 + "b"), ("a*b", "a" * 100_000), (".*.*=.*", "x" * 10_000),
           (".*?b", "a" * 100_000), ("a*a*b", "a" * 10_000), (r"(\w+)=(\d+)", "a" * 100_000), ("(a*)*c", "a" * 40)]
ATOMS = ["a", "b", ".", "[ab]", "(a)", "(?:a|b)", "a*", "b+?", "(a|)", r"\b", "^", "$", "(?=b)", "a??", "(b*)", "c{0,2}",
         "(?<=a)", r"(a)?\1?"]


@mock.patch.object(regex_engine, "BUDGET_SECONDS", 0.05)
class RegexTest(unittest.TestCase):
    def test_shapes_of_results(self):
        self.assertEqual(R.split("(,)|(;)", "a,b;c"), ["a", ",", None, "b", None, ";", "c"])
        self.assertEqual(R.split("", "abc"), ["", "a", "b", "c", ""])
        self.assertEqual(R.split(",", "a,b", -1), ["a,b"])
        self.assertEqual(R.findall("(a)|b", "ab"), ["a", ""])
        self.assertEqual(R.sub("x*", "-", "abxd"), "-a-b--d-")
        self.assertEqual(R.sub("a", "z", "aaa", 2), "zza")
        self.assertEqual(R.sub("a", "z", "aaa", -1), "aaa")
        self.assertEqual(R.sub("b", lambda match: match.value() * 2, "abc"), "abbc")
        self.assertEqual(R.sub("(a)|b", r"<\1>", "ab"), "<a><>")
        self.assertIs(R.isValid(3), False)
        self.assertIs(R.isValid(""), True)
        self.assertIsNone(R.search("z", "abc"))

    def test_what_does_not_exist_in_a_match_is_empty(self):
        match = R.search(r"(?P<k>\w+)=(\d+)|(z)", "x port=80;")
        for group in ("zz", 9, -1, True, None, 1.0):
            self.assertIsNone(method(match, "group", group), group)
            self.assertEqual(method(match, "start", group), -1)
            self.assertEqual(method(match, "span", group), [-1, -1])
        self.assertEqual(method(match, "end", 3), -1)
        self.assertEqual(method(match, "groups"), ["port", "80", None])
        self.assertEqual(method(match, "groupDict"), {"k": "port"})
        self.assertEqual(method(match, "groupCount"), 3)
        self.assertIsNone(method(match, "lastGroup"))
        self.assertEqual(method(match, "expand", r"\2-\g<k>"), "80-port")
        self.assertEqual(display([match]), "[Match(value='port=80', span=[2, 9])]")

    def test_pattern_regions_and_text(self):
        pattern = R.compile("^a|b$", 2 + 8 + 16 + 64)
        self.assertEqual(display(pattern), "Pattern('^a|b$', flags=IGNORECASE | MULTILINE | DOTALL | VERBOSE)")
        self.assertIsNone(method(R.compile("^a"), "search", "xa", 1))
        self.assertEqual(method(R.compile("a$"), "count", "aa"), 1)
        self.assertIs(method(R.compile("a$"), "search", "aab", 0, 2) is None, False)
        self.assertEqual(method(R.compile("a"), "findall", "aaaa", -5, 3), ["a", "a", "a"])

    def test_errors(self):
        self.assertEqual(failure(R.compile, r"\p{L}"),
                         r"ValueError: Invalid regex pattern '\p{L}': bad escape \p at position 0")
        self.assertEqual(failure(R.search, R.compile("a"), "x"),
                         "TypeError: regex.search(): 'pattern' must be a string, got Pattern")
        self.assertEqual(failure(R.search, "a", 1), "TypeError: regex.search(): 'text' must be a string, got number")
        self.assertEqual(failure(R.sub, "a", r"\9", "a"),
                         r"ValueError: Invalid replacement template '\9': invalid group reference 9 at position 1")
        self.assertEqual(failure(R.sub, "a", r"\q", "a"),
                         r"ValueError: Invalid replacement template '\q': bad escape \q at position 0")
        self.assertEqual(failure(R.compile, "a", 128), "ValueError: Invalid regex flags 128")
        self.assertIn("LimitError", failure(R.compile, "a" * 5000))
        self.assertIn("LimitError", failure(R.test, "a", "a" * 1_100_000))

    def test_every_search_ends(self):
        for pattern, text in ENDLESS:
            for name in ("test", "findall", "fullmatch"):
                with self.subTest(pattern, function=name):
                    arguments = [pattern, text]
                    try:
                        R.members[name](*arguments)
                    except Exception as error:
                        self.assertEqual(error.args, ("RuntimeError", "regex budget exceeded"))

    def test_the_budget_is_really_spent_and_then_new(self):
        self.assertEqual(failure(R.test, "(a+)+b", "a" * 4000), "RuntimeError: regex budget exceeded")
        self.assertIs(R.test("(a+)+b", "a" * 400 + "b"), True)

    def test_searches_end_outside_the_main_thread(self):
        ended = []

        def search():
            for pattern, text in ENDLESS[:4]:
                ended.append(failure(R.test, pattern, text))

        thread = threading.Thread(target=search, daemon=True)
        thread.start()
        thread.join(60)
        self.assertEqual(ended, ["RuntimeError: regex budget exceeded"] * 4)

    @mock.patch.object(regex_engine, "BUDGET_SECONDS", 60)
    def test_long_ordinary_texts_are_no_trouble(self):
        self.assertEqual(len(R.findall(r"(\d+),(\d+)", "12,34 " * 20_000)), 20_000)
        self.assertEqual(len(R.split(r"\s*;\s*", "ab ; cd;" * 20_000)), 40_001)

    def test_guarded_searches_find_what_others_find(self):
        seed = random.randrange(2**32)
        chance = random.Random(seed)
        for _ in range(1500):
            pattern = "".join(chance.choices(ATOMS, k=chance.randint(1, 4)))
            if chance.random() < 0.3:
                pattern += "|" + chance.choice(ATOMS)
            try:
                engine = regex_engine.Engine(pattern, chance.choice([0, 0, 8, 16]))
            except re.error:
                continue
            text = "".join(chance.choices("aabbc\n", k=chance.randint(0, 14)))
            region = chance.choice([0, 0, 2]), chance.choice([1 << 62, 9])
            seen = []
            for harmless in (1000, -1):
                engine.harmless_length = harmless
                first = engine.one("search", text, *region)
                seen.append(([(match.span(), match.groups()) for match in engine.all(text, *region)],
                             first and (first.span(), first.groups())))
            self.assertEqual(seen[0], seen[1], f"seed {seed}: {pattern!r} on {text!r} in {region}")


if __name__ == "__main__":
    unittest.main()
