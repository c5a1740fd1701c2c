"""The process that is forked for every sandboxed execution (``engine.process``), and what its children do."""

from __future__ import annotations

import gc
import io
import os
import resource
import signal
import socket
import struct
import sys
import time
from typing import Any

from mlpy.engine.frames import HEADER, PROFILED, put

# What the template of this process is.
apart = False  # it has namespaces for its children: they need only few of their own
networked = False  # but the network is that of the host


def main(descriptor: int, host_network: bool) -> None:
    """Forks a child for every socket that arrives; ends with the process that started it. ``host_network``: the children
    need the network of the host, for a broker."""
    global apart, networked
    from mlpy import _core, _native  # noqa: F401
    from mlpy.engine import seal
    from mlpy.runtime import errors, launch, modules  # noqa: F401

    seal.prepare()
    # What every program needs is loaded and warm before the first child.
    Starter([("", "", "<ml>", compile("x = 1", "<ml>", "exec"), (), ())], None).run_with({})
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=descriptor)
    # User, ipc and host name, and the network if nobody needs it: once, not for each child.
    networked = host_network
    wanted = seal.bits("userns", "ipcns", "utsns", *([] if networked else ["netns"]))
    apart = bool(_native.sandbox_apart(wanted) & seal.bits("userns"))
    gc.collect()
    gc.freeze()
    while True:
        word, descriptors, _, _ = socket.recv_fds(control, 1, 2)  # its socket, and its control group
        if not word:
            os._exit(0)
        group = descriptors[1] if len(descriptors) > 1 else -1
        # The sampler of a profile finds threads by their numbers in /proc: no process namespace for those.
        if (os.fork() if word == PROFILED else _native.sandbox_fork(not apart, group)) == 0:
            control.close()
            if group >= 0:
                if word == PROFILED:
                    enter(group)
                os.close(group)
            serve(socket.socket(fileno=descriptors[0]))
        for each in descriptors:
            os.close(each)


def enter(group: int) -> None:
    """Moves this process into a control group; what is forked otherwise is born there."""
    try:
        procs = os.open("cgroup.procs", os.O_WRONLY | os.O_CLOEXEC, dir_fd=group)
        os.write(procs, b"0")
        os.close(procs)
    except OSError:
        pass  # an extra wall


class Frames(io.RawIOBase):
    """A stream whose bytes travel to the host in frames."""

    def __init__(self, sock: socket.socket, kind: bytes) -> None:
        self.sock, self.kind = sock, kind

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = bytes(data)
        put(self.sock, HEADER.pack(self.kind, len(view)) + view)
        return len(view)


def text_stream(sock: socket.socket, kind: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedWriter(Frames(sock, kind), 1 << 16), "utf-8", "replace", newline="\n",
                            write_through=False)


def receive(sock: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        block = sock.recv(min(size - len(data), 1 << 20))
        if not block:
            os._exit(0)
        data += block
    return bytes(data)


def serve(sock: socket.socket) -> None:
    """Runs the one program this process is for. Does not return."""
    status = 1
    try:
        answer(sock)
        status = 0
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        os._exit(status)


def outer_number() -> bytes:
    """The number of this process for those outside of its process namespace."""
    try:
        return os.readlink(b"/proc/self")
    except OSError:
        return str(os.getpid()).encode() if os.getpid() > 1 else b"0"


def answer(sock: socket.socket) -> None:
    from mlpy import _core

    pid = outer_number()
    put(sock, HEADER.pack(b"p", len(pid)) + pid)
    sizes = struct.unpack("<5I", receive(sock, 20))
    head, bundle, prelude, values, source = [receive(sock, size) for size in sizes]
    request = _core.unpack(head)
    given = _core.unpack(values, True)
    del values
    sys.stdout, sys.stderr = text_stream(sock, b"o"), text_stream(sock, b"e")
    os.environ.update(request["variables"])
    os.chdir(request["cwd"])
    limit(request, sum(sizes))
    request["socket"] = sock
    if request["profile"]:
        from mlpy.engine import profile

        request["instrument"] = profile.instrumented
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    kind, content = run(request, bundle, prelude, given, source)
    if request["profile"]:
        from mlpy import _native

        _native.profile_stop()
    sys.stdout.flush()
    sys.stderr.flush()
    used = resource.getrusage(resource.RUSAGE_SELF)
    usage = _core.pack({"memory": used.ru_maxrss * 1024, "cpu": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
                        "wall": time.perf_counter() - began})
    size = 4 + len(usage) + len(content)
    put(sock, HEADER.pack(kind, size) + struct.pack("<I", len(usage)) + usage)
    put(sock, content)


def limit(request: Any, transfer: int) -> None:
    """The limits of this process; the other layers follow when the programs are loaded (``seal.confine``)."""
    from mlpy.runtime.confinement import RESERVE

    request["reserve"] = bytes(RESERVE)  # as zero pages: costs nothing
    with open("/proc/self/statm", "rb") as stream:
        now = int(stream.read().split()[0]) * resource.getpagesize()
    if request["memory"]:
        # Address space is more than memory: slack for what the allocator reserves, and for the copies of values.
        most = now + request["memory"] + 4 * transfer + (256 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if request["cpu"]:
        seconds = max(1, int(request["cpu"] + 0.999))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        text = f"CPU limit of {request['cpu']:g} s reached"

        def out_of_time(*_: Any) -> None:
            from mlpy import _native

            raise _native.ResourceLimit(text)

        signal.signal(signal.SIGXCPU, out_of_time)
    if request["file_size"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_size"], request["file_size"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for limit, most in ((resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_STACK, 8 << 20)):
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))


def run(request: Any, bundle: bytes, prelude: bytes, given: Any, source: bytes) -> tuple[bytes, bytes]:
    """What to answer: ``r`` and the packed result, or ``x`` and the packed report of an error."""
    from mlpy import _core, _native
    from mlpy.runtime import errors
    from mlpy.runtime.launch import compile_bundle
    from mlpy.runtime.modules import Loader

    loader = None
    instrument = request.get("instrument", lambda codes: codes)
    try:
        errors.keep_source(request["file"], source)
        policy = None
        if request["grants"] is not None:
            from mlpy.engine.grants import policy_of_plain

            policy = policy_of_plain(request["grants"])
        from mlpy.engine import seal

        given.update(remote_functions(request))
        start = dict(given)
        below = Starter(instrument(compile_bundle(prelude, [])), policy) if prelude else None
        loader = Starter(instrument(compile_bundle(bundle, [])), policy)
        if request["extensions"]:
            from mlpy.engine.extending import equip

            equip(loader, tuple(request["extensions"]))
        refused = undeclared(loader)
        if refused:
            return refused
        missing = seal.confine(request, loader, below)
        if missing:
            return refusal("SandboxError", missing)
        if request["profile"]:  # only now: sealing closes what was open
            from mlpy.engine import profile

            profile.start(request["profile"]["path"], request["profile"])
        if below is not None:
            below.run_with(dict(given))
            start = {**below.variables_named(request["prelude_names"]), **start}
        loader.run_with(start)
        value = loader.variables.get("result")
        try:
            content = _core.pack(value, simpler)
        except ValueError as problem:
            place = getattr(problem, "ml_path", "") or (problem.args[1] if len(problem.args) == 2 else "")
            return refusal("MarshalError", f"{problem.args[0]} cannot leave the sandbox: result{place}")
        if len(content) > request["result_limit"]:
            return refusal("ResourceLimitError", f"result larger than {request['result_limit'] >> 20}MB")
        return b"r", content
    except MemoryError as error:
        del request["reserve"]
        told: BaseException | None = error
        while told is not None:  # their frames hold what filled the memory
            told.__traceback__, told = None, told.__context__
        if loader is not None:
            getattr(loader, "variables", {}).clear()
        loader = None
        gc.collect()
        from mlpy.runtime.confinement import shown_size

        return refusal("ResourceLimitError", f"memory limit of {shown_size(request['memory'])} reached")
    except _native.ResourceLimit as error:
        return refusal("ResourceLimitError", str(error))
    except Exception as error:
        report = errors.describe(error)
        text = errors.render(report)
        if report["type"] == "CapabilityError" and loader is not None:
            report["granted"] = sorted(loader.policy.names())
        return b"x", _core.pack({**report, "text": text}, simpler)
    finally:
        if loader is not None:
            loader.close()


def remote_functions(request: Any) -> dict[str, Any]:
    """Functions that the host runs for the program, by name."""
    sock = request["socket"]

    def read(size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            block = os.read(sock.fileno(), size - len(data))
            if not block:
                os._exit(1)
            data += block
        return bytes(data)

    def make(name: str) -> Any:
        from mlpy import _core, _native

        def call(*args: Any) -> Any:
            sys.stdout.flush()
            try:
                body = _core.pack([name, list(args)], simpler)
            except ValueError as problem:
                raise _native.MLError("MarshalError", f"{problem.args[0]} cannot leave the sandbox: argument of {name}") from None
            put(sock, HEADER.pack(b"c", len(body)) + body)
            kind, size = HEADER.unpack(read(HEADER.size))
            content = read(size)
            if kind == b"f":
                raise RuntimeError(content.decode())
            return _core.unpack(content, True)

        call.__name__, call.__qualname__ = name, f"host.{name}"
        return call

    return {name: make(name) for name in request["remote"]}


def undeclared(loader: Any) -> tuple[bytes, bytes] | None:
    """The refusal when the program declares capabilities that are not granted."""
    if not loader.declarations():
        return None
    from mlpy.engine.grants import declared
    from mlpy.ml.errors.exceptions import MLCapabilityError

    try:
        declared(loader)
    except MLCapabilityError as error:
        return refusal("CapabilityError", error.message)
    return None


def refusal(kind: str, message: str) -> tuple[bytes, bytes]:
    from mlpy import _core

    return b"x", _core.pack({"code": "ML2015", "type": kind, "message": message, "file": None, "line": None,
                             "column": None, "stack": [], "hint": None, "data": None, "text": message})


def simpler(value: Any) -> Any:
    """A value of ML that is no plain data, as data: generators as lists, library values as text."""
    from mlpy import _native

    kind = type(value)
    if kind is tuple:
        return list(value)
    if _native.callable(value):
        raise ValueError("a function")
    if kind is _native.Error:
        return {"type": value["type"], "message": value["message"]}
    if kind is _native.Iterator or hasattr(value, "__next__"):
        from itertools import islice

        return list(islice(value, 10_000_000))
    return _native.display(value)


def Starter(codes: Any, policy: Any) -> Any:
    """A loader whose main program starts with given variables."""
    from mlpy import _native
    from mlpy.runtime.modules import Loader

    class Started(Loader):  # type: ignore[misc]
        def run_with(self, given: Any) -> None:
            code, imports = self.program[0][3:5]
            self.variables = {"__builtins__": self.builtins_for(0, dict(imports)), "__name__": "__main__"}
            module = _native.Module("__main__", self.variables)
            self.loaded[0] = module, module.twin
            self.variables.update(given)
            exec(code, self.variables)

        def variables_named(self, names: Any) -> dict[str, Any]:
            return {name: self.variables[name] for name in names if name in self.variables}

    return Started(codes, (), codes[0][1], "", policy)
