"""``mlpy doctor``: what is installed here, and whether it works."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from mlpy import __version__
from mlpy.cli.main import program


def cache_folder() -> str:
    return os.environ.get("MLPY_CACHE_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "mlpy")


def writable(folder: str) -> bool:
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def sandbox() -> dict[str, Any]:
    """How a program that ``mlpy run`` starts is confined here: the object ``sandbox`` of ``run --json``."""
    found = program()
    if found is None:
        raise OSError("the program mlpy is not installed")
    with tempfile.TemporaryDirectory(prefix="mlpy-doctor-") as folder:
        file = Path(folder) / "probe.ml"
        file.write_text("result = 2 + 2;\n", encoding="utf-8")
        ran = subprocess.run([found, "run", str(file), "--json", "--no-cache", "--python", sys.executable], text=True,
                             capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    if not ran.stdout:
        raise OSError(ran.stderr.strip() or f"exit code {ran.returncode}")
    document: dict[str, Any] = json.loads(ran.stdout)
    if document["value"] != 4:
        raise OSError(str(document["message"]))
    layers: dict[str, Any] = document["sandbox"]
    return layers


def tell_sandbox() -> bool:
    try:
        found = sandbox()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        print(f"Sandbox: does not work ({error})")
        return False
    print(f"Sandbox: {found['isolation']}")
    for name, state in found["layers"].items():
        print(f"  {name}: {state}")
    for name in found["degraded"]:
        print(f"  weaker without {name}")
    return True


def doctor() -> int:
    """Prints what was found; 1 when something that is needed is missing."""
    good = True
    print(f"mlpy: {__version__}")
    print(f"Python: {platform.python_version()} ({sys.executable})")
    print(f"Platform: {platform.platform()}")
    try:
        from mlpy import _core, _native

        print(f"Core: {_core.VERSION}, build {_native.BUILD}")
    except ImportError as error:
        good = False
        print(f"Core: missing ({error})")
    folder = cache_folder()
    print(f"Cache: {folder}" + ("" if writable(folder) else " (not writable: programs are compiled at every start)"))
    if good:
        from mlpy.ml.transpiler import execute

        result = execute("result = 2 + 2;")
        print("Process isolation: works" if result.success and result.value == 4 else f"Process isolation: {result.error}")
        good = result.success
        good = tell_sandbox() and good
    for name in ("mlpy-lsp", "mlpy-dap"):
        beside = Path(program() or "").parent / name
        found = str(beside) if beside.is_file() else shutil.which(name)
        print(f"{name}: {found or 'not found'}")
    print("Everything that is needed is there." if good else "Something that is needed is missing.")
    return 0 if good else 1
