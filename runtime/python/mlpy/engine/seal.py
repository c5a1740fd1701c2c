"""The kernel layers around one sandboxed execution (security.md section 5): what a child of the template does to itself
when its programs are loaded, and what the template prepares so that this takes little time."""

from __future__ import annotations

import os
import sys
from typing import Any

from mlpy._native import NAMESPACES
from mlpy.engine.groups import MOST_TASKS

# Stands for the number of the process in the prepared filters.
_PROCESS = 0x5AFE5AFE
_filters: dict[tuple[bool, bool], bytes] = {}
WRITTEN_LIMIT = 100 << 20
_WHY = {"no_new_privs": "it could gain rights from other programs", "seccomp": "every system call stays open to it",
        "landlock": "files limited by library checks only", "self-test": "it does not hold"}


def prepare() -> None:
    """In the template: loads what could not be read later, makes the filters."""
    from mlpy import _core
    from mlpy.runtime import confinement

    for name in (*confinement.ALL, *{late for names in confinement.LATE.values() for late in names}):
        try:
            __import__(name)
        except ImportError:
            pass
    for paths in (False, True):
        _filters[paths, False] = _core.sandbox_filter(_PROCESS, paths, False)
    import time

    time.localtime()


def filter_for(paths: bool, threads: bool) -> bytes:
    from mlpy import _core

    if threads:
        return _core.sandbox_filter(os.getpid(), paths, threads)
    return _filters[paths, threads].replace(_PROCESS.to_bytes(4, sys.byteorder), os.getpid().to_bytes(4, sys.byteorder))


def bits(*names: str) -> int:
    return sum(NAMESPACES[name] for name in names)


def namespaces(folder: str | None) -> int:
    """What this process still needs beside the namespaces that the template has."""
    from mlpy.engine import template

    if not template.apart:
        return bits("userns", "netns", "ipcns", "utsns", "mountns")
    return bits("userns", *(["netns"] if template.networked else []), *(["mountns"] if folder else []))


def confine(request: Any, *loaders: Any) -> str:
    """Gives up every right the programs have no use for. Returns "", or what is missing."""
    from mlpy import _native
    from mlpy.runtime import confinement

    loaders = tuple(loader for loader in loaders if loader is not None)
    policy = loaders[0].policy
    names = set().union(*(loader.library_names() for loader in loaders))
    rules = confinement.path_rules(policy, [])
    connection = None
    if "http" in names and any(name.startswith("network.") for name in policy.names()):
        from mlpy.runtime import broker

        connection = broker.start(policy, 100, 50 << 20)
    for loader in loaders:
        for name in loader.library_names():
            try:
                loader.load_library(name)
                for late in confinement.LATE.get(name, ()):
                    __import__(late)
            except BaseException:  # the program's own import tells
                pass
        if connection is not None:
            from mlpy.runtime.broker import Client

            loader.services.use_broker(Client(loader.services.policy, connection))
        if names:
            files = loader.services.files
            files.most_in_file = request["file_size"] or None
            files.most_written = WRITTEN_LIMIT
            files.most_in_folder = request["folder_size"] or None
    socket = request["socket"].fileno()
    folder = None
    if "path" in names:
        folder = loaders[0].services.temporary_folder()
        for loader in loaders:
            loader.services.private_folder = folder  # removed by the host
        loaders[0].services._temporary = None
        rules.append((folder, confinement.EVERYTHING))
    from mlpy.engine.frames import HEADER, put

    # Told in any case: what comes later is the program's word, and the host removes no folder on that.
    told = os.fsencode(folder or "")
    put(request["socket"], HEADER.pack(b"t", len(told)) + told)
    profile = request["profile"]
    if profile:
        rules += [(profile["path"], confinement.READ | confinement.WRITE | confinement.TRUNCATE),
                  ("/proc/self/task", confinement.READ | confinement.LIST)]
    kept = (socket,) if connection is None else (socket, connection)
    if not _native.sandbox_begin(os.getppid(), kept):
        os._exit(0)
    paths = bool(rules)
    landlock = _native.sandbox_landlock()
    program = filter_for(paths, bool(profile))
    wanted = [(os.fsencode(path), rights) for path, rights in rules] if landlock else None
    size = request["folder_size"] and request["folder_size"] + request["file_size"]  # a file and what replaces it
    _, privileges, restricted, calls = _native.sandbox_enter(program, wanted, namespaces(folder), folder, size,
                                                           MOST_TASKS)
    problems = {"no_new_privs": privileges, "seccomp": calls if program else -1,
                "landlock": restricted if landlock else -1 if paths else 0}
    missing = {layer: problem for layer, problem in problems.items() if problem}
    if not missing.get("seccomp"):
        open_root = any(path == "/" for path, _ in rules)
        if _native.sandbox_leaks(not open_root and not missing.get("landlock")):
            missing["self-test"] = -1
    weaker = request["weaker"]
    return "; ".join(f"sandbox unavailable: no {layer} ({_WHY[layer]})" for layer in missing
                     if layer not in weaker and "all" not in weaker)
