"""Edge cases and errors of builtin, console, math, json, collections, functional and random."""

import contextlib
import io
import math
import sys
import unittest
from unittest import mock

from mlpy import _native
from mlpy._native import Object, display
from mlpy.stdlib import NAMES
from support import Library, Loader, failure, obj

B, M, J, C, F, R = (Library(name) for name in ("builtin", "math", "json", "collections", "functional", "random"))


class BuiltinTest(unittest.TestCase):
    def test_conversion(self):
        for text, number in (("3.99", 3), ("-3.99", -3), ("1e3", 1000), (" 7 ", 7), ("1_000", 1000), ("-.5", 0),
                             ("12345678901234567890", 12345678901234567890)):
            self.assertEqual(B.int(text), number, text)
        for text in ("", "0x10", "abc", "inf", "nan", "1e999"):
            self.assertEqual(failure(B.int, text), f"ValueError: invalid literal for int() with base 10: '{text}'")
        self.assertEqual(failure(B.int, math.inf), "OverflowError: cannot convert float infinity to integer")
        self.assertEqual(failure(B.int, None), "TypeError: int(): 'value' must be a string or a number, got null")
        self.assertEqual(failure(B.float, "x"), "ValueError: could not convert string to float: 'x'")

    def test_rounding_keeps_the_kind(self):
        shown = [display(B.round(*case)) for case in ((2.5,), (3.5,), (42,), (True,), (1234, -2), (2.675, 2), (math.inf,))]
        self.assertEqual(shown, ["2.0", "4.0", "42", "1", "1200", "2.67", "inf"])
        self.assertEqual(failure(B.round, "x"), "TypeError: round(): 'value' must be a number, got string")

    def test_characters(self):
        self.assertEqual(failure(B.chr, 65.0), "TypeError: chr(): 'i' must be an integer, got number")
        self.assertEqual(failure(B.chr, 1114112), "ValueError: chr() arg not in range(0x110000)")
        self.assertEqual(failure(B.chr, 10**30), "ValueError: chr() arg not in range(0x110000)")
        self.assertEqual(failure(B.ord, "ab"), "TypeError: ord() expected a character, but string of length 2 found")
        self.assertEqual(failure(B.ord, 5), "TypeError: ord() expected string of length 1, but number found")
        self.assertEqual([B.hex(-255), B.bin(-5), B.oct(8), B.hex(True)], ["-0xff", "-0b101", "0o10", "0x1"])

    def test_format(self):
        for value, spec, text in ((1234567.891, ",.2f", "1,234,567.89"), (12.5, ".0f", "12"), (255, "#X", "0XFF"),
                                  (True, "", "true"), (True, "6", "true  "), (True, "d", "1"), (None, ">6", "  null"),
                                  ("abc", ".2", "ab"), ([1], "", "[1]"), (0.256, ".1%", "25.6%"), ("x", "9^3", "9x9")):
            self.assertEqual(B.format(value, spec), text)
        self.assertEqual(failure(B.format, 1.5, "d"), "ValueError: Unknown format code 'd' for object of type 'number'")
        self.assertEqual(failure(B.format, [1], ">5"), "TypeError: format(): array takes no format spec")
        self.assertIn("LimitError", failure(B.format, 1, "99999999"))
        self.assertIn("LimitError", failure(B.format, 1.5, ".99999999f"))

    def test_sum_is_plain_addition(self):
        self.assertEqual(display(B.sum([0.1] * 10)), "0.9999999999999999")
        self.assertEqual(failure(B.sum, ["a"]), "TypeError: unsupported operand type(s) for +: 'number' and 'string'")
        self.assertEqual(B.sum([[1], [2]], []), [1, 2])

    def test_reversed(self):
        self.assertEqual([B.reversed("abc"), B.reversed(obj(a=1, b=2))], [["c", "b", "a"], ["b", "a"]])
        self.assertEqual(failure(B.reversed, 5), "TypeError: 'number' object is not reversible")

    def test_input(self):
        with mock.patch.object(sys, "stdin", io.StringIO(" two words \n")), \
                contextlib.redirect_stdout(io.StringIO()) as shown:
            self.assertEqual(B.input("name? "), " two words ")
            self.assertEqual(failure(B.input), "EOFError: EOF when reading a line")
        self.assertEqual(shown.getvalue(), "name? ")

    def test_members_by_name(self):
        match = Library("regex").search("a", "a")
        o = obj(a=1, f=B.len, _x=2)
        for value, name, there in ((o, "a", True), (o, "keys", False), (o, "_x", False), ("s", "upper", True),
                                   ("s", "length", True), ("s", "nope", False), ([], "push", True), (match, "group", True),
                                   (match, "_match", False), (5, "__class__", False), (None, "x", False)):
            self.assertIs(B.hasattr(value, name), there, f"{display(value)}.{name}")
        self.assertEqual(B.getattr(o, "a", 9), 1)
        self.assertEqual(B.getattr(o, "_x", 9), 9)
        self.assertEqual(B.getattr("ab", "upper")(), "AB")
        self.assertEqual(B.methods(o), ["f"])
        self.assertEqual(B.methods(5), [])
        self.assertIn("padStart", B.methods("s"))
        self.assertEqual(B.methods(match)[:3], ["end", "expand", "group"])
        math_module = _native.Module("math", M.members, library=True)
        self.assertEqual(B.methods(math_module)[:2], ["abs", "acos"])
        self.assertIn("pi", B.methods(math_module))

    def test_call(self):
        self.assertEqual(B.call(B.max, 1, 2), 2)
        self.assertEqual(failure(B.call, 5), "TypeError: Cannot call number: not callable")

    def test_help(self):
        self.assertEqual(B.help(M.sqrt), "Square root.\nRequires: math.compute")
        self.assertEqual(B.help(B.len), "Length of a string, array or object.\nCapabilities: None required")
        self.assertEqual(B.help(_native.Module("math", M.members, library=True)),
                         "Elementary functions on numbers.\nRequires: math.compute")
        self.assertEqual(B.help([1]), "No help available for [1]")
        self.assertEqual(B.requiredCapabilities(J.parse), ["json.parse"])
        self.assertEqual(B.requiredCapabilities(5), [])
        self.assertEqual(B.requiredCapabilities(_native.get_member([1], "keys")), [])

    def test_modules(self):
        loader = Loader()
        loader.loaded = {"math": None, 1: (_native.Module("tools.geo", {"area": B.len, "UNIT": "cm", "_x": 1}), None)}
        loader.program = [("", "main.ml", "/p/main.ml", None, []), ("tools.geo", "tools/geo.ml", "/p/tools/geo.ml", None, [])]
        b = Library("builtin", loader)
        self.assertEqual(b.modules(), ["builtin", "math", "tools.geo"])
        self.assertEqual(b.available_modules(), sorted([*NAMES, "tools.geo"]))
        self.assertEqual(b.available_modules("ml_source"), ["tools.geo"])
        self.assertEqual(b.available_modules("python_bridge"), list(NAMES))
        self.assertEqual(failure(b.available_modules, "x"), "ValueError: unknown module type 'x'")
        self.assertEqual([b.has_module(name) for name in ("math", "tools.geo", "builtin", "", 5)],
                         [True, True, False, False, False])
        info = b.module_info("math")
        self.assertEqual([info["loaded"], info["constants"], info["capabilities"], info["version"], len(info["functions"])],
                         [True, ["e", "pi"], ["math.compute"], "1.0.0", 27])
        self.assertEqual(b.module_info("regex")["classes"], ["Match", "Pattern"])
        self.assertEqual(display(b.module_info("tools.geo")["functions"]), "['area']")
        self.assertEqual(b.module_info("tools.geo")["file_path"], "tools/geo.ml")
        self.assertIsNone(b.module_info("nothing"))


class ConsoleTest(unittest.TestCase):
    def test_streams(self):
        console = Library("console")
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            console.log()
            console.debug()
            console.info("a", None)
            console.warn("w", [True])
            console.error("e")
        self.assertEqual(out.getvalue(), "\nDEBUG:\nINFO: a null\n")
        self.assertEqual(err.getvalue(), "WARNING: w [true]\ne\n")


class MathTest(unittest.TestCase):
    def test_values(self):
        for call, shown in ((M.sqrt(-4), "0"), (M.ln(-1), "-999"), (M.log(1000), "3.0"), (M.log(5, 1), "-999"),
                            (M.pow(2, 10), "1024"), (M.pow(2, -1), "0.5"), (M.pow(0, -1), "0"), (M.pow(True, True), "1"),
                            (M.pow(-2.0, 1e9), "0"), (M.pow(2.0, 1e9), "inf"), (M.pow(2, 0.5), "1.4142135623730951"),
                            (M.round(-3.5), "-4"), (M.sign(math.nan), "0"), (M.factorial(0), "1"), (M.factorial(-1), "0"),
                            (M.gcd(0, 0), "0"), (M.lcm(0, 5), "0"), (M.lcm(-4, 6), "12"), (M.exp(1000), "inf"),
                            (M.abs(True), "1"), (M.atan2(0, 0), "0.0"), (M.max(1, 1.0), "1"), (M.min("b", "a"), "a")):
            self.assertEqual(display(call), shown)

    def test_errors(self):
        self.assertEqual(failure(M.sqrt, "4"), "TypeError: math.sqrt(): 'x' must be a number, got string")
        self.assertEqual(failure(M.log, 2, None), "TypeError: math.log(): 'base' must be a number, got null")
        self.assertEqual(failure(M.sin, math.inf), "ValueError: math domain error")
        self.assertEqual(failure(M.pow, -8, 1 / 3), "ValueError: math domain error")
        self.assertEqual(failure(M.floor, math.nan), "ValueError: cannot convert float NaN to integer")
        self.assertEqual(failure(M.ceil, math.inf), "OverflowError: cannot convert float infinity to integer")
        self.assertEqual(failure(M.factorial, 3.0), "TypeError: math.factorial(): 'n' must be an integer, got number")
        self.assertEqual(failure(M.min, 1, "a"), "TypeError: '<' not supported between instances of 'string' and 'number'")
        self.assertIn("LimitError", failure(M.pow, 10, 10**9))
        self.assertIn("LimitError", failure(M.factorial, 10**7))
        for name, value in M.members.items():
            if callable(value) and name not in ("min", "max", "random"):
                with self.subTest(name):
                    arguments = [[]] * (2 if name in ("atan2", "pow", "gcd", "lcm") else 1)
                    self.assertRegex(failure(value, *arguments),
                                     r"^TypeError: math\.\w+\(\): '\w+' must be an? (number|integer), got array$")


class JsonTest(unittest.TestCase):
    def test_parse_errors(self):
        for text, reason in (("[1,", "Expecting value: line 1 column 4 (char 3)"),
                             ("", "Expecting value: line 1 column 1 (char 0)"),
                             ("{a: 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
                             ('{"a":1,}', "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"),
                             ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
                             ('{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"),
                             ('["abc', "Unterminated string starting at: line 1 column 2 (char 1)"),
                             ('"a\nb"', "Invalid control character at: line 1 column 3 (char 2)"),
                             ('"\\q"', r"Invalid \escape: line 1 column 2 (char 1)"),
                             ("1\n 2", "Extra data: line 2 column 2 (char 3)"),
                             ("[1,]", "Expecting value: line 1 column 4 (char 3)"),
                             ("NaN", "Expecting value: line 1 column 1 (char 0)"),
                             ('["NaN", -Infinity]', "Expecting value: line 1 column 9 (char 8)"),
                             ("[" * 1001 + "]" * 1001, "nesting too deep"), ("[" * 100_000, "nesting too deep"),
                             ('{"a":' * 2000, "nesting too deep"), (5, "expected a string, got number")):
            self.assertEqual(failure(J.parse, text), f"ValueError: JSON parsing failed: {reason}")
            self.assertIs(J.validate(text), False)

    def test_nesting_that_is_allowed(self):
        value = J.parse("[" * 1000 + "]" * 1000)
        for _ in range(999):
            value = value[0]
        self.assertEqual(value, [])
        self.assertEqual(J.parse('["' + "[" * 3000 + '"]'), ["[" * 3000])
        self.assertEqual(len(J.parse("[" + ",".join(["[{}]"] * 3000) + "]")), 3000)

    def test_depth_limit(self):
        self.assertEqual(J.safeParse("1", 0), 1)
        self.assertEqual(J.safeParse("[[]]", 1), [[]])
        self.assertEqual(failure(J.safeParse, '{"a": {"b": 1}}', 1),
                         "ValueError: JSON object depth exceeds maximum allowed (1)")
        self.assertIn("(-1)", failure(J.safeParse, "1", -1))
        self.assertIn("(500)", failure(J.safeParse, "[" * 101 + "1" + "]" * 101, 500))

    def test_writing(self):
        value = Object([(1, 2), (None, True), (1.5, "\xe9/"), ("n", 1e22)])
        self.assertEqual(J.stringify(value), '{"1": 2, "null": true, "1.5": "\\u00e9/", "n": 1e+22}')
        self.assertEqual(J.prettyPrint(obj(a=[1, [], Object()], b=Object()), 2),
                         '{\n  "a": [\n    1,\n    [],\n    {}\n  ],\n  "b": {}\n}')
        self.assertEqual(J.prettyPrint([1, [2]], "--"), "[\n--1,\n--[\n----2\n--]\n]")
        self.assertEqual(J.prettyPrint([1], -3), "[\n1\n]")
        self.assertEqual(J.prettyPrint([1], None), "[1]")
        cycle = []
        cycle.append(cycle)
        for value, reason in ((cycle, "Circular reference detected"), (math.inf, "NaN is not valid JSON"),
                              ([math.nan], "NaN is not valid JSON"),
                              ([J.parse], "Object of type function is not JSON serializable"),
                              (Library("regex").compile("a"), "Object of type Pattern is not JSON serializable")):
            for write in (J.stringify, J.prettyPrint):
                self.assertEqual(failure(write, value), f"ValueError: JSON serialization failed: {reason}")
        self.assertIn("ValueError", failure(J.prettyPrint, 1, 1.5))

    def test_objects(self):
        self.assertIsNone(J.get(obj(a=None), "a", 5))
        self.assertEqual(J.get(3, "a", 5), 5)
        self.assertEqual(J.merge(obj(a=1), 3), {"a": 1})
        self.assertIs(J.isNumber(True), False)
        self.assertIs(J.isBoolean(0), False)
        self.assertIs(type(J.parse('{"a": {}}')["a"]), Object)


class CollectionsTest(unittest.TestCase):
    def test_strings_are_sequences(self):
        self.assertEqual([C.reverse("abc"), C.take("abc", 2), C.drop("abc", -1), C.chunk("abcde", 2), C.concat("a", "b"),
                          C.removeAt("abc", 1), C.slice("abc", 1), C.indexOf("abc", "c"), C.contains("abc", "bc")],
                         ["cba", "ab", "c", ["ab", "cd", "e"], "ab", "ac", "bc", 2, True])

    def test_unique_by_equality(self):
        self.assertEqual(display(C.unique([1, 1.0, True, [1], [1.0], obj(a=1, b=2), obj(b=2, a=1)])),
                         "[1, [1], {'a': 1, 'b': 2}]")

    def test_arguments_are_not_changed(self):
        items = [3, 1, 2]
        for call in (C.sort(items), C.append(items, 1), C.prepend(items, 1), C.reverse(items), C.removeAt(items, 9)):
            self.assertIsNot(call, items)
        self.assertEqual(items, [3, 1, 2])

    def test_sortBy_is_stable_in_reverse(self):
        self.assertEqual(C.sortBy(["a", "b", "cc"], B.len, True), ["cc", "a", "b"])

    def test_errors(self):
        for call, text in ((lambda: C.length(5), "TypeError: collections.length(): number has no length"),
                           (lambda: C.append("a", 1), "TypeError: collections.append(): 'lst' must be an array, got string"),
                           (lambda: C.get([1], "0"), "TypeError: collections.get(): 'index' must be an integer, got string"),
                           (lambda: C.first(obj()), "TypeError: collections.first(): 'lst' must be an array, got object"),
                           (lambda: C.filter([1], None), "TypeError: Cannot call null: not callable"),
                           (lambda: C.map(5, B.len), "TypeError: collections.map(): 'lst' must be iterable, got number"),
                           (lambda: C.sort([1, "a"]),
                            "TypeError: '<' not supported between instances of 'string' and 'number'"),
                           (lambda: C.concat("a", []), "TypeError: collections.concat(): 'lst2' must be a string, got array")):
            self.assertEqual(failure(call), text)

    def test_errors_of_callbacks_pass_through(self):
        def broken(x):
            raise TypeError("mine")

        for call in (lambda: C.map([1], broken), lambda: C.sortBy([1], broken), lambda: F.map(broken, [1])):
            self.assertEqual(failure(call), "TypeError: mine")

    def test_nothing_and_null(self):
        self.assertEqual([C.first(None), C.last([]), C.get([1], -2), C.find([1], lambda x: False), C.chunk([1], 0)],
                         [None, None, None, None, []])


class FunctionalTest(unittest.TestCase):
    def test_currying(self):
        self.assertEqual(F.curry(M.pow)(2)(3), 8)
        self.assertEqual(F.curry(lambda a, b: a - b, 2)()(5)(3, 99), 2)
        self.assertEqual(F.curry2(M.max)(1)(2), 2)

    def test_results_are_anonymous_functions(self):
        for function in (F.compose(), F.pipe(B.len), F.curry(B.len, 2), F.partial(B.len), F.constant(1), F.memoize(B.len),
                         F.ifElse(B.len, B.len, B.len), F.cond([]), F.juxt([])):
            self.assertEqual(display(function), "<function>")
        self.assertEqual(failure(F.constant(1), 2), "TypeError: <anonymous>() takes 0 positional arguments but 1 was given")

    def test_memoize_by_equality(self):
        calls = []
        remembered = F.memoize(lambda x: calls.append(x) or len(calls))
        self.assertEqual([remembered([1, [2]]), remembered([1.0, [2]]), remembered(obj(a=1)), remembered([2])], [1, 1, 2, 3])

    def test_functions_are_looked_at_when_called(self):
        stored = F.compose(5)
        self.assertEqual(failure(stored, 1), "TypeError: Cannot call number: not callable")
        self.assertEqual(failure(F.partial, 5), "TypeError: Cannot call number: not callable")
        self.assertEqual(F.map(None, []), [])

    def test_sequences(self):
        self.assertEqual([F.range(3, None, 5), F.range(3, 0, -1), F.repeat(1, -1), F.chunk(0, [1]), F.take(-1, [1, 2]),
                          F.drop(-1, [1, 2]), F.reverse("ab"), F.zipWith(M.max, [1, 5], [2, 3]), F.zip()],
                         [[0, 1, 2], [3, 2, 1], [], [], [1], [2], ["b", "a"], [2, 5], []])
        iterator = B.iter([1, 2, 3])
        self.assertEqual([F.take(2, iterator), B.next(iterator)], [[1, 2], 3])

    def test_errors(self):
        self.assertEqual(failure(F.reduce, M.max, []), "TypeError: reduce() of empty iterable with no initial value")
        self.assertEqual(failure(F.groupBy, lambda x: [x], [1]), "TypeError: groupBy(): key must be a scalar, got array")
        self.assertEqual(failure(F.cond([[B.len]]), "x"), "IndexError: list index out of range")
        self.assertEqual(failure(F.range, 0, 5, 0), "ValueError: range() arg 3 must not be zero")
        self.assertEqual(failure(F.map, B.len, 5), "TypeError: functional.map(): 'iterable' must be iterable, got number")
        self.assertIn("LimitError", failure(F.range, 10**12))
        self.assertIn("LimitError", failure(F.range, 10**30))
        self.assertIn("LimitError", failure(F.repeat, 1, 10**12))


class RandomTest(unittest.TestCase):
    def test_a_seed_repeats_everything(self):
        def draw():
            R.setSeed(5)
            return [R.nextInt(), M.random(), R.randomBool(), R.gaussian(), R.shuffle([1, 2, 3, 4]), R.choice("abc"),
                    R.triangular(0, 1), R.randomIndices(10, 3)]

        self.assertEqual(draw(), draw())
        self.assertEqual(R.getSeed(), 5)
        self.assertIsNone(R.setSeed(None))
        self.assertNotEqual(R.getSeed(), 5)

    def test_edges(self):
        self.assertEqual([R.choice([]), R.choice(None), R.shuffle(None), R.sample(None, 3), R.sample([], 1),
                          R.randomIndices(3, 9), R.randomIndices(-1, 2), R.triangular(2, 2)],
                         [None, None, [], [], [], [0, 1, 2], [], 2.0])
        self.assertEqual(sorted(R.sample([1, 2, 3], 9)), [1, 2, 3])

    def test_errors(self):
        self.assertEqual(failure(R.randomInt, 3, 3), "ValueError: randomInt(): empty range 3..3")
        self.assertEqual(failure(R.randomInt, 1.5), "TypeError: random.randomInt(): 'min_val' must be an integer, got number")
        self.assertEqual(failure(R.sample, [1], -1), "ValueError: sample(): n must not be negative")
        self.assertEqual(failure(R.choice, 5), "TypeError: random.choice(): number has no length")
        self.assertEqual(failure(R.choice, obj()), "TypeError: random.choice(): 'lst' must be an array, got object")
        self.assertEqual(failure(R.shuffle, "ab"), "TypeError: random.shuffle(): 'lst' must be an array, got string")
        self.assertEqual(failure(R.triangular, 0, 1, 5), "ValueError: triangular(): mode outside range")
        self.assertIn("TypeError", failure(R.setSeed, []))


if __name__ == "__main__":
    unittest.main()
