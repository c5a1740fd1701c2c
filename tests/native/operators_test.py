import unittest

from mlpy import _native
from mlpy._native import Object
from support import NativeTest, ml_function


class OperatorTest(NativeTest):
    def test_add(self):
        add = self.h.add
        for a, b, result in ((1, 2, 3), (1, 0.5, 1.5), (True, 1, 2), ("a", "b", "ab"), ("n=", 1, "n=1"), (1, "x", "1x"),
                             ("s", None, "snull"), ("v: ", [1, "q"], "v: [1, 'q']"), ([1], [2], [1, 2]),
                             ("o", Object(a=1), "o{'a': 1}"), (10**30, 1, 10**30 + 1)):
            self.assertEqual(add(a, b), result)
        for a, b, left, right in ((1, None, "number", "null"), ([1], 1, "array", "number"),
                                  (Object(), Object(), "object", "object"), (None, [], "null", "array"),
                                  (ml_function("lambda: 1"), 1, "function", "number")):
            self.assert_fails("TypeError", f"unsupported operand type(s) for +: '{left}' and '{right}'", add, a, b)
        self.assert_fails("OverflowError", "int too large to convert to float", add, 10**400, 1.0)

    def test_mul(self):
        mul = self.h.mul
        for a, b, result in ((3, 4, 12), (0.5, 4, 2.0), ("ab", 3, "ababab"), (2, "xy", "xyxy"), ([1, 2], 2.0, [1, 2, 1, 2]),
                             ("z", 0, ""), ("z", -1, ""), ("z", True, "z"), (True, True, 1)):
            self.assertEqual(mul(a, b), result)
        self.assert_fails("TypeError", "unsupported operand type(s) for *: 'string' and 'number'", mul, "a", 1.5)
        self.assert_fails("TypeError", "unsupported operand type(s) for *: 'null' and 'array'", mul, None, [])
        self.assert_fails("LimitError", "result larger than 64MB", mul, "abc", 10**9)
        self.assert_fails("LimitError", "result larger than 10000000 items", mul, 10**8, [1])
        self.assert_fails("LimitError", "integer larger than 1000000 bits", mul, 1 << 600000, 1 << 600000)

    def test_mod_never_formats(self):
        self.assertEqual((self.h.mod(-7, 3), self.h.mod(5.5, 2)), (2, 1.5))
        self.assert_fails("TypeError", "unsupported operand type(s) for %: 'string' and 'number'", self.h.mod, "%d", 1)
        self.assert_fails("TypeError", "unsupported operand type(s) for %: 'string' and 'array'",
                          self.h.mod, "%9999999999d", [])

    def test_concat(self):
        self.assertEqual(self.h.concat("a", 1, None, [True], "ü", "日"), "a1null[true]ü日")
        self.assertEqual(self.h.concat(*range(40)), "".join(map(str, range(40))))
        self.assertEqual((self.h.concat("", ""), self.h.concat(), self.h.str(1.0)), ("", "", "1.0"))


class IndexTest(NativeTest):
    def test_index(self):
        index = self.h.index
        for o, key, result in (([10, 20], 1.0, 20), ([10, 20], -1, 20), ([1, 2], True, 2), ("abc", 1, "b"), ("日本", -1.0, "本"),
                               (Object(a=1), "b", None), (Object(), 1.5, None)):
            self.assertEqual(index(o, key), result)
        for kind, message, o, key in (
                ("IndexError", "list index out of range", [1], 1), ("IndexError", "string index out of range", "ab", 9.0),
                ("IndexError", "list index out of range", [1], 10**30),
                ("TypeError", "list indices must be integers, not number", [1], 0.5),
                ("TypeError", "string indices must be integers, not string", "s", "k"),
                ("TypeError", "cannot read property 'x' of null", None, "x"),
                ("TypeError", "cannot read property '0' of null", None, 0),
                ("TypeError", "'number' object is not subscriptable", 5, 0)):
            self.assert_fails(kind, message, index, o, key)

    def test_set_index(self):
        a, o = [1, 2], Object()
        self.h.set_index(a, -1.0, 5)
        self.h.set_index(o, 1, "x")
        self.assertEqual((a, o), ([1, 5], {1: "x"}))
        for kind, message, target, key in (
                ("IndexError", "list assignment index out of range", [], 0),
                ("TypeError", "list indices must be integers, not string", [], "a"),
                ("TypeError", "'string' object does not support item assignment", "abc", 0),
                ("TypeError", "'null' object does not support item assignment", None, 0)):
            self.assert_fails(kind, message, self.h.set_index, target, key, 1)

    def test_slices_are_python_slices_of_ml_numbers(self):
        for text in ("", "a", "abcdef"):
            for begin in (None, -9, -2, 0, 1.0, 3, 9):
                for end in (None, -9, -1, 0, 2.0, 9):
                    for step in (None, 1, 2, -1, -2.0, 9):
                        python = slice(*(None if v is None else int(v) for v in (begin, end, step)))
                        self.assertEqual(self.h.slice(text, begin, end, step), text[python])
                        self.assertEqual(self.h.slice(list(text), begin, end, step), list(text)[python])
        self.assert_fails("ValueError", "slice step cannot be zero", self.h.slice, [1], None, None, 0)
        self.assert_fails("TypeError", "slice indices must be integers or null, not string", self.h.slice, [], "a", None, None)
        self.assert_fails("TypeError", "'object' object is not subscriptable", self.h.slice, Object(), None, None, None)

    def test_set_slice(self):
        a = [0, 9, 2, 3, 4, 7]
        self.h.set_slice(a, 1, 3.0, None, [8])
        self.assertEqual(a, [0, 8, 3, 4, 7])
        self.h.set_slice(a, None, None, 2, [1, 2, 3])
        self.assertEqual(a, [1, 8, 2, 4, 3])
        self.h.set_slice(a, 4, 1, None, a)
        self.assertEqual(a, [1, 8, 2, 4, 1, 8, 2, 4, 3, 3])
        self.assert_fails("TypeError", "a slice can only be replaced by an array, not string",
                          self.h.set_slice, a, 0, 1, None, "x")
        self.assert_fails("ValueError", "attempt to assign array of size 1 to extended slice of size 5",
                          self.h.set_slice, a, None, None, 2, [1])


class LoopTest(NativeTest):
    def test_iter(self):
        o, a = Object(b=1, a=2), [1]
        self.assertIs(self.h.iter(a), a)
        self.assertEqual(list(self.h.iter("hi")), ["h", "i"])
        keys = self.h.iter(o)
        o["c"] = 3
        self.assertEqual(list(keys), ["b", "a"])
        for value, name in ((5, "number"), (None, "null"), (ml_function("lambda: 1"), "function"), ({}, "unknown")):
            self.assert_fails("TypeError", f"'{name}' object is not iterable", self.h.iter, value)

    def test_range(self):
        self.assertEqual(self.h.range(5, 0, -2), range(5, 0, -2))
        self.assert_fails("TypeError", "range(): 'stop' must be an integer, got number", self.h.range, 1.5)
        self.assert_fails("TypeError", "range(): 'step' must be an integer, got string", self.h.range, 1, 2, "a")
        self.assert_fails("ValueError", "range() arg 3 must not be zero", self.h.range, 1, 2, 0)
        self.assert_fails("TypeError", "range() missing required argument 'stop'", self.h.range)
        self.assert_fails("LimitError", "result larger than 10000000 items",
                          self.builtin["range"], 99999999999)

    def test_count_equals_the_loop(self):
        for start in (0, 5, -3, True):
            for bound in (0, 3, 3.5, -2.5, 4.0, -1, float("inf") if start > 99 else 2.0, float("nan"), False):
                for step in (1, 2, -1, -3):
                    for inclusive in (True, False):
                        expected, i = [], start
                        while (i >= bound if inclusive else i > bound) if step < 0 else (i <= bound if inclusive else i < bound):
                            expected.append(i)
                            i += step
                        self.assertEqual(list(self.h.count(start, bound, step, inclusive)), expected)
        self.assertEqual(list(self.h.count(0, 1, 0.25, False)), [0, 0.25, 0.5, 0.75])
        self.assert_fails("TypeError", "'<' not supported between instances of 'number' and 'string'",
                          self.h.count, 0, "a", 1, False)
        self.assert_fails("TypeError", "'>=' not supported between instances of 'number' and 'null'",
                          self.h.count, 0, None, -1, True)


class DestructuringTest(NativeTest):
    def test_unpack(self):
        for value, result in (([1, 2], [1, 2]), ([1, 2, 3], [1, 2]), ("hi", ["h", "i"]), (Object(a=1, b=2), ["a", "b"]),
                              (_native.Iterator([1, 2, 3]), [1, 2])):
            self.assertEqual(self.h.unpack(value, 2), result)
        self.assert_fails("ValueError", "not enough values to unpack (expected 3, got 2)", self.h.unpack, [1, 2], 3)
        self.assert_fails("ValueError", "not enough values to unpack (expected 3, got 2)", self.h.unpack, "ab", 3)
        self.assert_fails("TypeError", "'null' object is not iterable", self.h.unpack, None, 1)

    def test_props(self):
        self.assertEqual(self.h.props(Object(x=1), "x", "y"), (1, None))
        self.assertEqual(self.h.props(_native.Module("m", {"x": 1}), "x", "__name__"), (1, None))
        self.assertEqual(self.h.props(self.caught("1 / 0"), "type", "nope"), ("ZeroDivisionError", None))
        self.assert_fails("TypeError", "cannot destructure array: expected an object", self.h.props, [], "x")
        self.assert_fails("TypeError", "cannot read property 'x' of null", self.h.props, None, "x")


class BuiltinTest(NativeTest):
    def test_int(self):
        to_int = self.builtin["int"]
        for value, result in (("3.99", 3), (" -3.99 ", -3), ("1e3", 1000), ("1_000", 1000), (True, 1), (-2.7, -2),
                              ("12345678901234567890", 12345678901234567890)):
            self.assertEqual(to_int(value), result)
        for text in ("abc", "", "0x10", "inf", "nan"):
            self.assert_fails("ValueError", f"invalid literal for int() with base 10: '{text}'", to_int, text)
        self.assert_fails("TypeError", "int(): 'value' must be a string or a number, got null", to_int, None)
        self.assert_fails("OverflowError", "cannot convert float infinity to integer", to_int, float("inf"))

    def test_float(self):
        self.assertEqual((self.builtin["float"]("1e3"), self.builtin["float"](True)), (1000.0, 1.0))
        self.assert_fails("ValueError", "could not convert string to float: 'abc'", self.builtin["float"], "abc")

    def test_numbers(self):
        b = self.builtin
        self.assertEqual((b["abs"](-2), b["abs"](True), b["min"](3, 1), b["max"]([1, 3, 2]), b["min"]([]), b["max"](),
                          b["max"]("ab"), b["min"](1, 1.0)), (2, 1, 1, 3, None, None, "ab", 1))
        self.assertEqual(b["sum"]([0.1] * 10), 0.9999999999999999)
        self.assertEqual((b["sum"]([True, 2]), b["sum"]([[1], [2]], []), b["sum"]([])), (3, [1, 2], 0))
        self.assert_fails("TypeError", "unsupported operand type(s) for +: 'number' and 'string'", b["sum"], ["a"])
        self.assert_fails("TypeError", "'<' not supported between instances of 'string' and 'number'", b["min"], 1, "a")
        self.assert_fails("TypeError", "abs(): 'value' must be a number, got string", b["abs"], "a")
        self.assert_fails("TypeError", "len() missing required argument 'collection'", b["len"])

    def test_sequences(self):
        b = self.builtin
        self.assertEqual((b["len"]([1]), b["len"](5), b["len"](Object(a=1)), b["range"](5, 0, -2)), (1, 0, 1, [5, 3, 1]))
        self.assertEqual((b["enumerate"](["x"], 1), b["zip"]([1, 2], "ab"), b["zip"]()),
                         ([[1, "x"]], [[1, "a"], [2, "b"]], []))
        self.assertEqual((b["sorted"]([3, 1, 2], True), b["sorted"]("ba"), b["any"]([0, "x"]), b["all"]([])),
                         ([3, 2, 1], ["a", "b"], True, True))
        it = b["iter"]("ab")
        self.assertEqual((b["next"](it), b["next"](it), b["next"](it, "end")), ("a", "b", "end"))
        self.assert_fails("RuntimeError", "Iterator exhausted - use default parameter to avoid error", b["next"], it)
        self.assert_fails("TypeError", "'array' object is not an iterator", b["next"], [1])
        self.assert_fails("TypeError", "zip(): 'arrays' must be iterable, got number", b["zip"], 5)

    def test_pick(self):
        names = self.run_ml("""
len = 3
a = __pick(lambda: len, "len")([1])
def f(xs):
    b = __pick(lambda: len, "len")(xs)
    len = b
    return __pick(lambda: len, "len")(xs)
c = f([1, 2])
max = lambda a: "mine"
d = __pick(lambda: max, "max")(1)
""")
        self.assertEqual((names["a"], names["c"], names["d"]), (1, 2, "mine"))


if __name__ == "__main__":
    unittest.main()
