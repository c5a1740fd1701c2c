"""Runs one Python block of the guide in the current folder, the way the harness of the specification says:

    run_block.py BLOCK.python

The block becomes ``block.py`` and runs as the main module, with the names that the guide assumes, inside
``set_ambient``. What must hold afterwards is in ``checks.py``.
"""

import ast
import asyncio
import inspect
import linecache
import sys
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parent))

import checks  # noqa: E402


def main():
    path = Path(sys.argv[1])
    number = int(path.stem)
    text = path.read_text(encoding="utf-8")
    block = Path("block.py")
    block.write_text(text, encoding="utf-8")
    module = ModuleType("__main__")
    module.__file__ = str(block.resolve())
    checks.prepare(number, vars(module))
    sys.modules["__main__"] = module
    linecache.checkcache()
    code = compile(text, module.__file__, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, vars(module)))
    else:
        exec(code, vars(module))
    checks.verify(number, vars(module))
    for made in Path().rglob("*"):
        assert made.resolve().is_relative_to(Path().resolve())


main()
