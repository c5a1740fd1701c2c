"""Generated code by hand: Python text with the places its parts have in an ML text."""

import ast
import struct
import tempfile
import unittest
from pathlib import Path

from mlpy import _native
from mlpy.runtime import errors


def position_rows(python, ml, places):
    """The position table. ``places``: Python source of an expression -> the ML text it begins at.

    Statements without a place of their own have the ML line of the same number, so that both texts can be written
    line by line.
    """
    rows = []
    left = dict(places)
    for node in ast.walk(ast.parse(python)):
        if not hasattr(node, "lineno"):
            continue
        begin = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        source = ast.get_source_segment(python, node)
        if source in places:
            at = len(ml[:ml.index(places[source])].encode())
            before = ml.encode()[:at]
            line, column = before.count(b"\n") + 1, at - (before.rfind(b"\n") + 1)
            rows.append((*begin, line, column, line, column + 1))
            left.pop(source, None)
        elif isinstance(node, ast.stmt):
            rows.append((*begin, node.lineno, 0, node.lineno, 0))
    assert not left, f"not in the Python text: {left}"
    return b"".join(struct.pack("<8I", *row) for row in sorted(rows, key=outer_first))


def outer_first(row):
    return row[0], row[1], -row[2], -row[3]


class NativeTest(unittest.TestCase):
    """Helpers of generated code as attributes without their underscores: ``self.h.add(1, 2)``."""

    maxDiff = None

    def setUp(self):
        table = _native.builtins()
        self.h = type("Helpers", (), {name[2:]: staticmethod(value) for name, value in table.items()
                                      if name.startswith("__") and callable(value)})
        self.builtin = _native.builtin_functions()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_ml(self, python, ml=None, places=(), **names):
        """Runs Python text as the code of an ML file; returns its variables."""
        ml = python if ml is None else ml
        file = self.folder / "shop.ml"
        file.write_text(ml)
        errors._sources.clear()
        code = _native.rewrite(compile(python, "shop.ml", "exec"), str(file), position_rows(python, ml, dict(places)))
        variables = {"__builtins__": {**_native.builtins(), **self.builtin}, "__name__": "__main__", **names}
        exec(code, variables)
        return variables

    def caught(self, python, ml=None, places=(), **names):
        """The error value of a program that fails."""
        try:
            self.run_ml(python, ml, places, **names)
        except Exception as error:
            return self.h.caught(error)
        self.fail("the program did not fail")

    def report(self, python, ml=None, places=(), **names):
        """The text of the report of a program that fails."""
        try:
            self.run_ml(python, ml, places, **names)
        except BaseException as error:
            return errors.render(errors.describe(error))
        self.fail("the program did not fail")

    def assert_fails(self, kind, message, function, *arguments):
        """The function raises an ML error of exactly this type and message."""
        try:
            result = function(*arguments)
        except Exception as error:
            value = _native.error_value(error)
            self.assertEqual((value.type, value.message), (kind, message))
            return
        self.fail(f"no error but {result!r}")

    def assert_fails_in(self, kind, message, python, ml=None, places=(), **names):
        """The program fails with this type and message, whether the error is caught or reported."""
        value = self.caught(python, ml, places, **names)
        self.assertEqual((value.type, value.message), (kind, message))
        self.assertIn(f"] {kind}: {message}\n", self.report(python, ml, places, **names))


def ml_function(source, **names):
    """A user function made from one Python expression or statement, as `rewrite` marks it."""
    variables = {"__builtins__": _native.builtins(), **names}
    exec(_native.rewrite(compile(f"f = {source}", "t.ml", "exec"), "t.ml", b""), variables)
    return variables["f"]
