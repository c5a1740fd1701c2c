"""The stubs say what the extensions have; the package passes a type checker where there is one."""

import ast
import importlib.util
import subprocess
import sys
import unittest
from pathlib import Path

import mlpy
from mlpy import _core, _native

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "runtime/python/mlpy"


def names_of(stub):
    """Top-level names of a stub that are no private ones."""
    found = set()
    for node in ast.parse((PACKAGE / stub).read_text()).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            found.add(node.target.id)
        elif isinstance(node, ast.ImportFrom):
            found.update(alias.asname for alias in node.names if alias.asname)
    return found


class Stubs(unittest.TestCase):
    def test_core(self):
        self.assertEqual(names_of("_core.pyi"), {name for name in dir(_core) if not name.startswith("_")})

    def test_native(self):
        self.assertEqual({name for name in names_of("_native.pyi") if not hasattr(_native, name)} - {"__getattr__"}, set())

    def test_package(self):
        self.assertEqual(names_of("__init__.pyi") - {"__all__"}, set(mlpy.__all__))
        self.assertTrue((PACKAGE / "py.typed").exists())

    @unittest.skipUnless(importlib.util.find_spec("mypy"), "mypy is not installed")
    def test_checker(self):
        result = subprocess.run([sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", "/dev/null"],
                                cwd=ROOT, text=True, capture_output=True, env={"PATH": "/usr/bin", "PYTHONPATH": ""})
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
