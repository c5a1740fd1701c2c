"""Modules written in Python for programs that run inside Python programs (stdlib-io.md 9)."""

from __future__ import annotations

import os
import warnings
from typing import Any


def folders_of(paths: list[str]) -> tuple[str, ...]:
    """The folders that were given, else those of MLPY_EXTENSION_PATHS, absolute."""
    named = paths or os.environ.get("MLPY_EXTENSION_PATHS", "").split(os.pathsep)
    return tuple(os.path.abspath(path) for path in named if path)


def names_in(folders: tuple[str, ...]) -> list[str]:
    """The modules in folders, which are not run for that."""
    from mlpy.runtime import discovery

    found, problems = discovery.scan(folders)
    for problem in problems:
        warnings.warn(f"mlpy: {problem}", stacklevel=4)
    return sorted(found)


def equip(loader: Any, folders: tuple[str, ...]) -> None:
    """Lets a loader find modules in folders."""
    if not folders:
        return
    from mlpy.runtime.registry import get_registry

    registry = get_registry()
    new = [folder for folder in folders if os.path.isdir(folder) and folder not in registry.extension_paths]
    if new:
        registry.add_extension_paths(new)
    loader._extensions = registry
