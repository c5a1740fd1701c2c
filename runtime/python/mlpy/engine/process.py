"""Running programs in processes of their own.

One *template* process per host process is started on first use and waits; every execution is a fork of it, so that no
two programs share anything and none waits for an interpreter to start. Values are copied (``values.pack``): nothing that
comes back is ever unpickled.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpy.engine import ambient, grants, profile
from mlpy.engine.frames import HEADER, PLAIN, PROFILED
from mlpy.engine.groups import Groups, Memory, descriptors
from mlpy.engine.results import ExecutionResult, Program
from mlpy.engine.values import HostFunction, checked_names, pack, unpack
from mlpy.ml.errors import exceptions as e

RESULT_LIMIT = 256 << 20
OUTPUT_LIMIT = 10 << 20  # bytes of standard output, and of standard error
MOST_IN_A_FRAME = RESULT_LIMIT + (1 << 20)
WALL_SECONDS = 60.0
_START = "import sys;sys.path.insert(0,{!r});from mlpy.engine.template import main;main({},{})"


def _environment() -> dict[str, str]:
    """Nothing of the host's variables: programs get those they were granted with their request."""
    kept = {name: os.environ[name] for name in ("TZ", "TMPDIR") if name in os.environ}
    return {"LANG": "C.UTF-8", **kept}


def granted_variables(plain: Any, extra: dict[str, str]) -> dict[str, str]:
    """The environment variables, with ``extra`` ones, that grants (``grants.plain_of``) let a program read."""
    from fnmatch import fnmatchcase

    from mlpy.engine.grants import variable_patterns

    patterns = variable_patterns(plain)
    return {name: value for name, value in {**os.environ, **extra}.items()
            if patterns and any(fnmatchcase(name, pattern) for pattern in patterns)}


# Children that wait at most for programs; each is a fork that shares its memory with the template.
MOST_WAITING = 4


@dataclass
class Child:
    """A process that runs one program, or waits for it."""

    sock: socket.socket  # its other end the process has
    group: Any  # the control group it is in, or None


class Template:
    """The process that is forked for each execution."""

    def __init__(self, networked: bool, python: str) -> None:
        ours, theirs = socket.socketpair()
        import mlpy

        package = str(Path(mlpy.__file__).absolute().parent.parent)  # with its links: beside the extensions
        with theirs:
            try:
                self.process = subprocess.Popen(
                    [python, "-I", "-S", "-X", "utf8", "-c", _START.format(package, theirs.fileno(), networked)],
                    pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, close_fds=True, env=_environment())
            except OSError:
                ours.close()
                raise
        self.control = ours
        self.waiting: deque[Child] = deque()
        self.groups = Groups()
        self.running = 0
        self.lock = threading.Lock()

    def begin(self, profiled: bool = False) -> Child:
        """A new child; ``end`` when its program ended. As many children as programs run at once are made in advance for
        the next callers."""
        with self.lock:
            self.running += 1
            if profiled:
                return self.fork(PROFILED)
            ready = self.waiting.popleft() if self.waiting else self.fork(PLAIN)
            while len(self.waiting) < min(self.running, MOST_WAITING):
                self.waiting.append(self.fork(PLAIN))
        return ready

    def end(self, child: Child) -> None:
        child.sock.close()
        with self.lock:
            self.running -= 1
            self.groups.give_back(child.group)

    def fork(self, word: bytes) -> Child:
        group = self.groups.take()
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self.control, [word], [theirs.fileno(), *descriptors(group)])
        return Child(ours, group)

    def drop(self) -> None:
        """Forgets its children and the way to it."""
        self.control.close()
        for child in self.waiting:
            child.sock.close()
        self.waiting.clear()

    def close(self) -> None:
        self.drop()
        self.process.wait()
        self.groups = Groups()


# With and without the network of the host, by interpreter.
_templates: dict[tuple[bool, str], Template] = {}
_making = threading.Lock()


def template(networked: bool = False, python: str | None = None) -> Template:
    key = networked, python or sys.executable
    with _making:
        made = _templates.get(key)
        if made is None or made.process.poll() is not None:
            if made is not None:
                made.drop()
            try:
                made = _templates[key] = Template(*key)
            except OSError as problem:
                raise e.MLSandboxError(f"cannot start {key[1]}: {problem.strerror}") from None
        return made


def _forget() -> None:
    """In a forked child: the templates belong to the parent."""
    global _making
    _making = threading.Lock()
    for made in _templates.values():
        made.process.returncode = 0  # not ours to wait for
        made.drop()
    _templates.clear()


def _shut_down() -> None:
    while _templates:
        _templates.popitem()[1].close()


os.register_at_fork(after_in_child=_forget)
import atexit  # noqa: E402

atexit.register(_shut_down)


def receive(sock: socket.socket, size: int) -> bytes | None:
    """Exactly ``size`` bytes, or None at the end."""
    if size == 0:
        return b""
    block = sock.recv(size, socket.MSG_WAITALL)
    if len(block) == size:
        return block
    parts = [block]
    missing = size - len(block)
    while missing and block:
        block = sock.recv(missing)
        parts.append(block)
        missing -= len(block)
    return None if missing else b"".join(parts)


class Config:
    """Limits of one execution, from a ``SandboxConfig`` or the defaults."""

    def __init__(self, config: Any, timeout: float | None) -> None:
        self.memory = size_of(getattr(config, "memory_limit", "100MB"))
        self.cpu = float(getattr(config, "cpu_timeout", 30.0) or 0)
        self.wall = timeout if timeout is not None else WALL_SECONDS
        self.file_size = size_of(getattr(config, "file_size_limit", "10MB"))
        self.folder_size = size_of(getattr(config, "temp_dir_limit", "50MB"))
        self.extra = dict(getattr(config, "extra_env", None) or {})
        self.python = getattr(config, "python_executable", None)
        self.weaker = tuple(getattr(config, "allow_weaker", ()) or ())

    def memory_of_all(self, transfer: int) -> int:
        """Bytes of all that a program has: also copies of the values it was given, and its folder; 0: no limit."""
        return self.memory and self.memory + 4 * transfer + self.folder_size + self.file_size


def size_of(text: Any) -> int:
    """Bytes of "100MB", "1GB", 4096; 0 of None: no limit."""
    if text is None:
        return 0
    if isinstance(text, (int, float)):
        return int(text)
    words = str(text).strip().upper()
    for unit, factor in (("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("B", 1)):
        if words.endswith(unit):
            return int(float(words[: -len(unit)]) * factor)
    return int(words)


def execute(program: Program, context: dict[str, Any] | None = None, *, capabilities: Any = None,
            sandbox_config: Any = None, timeout: float | None = None, out: Any = None, err: Any = None) -> ExecutionResult:
    """Runs a program in a fresh process. Never raises for what the program does; see ``ExecutionResult``.

    ``out`` and ``err`` are called with text as the program writes it; without them it is kept in the result.
    """
    around = ambient.current()
    given = {**around.values, **(context or {})}
    checked_names(given)
    remote = {name: value for name, value in given.items() if isinstance(value, HostFunction) and value.rpc}
    for name in remote:
        del given[name]
    config = Config(sandbox_config, timeout)
    capture = profile.Capture() if profile.active else None
    plain = grants.plain_of(capabilities)
    request = pack({
        "file": program.file, "grants": plain, "variables": granted_variables(plain, config.extra),
        "weaker": list(config.weaker),
        "memory": config.memory, "cpu": config.cpu, "file_size": config.file_size, "folder_size": config.folder_size,
        "result_limit": RESULT_LIMIT,
        "extensions": list(program.extensions), "profile": capture.request() if capture else None, "remote": list(remote),
        "prelude_names": list(around.names), "cwd": os.getcwd()}, "request")
    values = pack(given, "context")
    source = b"\n".join(program.lines)
    prelude = around.prelude.bundle if around.prelude else b""
    started = time.perf_counter()
    for attempt in (0, 1):
        used = template(grants.reaches_network(plain), config.python)
        child = used.begin(capture is not None)
        sock = child.sock
        try:
            memory = Memory(child.group, config.memory_of_all(sum(map(len, (request, program.bundle, prelude, values, source)))))
            parts = (request, program.bundle, prelude, values, source)
            head = b"".join(struct.pack("<I", len(part)) for part in parts)
            sock.sendall(head)
            for part in parts:
                if part:
                    sock.sendall(part)
            made = Conversation(sock, config, out, err, started, remote, memory).run()
            if capture:
                capture.take(program, made.execution_time)
            return made
        except (BrokenPipeError, ConnectionResetError):
            if attempt:
                raise e.MLSandboxError("the sandbox process was lost") from None
        finally:
            used.end(child)
    raise AssertionError


def pidfd(number: int) -> int | None:
    try:
        return os.pidfd_open(number)
    except OSError:
        return None  # it ended already


class Conversation:
    """Reads what a child sends until it ends."""

    def __init__(self, sock: socket.socket, config: Config, out: Any, err: Any, started: float,
                 remote: dict[str, HostFunction], memory: Memory) -> None:
        self.sock, self.config, self.started, self.remote = sock, config, started, remote
        self.texts: dict[bytes, list[str]] = {b"o": [], b"e": []}
        self.sinks = {b"o": out or self.texts[b"o"].append, b"e": err or self.texts[b"e"].append}
        self.pid: int | None = None
        self.folder: str | None = None
        self.process: int | None = None  # pidfd
        self.written = {b"o": 0, b"e": 0}  # bytes
        self.timed_out = self.flooded = False
        self.memory = memory

    def run(self) -> ExecutionResult:
        result = None
        self.sock.settimeout(None)
        if self.config.wall:
            self.sock.settimeout(self.config.wall)
        while True:
            try:
                head = receive(self.sock, HEADER.size)
                if head is None:
                    break
                kind, size = HEADER.unpack(head)
                if size > MOST_IN_A_FRAME:
                    break
                body = receive(self.sock, size)
            except TimeoutError:
                self.timed_out = True
                break
            if body is None:
                break
            if kind == b"p" and self.pid is None:  # these two are sent before the program begins, and only then believed
                self.pid = int(body)
                self.process = pidfd(self.pid)
            elif kind == b"t" and self.folder is None:
                self.folder = os.fsdecode(body)
            elif kind == b"c":
                self.call(body)
                self.check_time()
            elif kind in self.sinks:
                self.written[kind] += size
                if self.written[kind] > OUTPUT_LIMIT:
                    self.flooded = True
                    break
                self.sinks[kind](body.decode("utf-8", "replace"))
                self.check_time()
            elif kind in (b"r", b"x"):
                result = kind, body
                break
            if self.timed_out:
                break
        self.kill()
        if self.folder:
            from shutil import rmtree

            rmtree(self.folder, ignore_errors=True)
        return self.finished(result)

    def call(self, body: bytes) -> None:
        """Calls a function of this process for the program; what the program sends is not trusted."""
        try:
            name, args = unpack(body)
            reply = b"v", pack(self.remote[name](*args), f"the result of {name}")
        except Exception as error:
            reply = b"f", f"{type(error).__name__}: {error}".encode("utf-8", "replace")
        try:
            self.sock.sendall(HEADER.pack(reply[0], len(reply[1])) + reply[1])
        except OSError:
            pass  # the process ended meanwhile: the next read says so

    def check_time(self) -> None:
        if self.config.wall:
            left = self.config.wall - (time.perf_counter() - self.started)
            self.timed_out = left <= 0
            self.sock.settimeout(max(left, 0.001))

    def kill(self) -> None:
        """Ends the process, whatever it may still do; with it end all that it started."""
        if self.process is not None:
            try:
                signal.pidfd_send_signal(self.process, signal.SIGKILL)
            except ProcessLookupError:
                pass
            os.close(self.process)

    def finished(self, result: tuple[bytes, bytes] | None) -> ExecutionResult:
        from mlpy.engine.problems import from_report, time_limit_reached

        made = ExecutionResult(False, stdout="".join(self.texts[b"o"]), stderr="".join(self.texts[b"e"]),
                               execution_time=time.perf_counter() - self.started)
        if result is None:
            if self.timed_out:
                error: e.MLError = time_limit_reached(self.config.wall)
            elif self.flooded:
                error = e.SandboxResourceError(f"output limit of {OUTPUT_LIMIT >> 20}MB reached", kind="output_limit")
            elif self.memory.reached():
                from mlpy.runtime.confinement import shown_size

                error = e.SandboxMemoryError(f"memory limit of {shown_size(self.config.memory)} reached")
            else:
                error = e.SandboxResourceError("the sandbox process ended early", kind="crashed", exit_code=9)
        else:
            try:
                size = struct.unpack_from("<I", result[1])[0]
                usage = unpack(result[1][4:4 + size])
                content = unpack(result[1][4 + size:])
                used = int(usage["memory"]), float(usage["cpu"]), float(usage["wall"])
                if result[0] == b"x":
                    error = e.MLMarshalError(content["message"], path="result") if content["type"] == "MarshalError" \
                        else from_report(content, content["text"])
            except (struct.error, ValueError, TypeError, KeyError, AttributeError):
                result = None
                error = e.SandboxResourceError("the sandbox process sent something that is no result")
            else:
                made.memory_usage, made.cpu_time, made.execution_time = used
                if result[0] == b"r":
                    made.success, made.value = True, content
                    return made
        made.exception, made.error, made.error_type = error, str(error), type(error).__name__
        return made
