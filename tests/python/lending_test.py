"""Lists and dicts that programs in this process work on in place, and what they must never reach through them."""

import collections
import datetime
import decimal
import gc
import json
import sys
import threading
import unittest

from mlpy import _native
from mlpy.ml.errors import exceptions as e
from mlpy.ml.transpiler import MLTranspiler

# The same program with and without a part that is written in Python and looks into objects: values are lent lazily, or in
# advance.
FORMS = ("", "import math; import random; ", "import collections; ")


class Lending(unittest.TestCase):
    def setUp(self):
        self.transpiler = MLTranspiler()

    def run_ml(self, source, **context):
        return self.transpiler.execute(source, context)

    def types(self, value):
        """The types of everything in a value."""
        found, todo, seen = set(), [value], set()
        while todo:
            one = todo.pop()
            if id(one) in seen:
                continue
            seen.add(id(one))
            found.add(type(one))
            todo += list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        return found

    def plain(self, value):
        self.assertFalse(self.types(value) & {_native.Object, _native.Lent})

    def test_the_program_that_is_measured_lends_lazily(self):
        program = self.transpiler.transpile("result = d.length;", context_names=("d",)).program
        self.assertTrue(program.lazy)
        self.assertTrue(self.transpiler.transpile("import math; result = d;", context_names=("d",)).program.lazy)
        self.assertFalse(self.transpiler.transpile("import json; result = d;", context_names=("d",)).program.lazy)
        self.assertFalse(self.transpiler.transpile("result = has_module(d);", context_names=("d",)).program.lazy)
        self.assertFalse(self.transpiler.transpile("result = reversed(d);", context_names=("d",)).program.lazy)

    def test_reading(self):
        for form in FORMS:
            data = [{"a": {"b": [{"c": 1}, {"c": 2}]}, "n": i} for i in range(3)]
            with self.subTest(form=form):
                self.assertEqual(self.run_ml(form + "t = 0; for (r in d) { for (x in r.a.b) { t = t + x.c; } } result = t;", d=data), 9)
                self.assertEqual(self.run_ml(form + "r = d[1]; result = [r.none, r['no'], r.a.b[0].zero, r.a.q];", d=data), [None] * 4)
                self.assertEqual(self.run_ml(form + "result = str(d[0]) + typeof(d[0]) + typeof(d[0].a.b);", d=data),
                                 str(self.run_ml("result = str({a: {b: [{c: 1}, {c: 2}]}, n: 0});")) + "objectarray")
                self.assertEqual(self.run_ml(form + "result = d.map(r => r.n).filter(n => n > 0);", d=data), [1, 2])
                self.assertEqual(self.run_ml(form + "{a, n} = d[2]; result = [keys(a), n, len(d[0]), d[0].has('n')];", d=data), [["b"], 2, 2, True])
                self.assertEqual(self.run_ml(form + "result = d[0] == d[1] || d[0].a == d[1].a;", d=data), True)
                self.assertEqual(self.run_ml(form + "result = []; for (k in d[0]) result.push(k);", d=data), ["a", "n"])
                self.plain(data)

    def test_members_that_read_everything(self):
        for source, expected in (("o.values()[0].x", 1), ("o.items()[0][1].x", 1), ("o.entries()[1][1][0].y", 2), ("o.copy().a.x", 1),
                                 ("o.get('a').x", 1), ("values(o)[1][0].y", 2), ("o.setdefault('a', 5).x", 1), ("o.pop('a').x", 1),
                                 ("o.popitem()[1][0].y", 2), ("o.toString()", "{'a': {'x': 1}, 'l': [{'y': 2}]}"), ("o.l[0].none", None),
                                 ("o.values()[0].none", None), ("o.pop('l')[0].none", None)):
            for form in FORMS:
                with self.subTest(source=source, form=form):
                    data = {"a": {"x": 1}, "l": [{"y": 2}]}
                    made = self.run_ml(f"{form}result = {source};", o=data)
                    if source != "o.toString()":
                        self.assertEqual(made, expected)
                    self.plain(data)

    def test_writing(self):
        for form in FORMS:
            with self.subTest(form=form):
                data = [{"n": i} for i in range(4)]
                first = data[0]
                self.run_ml(form + "d[0].m = {k: [{z: 1}]}; d[1].update({u: {v: 1}}); d.push({q: {r: 1}}); d[2].setdefault('s', {t: 1});"
                                   "d[3] = {w: [{}]}; gone = d[1]; d.pop(1);", d=data)
                self.assertEqual(data, [{"n": 0, "m": {"k": [{"z": 1}]}}, {"n": 2, "s": {"t": 1}}, {"w": [{}]}, {"q": {"r": 1}}])
                self.assertIs(data[0], first)
                self.plain(data)
                with self.assertRaises(KeyError):
                    data[0]["none"]
                self.assertEqual(json.loads(json.dumps(data)), data)

    def test_library_functions_of_lazy_programs(self):
        data = [{"n": 1, "in": {"x": 1}}]
        source = ("import math; import random; result = [random.choice(d).n, random.choice(d).none, random.shuffle(d)[0]['in'].x,"
                  "random.sample(d, 1)[0]['in'].none, math.floor(d[0].n + 0.5)];")
        self.assertTrue(self.transpiler.transpile(source, context_names=("d",)).program.lazy)
        self.assertEqual(self.run_ml(source, d=data), [1, None, 1, None, 1])
        self.plain(data)
        for call in ("math.floor(d[0])", "math.min(d[0], 1)", "random.shuffle(d[0])", "random.uniform(d[0], 1)"):
            texts = set()
            for form in ("import math; import random; ", "import math; import random; import collections; "):
                with self.subTest(call=call, form=form), self.assertRaises(e.MLTypeError) as caught:
                    self.run_ml(f"{form}result = {call};", d=[{"n": 1}])
                texts.add(caught.exception.message)
            self.assertEqual(len(texts), 1, texts)

    def test_errors_call_a_lent_dict_an_object(self):
        for source in ("d[0] - 1", "d[0] < 1", "-d[0]", "d[0]()", "d[0].n()", "[1][d[0]]", "d[0].push(1)"):
            texts = set()
            for form in FORMS:
                with self.subTest(source=source, form=form), self.assertRaises(e.MLRuntimeError) as caught:
                    self.run_ml(f"{form}result = {source};", d=[{"n": 1}])
                texts.add(caught.exception.message)
            self.assertEqual(len(texts), 1, texts)

    def test_results_and_context_are_plain(self):
        data = [{"n": 1, "o": {"p": 2}}]
        context = {"d": data}
        made = self.transpiler.execute("result = {rows: d, one: d[0].o, own: {a: 1}}; kept = d[0]; x = [d[0].o];", context)
        self.plain(context)
        self.plain(made)
        self.assertIs(made["rows"], data)
        self.assertIs(context["kept"], data[0])
        self.assertIs(made["one"], data[0]["o"])

    def test_after_an_error(self):
        data = [{"n": 1}]
        with self.assertRaises(e.MLRuntimeError):
            self.run_ml("d[0].m = {}; 1 / 0;", d=data)
        self.plain(data)
        with self.assertRaises(e.MLUserException) as caught:
            self.run_ml("throw d[0];", d=[{"message": "thrown", "n": {"m": 1}}])
        self.assertEqual((caught.exception.message, caught.exception.error_data["n"]), ("thrown", {"m": 1}))
        self.assertEqual(self.run_ml("try { throw d[0]; } except (x) { result = [x.n.m, x.none, x.message]; }",
                                     d=[{"message": "thrown", "n": {"m": 1}}]), [1, None, "thrown"])

    def test_values_that_ml_does_not_have(self):
        day = datetime.date(2026, 1, 2)
        row = collections.OrderedDict(a=1)
        data = {"t": (1, 2), "day": day, "set": {2, 1}, "rows": [(1, "a"), (2, "b")], "row": row, "money": decimal.Decimal(1)}
        read = self.transpiler.execute
        self.assertEqual(read("result = [o.t.length, o.day, o.set, o.rows[1][1], o.row.a, o.rows.length];", {"o": data}),
                         [2, "2026-01-02", [1, 2], "b", 1, 2])
        self.assertEqual(data["t"], (1, 2))
        self.assertIs(data["day"], day)
        self.assertIs(data["row"], row)
        self.assertEqual(data["rows"], [(1, "a"), (2, "b")])
        self.assertEqual(read("result = 0; for (p in d) { [n, s] = p; result = result + n; }", {"d": [(1, "a"), (2, "b")]}), 3)
        with self.assertRaisesRegex(e.MLMarshalError, "Decimal cannot be passed"):
            read("result = o.money;", {"o": data})
        with self.assertRaisesRegex(e.MLMarshalError, "Decimal cannot be passed"):
            read("print(o);", {"o": data})

    def test_functions_of_the_host_are_wrapped(self):
        seen = []

        def host(value):
            seen.append(type(value))
            return (value, {"z": 1})

        class Thing:
            secret = 1

            def __call__(self):
                raise AssertionError("reached")

        data = {"f": host, "list": [host], "t": Thing(), "builtin": len, "generator": (i for i in range(2))}
        run = self.transpiler.execute
        self.assertEqual(run("result = [o.f(1), o.list[0](2), o['f'](3)[1].none];", {"o": data}), [[1, {"z": 1}], [2, {"z": 1}], None])
        self.assertEqual(seen, [int, int, int])
        self.assertEqual(run("f = o.builtin; result = f([1, 2]);", {"o": data}), 2)
        self.assertEqual(run("result = o.generator;", {"o": data}), [0, 1])
        for source in ("result = o.t.secret;", "result = o['t']['secret'];", "o.f.__globals__;", "result = o.list[0].__code__;"):
            with self.subTest(source=source), self.assertRaises(e.MLError):
                run(source, {"o": data})

    def test_keys_that_ml_does_not_have(self):
        with self.assertRaisesRegex(e.MLMarshalError, r"a key that is a tuple cannot be passed to ML: context\.o\[\(1, 2\)\]"):
            self.transpiler.execute("result = 1;", {"o": {(1, 2): 3}})
        data = [{(1, 2): 3, "a": 1}]
        self.assertEqual(self.run_ml("result = d[0].a;", d=data), 1)
        for source in ("print(d[0]);", "result = d[0].values();", "result = d[0].copy();"):
            with self.assertRaisesRegex(e.MLMarshalError, "a key that is a tuple cannot be passed"):
                self.run_ml(source, d=data)
        self.plain(data)

    def test_cycles_and_depth(self):
        data = [1]
        data.append(data)
        node = {"next": None}
        node["next"] = node
        self.assertEqual(self.run_ml("result = d[1][1][0] + (n.next.next.next == null ? 5 : 0);", d=data, n=node), 1)
        self.plain(node)
        deep = []
        for _ in range(5000):
            deep = [deep]
        with self.assertRaisesRegex(e.MLMarshalError, "nested too deeply"):
            self.run_ml("result = d.length;", d=deep)

    def test_functions_that_outlive_the_run(self):
        data = [{"n": {"m": 1}}]
        count = self.run_ml("function f(i) { return [d[i].n.m, d[i].none]; } result = f;", d=data)
        self.assertEqual(count(0), [1, None])
        self.assertEqual(self.run_ml("result = 1;"), 1)
        self.assertEqual(count(0), [1, None])

    def test_host_functions_that_run_ml_meanwhile(self):
        data = [{"n": {"m": 1}}]

        def inner(value):
            self.transpiler.execute("result = v.none;", {"v": value})
            return self.transpiler.execute("result = d.length;", {"d": data})

        self.assertEqual(self.run_ml("a = inner(d[0]); result = [a, d[0].none, d[0].n.none];", d=data, inner=inner), [1, None, None])
        self.plain(data)

    def test_threads_share_data(self):
        data = [{"n": i, "o": {}} for i in range(100)]
        problems = []

        def work():
            for _ in range(50):
                try:
                    if self.run_ml("t = 0; for (r in d) { if (r.none == null && r.o.x == null) t = t + r.n; } result = t;", d=data) != 4950:
                        problems.append("wrong")
                except Exception as error:
                    problems.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        self.run_ml("result = d.length;", d=data)
        self.plain(data)

    def test_nothing_is_kept(self):
        class Marked:
            alive = 0

            def __init__(self):
                Marked.alive += 1

            def __del__(self):
                Marked.alive -= 1

        for _ in range(20):
            data = [{"x": Marked(), "l": [Marked(), 1], "n": i} for i in range(5)]
            self.run_ml("for (r in d) { a = r.x; b = r.l; c = r.get('x'); r.y = {k: r.l}; }", d=data)
        del data
        gc.collect()
        self.assertEqual(Marked.alive, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
