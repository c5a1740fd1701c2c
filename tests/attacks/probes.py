"""Raw Python in the program's process: an extension module whose function runs whatever it is given. With layers L1 to L4
out of the way, the kernel layers must hold alone (security.md section 8, T3)."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BRIDGE = '''
import ctypes, os, signal, socket, sys, threading, time, mmap, resource, fcntl, subprocess

@ml_module(name="raw", description="Anything")
class Raw:
    @ml_function(description="Runs Python")
    def run(self, code):
        try:
            exec(code, globals())
        except BaseException as error:
            print("stopped", type(error).__name__, getattr(error, "errno", ""))
            return None
        print("THROUGH")
        return None

raw = Raw()
'''
# Each must be stopped with an error (EPERM, EACCES, ENOSYS and what Python makes of them).
STOPPED = {
    "read": 'open("/etc/passwd").read()',
    "read_up": 'open("P").read()',
    "list": 'os.listdir("/")',
    "write": 'open("P2", "w")',
    "rename": 'os.rename("P", "P2")',
    "delete": 'os.unlink("P")',
    "make_folder": 'os.mkdir("Q")',
    "proc_root": 'open("/proc/self/root/etc/passwd").read()',
    "proc_mem": 'open("/proc/self/mem", "rb+")',
    "device": 'open("/dev/sda", "rb") if os.path.exists("/dev/sda") else open("/dev/zero", "rb")',
    "chmod": 'os.chmod("P", 0o777)',
    "chown": 'os.chown("P", 0, 0)',
    "times": 'os.utime("P")',
    "xattr": 'os.setxattr("P", "user.a", b"b")',
    "link": 'os.link("P", "P2")',
    "symlink": 'os.symlink("P", "P2")',
    "fifo": 'os.mkfifo("P2")',
    "truncate": 'os.truncate("P", 0)',
    "socket_inet": 'socket.socket(socket.AF_INET)',
    "socket_udp": 'socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
    "socket_unix": 'socket.socket(socket.AF_UNIX)',
    "socket_netlink": 'socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)',
    "socketpair": 'socket.socketpair()',
    "fork": 'os.fork() or os._exit(0)',
    "spawn": 'subprocess.run(["/bin/true"])',
    "exec": 'os.execv("/bin/true", ["true"])',
    "system": 'os.system("true") and (_ for _ in ()).throw(OSError(1, "no"))',
    "memory_file": 'os.memfd_create("x")',
    "signal_parent": 'os.kill(os.getppid(), 0)',
    "signal_group": 'os.killpg(0, 0)',
    "executable_memory": 'mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)',
    "native_library": 'ctypes.CDLL("libsqlite3.so.0")',
    "raise_limit": 'resource.setrlimit(resource.RLIMIT_CORE, (1, 1))',
    "terminal": 'fcntl.ioctl(0, 0x5412, b"x")',
    "change_folder": 'os.chdir("/")',
}
# Calls by number (x86-64), with what would do something.
STOPPED |= {name: f'if ctypes.CDLL(None).syscall({call}) == -1: raise OSError(1, "refused")' for name, call in {
    "clone3": "435, 0, 0", "personality": "135, 0x40000", "dumpable": "157, 4, 1, 0, 0, 0", "keep_capabilities": "157, 8, 1, 0, 0, 0",
    "more_seccomp": "317, 0, 0, 0", "more_landlock": "444, 0, 0, 1", "pidfd_open": "434, os.getpid(), 0", "pidfd_getfd": "438, 0, 0, 0",
    "connect": "42, 0, 0, 0", "bind": "49, 0, 0, 0", "sendto": '44, 1, b"x", 1, 0, 0, 0', "mknod": '259, -100, b"P2", 0o100600, 0',
    "hard_link": '265, -100, b"P", -100, b"P2", 0', "set_limit": "160, 4, 0", "priority": "141, 0, 0, -5", "set_user": "105, 0",
    "signal_everybody": "62, -1, 0", "signal_queue": "129, 1, 0, 0", "swap": '168, b"/dev/null"',
    "host_name": '170, b"x", 1', "shared_memory": "29, 0, 4096, 0o1600", "message_queue": "68, 0, 0o1600",
    "system_log": "103, 3, 0, 0", "reboot": "169, 0, 0, 0, 0", "clock": "227, 0, 0", "accounting": "163, 0"}.items()}
STOPPED |= {
    "open_descriptors": 'os.listdir("/proc/self/fd")',
    "proc_environ_of_others": 'open(f"/proc/{os.getppid() or 1}/environ", "rb").read()',
    "memory_of_others": 'open(f"/proc/{os.getppid() or 1}/mem", "rb")',
    "posix_spawn": 'os.posix_spawn("/bin/true", ["true"], {})',
    "terminal_session": 'os.setsid(); os.setpgid(0, 0)',
}
# Each ends the process.
KILLED = {name: f"ctypes.CDLL(None).syscall({number}, 0, 0, 0, 0, 0)" for name, number in {
    "ptrace": 101, "unshare": 272, "setns": 308, "mount": 165, "pivot_root": 155, "chroot": 161, "bpf": 321,
    "perf_event_open": 298, "io_uring_setup": 425, "keyctl": 250, "userfaultfd": 323, "open_by_handle_at": 304,
    "process_vm_readv": 310, "process_vm_writev": 311, "kexec_load": 246, "init_module": 175, "add_key": 248, "move_mount": 429,
    "fsopen": 430, "umount": 166}.items()}


class Probes(unittest.TestCase):
    def probe(self, code, *options, before=()):
        import __main__

        with tempfile.TemporaryDirectory(prefix="mlpy-probe-") as name:
            folder = Path(name)
            folder.chmod(0o777)  # another user may run it
            (folder / "extensions").mkdir()
            (folder / "extensions/raw_bridge.py").write_text(BRIDGE)
            (folder / "P").write_text("TOPSECRET")
            text = code.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            (folder / "p.ml").write_text(f'import raw;\nraw.run("{text}");\n')
            environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "MY_SECRET": "TOPSECRET"}
            result = subprocess.run([*before, __main__.MLPY, "run", "-E", "extensions", *options, "p.ml"], cwd=folder, text=True,
                                    capture_output=True, stdin=subprocess.DEVNULL, timeout=60, env=environment)
            self.assertEqual((folder / "P").read_text(), "TOPSECRET", result)
            self.assertFalse((folder / "P2").exists() or (folder / "Q").exists(), result)
            self.assertNotIn("TOPSECRET", result.stdout + result.stderr)
            return result

    def test_environment_is_empty(self):
        result = self.probe('print("MY_SECRET" in os.environ, "PATH" in os.environ)')
        self.assertIn("False False", result.stdout)

    def test_a_program_that_ends_without_a_result_failed(self):
        result = self.probe("os._exit(0)")
        self.assertEqual(result.returncode, 9, result)

    def test_spinning_without_the_signal_ends_at_the_hard_limit(self):
        result = self.probe("signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", "--cpu-timeout", "1")
        self.assertEqual(result.returncode, 6, result)
        self.assertIn("CPU limit of 1 s reached", result.stderr)

    def test_sleeping_ends_at_the_time_limit(self):
        result = self.probe("time.sleep(1000)", "--timeout", "1")
        self.assertEqual(result.returncode, 6, result)
        self.assertIn("time limit of 1 s reached", result.stderr)

    def test_memory_ends_at_its_limit(self):
        result = self.probe("x = [bytearray(1 << 20) for _ in range(1000)]", "--memory-limit", "100MB")
        self.assertIn("stopped MemoryError", result.stdout)

    def test_a_full_private_folder_ends_the_run(self):
        result = self.probe('f = open(os.environ["TMPDIR"] + "/x", "wb")\nwhile True: f.write(bytes(1 << 20)); time.sleep(0.01)',
                            "--temp-size", "5MB")
        self.assertEqual(result.returncode, 6, result)

    def test_threads_have_an_end(self):
        others = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.getuid() == 0 else ()
        start = "threading.stack_size(65536)\nfor _ in range(64): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
        for before in {(), others}:  # an administrator, and somebody else
            with self.subTest(before):
                options = ("--sandbox", "strict", "--memory-limit", "400MB")
                told = json.loads(self.probe("time.sleep(0)", *options, "--json", before=before).stdout)
                layers = told["sandbox"]["layers"]
                user = layers["userns"] == "on" and (before or os.getuid() != 0)
                if user or layers["cgroup"] in ("on", "kill and pids"):
                    self.assertIn("stopped RuntimeError", self.probe(start, *options, before=before).stdout)
                else:
                    print("threads: neither a user namespace nor a control group counts them here:", layers["userns"], layers["cgroup"])

    def test_a_granted_folder_is_all_there_is(self):
        result = self.probe('os.mkdir("w/q"); open("w/x", "w").write("a"); print(open("w/x").read(), os.listdir("w"))\nopen("P")',
                            "--grant", "file.*:w/**", "--grant", "path.*:w/**")
        self.assertIn("stopped PermissionError 13", result.stdout)
        self.assertIn("a [", result.stdout)


def add(name, code, check):
    for label, options in (("", ()), ("_strict", ("--sandbox", "strict", "--memory-limit", "400MB"))):
        def test(self, options=options):
            check(self, self.probe(code, *options))
        setattr(Probes, f"test_{name}{label}", test)


def stopped(self, result):
    self.assertIn("stopped", result.stdout, result)
    self.assertNotIn("THROUGH", result.stdout, result)


def killed(self, result):
    self.assertEqual(result.returncode, 9, result)
    self.assertIn("ended by signal 31", result.stderr)


for name, code in STOPPED.items():
    add(name, code, stopped)
for name, code in KILLED.items():
    add(name, code, killed)
