#!/usr/bin/env python3
"""Attacks on programs that Python runs in a sandbox process: limits of grants, and raw Python in the process that the
template forked, where only the kernel is left to stop it. With MLPY_SOAK=N also N executions that end in every way."""

import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
from pathlib import Path

from mlpy.engine import groups, process
from mlpy.engine.grants import Grant
from mlpy.ml.errors import exceptions as e
from mlpy.ml.transpiler import execute, execute_ml_code_sandbox
from mlpy.runtime.sandbox import SandboxConfig
from probes import KILLED, STOPPED

SOAK = int(os.environ.get("MLPY_SOAK", "60"))


# Others may leave things in the usual place.
_place = tempfile.TemporaryDirectory(prefix="mlpy-attacks-")
os.environ["TMPDIR"] = tempfile.tempdir = _place.name


class Grants(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="mlpy-attack-")
        self.addCleanup(place.cleanup)
        self.file = Path(place.name) / "a"
        self.file.write_text("text")

    def test_C22_used_up(self):
        program = f'import file; print(file.read("{self.file}")); print(file.read("{self.file}")); file.read("{self.file}");'
        made = execute(program, capabilities=[Grant("file.read", str(self.file), max_uses=1)])
        self.assertEqual(made.stdout, "text\n")
        self.assertIsInstance(made.exception, e.MLCapabilityError)

    def test_C23_expired(self):
        program = f'import file; file.read("{self.file}"); while (hasCapability("file.read")) {{ x = 1; }} print("later");' \
                  f' file.read("{self.file}");'
        made = execute(program, capabilities=[Grant("file.read", str(self.file), expires_in=0.5)], timeout=30)
        self.assertEqual(made.stdout, "later\n")
        self.assertIsInstance(made.exception, e.MLCapabilityError)

    def test_a_file_that_is_not_granted(self):
        with self.assertRaises(e.MLCapabilityError):
            execute_ml_code_sandbox(f'import file; result = file.read("{self.file}");')

    def test_an_address_that_is_not_granted(self):
        with self.assertRaises(e.MLCapabilityError):
            execute_ml_code_sandbox('import http; result = http.get("http://127.0.0.1:9/").body();')

    def test_variables_of_the_host_are_not_there(self):
        os.environ["MLPY_TEST_SECRET"], os.environ["MLPY_TEST_OPEN"] = "TOPSECRET", "fine"
        self.addCleanup(os.environ.pop, "MLPY_TEST_SECRET")
        self.addCleanup(os.environ.pop, "MLPY_TEST_OPEN")
        program = 'import env; result = [env.get("MLPY_TEST_OPEN"), len(env.all())];'
        self.assertEqual(execute_ml_code_sandbox(program, capabilities=["env.read:MLPY_TEST_O*"]), ["fine", 1])

    def test_the_limit_of_memory_is_told_as_it_was_given(self):
        for given in ("60MB", "61500KB"):
            made = execute("a = [0]; while (true) { a = a.concat(a); }", sandbox_config=SandboxConfig(memory_limit=given))
            self.assertEqual((made.error, made.exception.kind), (f"memory limit of {given} reached", "memory_limit"))

    def test_denials_among_grants(self):
        program = f'import file; result = file.read("{self.file}");'
        folder = self.file.parent
        self.assertEqual(execute_ml_code_sandbox(program, capabilities=[f"file.read:{folder}/**", "!env.read"]), "text")
        for grants in ([f"file.read:{folder}/**", f"!file.read:{self.file}"], [f"file.read:!{self.file}", f"file.read:{folder}/**"],
                       [Grant("file.read", (f"{folder}/**", f"!{self.file}"))]):
            with self.subTest(grants), self.assertRaises(e.MLCapabilityError):
                execute_ml_code_sandbox(program, capabilities=grants)

    def test_a_missing_layer_stops_the_program(self):
        self.assertIn("no seccomp", in_a_sealed_child(lambda: None, without_filter=True))


def in_a_sealed_child(act, without_filter=False):
    """What a child told that sealed itself and then acted; "killed N" when a signal ended it."""
    from mlpy.engine import seal
    from mlpy.engine.template import Starter
    from mlpy.runtime.capabilities import Policy

    ours, its = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            seal.prepare()
            if without_filter:
                seal._filters.update({key: b"" for key in seal._filters})
            request = {"socket": its, "profile": None, "weaker": [], "file_size": 0, "folder_size": 0}
            loader = Starter([("", "", "<ml>", compile("x = 1", "<ml>", "exec"), (), ())], Policy())
            told = seal.confine(request, loader) or "sealed"
            if told == "sealed":
                try:
                    act()
                    told = "THROUGH"
                except BaseException as error:
                    told = f"stopped {type(error).__name__}"
            os.write(its.fileno(), told.encode())
        except BaseException:
            os.write(its.fileno(), traceback.format_exc().encode())
        finally:
            os._exit(0)
    its.close()
    text = b""
    while block := ours.recv(65536):
        text += block
    ours.close()
    _, status = os.waitpid(child, 0)
    return f"killed {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else \
        text.removeprefix(process.HEADER.pack(b"t", 0)).decode()  # what the host is told about the private folder


class Raw(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="mlpy-attack-")
        self.addCleanup(place.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(place.name)
        Path("P").write_text("TOPSECRET")

    def test_everything_is_stopped(self):
        import ctypes
        import fcntl
        import mmap
        import resource

        names = dict(ctypes=ctypes, fcntl=fcntl, mmap=mmap, resource=resource, time=time, os=os, socket=socket, signal=signal,
                     subprocess=subprocess, sys=sys, threading=threading)
        for name, code in STOPPED.items():
            with self.subTest(name):
                self.assertRegex(in_a_sealed_child(lambda: exec(code, dict(names))), "^stopped")
        self.assertEqual(Path("P").read_text(), "TOPSECRET")
        self.assertEqual(os.listdir("."), ["P"])

    def test_what_nobody_needs_kills(self):
        import ctypes

        for name, code in KILLED.items():
            with self.subTest(name):
                self.assertEqual(in_a_sealed_child(lambda: exec(code, {"ctypes": ctypes})), f"killed {signal.SIGSYS}")


def serve_in_a_child(frames):
    """What the host makes of a child that sends these frames when its program would begin, and stays."""
    from mlpy.engine import template

    ours, its = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            number = str(os.getpid()).encode()
            template.put(its, process.HEADER.pack(b"p", len(number)) + number + process.HEADER.pack(b"t", 0))
            for frame in frames:
                template.put(its, frame)
            signal.pause()
        finally:
            os._exit(0)
    its.close()
    try:
        made = process.Conversation(ours, process.Config(None, 5), None, None, time.perf_counter(), {},
                                    groups.Memory(None, 0)).run()
    finally:
        ours.close()
    _, status = os.waitpid(child, 0)  # hangs if nobody ended it
    return made, status


class Frames(unittest.TestCase):
    """What comes from a process whose program broke out is not trusted."""

    def frame(self, kind, body):
        return process.HEADER.pack(kind, len(body)) + body

    def test_bad_results_are_no_results(self):
        for body in (b"", b"\xff\xff\xff\xff", b"\x05\0\0\0abcde", b"\0\0\0\0", os.urandom(64)):
            for kind in (b"r", b"x"):
                with self.subTest(body=body, kind=kind):
                    made, status = serve_in_a_child([self.frame(kind, body)])
                    self.assertFalse(made.success)
                    self.assertIsInstance(made.exception, e.MLSandboxError)
                    self.assertEqual(os.WTERMSIG(status), signal.SIGKILL)

    def test_a_huge_frame_is_not_read(self):
        made, _ = serve_in_a_child([process.HEADER.pack(b"r", 0xffffffff)])
        self.assertIsInstance(made.exception, e.MLSandboxError)

    def test_output_has_an_end(self):
        made, status = serve_in_a_child([self.frame(b"o", b"x" * (1 << 20))] * 20)
        self.assertEqual(made.error, "output limit of 10MB reached")
        self.assertEqual(len(made.stdout), 10 << 20)
        self.assertEqual(os.WTERMSIG(status), signal.SIGKILL)

    def test_no_other_process_is_ended_and_no_other_folder_removed(self):
        other = subprocess.Popen(["sleep", "60"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "a").write_text("a")
            serve_in_a_child([self.frame(b"p", str(other.pid).encode()), self.frame(b"t", folder.encode()), self.frame(b"r", b"")])
            self.assertEqual(os.listdir(folder), ["a"])
        self.assertIsNone(other.poll())



class Soak(unittest.TestCase):
    """Nothing is left of executions, however they end."""

    PROGRAMS = [("result = 1 + 1;", 2), ("throw 'no';", e.MLError), ("import file; file.read('/etc/passwd');", e.MLCapabilityError),
                ("import path; import file; file.write(path.join(path.tempDir(), 'x'), 'abc'); result = 3;", 3),
                ("print('x' * 100000); result = 4;", 4)]
    # Those that take their time come now and then.
    SPINS, FILLS = ("while (true) { x = 1; }", e.MLError), ("a = [0]; while (true) { a = a.concat(a); }", e.MLError)

    def left(self):
        template = process.template().process.pid
        below = Path(f"/proc/{template}/task/{template}/children").read_text().split()
        groups = process.template().groups.free  # kept for the next ones, each with its folder open
        return (len(os.listdir("/proc/self/fd")) - len(groups), len(os.listdir(f"/proc/{template}/fd")), len(below),
                len(list(Path(tempfile.gettempdir()).glob("mlpy-run-*"))), threading.active_count(), len(groups))

    def round(self, count):
        config = SandboxConfig(memory_limit="60MB", cpu_timeout=30)
        for i in range(count):
            program, expected = self.SPINS if i % 25 == 5 else self.FILLS if i % 100 == 6 else self.PROGRAMS[i % len(self.PROGRAMS)]
            made = execute(program, sandbox_config=config, timeout=0.3 if program == self.SPINS[0] else 60)
            if isinstance(expected, int):
                self.assertEqual(made.value, expected, made.error)
            else:
                self.assertIsInstance(made.exception, expected)

    def test_nothing_is_left(self):
        self.round(10)
        gc.collect()
        before, memory = self.left(), self.memory()
        self.round(SOAK)
        gc.collect()
        # The child made in advance may just be coming or going.
        after = self.left()
        self.assertEqual(after[:2] + after[3:5], before[:2] + before[3:5])
        self.assertLessEqual(after[2], 3)
        self.assertLessEqual(after[5], 2 * process.MOST_WAITING)  # those of processes that were still ending
        grown = self.memory() - memory
        print(f"{SOAK} executions: left {before} before, {after} after; memory grew by {grown >> 10} KB")
        self.assertLess(grown, 32 << 20)

    @staticmethod
    def memory():
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        template = int(Path(f"/proc/{process.template().process.pid}/statm").read_text().split()[1])
        return (pages + template) * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    unittest.main()
