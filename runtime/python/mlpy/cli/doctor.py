"""``mlpy doctor``: what is installed here, and whether it works."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from mlpy import __version__


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
    for name in ("mlpy-lsp", "mlpy-dap"):
        beside = Path(os.environ.get("MLPY_PROGRAM", "")).parent / name
        found = str(beside) if beside.is_file() else shutil.which(name)
        print(f"{name}: {found or 'not found'}")
    print("Everything that is needed is there." if good else "Something that is needed is missing.")
    return 0 if good else 1
