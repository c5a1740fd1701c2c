#!/usr/bin/env python3
"""Parses the Python that the compiler writes for many programs and lets only a fixed set of nodes and names pass
(security.md 3.1, R11): what is not in this file cannot be reached through a compiler that works."""

import argparse
import ast
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "conformance"))

from case_format import read_cases  # noqa: E402

NODES = {
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.For, ast.While, ast.If, ast.Raise,
    ast.Try, ast.ExceptHandler, ast.Expr, ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal, ast.BoolOp,
    ast.And, ast.Or, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.UnaryOp,
    ast.Not, ast.USub, ast.UAdd, ast.Lambda, ast.IfExp, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt,
    ast.GtE, ast.Is, ast.IsNot, ast.In, ast.Call, ast.keyword, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice,
    ast.Name, ast.Load, ast.Store, ast.List, ast.Tuple, ast.NamedExpr, ast.Yield,
}
HELPERS = set("""
    __obj __obj_of __add __mul __mod __concat __index __set_index __slice __set_slice __get __length __call __iter
    __range __count __unpack __props __pick __str __Exception __caught __throw __unset __import __namespace
    __len __range_type __e
""".split())
OWN = re.compile(r"__(t\d+|fn_\d+|scope_\d+|again_\d+|ml_\w+|m_[A-Za-z]+)$")
METHODS = set("""
    append pop clear copy reverse insert extend join upper lower capitalize title swapcase strip lstrip rstrip split
    isdigit isalpha isalnum isspace isupper islower istitle startswith endswith find replace
""".split())
WORD = re.compile(r"[A-Za-z_]\w*$", re.ASCII)


def builtin_names():
    declared = json.loads((ROOT / "core/stdlib/modules/builtin.json").read_text())
    return {function["is"].split("(")[0] for function in declared["functions"]} | {"builtin"}


def problems(tree, builtins):
    """What may not be there, one text each."""
    twins, bound = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and "__import" in ast.dump(node.value):
            for name in ast.walk(node.targets[0]):
                if isinstance(name, ast.Name) and name.id.startswith("__"):
                    twins.add(name.id)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.FunctionDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    callees = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        place = f"line {getattr(node, 'lineno', '?')}: "
        if type(node) not in NODES:
            yield place + f"a {type(node).__name__} node"
        elif isinstance(node, ast.Name):
            if node.id.startswith("__"):
                if node.id not in HELPERS and node.id not in twins and not OWN.match(node.id):
                    yield place + f"the name {node.id}"
                if isinstance(node.ctx, ast.Store) and node.id in HELPERS - {"__e"}:
                    yield place + f"{node.id} is overwritten"
            elif not WORD.match(node.id):
                yield place + f"the name {node.id!r}"
            elif node.id not in bound and node.id not in builtins and id(node) not in callees:
                yield place + f"{node.id} comes from nowhere"
        elif isinstance(node, ast.Attribute):
            of_twin = isinstance(node.value, ast.Name) and node.value.id in twins and not node.attr.startswith("_")
            if not of_twin and not (node.attr in METHODS and id(node) in callees) or isinstance(node.ctx, ast.Store):
                if not (of_twin and node.attr.startswith("__ml_")):
                    yield place + f"the attribute {node.attr}"
        elif isinstance(node, ast.keyword) and (node.arg is None or node.arg.startswith("__")):
            yield place + "a keyword argument"
        elif isinstance(node, ast.FunctionDef) and (node.decorator_list or node.returns):
            yield place + "a decorated or annotated function"
        elif isinstance(node, ast.Constant) and type(node.value) not in (type(None), bool, int, float, str):
            yield place + f"a {type(node.value).__name__} constant"


def texts(transpile, files):
    """(file, Python text) of the files that compile."""
    done = subprocess.run([transpile, *map(str, files)], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise SystemExit(f"{transpile} failed: {done.stderr[-2000:]}")
    for part in done.stdout.split("#### ")[1:]:
        file, _, python = part.partition("\n")
        yield file, python


def self_test(builtins):
    """The tripwire itself must trip."""
    for bad in ("import os", "x = ().__class__", "__builtins__", "__add = 1", "x = open", "f'{1}'", "x: int = 1",
                "y = [a for a in b]", "del x", "x = 1\nx.format(2)", "@f\ndef g(): pass", "x = b'a'", "f(**x)"):
        if not list(problems(ast.parse(bad), builtins)):
            raise SystemExit(f"the tripwire lets through: {bad}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transpile", required=True)
    arguments = parser.parse_args()
    builtins = builtin_names()
    self_test(builtins)
    wrong = seen = 0
    with tempfile.TemporaryDirectory(prefix="mlpy-tripwire-") as folder:
        files = sorted(ROOT.glob("bench/programs/*.ml")) + sorted(ROOT.glob("examples/**/*.ml"))
        for case in read_cases(ROOT / "tests/conformance/cases"):
            home = Path(folder) / case.id
            home.mkdir()
            case.write_files(home)
            files += sorted(home.rglob("*.ml"))
        for file, python in texts(arguments.transpile, files):
            seen += 1
            for problem in problems(ast.parse(python), builtins):
                wrong += 1
                print(f"{file}: {problem}")
    print(f"{seen} of {len(files)} programs compiled, {wrong} problems")
    return 1 if wrong or seen < 0.7 * len(files) else 0


if __name__ == "__main__":
    sys.exit(main())
