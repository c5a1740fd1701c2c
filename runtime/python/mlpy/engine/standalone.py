"""Generated Python that runs on its own imports what it needs from here (``transpile.prologue``).

Names of mlpy's helpers and built-ins are the real ones. Any other name stands for one that ML does not have: using it is
a NameError, as in ML, although Python has a built-in of that name.
"""

from __future__ import annotations

import sys
from typing import Any

from mlpy.runtime.modules import Loader

_main: tuple[Any, ...] = ("", "", "", None, (), ())


class _Library(dict[str, int]):
    """Imports of a program that is on its own are all looked up in the library, then beside the program."""

    def __missing__(self, name: str) -> int:
        return -1


class _OnItsOwn(Loader):  # type: ignore[misc]
    def library(self, name: str) -> Any:
        from mlpy.stdlib import NAMES

        if name in NAMES:
            return super().library(name)
        return self.user_module(name)

    def user_module(self, name: str) -> Any:
        import os

        from mlpy import _native
        from mlpy.engine.transpile import compile_source
        from mlpy.runtime.launch import compile_bundle

        folders = [os.path.dirname(os.path.abspath(getattr(sys.modules.get("__main__"), "__file__", "") or "x")),
                   *os.environ.get("MLPY_ML_MODULE_PATHS", "").split(os.pathsep)]
        compiled = compile_source(f"import {name};\n", os.path.join(folders[0], "<main>.ml"),
                                  {"import_paths": [folder for folder in folders[1:] if folder]})
        if compiled.result is None:
            raise _native.MLError("ImportError", f"cannot import module '{name}'")
        other = Loader(compile_bundle(compiled.result.program.bundle, []), [])
        other.run_main()
        return other.loaded[1]


def embedded(variables: dict[str, Any], data: str) -> None:
    """Runs a program with its modules, which ``mlpy compile --emit-code single-file`` wrote into one Python file."""
    from base64 import b64decode

    from mlpy.runtime.launch import compile_bundle

    program = Loader(compile_bundle(b64decode(data), []), sys.argv[1:])
    try:
        program.run_main()
    finally:
        program.close()
    from mlpy import _native

    made = _native.module_members(program.loaded[0][0])
    variables.update({name: value for name, value in made.items() if not name.startswith("__")})


class Absent:
    """A name that ML does not have."""

    def __init__(self, name: str) -> None:
        self.name = name

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise NameError(f"name '{self.name}' is not defined")

    __call__ = __getitem__ = __iter__ = __len__ = __bool__ = __str__ = __eq__ = __lt__ = __add__ = _refuse
    __hash__ = None  # type: ignore[assignment]


_loader = _OnItsOwn([_main], sys.argv[1:])
_table = _loader.builtins_for(0, _Library())


def provided(name: str) -> bool:
    """Whether mlpy gives programs this name."""
    return name in _table


def __getattr__(name: str) -> Any:
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(name)
    return _table[name] if name in _table else Absent(name)
