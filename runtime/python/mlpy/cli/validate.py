"""``mlpy integration validate``: does the Python side work here? (cli-and-python-api.md 1.7)"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from mlpy import __version__

GOOD = "[OK] Integration Toolkit is properly configured!"
BAD = "[FAIL] Integration Toolkit has configuration issues"


def native_core() -> str:
    from mlpy import _core, _native

    if _core.VERSION != __version__:
        raise RuntimeError(f"core {_core.VERSION}, package {__version__}")
    return f"version {_core.VERSION}, build {_native.BUILD}"


def module_registry() -> str:
    from mlpy.stdlib.module_registry import get_registry

    registry = get_registry()
    bridges, sources = len(registry.get_all_modules("python_bridge")), len(registry.get_all_modules("ml_source"))
    if registry.get_module("math") is None:
        raise RuntimeError("module math cannot be loaded")
    return f"{bridges} Python modules, {sources} ML modules"


def async_executor() -> str:
    from mlpy.integration import AsyncMLExecutor

    async def once() -> object:
        async with AsyncMLExecutor(1) as executor:
            return await executor.execute_ml_code("result = 2 + 2;", timeout=10)

    value = asyncio.run(once())
    if value != 4:
        raise RuntimeError(f"2 + 2 gave {value}")
    return "2 + 2 = 4"


def capability_manager() -> str:
    from mlpy.ml.errors.exceptions import MLCapabilityError
    from mlpy.ml.transpiler import MLTranspiler

    try:
        MLTranspiler().execute("import file; result = file.exists('/');")
    except MLCapabilityError:
        return "a call without grant was denied"
    raise RuntimeError("a call without grant was not denied")


def callback_system() -> str:
    from mlpy.cli.repl import MLREPLSession
    from mlpy.integration import ml_callback

    with MLREPLSession() as session:
        session.execute("function double(x) { return x * 2; }")
        if ml_callback(session, "double")(21) != 42:
            raise RuntimeError("a call gave a wrong value")
    return "double(21) = 42"


def transpile_cache() -> str:
    from mlpy.ml.transpiler import MLTranspiler

    transpiler = MLTranspiler()
    first, second = transpiler.transpile("result = 1;"), transpiler.transpile("result = 1;")
    if first.from_cache or not second.from_cache or first.python_code != second.python_code:
        raise RuntimeError("a stored result did not come back")
    return "stored and read back"


def profiler() -> str:
    from mlpy.ml.transpiler import MLTranspiler
    from mlpy.runtime.profiler import MLProfiler

    with MLProfiler() as collected:
        MLTranspiler().execute("function f(x) { return x; } f(1); result = f(2);")
    if "functions" not in collected.data:
        raise RuntimeError("a run left no profile")
    return "collected one run"


COMPONENTS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("Native Core", native_core), ("Module Registry", module_registry), ("Async Executor", async_executor),
    ("Capability Manager", capability_manager), ("Callback System", callback_system),
    ("Transpile Cache", transpile_cache), ("Profiler", profiler))


def validate(as_json: bool) -> int:
    """Runs the command; the exit code."""
    rows = []
    for name, check in COMPONENTS:
        try:
            rows.append((name, True, check()))
        except Exception as error:
            rows.append((name, False, f"{type(error).__name__}: {error}"))
    good = all(done for _, done, _ in rows)
    if as_json:
        print(json.dumps({"ok": good, "components": [
            {"component": name, "status": "ready" if done else "error", "details": details}
            for name, done, details in rows]}, indent=2))
        return 0 if good else 1
    shown = [(name, "[OK] Ready" if done else "[FAIL] Error", details) for name, done, details in rows]
    widths = [max(len(row[column]) for row in [("Component", "Status", "Details"), *shown]) for column in range(3)]
    line = "+" + "-" * (sum(widths) + 8) + "+"
    print(line)
    print("| " + " | ".join(word.ljust(width) for word, width in zip(("Component", "Status", "Details"), widths)) + " |")
    print("|" + "+".join("-" * (width + 2) for width in widths) + "|")
    for row in shown:
        print("| " + " | ".join(word.ljust(width) for word, width in zip(row, widths)) + " |")
    print(line)
    print(GOOD if good else BAD)
    return 0 if good else 1
