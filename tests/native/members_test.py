import json
import re
import unittest
from pathlib import Path

from mlpy import _native
from mlpy._native import Object
from support import NativeTest, ml_function


class ArrayTest(NativeTest):
    def test_changing(self):
        m, a = self.h, [5, 3, 9]
        self.assertIsNone(m.m_append(a, 1))
        self.assertIsNone(m.m_extend(a, [7]))
        self.assertIsNone(m.m_insert(a, 0, 2))
        self.assertEqual(a, [2, 5, 3, 9, 1, 7])
        self.assertEqual((m.m_pop(a), m.m_pop(a, 0), m.m_index(a, 9), m.m_count(a, 3)), (7, 2, 2, 1))
        self.assertEqual(m.m_sort(a), [1, 3, 5, 9])
        self.assertIs(m.m_reverse(a), a)
        self.assertEqual(m.m_push(a, 5, 6), 6)
        self.assertEqual(m.m_push(a), 6)
        self.assertEqual((m.m_shift(a), m.m_unshift(a, 0, 1), a), (9, 7, [0, 1, 5, 3, 1, 5, 6]))
        self.assertIsNone(m.m_remove(a, 1))
        self.assertEqual(m.m_fill(a, None, 1, -1), [0, None, None, None, None, 6])
        self.assertIsNone(m.m_clear(a))
        self.assertEqual(a, [])

    def test_splice(self):
        a = [0, 2, 3, 4, 5, 6]
        self.assertEqual((self.h.m_splice(a, 1, 2), a), ([2, 3], [0, 4, 5, 6]))
        self.assertEqual((self.h.m_splice(a, -2, 1, "x", "y"), a), ([5], [0, 4, "x", "y", 6]))
        self.assertEqual((self.h.m_splice(a, 2), a), (["x", "y", 6], [0, 4]))
        self.assertEqual((self.h.m_splice(a, 1, -5, 9), a), ([], [0, 9, 4]))

    def test_reading(self):
        m, n = self.h, [1, 2, 3, 4]
        self.assertEqual((m.m_slice(n, 1, -1), m.m_slice(n, None, 9), m.m_concat(n, [5, [6]], 7)),
                         ([2, 3], n, [1, 2, 3, 4, 5, [6], 7]))
        self.assertEqual((m.m_indexOf(n, 3), m.m_indexOf(n, 1, 1), m.m_lastIndexOf([1, 2, 1], 1)), (2, -1, 2))
        self.assertEqual((m.m_includes(n, 9), m.m_contains(n, 4.0), m.m_at(n, -1), m.m_at(n, 4)), (False, True, 4, None))
        self.assertEqual((m.m_keys([7, 8]), m.m_values([7, 8]), m.m_entries([7])), ([0, 1], [7, 8], [[0, 7]]))
        self.assertEqual((m.m_flat([[1], [2, [3]]]), m.m_flat([[[[1]]]], 2)), ([1, 2, [3]], [[1]]))
        self.assertEqual((m.m_join(["a", None, 1.0, [True]], "-"), m.m_join([1, 2])), ("a--1.0-[true]", "1,2"))
        self.assertEqual((m.m_length(n), self.h.length(n), self.h.get(n, "length")), (4, 4, 4))
        nan = float("nan")
        self.assertEqual((m.m_indexOf([nan], nan), m.m_toString([1, "a"])), (-1, "[1, 'a']"))

    def test_callbacks_get_what_they_declare(self):
        m, n = self.h, ["a", "b"]
        self.assertEqual(m.m_map(n, ml_function("lambda x: x * 2")), ["aa", "bb"])
        self.assertEqual(m.m_map(n, ml_function("lambda x, i: i")), [0, 1])
        self.assertEqual(m.m_map(n, ml_function("lambda x, i, all: __len(all)")), [2, 2])
        self.assertEqual(m.m_map(n, ml_function("lambda x, i=7: i")), [0, 1])
        self.assertEqual(m.m_map(["1", "2"], self.builtin["int"]), [1, 2])
        self.assertEqual(m.m_reduce([1, 2, 3], ml_function("lambda a, x, i: a + x * i"), 0), 8)
        self.assertEqual(m.m_reduceRight(["a", "b", "c"], ml_function("lambda a, x: a + x")), "cba")
        self.assert_fails("TypeError", "<anonymous>() takes 0 positional arguments but 1 was given",
                          m.m_map, n, ml_function("lambda: 1"))

    def test_callbacks(self):
        m, n = self.h, [1, 2, 3, 4]
        even = ml_function("lambda x: x % 2 == 0")
        self.assertEqual((m.m_filter(n, even), m.m_find(n, even), m.m_findLast(n, even), m.m_findIndex(n, even)),
                         ([2, 4], 2, 4, 1))
        self.assertEqual((m.m_some(n, even), m.m_every(n, even), m.m_find([1], even), m.m_findIndex([1], even)),
                         (True, False, None, -1))
        self.assertEqual(m.m_flatMap([1, 2], ml_function("lambda x: [x, [x]]")), [1, [1], 2, [2]])
        self.assertIsNone(m.m_forEach(n, even))

    def test_elements_present_at_the_call_are_visited(self):
        a = [1, 2]
        self.assertEqual(self.h.m_map(a, ml_function("lambda x: a.append(x) or x", a=a)), [1, 2])
        self.assertEqual(a, [1, 2, 1, 2])

    def test_sort(self):
        m = self.h
        self.assertEqual(m.m_sort([3, 1, 2], ml_function("lambda p, q: q - p")), [3, 2, 1])
        pairs = [[1, "a"], [0, "b"], [1, "c"], [0, "d"]]
        self.assertEqual(m.m_sort(pairs, ml_function("lambda p, q: p[0] - q[0]")),
                         [[0, "b"], [0, "d"], [1, "a"], [1, "c"]])
        self.assertEqual(m.m_sort([2, 1, 3], ml_function("lambda p, q: -1")), [2, 1, 3])
        self.assertEqual(m.m_sort([3, 1], None), [1, 3])
        self.assert_fails("TypeError", "'<' not supported between instances of 'string' and 'number'",
                          m.m_sort, [1, "a"])
        self.assert_fails("TypeError", "array.sort(): the comparison must return a number, got null",
                          m.m_sort, [1, 2], ml_function("lambda p, q: None"))

    def test_failures(self):
        m = self.h
        for kind, message, call in (
                ("IndexError", "pop from empty list", lambda: m.m_pop([])),
                ("IndexError", "pop index out of range", lambda: m.m_pop([1], 5)),
                ("IndexError", "shift from empty list", lambda: m.m_shift([])),
                ("ValueError", "remove(): value not in array", lambda: m.m_remove([], 1)),
                ("ValueError", "'x' is not in list", lambda: m.m_index([], "x")),
                ("TypeError", "reduce of empty array with no initial value",
                 lambda: m.m_reduce([], ml_function("lambda a, b: a"))),
                ("TypeError", "array.map(): expected a function", lambda: m.m_map([], 1)),
                ("TypeError", "array.map() missing required argument 'f'", lambda: m.m_map([])),
                ("TypeError", "array.append() takes at most 1 argument but 2 were given", lambda: m.m_append([], 1, 2)),
                ("TypeError", "array.insert() missing required argument 'x'", lambda: m.m_insert([], 1)),
                ("TypeError", "array.insert(): 'i' must be an integer, got string", lambda: m.m_insert([], "a", 1)),
                ("TypeError", "array.join(): 'sep' must be a string, got number", lambda: m.m_join([], 1)),
                ("TypeError", "array.extend(): 'items' must be iterable, got number", lambda: m.m_extend([], 5)),
                ("AttributeError", "array has no method 'trim'", lambda: m.m_trim([])),
                ("AttributeError", "array has no method 'nope'", lambda: self.h.call([], "nope")),
                ("AttributeError", "array has no property 'nope'", lambda: self.h.get([], "nope"))):
            self.assert_fails(kind, message, call)


class StringTest(NativeTest):
    def test_case_and_trimming(self):
        m, s = self.h, "  Hello World  "
        self.assertEqual((m.m_strip(m.m_upper(s)), m.m_lstrip(s), m.m_rstrip("xxaxx", "x")),
                         ("HELLO WORLD", "Hello World  ", "xxa"))
        self.assertEqual((m.m_trim(s), m.m_trimStart(s), m.m_trimEnd(s), m.m_strip(s, None)),
                         ("Hello World", "Hello World  ", "  Hello World", "Hello World"))
        self.assertEqual((m.m_toLowerCase("AB"), m.m_toUpperCase("straße"), m.m_title("they're"), m.m_capitalize("hELLO"),
                          m.m_swapcase("aB")), ("ab", "STRASSE", "They'Re", "Hello", "Ab"))

    def test_cutting(self):
        m = self.h
        self.assertEqual((m.m_split("a-b-c", "-"), m.m_split("a-b-c", "-", 1), m.m_split(" a  b "), m.m_split("a,b", "")),
                         (["a", "b", "c"], ["a", "b-c"], ["a", "b"], ["a", ",", "b"]))
        self.assertEqual((m.m_rsplit("a-b-c", "-", 1), m.m_split("abc", "", 1), m.m_split("", ",")),
                         (["a-b", "c"], ["a", "bc"], [""]))
        self.assertEqual((m.m_substring("abcdef", 4, 1), m.m_slice("abcdef", -3, -1), m.m_substr("abcdef", -3, 2),
                          m.m_substring("abc", -5), m.m_slice("abc", 2, 1)), ("bcd", "de", "de", "abc", ""))
        self.assertEqual((m.m_charAt("abc", 1), m.m_charAt("abc", -1), m.m_at("abc", -1), m.m_at("abc", 3),
                          m.m_charCodeAt("a"), m.m_codePointAt("a", 1)), ("b", "", "c", None, 97, None))

    def test_making(self):
        m = self.h
        self.assertEqual((m.m_join("-", ["x", 1, None]), m.m_join("", {}.fromkeys("ab") and Object(a=1, b=2))),
                         ("x-1-", "ab"))
        self.assertEqual((m.m_replace("abcb", "b", "X"), m.m_replace("aaa", "a", "b", 2), m.m_replaceAll("aa", "a", "b"),
                          m.m_replace("ab", "", "-")), ("aXcX", "bba", "bb", "-a-b-"))
        self.assertEqual((m.m_center("hi", 7, "*"), m.m_center("x", 4), m.m_ljust("a", 3, "."), m.m_rjust("hi", 5, ".")),
                         ("***hi**", " x  ", "a..", "...hi"))
        self.assertEqual((m.m_padStart("7", 3, "0"), m.m_padEnd("7", 6, "ab"), m.m_padStart("7", 3, "")),
                         ("007", "7ababa", "7"))
        self.assertEqual((m.m_repeat("ab", 2.0), m.m_concat("a", 1, None), m.m_reverse("añ😀"), m.m_toString("a")),
                         ("abab", "a1null", "😀ña", "a"))

    def test_searching(self):
        m = self.h
        self.assertEqual((m.m_find("abcb", "b"), m.m_find("abc", "z"), m.m_rfind("abcb", "b"), m.m_index("abc", "c"),
                          m.m_rindex("aba", "a"), m.m_find("abcabc", "c", 3)), (1, -1, 3, 2, 2, 5))
        self.assertEqual((m.m_indexOf("abcabc", "a", 1), m.m_indexOf("abc", "a", -3), m.m_lastIndexOf("aba", "a"),
                          m.m_count("abcb", "b"), m.m_includes("abc", "bc"), m.m_contains("abc", "x")),
                         (3, 0, 2, 2, True, False))
        self.assertEqual((m.m_startswith("abc", "b", 1), m.m_endswith("abc", "b", 0, 2), m.m_startsWith("abc", "b", 1),
                          m.m_endsWith("abc", "b", 2)), (True, True, True, True))
        self.assertEqual((m.m_isdigit("12"), m.m_isdigit(""), m.m_isupper("A1"), m.m_isspace(" ")),
                         (True, False, True, True))

    def test_failures(self):
        m = self.h
        for kind, message, call in (
                ("ValueError", "substring not found", lambda: m.m_index("a", "b")),
                ("ValueError", "string.repeat(): 'n' must not be negative", lambda: m.m_repeat("a", -1)),
                ("TypeError", "The fill character must be exactly one character long", lambda: m.m_center("a", 3, "ab")),
                ("TypeError", "string.split(): 'sep' must be a string, got number", lambda: m.m_split("a", 1)),
                ("TypeError", "string.center(): 'width' must be an integer, got number", lambda: m.m_center("a", 1.5)),
                ("TypeError", "string.join(): 'items' must be iterable, got null", lambda: m.m_join("a", None)),
                ("LimitError", "result larger than 64MB", lambda: m.m_repeat("abc", 10**9)),
                ("LimitError", "width larger than 10000", lambda: m.m_ljust("abc", 10**6)),
                ("LimitError", "result larger than 64MB",
                 lambda: m.m_replace("a" * 10**5, "a", "b" * 10**4)),
                ("AttributeError", "string has no method 'nope'", lambda: self.h.call("s", "nope")),
                ("SecurityError", "Access to private name '__class__' is forbidden",
                 lambda: self.h.get("s", "__class__")),
                ("SecurityError", "Access to private name '_x' is forbidden", lambda: self.h.call([], "_x"))):
            self.assert_fails(kind, message, call)


class ObjectTest(NativeTest):
    def test_members(self):
        m, o = self.h, Object(a=1, b=2)
        self.assertEqual((m.m_items(o), m.m_entries(o), m.m_get(o, "z", 0), m.m_get(o, "z"), m.m_has(o, "a"),
                          m.m_hasOwnProperty(o, "z")), ([["a", 1], ["b", 2]], [["a", 1], ["b", 2]], 0, None, True, False))
        self.assertEqual((m.m_pop(o, "a"), m.m_pop(o, "a", 5), m.m_remove(o, "q"), m.m_setdefault(o, "c", 9), o,
                          m.m_length(o)), (1, 5, None, 9, Object(b=2, c=9), 2))
        self.assertEqual((m.m_keys(o), m.m_values(o), m.m_popitem(o), m.m_toString(o)),
                         (["b", "c"], [2, 9], ["c", 9], "{'b': 2}"))
        copy = m.m_copy(o)
        self.assertIs(type(copy), Object)
        m.m_update(o, Object(d=1))
        self.assertEqual((o, copy), (Object(b=2, d=1), Object(b=2)))
        self.assertIsNone(m.m_clear(o))

    def test_own_properties_come_first_and_reading_never_sees_members(self):
        o = Object(keys=5, inc=ml_function("lambda x: x + 1"))
        self.assertEqual((self.h.get(o, "keys"), self.h.get(o, "values"), self.h.length(o)), (5, None, None))
        self.assertEqual(self.h.call(o, "inc", 2), 3)
        self.assert_fails("TypeError", "Property 'keys' is not callable (got number)", self.h.m_keys, o)
        o["map"] = ml_function("lambda *all: all")
        self.assertEqual(self.h.m_map(o, 1, 2), (1, 2))

    def test_failures(self):
        m = self.h
        for kind, message, call in (
                ("AttributeError", "ML object has no property 'm'", lambda: self.h.call(Object(), "m")),
                ("AttributeError", "ML object has no property 'push'", lambda: m.m_push(Object(), 1)),
                ("KeyError", "'x'", lambda: m.m_pop(Object(), "x")),
                ("KeyError", "popitem from an empty object", lambda: m.m_popitem(Object())),
                ("TypeError", "object.update(): 'other' must be an object, got array", lambda: m.m_update(Object(), []))):
            self.assert_fails(kind, message, call)


class ScalarTest(NativeTest):
    def test_numbers(self):
        m = self.h
        self.assertEqual((m.m_toFixed(5, 1), m.m_toFixed(2.5), m.m_toFixed(3.14159, 2), m.m_toFixed(12.5, 0)),
                         ("5.0", "2", "3.14", "12"))
        self.assertEqual((m.m_toString(255, 16), m.m_toString(-255, 7), m.m_toString(0, 3), m.m_toString(1.0),
                          m.m_toString(True), m.m_toString(-5, 2)), ("ff", "-513", "0", "1.0", "true", "-101"))
        self.assert_fails("ValueError", "number.toString(): 'base' must be from 2 to 36", m.m_toString, 1, 99)
        self.assert_fails("AttributeError", "number has no method 'push'", m.m_push, 1, 2)
        self.assert_fails("AttributeError", "boolean has no method 'toFixed'", m.m_toFixed, True)

    def test_functions(self):
        named = self.run_ml("def f(): pass")["f"]
        self.assertEqual((self.h.get(named, "name"), self.h.get(ml_function("lambda: 1"), "name")), ("f", ""))
        self.assert_fails("AttributeError", "function has no property 'code'", self.h.get, named, "code")
        self.assert_fails("SecurityError", "Access to private name '__globals__' is forbidden",
                          self.h.get, named, "__globals__")

    def test_generators(self):
        g = self.run_ml("def g():\n    yield 1\n    yield 2\nx = g()")["x"]
        self.assertEqual((self.h.m_next(g), self.h.m_toArray(g), self.h.m_next(g)),
                         (Object(value=1, done=False), [2], Object(value=None, done=True)))
        self.assert_fails("AttributeError", "generator has no property 'gi_frame'", self.h.get, g, "gi_frame")

    def test_null(self):
        self.assert_fails("TypeError", "cannot call method 'x' of null", self.h.call, None, "x")
        self.assert_fails("TypeError", "cannot call method 'map' of null", self.h.m_map, None, 1)
        self.assert_fails("TypeError", "cannot read property 'x' of null", self.h.get, None, "x")
        self.assert_fails("TypeError", "cannot read property 'length' of null", self.h.length, None)


class BoundMethodTest(NativeTest):
    def test_methods_are_values(self):
        up = self.h.get("abc", "upper")
        self.assertEqual(up(), "ABC")
        self.assertEqual(self.h.m_map([["a"], ["b", "c"]], self.h.get("-", "join")), ["a", "b-c"])
        self.assert_fails("TypeError", "string.upper() takes at most 0 arguments but 1 was given", up, 1)


class TableTest(NativeTest):
    def test_every_member_is_a_helper(self):
        for rows in _native.member_table().values():
            for name in rows:
                self.assertTrue(hasattr(self.h, "m_" + name), name)

    def test_equals_the_catalogue(self):
        file = Path(__file__).resolve().parents[2] / "core" / "stdlib" / "modules" / "values.json"
        listed = {owner["name"][1:]: dict(map(signature, owner["members"]))
                  for owner in json.loads(file.read_text())["values"]}
        table = {receiver: {name: (least, most, re.findall(r"\w+", names))
                            for name, (least, most, _, names) in rows.items()}
                 for receiver, rows in _native.member_table().items()}
        self.assertEqual(listed, table)


def signature(member):
    """Name and argument counts of a catalogue line such as ``pop(i: int = -1) -> any``."""
    name, _, parameters = member["is"].partition(" -> ")[0].partition("(")
    parameters = [p for p in parameters.rstrip(")").split(", ") if p]
    least = sum(1 for p in parameters if "?" not in p and "=" not in p and "..." not in p)
    names = [re.search(r"\w+", p)[0] for p in parameters]
    return name.split(":")[0], (least, None if any("..." in p for p in parameters) else len(parameters), names)


if __name__ == "__main__":
    unittest.main()
