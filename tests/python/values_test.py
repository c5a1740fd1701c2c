"""Values between Python and ML."""

import dataclasses
import datetime
import decimal
import enum
import pathlib
import sys
import unittest
from collections import namedtuple

from mlpy.integration import by_copy, register_type
from mlpy.ml.errors import exceptions as e
from mlpy.ml.transpiler import MLTranspiler, execute_ml_code_sandbox

Point = namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Order:
    id: int
    lines: list


class Values(unittest.TestCase):
    def both(self, value, source="result = value;"):
        inline = MLTranspiler().execute(source, {"value": value})
        self.assertEqual(execute_ml_code_sandbox(source, context={"value": value}), inline)
        return inline

    def test_round_trip(self):
        for value in (None, True, 0, 2 ** 100, -(2 ** 63) - 1, 1.5, float("inf"), "ä\n", [1, [2]], {"a": {"b": None}}, {1: "x", 2.5: 3}):
            with self.subTest(value=value):
                self.assertEqual(self.both(value), value)
                self.assertIs(type(self.both(value)), type(value))

    def test_other_types(self):
        for value, expected in (((1, 2), [1, 2]), ({3, 1}, [1, 3]), (Point(1, 2), {"x": 1, "y": 2}), (Colour.RED, "red"),
                                (Order(1, [2]), {"id": 1, "lines": [2]}), (pathlib.Path("/a"), "/a"),
                                (datetime.date(2026, 1, 2), "2026-01-02"), (range(3), [0, 1, 2])):
            with self.subTest(value=value):
                self.assertEqual(self.both(value), expected)

    def test_refused_types(self):
        for value in (decimal.Decimal(1), b"x", 1j, "\ud800"):
            for run in (MLTranspiler().execute, lambda source, context: execute_ml_code_sandbox(source, context=context)):
                with self.subTest(value=value), self.assertRaises(e.MLMarshalError):
                    run("result = value;", {"value": value})
        circular = [1]
        circular.append({"a": circular})
        with self.assertRaisesRegex(e.MLMarshalError, r"circular reference at context.value\[1\].a"):
            execute_ml_code_sandbox("result = 1;", context={"value": circular})
        with self.assertRaises(e.MLMarshalError):
            execute_ml_code_sandbox("result = x => x;")

    def test_inline_values_are_shared(self):
        data = {"rows": [{"n": 1}, {"n": 2}]}
        rows, first = data["rows"], data["rows"][0]
        result = MLTranspiler().execute("for (r in data.rows) { r.m = r.n * 2; r.none = r.nothing; } result = data.rows;",
                                        {"data": data})
        self.assertIs(result, rows)
        self.assertIs(result[0], first)
        self.assertEqual(first, {"n": 1, "m": 2, "none": None})
        self.assertIs(type(first), dict)
        with self.assertRaises(KeyError):
            first["nothing"]

    def test_copies_on_demand(self):
        data = [{"n": 1}]
        MLTranspiler().execute("data[0].n = 2;", {"data": data}, copy=True)
        MLTranspiler().execute("data[0].n = 2;", {"data": by_copy(data)})
        execute_ml_code_sandbox("data[0].n = 2;", context={"data": data})
        self.assertEqual(data, [{"n": 1}])

    def test_callables(self):
        seen = []

        def host(a, b):
            seen.append((a, b))
            return {"sum": a + b}

        self.assertEqual(MLTranspiler().execute("result = host(1, 2).sum;", {"host": host}), 3)
        self.assertEqual(seen, [(1, 2)])

        def failing():
            raise LookupError("nothing there")

        with self.assertRaises(e.MLRuntimeError) as caught:
            MLTranspiler().execute("failing();", {"failing": failing})
        self.assertIsInstance(caught.exception.__cause__, LookupError)
        self.assertEqual(MLTranspiler().execute("try { failing(); } except (x) { result = 'caught'; }", {"failing": failing}), "caught")
        function = MLTranspiler().execute("result = x => x * 2;")
        self.assertEqual(function(4), 8)
        with self.assertRaises(e.MLTypeError):
            MLTranspiler().execute("result = x => x.y;")(None)

    def test_opaque_values(self):
        class Secret:
            value = 1

            def __getitem__(self, key):
                raise AssertionError("reached")

        secret = Secret()
        self.assertIs(MLTranspiler().execute("result = secret;", {"secret": secret}), secret)
        with self.assertRaises(e.MLError):
            MLTranspiler().execute("result = secret.value;", {"secret": secret})

    def test_registered_types(self):
        register_type(complex, lambda z: {"re": z.real, "im": z.imag}, lambda o: complex(o["re"], o["im"]), "complex")
        from mlpy.engine import values

        self.addCleanup(values._registered.clear)
        self.addCleanup(values._from_name.clear)
        self.assertEqual(MLTranspiler().execute("result = z.re;", {"z": 1 + 2j}), 1.0)
        self.assertEqual(MLTranspiler().execute("result = z;", {"z": 1 + 2j}), 1 + 2j)

    def test_damaged_bytes(self):
        from mlpy import _core

        data = _core.pack({"a": [1, 2 ** 80, "text", 1.5, None, True]})
        for cut in range(len(data)):
            with self.assertRaises(ValueError):
                _core.unpack(data[:cut])
        for place in range(len(data)):
            for byte in (0, 255, ord("l"), ord("o"), ord("s"), ord("I")):
                try:
                    _core.unpack(data[:place] + bytes([byte]) + data[place + 1:])
                except (ValueError, TypeError):
                    pass


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
