"""Runs pieces of ML in a frame. The adapter compiles them to Python; here they see the frame's variables."""

import _ast

from mlpy import _native

NAME = "<console>"


class Scope(dict):
    """The variables of a frame over those of its module. What a piece assigns lands here."""

    __slots__ = ("module",)

    def __missing__(self, name):
        return self.module[name]


class Snippet:
    """Compiled once, run in any frame. ``wire`` is {"python", "positions" (hex)}."""

    def __init__(self, wire):
        positions = bytes.fromhex(wire["positions"])
        tree = compile(wire["python"], NAME, "exec", _ast.PyCF_ONLY_AST)
        value = tree.body.pop() if tree.body and isinstance(tree.body[-1], _ast.Expr) else None
        self.statements = _native.rewrite(compile(tree, NAME, "exec"), NAME, positions) if tree.body else None
        self.value = None
        if value is not None:
            expression = _ast.Expression(value.value)
            self.value = _native.rewrite(compile(expression, NAME, "eval"), NAME, positions)

    def run(self, frame, extra=None, kinds=None):
        """The value of the last expression (None when there is none). Assignments reach the frame, all or, when ``kinds``
        (kinds.Kinds) does not let one be, none."""
        scope = Scope()
        scope.module = frame.f_globals
        code = frame.f_code
        own = set()
        if frame.f_locals is not frame.f_globals:
            scope.update(frame.f_locals)
            own.update(code.co_varnames, code.co_cellvars, code.co_freevars)
        scope["__builtins__"] = frame.f_globals["__builtins__"]
        if extra:
            scope.update(extra)
        before = dict(scope)
        try:
            if self.statements is not None:
                exec(self.statements, scope, scope)
            return eval(self.value, scope, scope) if self.value is not None else None
        finally:
            changed = [(name, value) for name, value in scope.items()
                       if not (name in before and before[name] is value or name.startswith("__"))]
            if kinds:
                changed = [(name, kinds.fitted(frame, name, value, name in own)) for name, value in changed]
            for name, value in changed:
                assign(frame, name, value, name in own)


def assign(frame, name, value, local):
    if local:
        _native.debug_store(frame, name, value)
    else:
        frame.f_globals[name] = value
