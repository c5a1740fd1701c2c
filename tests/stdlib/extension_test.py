"""Modules written in Python: discovery, decorators, values across the border (stdlib-io.md section 9)."""

import os
import tempfile
import unittest

from mlpy import _native, extensions
from mlpy._native import display, typeof
from mlpy.runtime import discovery
from mlpy.runtime.bridge import Bridge
from mlpy.runtime.registry import Registry
from support import Loader, failure, method, obj

SHAPES = '''
import os

@ml_class(description="A point", capabilities=[])
class Point:
    def __init__(self, x):
        self.x = x
        self._secret = os
    @ml_property("Where")
    def place(self):
        return self.x
    @ml_function(description="Moves", capabilities=["shapes.move"])
    def moved(self, by=1):
        return Point(self.x + by)
    @ml_function("Host object")
    def module(self):
        return os
    def hidden(self):
        return 1

@ml_module(name="shapes", description="Shapes", capabilities=["shapes.move"], version="2.0.0")
class Shapes:
    LIMIT = 5
    lower = 6
    MODULE = os
    Point = Point
    @ml_property("A number")
    def answer(self):
        return 42
    @ml_function("Makes a point")
    def point(self, x):
        return Point(x)
    @ml_function("Gives back")
    def same(self, value):
        return value
    @ml_function("Any of these")
    def odd(self, name):
        return {"tuple": (1, (2,)), "generator": (n for n in range(3)), "set": {1}, "keys": {"a": 1}.keys(), "bytes": b"x",
                "class": Point, "module": os, "function": len, "object": object(), "numbers": {1: 2}}[name]
    @ml_function("Fails")
    def fail(self, name):
        raise {"os": FileNotFoundError(2, "No such file", "/host/secret"), "value": ValueError("bad"), "own": Own("own")}[name]
    @ml_function("Calls back")
    def call(self, function, value):
        return function(value)
    @ml_function("Looks into a function")
    def look(self, function):
        return function.__globals__
    @ml_function("Reads", capabilities=["file.read"], resource={"file.read": "path"})
    def read(self, path):
        return "content of " + path
    def undecorated(self):
        return 1

class Own(Exception):
    pass

shapes = Shapes()
'''


class ExtensionTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="mlpy-extension-")
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def put(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)

    def members(self, grants=(), text=SHAPES):
        self.put("shapes_bridge.py", text)
        registry = Registry()
        registry.add_extension_paths([self.folder])
        self.loader = Loader(grants)
        return Bridge(self.loader.services).members(registry.load("shapes"))

    def test_discovery_runs_nothing(self):
        boom = "raise SystemExit('ran')\n"
        self.put("a_bridge.py", boom + "@ml_module(description='x', name='alpha')\nclass A: pass\nalpha = A()\n")
        self.put("b_bridge.py", boom + "@ml_module('beta')\nclass A: pass\nbeta = A()\n")  # positional
        self.put("c_bridge.py", boom + "@d.ml_module(name='gamma')\nclass A: pass\ngamma = A()\n")  # dotted
        self.put("d_bridge.py", boom + "n = 'delta'\n@ml_module(name=n)\nclass A: pass\ndelta = A()\n")  # computed
        self.put("e_bridge.py", boom + "@ml_module(name='epsilon')\nclass A: pass\nother = A()\n")  # no instance
        self.put("f_bridge.py", "not: python(")
        self.put("g_bridge.py", boom + "@ml_module(name='math')\nclass A: pass\nmath = A()\n")
        self.put("h_bridge.py", boom + "@ml_module(name='alpha')\nclass A: pass\nalpha = A()\n")
        self.put("alone.py", boom + "@ml_module(name='zeta')\nclass A: pass\nzeta = A()\n")
        self.put("below/i_bridge.py", boom + "@ml_module(name='eta')\nclass A: pass\neta = A()\n")
        found, warnings = discovery.scan([self.folder, self.folder + "/missing"])
        self.assertEqual(sorted(found), ["alpha"])
        self.assertTrue(found["alpha"].file.endswith("a_bridge.py"))
        for part in ("'epsilon'", "f_bridge.py: cannot be read", "library module 'math' wins", "a_bridge.py wins", "missing: no such"):
            self.assertEqual(sum(part in text for text in warnings), 1, part)

    def test_only_what_is_decorated_is_there(self):
        members = self.members()
        self.assertEqual(sorted(members), ["LIMIT", "answer", "call", "fail", "look", "odd", "point", "read", "same"])
        self.assertEqual([members["LIMIT"], members["answer"]], [5, 42])
        self.assertTrue(_native.callable(members["point"]))

    def test_objects_are_handles(self):
        members = self.members(["shapes.move"])
        point = members["point"](3)
        self.assertEqual([typeof(point), display(point), sorted(_native.member_names(point))],
                         ["Point", "<Point>", ["module", "moved", "place"]])
        self.assertEqual(_native.get_member(method(point, "moved"), "place"), 4)
        self.assertEqual(failure(method, point, "hidden"), "AttributeError: Point has no property 'hidden'")
        self.assertEqual(failure(method, point, "x"), "AttributeError: Point has no property 'x'")
        for name in ("_secret", "_object", "__class__"):
            self.assertIn("SecurityError", failure(_native.get_member, point, name))
        self.assertEqual(failure(method, point, "module"), "TypeError: cannot return module to ML")
        self.assertTrue(members["same"](point) == point)
        without = self.members()
        self.assertIn("['shapes.move']", failure(method, without["point"](3), "moved"))

    def test_values_to_ml(self):
        odd = self.members()["odd"]
        for name, result in (("tuple", [1, [2]]), ("generator", [0, 1, 2]), ("set", [1]), ("keys", ["a"]), ("bytes", b"x")):
            self.assertEqual(odd(name), result)
        for name, kind in (("class", "type"), ("module", "module"), ("function", "builtin_function_or_method"),
                           ("object", "object"), ("numbers", "dict with int keys")):
            self.assertEqual(failure(odd, name), f"TypeError: cannot return {kind} to ML")

    def test_values_are_copied(self):
        same = self.members()["same"]
        value = obj(a=[1, obj()])
        copy = same(value)
        self.assertEqual(copy, value)
        self.assertIs(type(copy), type(value))
        self.assertIsNot(copy["a"], value["a"])
        cycle = []
        cycle.append(cycle)
        self.assertIn("LimitError", failure(same, cycle))
        self.assertIn("TypeError: cannot pass module", failure(same, _native.Module("m", {})))

    def test_functions_go_there_and_back(self):
        members = self.members()
        code = compile("f = lambda x: x + 1", "p.ml", "exec")
        space = {}
        exec(_native.rewrite(code, "p.ml", b""), space)
        self.assertEqual(members["call"](space["f"], 4), 5)
        self.assertIs(members["same"](space["f"]), space["f"])
        self.assertRegex(failure(members["look"], space["f"]), "no attribute '__globals__'")

    def test_errors(self):
        members = self.members()
        self.assertEqual([failure(members["fail"], name) for name in ("os", "value", "own")],
                         ["NotFound: No such file", "ValueError: bad", "ExtensionError: own"])
        self.assertEqual(failure(members["point"]), "TypeError: shapes.point() missing required argument 'x'")
        self.assertEqual(failure(members["point"], 1, 2), "TypeError: shapes.point() takes at most 1 argument but 2 were given")

    def test_resources(self):
        members = self.members([f"file.read:{self.folder}/in/**"])
        self.assertEqual(members["read"](f"{self.folder}/in/x"), f"content of {self.folder}/in/x")
        self.assertIn("CapabilityError", failure(members["read"], f"{self.folder}/in/../x"))
        self.assertEqual(failure(members["read"], 5), "TypeError: shapes.read(): 'path' must be a string, got number")

    def test_capabilities_need_a_dot(self):
        with self.assertRaisesRegex(extensions.BadExtension, "SEC116: .*module.word"):
            self.members(text=SHAPES.replace('"shapes.move"', '"move"'))

    def test_metadata(self):
        self.members()
        about = extensions.get_module_metadata("shapes")
        self.assertEqual([about["description"], about["version"], about["capabilities"]], ["Shapes", "2.0.0", ["shapes.move"]])
        self.assertEqual(about["classes"]["Point"]["methods"]["moved"]["capabilities"], ["shapes.move"])
        self.assertIsNone(extensions.get_module_metadata("nothing"))

    def test_registry(self):
        self.put("shapes_bridge.py", SHAPES)
        registry = Registry()
        registry.add_extension_paths([self.folder])
        self.assertEqual([registry.get_all_module_names(), registry.is_available("x"), registry.get_module("x")], [["shapes"], False, None])
        before = registry.get_module_info("shapes")
        self.assertEqual([before["loaded"], "point" in before["functions"], "undecorated" in before["functions"]], [False, True, False])
        one = registry.get_module("shapes")
        self.assertIs(registry.get_module("shapes"), one)
        self.assertEqual(registry.get_performance_summary()["cache_hit_rate"], 0.5)
        self.assertEqual([registry.reload_module("shapes"), registry.reload_module("x")], [True, False])
        self.assertIsNot(registry.get_module("shapes"), one)
        self.assertEqual(registry.get_module_info("shapes")["reload_count"], 1)
        self.assertIn("shapes", registry.get_memory_report()["modules"])
        registry.running = 1
        self.assertIs(registry.reload_module("shapes"), False)


if __name__ == "__main__":
    unittest.main()
