import gc
import io
import json
import sys
import unittest
import weakref
from contextlib import redirect_stderr

from mlpy import _native
from mlpy._native import MLError, Object
from mlpy.runtime import errors
from support import NativeTest


class TranslationTest(NativeTest):
    def test_operators(self):
        for python, message in (
                ("1 + None", "unsupported operand type(s) for +: 'number' and 'null'"),
                ("[1] + 1", "unsupported operand type(s) for +: 'array' and 'number'"),
                ("'5' - 2", "unsupported operand type(s) for -: 'string' and 'number'"),
                ("o / True", "unsupported operand type(s) for /: 'object' and 'boolean'"),
                ("1 < 'a'", "'<' not supported between instances of 'number' and 'string'"),
                ("None >= 1.5", "'>=' not supported between instances of 'null' and 'number'"),
                ("-'a'", "bad operand type for unary -: 'string'")):
            self.assert_fails_in("TypeError", message, python, o=Object())
        for python in ("1 / 0", "1 // 0", "1 % 0", "1.5 / 0", "1.5 // 0.0", "1.5 % 0"):
            self.assert_fails_in("ZeroDivisionError", "division by zero", python)
        self.assert_fails_in("OverflowError", "int too large to convert to float", "10 ** 400 / 3")

    def test_repetition(self):
        for a, b, left, right in (("x", "y", "string", "string"), ([1], None, "array", "null"), (1.5, "x", "number", "string"),
                                  (None, [], "null", "array"), ([1], [2], "array", "array")):
            self.assert_fails_in("TypeError", f"unsupported operand type(s) for *: '{left}' and '{right}'",
                                 "a * b", "a * b;", {"a * b": "* b"}, a=a, b=b)
        self.assert_fails_in("TypeError", "unsupported operand type(s) for *: 'array' and 'string'",
                             "[1] * f()", "[1] * f();", {"[1] * f()": "* f"}, f=lambda: "s")

    def test_calls(self):
        self.assert_fails_in("TypeError", "Cannot call number: not callable", "x(1)", x=5)
        self.assert_fails_in("TypeError", "Cannot call object: not callable", "x(1)", x=Object())
        self.assert_fails_in("TypeError", "f() missing 1 required positional argument: 'b'",
                             "def f(a, b): pass\nf(1)")
        self.assert_fails_in("TypeError", "f() missing 2 required positional arguments: 'a' and 'class'",
                             "def f(a, __ml_class): pass\nf()")
        self.assert_fails_in("TypeError", "class() takes 1 positional argument but 2 were given",
                             "def __ml_class(a): pass\n__ml_class(1, 2)")
        self.assert_fails_in("TypeError", "inner() takes from 1 to 2 positional arguments but 3 were given",
                             "def f():\n    def inner(a, b=__unset): pass\n    inner(1, 2, 3)\nf()")
        self.assert_fails_in("TypeError", "<anonymous>() missing 1 required positional argument: 'a'",
                             "def __fn_1(a): pass\n__fn_1()")

    def test_library_functions_count_in_words_of_the_library(self):
        from mlpy.stdlib import builtin

        input_ = builtin.functions()["input"]
        self.assert_fails_in("TypeError", "input() takes at most 1 argument but 2 were given", "input(1, 2)", input=input_)

    def test_names(self):
        self.assert_fails_in("NameError", "name 'missing_function' is not defined", "missing_function(3)")
        self.assert_fails_in("NameError", "local variable 'class' used before assignment",
                             "def f():\n    __ml_class\n    __ml_class = 1\nf()")
        self.assert_fails_in("NameError", "name 'x' is not defined",
                             "def f():\n    def g(): return x\n    g()\n    x = 1\nf()")

    def test_members(self):
        for value, kind, message in (("s", "AttributeError", "string has no property 'price'"),
                                     ([], "AttributeError", "array has no property 'price'"),
                                     (5, "AttributeError", "number has no property 'price'"),
                                     (None, "TypeError", "cannot read property 'price' of null")):
            self.assert_fails_in(kind, message, 'x = o["price"]', "x = o.price;", {'o["price"]': "price"}, o=value)
        self.assert_fails_in("AttributeError", "array has no property 'price'", 'o["price"] == 1', "o.price == 1;",
                             {'o["price"]': "price"}, o=[])

    def test_calling_members(self):
        call = {'o["m"]': "m", 'o["m"](1)': "m"}
        for value, kind, message in ((Object(), "AttributeError", "ML object has no property 'm'"),
                                     (Object(m=5), "TypeError", "Property 'm' is not callable (got number)"),
                                     (None, "TypeError", "cannot call method 'm' of null"),
                                     (5, "AttributeError", "number has no method 'm'"),
                                     ([], "AttributeError", "array has no method 'm'"),
                                     ("s", "AttributeError", "string has no method 'm'")):
            self.assert_fails_in(kind, message, 'o["m"](1)', "o.m(1);", call, o=value)

    def test_assigning_members(self):
        for value, name in (("s", "string"), ([], "array"), (None, "null"), (5, "number")):
            self.assert_fails_in("TypeError", f"'{name}' object does not support property assignment",
                                 'o["x"] = 1', "o.x = 1;", {'o["x"]': "x"}, o=value)
        self.assert_fails_in("TypeError", "'string' object does not support item assignment",
                             "o[0] = 1", "o[0] = 1;", {"o[0]": "["}, o="abc")
        self.assert_fails_in("TypeError", "'error' object does not support property assignment",
                             'o["x"] = 1', "o.x = 1;", {'o["x"]': "x"}, o=self.caught("1 / 0"))

    def test_indexes(self):
        place = {"o[k]": "["}
        for o, k, kind, message in (
                ([1], 1, "IndexError", "list index out of range"), ("ab", 9, "IndexError", "string index out of range"),
                ([1], "a", "TypeError", "list indices must be integers, not string"),
                ("ab", None, "TypeError", "string indices must be integers, not null"),
                (5, 0, "TypeError", "'number' object is not subscriptable"),
                (None, "key", "TypeError", "cannot read property 'key' of null"),
                (None, 7, "TypeError", "cannot read property '7' of null"),
                ([], 10**30, "IndexError", "list index out of range")):
            self.assert_fails_in(kind, message, "o[k]", "o[k];", place, o=o, k=k)
        self.assert_fails_in("TypeError", "cannot read property 'a b' of null", "o['a b']", "o['a b'];",
                             {"o['a b']": "["}, o=None)
        self.assert_fails_in("TypeError", "cannot read property 'i + 1' of null", "o[i + 1]", "o[i + 1];",
                             {"o[i + 1]": "["}, o=None, i=1)
        self.assert_fails_in("IndexError", "list assignment index out of range", "o[0] = 1", o=[])

    def test_a_local_key_of_null(self):
        python = "def f(o):\n    k = 'deep'\n    return o[k]\nf(None)"
        self.assert_fails_in("TypeError", "cannot read property 'deep' of null", python, python, {"o[k]": "[k"})

    def test_the_rest(self):
        self.assert_fails_in("TypeError", "'number' object is not iterable", "for x in o: pass", o=5)
        self.assert_fails_in("ValueError", "not enough values to unpack (expected 3, got 2)", "a, b, c = o", o=[1, 2])
        self.assert_fails_in("KeyError", "'k'", "__m_pop(o, 'k')", o=Object())
        self.assert_fails_in("RuntimeError", "generator already executing",
                             "def g():\n    for v in me: yield v\nme = g()\nfor x in me: pass")


class RecursionTest(NativeTest):
    def depth(self, python):
        self.assert_fails_in("RecursionError", f"recursion deeper than {_native.recursion_limit()}", python)

    def test_exhaustion_is_caught_everywhere(self):
        self.depth("def f(n): return f(n + 1)\nf(0)")
        self.depth("def f(n): return __m_map([1], lambda x: f(n + 1))\nf(0)")
        self.depth("def f(n): return __m_sort([2, 1], lambda a, b: f(n + 1))\nf(0)")
        self.depth("def f(n): return __m_reduce([1, 2], lambda a, b: f(n + 1))\nf(0)")
        self.depth("def f(n):\n    for x in g(n): yield x\ndef g(n): return f(n + 1)\nfor x in f(0): pass")
        self.depth("a = []\na.append(a)\nb = []\nb.append(b)\na == b")

    def test_900_calls_always_work(self):
        names = self.run_ml("""
def plain(n): return 0 if n == 0 else 1 + plain(n - 1)
def mapped(n): return 0 if n == 0 else 1 + __m_map([n - 1], mapped)[0]
def sorted_(n):
    if n > 0: __m_sort([1, 2], lambda a, b: sorted_(n - 1))
    return 0
a = [plain(900), mapped(900), sorted_(900)]
""")
        self.assertEqual(names["a"], [900, 900, 0])

    def test_the_limit_can_be_set_within_what_the_stack_holds(self):
        before = _native.recursion_limit()
        self.addCleanup(_native.set_recursion_limit, before)
        self.assertEqual(_native.set_recursion_limit(10), 1000)
        self.assertLess(_native.set_recursion_limit(10**9), 10**9)
        self.depth("def f(n): return __m_map([1], lambda x: f(n + 1))\nf(0)")


class ErrorValueTest(NativeTest):
    def thrown(self, value):
        return self.caught("raise __throw(v)", v=value)

    def test_thrown_object(self):
        value = Object(message="low", code=42, type="Stock", line="mine")
        e = self.thrown(value)
        self.assertEqual([e[k] for k in ("message", "code", "type", "nothing", "line", "column")],
                         ["low", 42, "Stock", None, "mine", 1])
        self.assertIs(e["value"], value)
        self.assertEqual(self.h.iter(e), ["message", "code", "type", "line"])
        self.assertEqual((_native.display(e), _native.quoted(e)), ("low", "Stock('low')"))

    def test_other_thrown_values(self):
        for value, message, kind in ((Object(code=1), "User-defined exception", "Error"), ("plain", "plain", "Error"),
                                     ([1, "a"], "[1, 'a']", "Error"), (None, "null", "Error"),
                                     (Object(message=None), "User-defined exception", "Error")):
            e = self.thrown(value)
            self.assertEqual((_native.quoted(e), e["type"], self.h.get(e, "value")),
                             (f"{kind}({message!r})", kind, value))
        e = self.thrown(Object(message=5, type=1))
        self.assertEqual((e["message"], e["type"], _native.quoted(e)), (5, 1, "Error('5')"))

    def test_run_time_errors(self):
        e = self.caught("x = 1\ny = x / 0", "x = 1;\ny = x / 0;", {"x / 0": "/ 0"})
        self.assertEqual((e["type"], e["message"], e["value"], e["line"], e["column"]),
                         ("ZeroDivisionError", "division by zero", None, 2, 7))
        self.assertTrue(e["file"].endswith("shop.ml"))
        self.assertEqual(self.h.iter(e), ["message", "type"])
        self.assert_fails("AttributeError", "error has no method 'foo'", self.h.call, e, "foo")
        self.assert_fails("SecurityError", "Access to private name '__traceback__' is forbidden",
                          self.h.get, e, "__traceback__")

    def test_columns_are_code_points(self):
        e = self.caught("x = 'é日' - 1", "x = 'é日' - 1;", {"'é日' - 1": "- 1"})
        self.assertEqual(e["column"], 10)

    def test_stack_goes_to_main_through_the_catching_function(self):
        names = self.run_ml("""
def fail(a): return a / 0
def middle(a):
    try:
        return fail(a)
    except __Exception as __e:
        e = __caught(__e)
        return e
result = middle(1)
""")
        stack = names["result"]["stack"]
        self.assertEqual([(s["function"], s["line"]) for s in stack], [("fail", 2), ("middle", 5), ("<main>", 9)])

    def test_rethrown_errors_keep_their_place(self):
        python = """
def fail(): return 1 / 0
try:
    fail()
except __Exception as __e:
    e = __caught(__e)
raise __throw(e)
"""
        again = self.caught(python)
        self.assertEqual(([s["line"] for s in again["stack"]], again["line"]), ([2, 4], 2))
        self.assertIn("  at fail (shop.ml:2:1)\n  at <main> (shop.ml:4:1)\n", self.report(python))

    def test_catching_keeps_no_variables_alive(self):
        class Big:
            pass

        big = Big()
        seen = weakref.ref(big)
        error = self.caught("def f(b): return 1 / 0\nf(b)", b=big)
        del big
        gc.collect()
        self.assertIsNone(seen())
        self.assertEqual(error["message"], "division by zero")

    def test_limits_are_not_caught(self):
        with self.assertRaises(_native.ResourceLimit):
            self.run_ml("try:\n    f()\nexcept __Exception as __e:\n    e = __caught(__e)", f=self.limit)

    def limit(self):
        raise _native.ResourceLimit("time")


class ReportTest(NativeTest):
    def test_shape(self):
        python = "def divide(a, b):\n    return a / b\n\n\ntotal = divide(1, 0)\n"
        ml = "function divide(a, b) {\n    return a / b;\n}\n\ntotal = divide(1, 0);\n"
        self.assertEqual(self.report(python, ml, {"a / b": "/ b", "divide(1, 0)": "divide(1"}), """\
error[ML2003] ZeroDivisionError: division by zero
  --> shop.ml:2:14
   |
 2 |     return a / b;
   |              ^
  at divide (shop.ml:2:14)
  at <main> (shop.ml:5:9)
hint: check the divisor first
""")

    def test_thrown_data_and_the_error_being_handled(self):
        python = """
try:
    o = [1][5]
except __Exception as __e:
    e = __caught(__e)
    raise __throw(__obj(message='no stock', type='Stock', code=3, items=['a']))
"""
        thrown = "raise __throw(__obj(message='no stock', type='Stock', code=3, items=['a']))"
        self.assertEqual(self.report(python, python, {thrown: "raise"}), """\
error[ML2014] Stock: no stock
  --> shop.ml:6:5
   |
 6 |     raise __throw(__obj(message='no stock', type='Stock', code=3, items=['a']))
   |     ^
  at <main> (shop.ml:6:5)
data: {'code': 3, 'items': ['a']}
while handling: IndexError: list index out of range (shop.ml:3)
""")

    def test_long_stacks_are_cut(self):
        text = self.report("def f(n):\n    if n == 0: return 1 / 0\n    return f(n - 1)\nf(50)")
        stack = [line for line in text.splitlines() if line.startswith(("  at ", "  ..."))]
        self.assertEqual((len(stack), stack[10], stack[-1]), (20, "  ... 33 more ...", "  at <main> (shop.ml:4:1)"))

    def test_hints(self):
        for hint, python, ml, places in (
                ("did you mean 'total'?", "total = 1\ntotl()", None, ()),
                ("did you mean 'upper'?", "__call('a', 'uper')", None, ()),
                ("the right operand is null", "1 + None", None, ()),
                ("the left operand is an array, the right one a number", "[1] - 1", None, ()),
                ("the index is 5, the length 1", "xs = [1]\ni = 5\nxs[i]", None, {"xs[i]": "[i]"}),
                ("does every path end the recursion?", "def f(): return f()\nf()", None, ())):
            self.assertTrue(self.report(python, ml, places).endswith(f"\nhint: {hint}\n"), hint)

    def test_control_characters_do_not_reach_the_terminal(self):
        self.assertIn("error[ML2014] Error: a\\x1b]0;t\\x07\n", self.report("raise __throw('a\\x1b]0;t\\x07')"))

    def test_exit_codes_and_json(self):
        for error, code in ((MLError("CapabilityError", "x"), 5), (MLError("SecurityError", "x"), 8),
                            (MLError("TypeError", "x"), 1), (_native.ResourceLimit("time"), 6),
                            (_native.Thrown(Object(type="SecurityError")), 1), (KeyError("x"), 1)):
            with redirect_stderr(io.StringIO()):
                self.assertEqual(errors.report_uncaught(error), code)
        out = io.StringIO()
        with redirect_stderr(out):
            errors.report_uncaught(_native.Thrown(Object(message="m", code=3)), as_json=True)
        self.assertEqual(json.loads(out.getvalue()), {
            "code": "ML2014", "type": "Error", "message": "m", "file": None, "line": None, "column": None, "stack": [],
            "hint": None, "data": {"code": 3}})

    def test_host_errors_name_no_host_path(self):
        text = self.report("f()", f=lambda: sys.modules["nosuch.module"])
        self.assertNotIn(__file__, text)
        self.assertTrue(text.startswith("error[ML2005] KeyError: 'nosuch.module'\n  --> shop.ml:1:1\n"), text)


if __name__ == "__main__":
    unittest.main()
