import marshal
import struct
import sys
import unittest

from mlpy import _native
from support import position_rows


def rewrite(python, rows=b""):
    return _native.rewrite(compile(python, "generated", "exec"), "shop.ml", rows)


def all_codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from all_codes(constant)


class NamesTest(unittest.TestCase):
    PYTHON = """
__ml_class = 1
def __ml_def(a, __ml_in=2):
    global __ml_class
    __ml_class = a
    def __fn_1():
        nonlocal __ml_in
        __ml_in = a
        return lambda q: q
    return __fn_1
"""

    def test_names_are_ml_names_everywhere(self):
        code = rewrite(self.PYTHON)
        variables = {"__builtins__": _native.builtins()}
        exec(code, variables)
        function = variables["def"]
        self.assertEqual((function.__name__, function.__qualname__, function.__code__.co_varnames[:2]),
                         ("def", "def", ("a", "in")))
        inner = function(7)
        self.assertEqual((variables["class"], inner.__name__, sorted(inner.__code__.co_freevars)),
                         (7, "<anonymous>", ["a", "in"]))
        self.assertEqual({c.co_filename for c in all_codes(code)}, {"shop.ml"})

    def test_functions_by_dotted_name(self):
        rows = position_rows(self.PYTHON, self.PYTHON, {})
        listed = [(name, line) for _, name, line in _native.functions(rewrite(self.PYTHON, rows))]
        self.assertEqual(listed, [("(top level)", 1), ("def", 3), ("def.(anonymous)", 6),
                                  ("def.(anonymous).(anonymous)", 9)])

    def test_survives_marshal(self):
        code = marshal.loads(marshal.dumps(rewrite(self.PYTHON)))
        variables = {"__builtins__": _native.builtins()}
        exec(code, variables)
        self.assertTrue(_native.is_user_function(variables["def"]))


class PositionTest(unittest.TestCase):
    def rows(self, *rows):
        return b"".join(struct.pack("<8I", *row) for row in sorted(rows))

    def places(self, code):
        return {p for c in all_codes(code) for p in c.co_positions() if p[0] is not None}

    def test_exact_rows(self):
        # a = b / c ; the whole statement, the division, its operands
        rows = self.rows((1, 0, 1, 9, 40, 2, 40, 11), (1, 4, 1, 9, 40, 8, 40, 11), (1, 4, 1, 5, 40, 6, 40, 7),
                         (1, 8, 1, 9, 300, 400, 302, 7), (1, 0, 1, 1, 40, 2, 40, 3))
        places = self.places(rewrite("a = b / c", rows))
        self.assertLessEqual({(40, 40, 8, 11), (40, 40, 6, 7), (300, 302, 400, 7), (40, 40, 2, 3)}, places)

    def test_unknown_places_use_the_row_around_them(self):
        rows = self.rows((1, 0, 1, 13, 7, 1, 7, 2), (1, 4, 1, 13, 8, 5, 8, 6))
        places = self.places(rewrite("a = b / c + d", rows))
        self.assertEqual({line for line, *_ in places}, {1, 7, 8} & {line for line, *_ in places})
        self.assertIn((8, 8, 5, 6), places)
        self.assertIn((7, 7, 1, 2), places)

    def test_every_line_and_jump_survives(self):
        python = "\n".join(["def f(x):"] + [f"    if x == {i}:\n        x = x + {i}" for i in range(80)] + ["    return x"])
        rows = position_rows(python, python, {})
        for before, after in zip(all_codes(compile(python, "p", "exec")), all_codes(rewrite(python, rows))):
            lines = [p[0] for p in before.co_positions()]
            self.assertEqual(len(lines), len(list(after.co_positions())))
            self.assertEqual([p[0] for p in after.co_positions()][5:], lines[5:])
            self.assertEqual(before.co_code, after.co_code)

    def test_tracebacks_show_ml_lines(self):
        python = "def f():\n    return 1 / 0\nf()"
        ml = "\n" * 70 + "function f() {\n" + " " * 200 + "return 1 / 0;\n}\nf();"
        rows = position_rows(python, ml, {"1 / 0": "/ 0", "f()": "f();"})
        try:
            exec(rewrite(python, rows), {})
        except ZeroDivisionError as error:
            trace = error.__traceback__.tb_next
            self.assertEqual((trace.tb_lineno, trace.tb_next.tb_lineno), (74, 72))
            positions = list(trace.tb_next.tb_frame.f_code.co_positions())
            self.assertEqual(positions[trace.tb_next.tb_lasti // 2][:3], (72, 72, 209))

    def test_damaged_tables_are_refused(self):
        with self.assertRaises(_native.MLError):
            rewrite("x = 1", b"abc")

    def test_empty_tables_are_allowed(self):
        self.assertEqual({p[0] for p in self.places(rewrite("x = 1\ny = 2"))}, {1})


if __name__ == "__main__":
    unittest.main()
