import unittest

from mlpy import _native
from mlpy._native import Object
from support import NativeTest, ml_function


class ObjectTest(NativeTest):
    def test_missing_key_is_null(self):
        o = self.h.obj(a=1)
        self.assertEqual(o["a"], 1)
        self.assertIsNone(o["b"])

    def test_keys_keep_their_type_but_equal_numbers_share_a_slot(self):
        o = Object()
        o[1] = "int"
        o["1"] = "str"
        o[1.0] = "float"
        self.assertEqual(_native.display(o), "{1: 'float', '1': 'str'}")
        self.assertEqual(o[True], "float")

    def test_containers_are_no_keys(self):
        for key, name in (([1], "array"), (Object(), "object"), (ml_function("lambda: 1"), "function")):
            message = f"an object key must be a string, number, boolean or null, not {name}"
            self.assert_fails("TypeError", message, self.h.set_index, Object(), key, 1)
            self.assert_fails("TypeError", message, Object().__getitem__, key)

    def test_literals_keep_the_order_and_the_last_of_equal_keys(self):
        self.assertEqual(list(self.h.obj_of("b", 1, 2, 2, "b", 3).items()), [("b", 3), (2, 2)])

    def test_a_dict_is_adopted_in_place(self):
        made = {"a": 1}
        self.assertIs(_native.adopt(made), made)
        self.assertIs(type(made), Object)

    def test_deep_nesting_is_freed(self):
        o = Object()
        for _ in range(200_000):
            o = self.h.obj(inner=o)
        self.assertEqual(len(o), 1)
        del o


class DisplayTest(NativeTest):
    def shown(self, value):
        return _native.display(value)

    def test_scalars(self):
        for value, text in ((None, "null"), (True, "true"), (10**30, "1" + "0" * 30), (-7, "-7"), (1.0, "1.0"),
                            (1e16, "1e+16"), (1e15, "1000000000000000.0"), (1e-5, "1e-05"), (-0.0, "-0.0"),
                            (float("inf"), "inf"), (float("nan"), "nan"), (5e-324, "5e-324"), ("it's", "it's")):
            self.assertEqual(self.shown(value), text)

    def test_containers_quote_strings(self):
        self.assertEqual(self.shown([1.0, "a", None, True, ["it's"], 'say "hi"', "both ' and \""]),
                         """[1.0, 'a', null, true, ["it's"], 'say "hi"', 'both \\' and "']""")
        self.assertEqual(self.shown(Object({"a b": [], False: {}.get("x"), 2: "\n\x1b\u200b日"})),
                         "{'a b': [], false: null, 2: '\\n\\x1b\\u200b日'}")

    def test_cycles(self):
        a = [1]
        a.append(a)
        o = Object()
        o["me"] = o
        self.assertEqual(self.shown([a, o]), "[[1, [...]], {'me': {...}}]")
        self.assertEqual(self.shown([b := [], b]), "[[], []]")

    def test_nesting_stops_at_200(self):
        a = []
        for _ in range(200_000):
            a = [a]
        self.assertEqual(self.shown(a), "[" * 200 + "[...]" + "]" * 200)

    def test_functions(self):
        self.assertEqual(self.shown(ml_function("lambda: 1")), "<function>")
        named = self.run_ml("def __ml_class(): pass")["class"]
        self.assertEqual(self.shown(named), "<function class>")
        self.assertEqual(self.shown(self.builtin["len"]), "<function len>")
        self.assertEqual(self.shown(self.h.get("abc", "upper")), "<function upper>")

        def sqrt(x):
            return x

        sqrt.__qualname__ = "math.sqrt"
        self.assertEqual(self.shown(sqrt), "<function math.sqrt>")
        sqrt.__qualname__ = "builtin.input"
        self.assertEqual(self.shown(sqrt), "<function input>")

    def test_others(self):
        made = self.run_ml("def g():\n    yield 1\nx = g()")["x"]
        self.assertEqual(self.shown(made), "<generator g>")
        self.assertEqual(self.shown(_native.Iterator([1])), "<iterator>")
        self.assertEqual(self.shown(_native.Module("a.b", {})), "<module a.b>")
        self.assertEqual(self.shown(object()), "<unknown>")

    def test_huge_integers_and_texts_are_refused(self):
        self.assert_fails("LimitError", "integer larger than 4300 digits", _native.display, 10**5000)
        half = "x" * (40 * 1024 * 1024)
        self.assert_fails("LimitError", "result larger than 64MB", self.h.add, half, half)


class TypeofTest(NativeTest):
    def test_every_kind(self):
        module = _native.Module("m", {})
        generator = self.run_ml("def g():\n    yield 1\nx = g()")["x"]
        for value, name in ((None, "null"), (True, "boolean"), (1, "number"), (1.5, "number"), ("", "string"),
                            ([], "array"), (Object(), "object"), (self.builtin["len"], "function"), (self.h.get("", "upper"), "function"),
                            (generator, "generator"), (_native.Iterator([]), "iterator"), (module, "module"),
                            (self.caught("1 / 0"), "error"), ({}, "unknown"), ((), "unknown"), (int, "unknown")):
            self.assertEqual(_native.typeof(value), name)

    def test_only_functions_are_callable(self):
        self.assertTrue(_native.callable(ml_function("lambda: 1")))
        self.assertTrue(_native.callable(self.builtin["len"]))
        self.assertTrue(_native.callable(_native.typeof))
        for host in (int, [].append, len, type("C", (), {}), _native.Object, self.setUp, print):
            self.assertFalse(_native.callable(host), host)

    def test_user_functions_are_known(self):
        self.assertTrue(_native.is_user_function(ml_function("lambda: 1")))
        self.assertFalse(_native.is_user_function(lambda: 1))


class ModuleTest(NativeTest):
    def test_live_over_a_dict_shared_with_its_twin(self):
        members = {"a": 1}
        module = _native.Module("m", members)
        members["b"] = 2
        self.assertEqual((module["b"], module.twin.b), (2, 2))
        module.twin.c = 3
        self.assertEqual(members["c"], 3)

    def test_unknown_and_private_members(self):
        library = _native.Module("math", {"_hidden": 1}, library=True)
        user = _native.Module("m", {"_mine": 1})
        self.assertEqual(user["_mine"], 1)
        self.assert_fails("AttributeError", "module 'm' has no member 'x'", self.h.get, user, "x")
        self.assert_fails("AttributeError", "module 'm' has no member 'x'", self.h.call, user, "x", 1)
        for module, name in ((library, "_hidden"), (library, "__name__"), (user, "__builtins__")):
            self.assert_fails("SecurityError", f"Access to private name '{name}' is forbidden", self.h.get, module, name)
        self.assertEqual(_native.member_names(user), ["_mine"])

    def test_members_are_read_only(self):
        self.assert_fails_in("TypeError", "'module' object does not support property assignment",
                             'm["x"] = 1', "m.x = 1;", {'m["x"]': "x"}, m=_native.Module("m", {}))

    def test_a_missing_member_read_through_the_twin(self):
        self.assert_fails_in("AttributeError", "module 'm' has no member 'x'", "m.x", m=_native.Module("m", {}).twin)


class LibraryObjectTest(NativeTest):
    def setUp(self):
        super().setUp()

        class Pattern:
            def __init__(self):
                self._secret = 1
                self.shown_name = "p"

            @property
            def pattern(self):
                return "a+"

            def search(self, text, limit=0):
                return [text, limit]

            def toString(self):
                return "Pattern('a+')"

        _native.register_class(Pattern, "Pattern", ["pattern", "search", "toString"])
        self.value = Pattern()

    def test_only_registered_members(self):
        p = self.value
        self.assertEqual(self.h.get(p, "pattern"), "a+")
        self.assertEqual(self.h.call(p, "search", "x", 2), ["x", 2])
        self.assertEqual(self.h.get(p, "search")("y"), ["y", 0])
        self.assertEqual((self.h.index(p, "pattern"), p["pattern"]), ("a+", "a+"))
        self.assert_fails("AttributeError", "Pattern has no property 'flags'", p.__getitem__, "flags")
        self.assert_fails("TypeError", "'Pattern' object is not subscriptable", p.__getitem__, 0)
        self.assert_fails("TypeError", "'Pattern' object is not iterable", self.h.iter, p)
        self.assertEqual(_native.member_names(p), ["pattern", "search", "toString"])
        self.assert_fails("AttributeError", "Pattern has no property 'shown_name'", self.h.get, p, "shown_name")
        self.assert_fails("AttributeError", "Pattern has no method 'find'", self.h.m_find, p, "x")
        self.assert_fails("SecurityError", "Access to private name '_secret' is forbidden", self.h.get, p, "_secret")
        self.assert_fails("SecurityError", "Access to private name '__class__' is forbidden",
                          self.h.call, p, "__class__")
        self.assertFalse(_native.has_member(p, "_secret"))

    def test_shown_and_named(self):
        self.assertEqual(_native.display([self.value]), "[Pattern('a+')]")
        self.assertEqual(_native.typeof(self.value), "Pattern")
        self.assertEqual(_native.display(self.h.get(self.value, "search")), "<function search>")


if __name__ == "__main__":
    unittest.main()
