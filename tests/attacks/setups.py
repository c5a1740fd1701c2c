"""Attacks of security.md section 7 that are more than one run of a program: something happens outside meanwhile, it is run
twice, in a session, on a terminal, or with a project file."""

import json
import os
import pty
import signal
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

BRIDGE = '''
import os

@ml_module(name="keeper", description="Keeps files open")
class Keeper:
    kept = []

    @ml_function(description="Opens a file and keeps it")
    def open(self, path):
        self.kept.append(open(path))
        return len(self.kept)

keeper = Keeper()
'''


class Program(unittest.TestCase):
    """Runs programs in folders of their own."""

    def setUp(self):
        import __main__

        self.mlpy = __main__.MLPY
        place = tempfile.TemporaryDirectory(prefix="mlpy-attack-")
        self.addCleanup(place.cleanup)
        self.folder = Path(place.name) / "work"
        self.folder.mkdir()
        (self.folder / "P").write_text("TOPSECRET")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("MLPY_")}
        self.environment |= {"XDG_CACHE_HOME": str(self.folder.parent / "cache"),
                             "XDG_CONFIG_HOME": str(self.folder.parent / "config"), "HOME": str(self.folder.parent)}

    def run_program(self, text, *options, command="run", **more):
        (self.folder / "p.ml").write_text(text)
        more.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([self.mlpy, command, *options, "p.ml"], cwd=self.folder, text=True, capture_output=True,
                              timeout=120, env=self.environment, **more)


class Setups(Program):
    def test_B07_a_lenient_run_does_not_excuse_a_strict_one(self):
        program = "function r(o) { return o.f_code; } print(r({f_code: 7}));"
        self.assertEqual(self.run_program(program, "--no-strict").stdout, "7\n")
        again = self.run_program(program)
        self.assertEqual((again.returncode, again.stdout), (4, ""), again)
        self.assertIn("SEC106", again.stderr)

    def test_C28_a_folder_that_becomes_a_link_in_between(self):
        safe, outside = self.folder / "safe", self.folder.parent / "outside"
        (safe / "d").mkdir(parents=True)
        outside.mkdir()
        (safe / "d/f").write_text("fine")
        (outside / "f").write_text("TOPSECRET")
        done = threading.Event()

        def swap():
            while not done.is_set():
                os.rename(safe / "d", safe / "kept")
                os.symlink(outside, safe / "d")
                os.unlink(safe / "d")
                os.rename(safe / "kept", safe / "d")

        thread = threading.Thread(target=swap)
        thread.start()
        try:
            result = self.run_program(
                'import file; good = 0; i = 0; while (i < 2000) { i = i + 1; try { t = file.read("safe/d/f");'
                ' if (t == "fine") { good = good + 1; } else { print("GOT", t); } } except (e) { x = 1; } } print(good >= 0);',
                "--grant", "file.read:safe/**")
        finally:
            done.set()
            thread.join()
        self.assertEqual(result.stdout, "true\n", result)

    def test_D19_files_kept_open_through_an_extension(self):
        (self.folder / "extensions").mkdir()
        (self.folder / "extensions/keeper_bridge.py").write_text(BRIDGE)
        (self.folder / "safe").mkdir()
        (self.folder / "safe/a").write_text("a")
        result = self.run_program('import keeper; i = 0; while (i < 65) { keeper.open("safe/a"); i = i + 1; } print("THROUGH");',
                                  "-E", "extensions", "--sandbox", "strict", "--grant", "file.read:safe/**",
                                  "--memory-limit", "400MB")
        self.assertNotIn("THROUGH", result.stdout, result)
        self.assertEqual(result.returncode, 1, result)

    def on_terminal(self, *options, say="print"):
        start = "import console; " if say != "print" else ""
        (self.folder / "p.ml").write_text(f'{start}{say}(chr(27) + "]0;title" + chr(7) + "\\tä");')
        ours, its = pty.openpty()
        process = subprocess.Popen([self.mlpy, "run", *options, "p.ml"], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=its,
                                   stderr=its, env=self.environment)
        os.close(its)
        shown = b""
        try:
            while block := os.read(ours, 4096):
                shown += block
        except OSError:
            pass  # the end of a terminal
        os.close(ours)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        return shown

    def test_E02_control_characters_do_not_reach_the_terminal(self):
        for options in ((), ("--sandbox", "strict"), ("--output-limit", "1MB")):
            for say in ("print", "console.error"):
                with self.subTest(options=options, say=say):
                    self.assertEqual(self.on_terminal(*options, say=say), "\\x1b]0;title\\x07\tä\r\n".encode())
                    self.assertEqual(self.on_terminal("--raw-output", *options, say=say), "\x1b]0;title\x07\tä\r\n".encode())

    def test_E07_exit_codes_with_json(self):
        for program, options, code, kind in (("x = 1 / 0;", (), 1, "ZeroDivisionError"), ("throw 'no';", (), 1, "UserError"),
                                             ('import file; file.read("P");', (), 5, "CapabilityError"),
                                             ("while (true) { x = 1; }", ("--cpu-timeout", "1"), 6, "cpu_limit"),
                                             ('eval("1");', (), 4, None), ("x = ;", (), 3, None)):
            with self.subTest(program):
                result = self.run_program(program, "--json", *options)
                told = json.loads(result.stdout)
                self.assertEqual((result.returncode, told["exit_code"], told["ok"]), (code, code, False), result)
                if kind:
                    self.assertEqual(told["kind"], kind)
                self.assertTrue(told["message"])
        told = json.loads(self.run_program("print(1);", "--json").stdout)
        self.assertEqual((told["ok"], told["stdout"], told["sandbox"]["layers"]["seccomp"]), (True, "1\n", "on"))

    def test_E08_a_limit_is_the_same_when_the_program_comes_from_the_cache(self):
        for _ in range(2):
            result = self.run_program("while (true) { x = 1; }", "--cpu-timeout", "1")
            self.assertEqual(result.returncode, 6, result)
            self.assertIn("CPU limit of 1 s reached", result.stderr)

    def test_E09_a_session_has_no_grants(self):
        result = subprocess.run([self.mlpy, "repl"], cwd=self.folder, text=True, capture_output=True, timeout=120,
                                env=self.environment, input='import file;\nfile.read("P");\neval("1");\nx = open;\n')
        self.assertNotIn("TOPSECRET", result.stdout + result.stderr)
        self.assertIn("Missing required capabilities: ['file.read']", result.stdout + result.stderr)
        self.assertIn("does not exist in ML", result.stdout + result.stderr)
        self.assertIn("is a host function", result.stdout + result.stderr)

    def test_a_strict_program_has_no_input_unless_it_is_given(self):
        program = 'try { print(input()); } except (e) { print(e.kind, e.message); }'
        (self.folder / "typed").write_text("typed\n")
        for options, told in ((("--sandbox", "strict"), "EOFError no input available\n"),
                              (("--sandbox", "strict", "--stdin"), "typed\n"), ((), "typed\n")):
            with self.subTest(options), open(self.folder / "typed") as stream:
                self.assertEqual(self.run_program(program, *options, stdin=stream).stdout, told)

    def test_E10_a_project_file_that_came_with_the_program_gives_nothing(self):
        (self.folder / "mlpy.json").write_text(json.dumps({"capabilities": ["file.read:**", "file.read:P"]}))
        result = self.run_program('import file; print(file.read("P"));')
        self.assertEqual(result.returncode, 5, result)
        self.assertNotIn("TOPSECRET", result.stdout + result.stderr)
        self.assertIn("is not trusted", result.stderr)

    def test_what_came_with_an_untrusted_project_has_limits(self):
        (self.folder / "mlpy.json").write_text(json.dumps({"capabilities": ["file.read:**"]}))
        program = "a = [0]; i = 0; while (i < 40) { a = a.concat(a); i = i + 1; }"
        result = self.run_program(program)
        self.assertEqual(result.returncode, 6, result)
        self.assertIn("memory limit of 100MB reached", result.stderr)

    def test_the_audit_is_written_by_the_command(self):
        (self.folder / "safe").mkdir()
        (self.folder / "safe/a").write_text("a")
        result = self.run_program('import file; print(file.read("safe/a")); try { file.read("P"); } except (e) { print("no"); }',
                                  "--grant", "file.read:safe/**", "--audit", "log.jsonl", "--sandbox", "strict")
        self.assertEqual(result.stdout, "a\nno\n", result)
        events = [json.loads(line) for line in (self.folder / "log.jsonl").read_text().splitlines()]
        self.assertTrue(all("time" in event for event in events))
        self.assertIn(("use", "file.read"), {(event["event"], event["name"]) for event in events})
        self.assertIn("refusal", {event["event"] for event in events})
        result = self.run_program("print(1);", "--audit", "missing/log.jsonl")
        self.assertEqual(result.returncode, 2, result)


class Violations(Program):
    """Refused accesses are listed although they are caught, and end the run when there are many (security.md section 6)."""

    TRIES = 'import log; g = log.create_logger("a"); i = 0; while (i < %d) { i = i + 1; try { g._logger; } except (e) { x = e; } } result = i;'

    def test_what_was_caught_is_listed(self):
        told = json.loads(self.run_program(self.TRIES % 3, "--json", "--ignore-findings").stdout)
        self.assertEqual((told["ok"], told["value"], len(told["violations"])), (True, 3, 3), told)
        self.assertEqual(told["violations"][0], {"kind": "SecurityError", "message": "Access to private name '_logger' is forbidden",
                                                 "position": {"file": "p.ml", "line": 1, "column": 83}})

    def test_the_hundredth_ends_the_run(self):
        self.assertEqual(self.run_program(self.TRIES % 99, "--ignore-findings").returncode, 0)
        result = self.run_program(self.TRIES % 1000, "--ignore-findings")
        self.assertEqual(result.returncode, 8, result)
        self.assertIn("100 security violations", result.stderr)


class Layers(Program):
    """security.md section 8, T4: each layer masked in turn."""

    LAYERS = ("rlimits", "no_new_privs", "seccomp", "landlock")

    def test_a_missing_layer_stops_the_start(self):
        (self.folder / "safe").mkdir()
        for mode in ("on", "strict"):
            for layer in self.LAYERS:
                with self.subTest(mode=mode, layer=layer):
                    result = self.run_program("print(1);", "--sandbox", mode, "--mask-layer", layer,
                                              "--grant", "file.read:safe/**")
                    self.assertEqual((result.returncode, result.stdout), (7, ""), result)
                    self.assertIn(f"sandbox unavailable: no {layer}", result.stderr)
                    self.assertIn(f"--allow-weaker={layer}", result.stderr)

    def test_a_missing_layer_that_is_allowed_is_told(self):
        for layer in self.LAYERS:
            with self.subTest(layer=layer):
                result = self.run_program("print(1);", "--mask-layer", layer, "--allow-weaker", layer,
                                          "--grant", "file.read:safe/**")
                self.assertEqual((result.returncode, result.stdout), (0, "1\n"), result)
                self.assertIn(f"weaker sandbox: no {layer}", result.stderr)

    def test_without_files_landlock_is_not_needed(self):
        result = self.run_program("print(1);", "--sandbox", "strict", "--mask-layer", "landlock")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "1\n", ""), result)

    def layers(self, *options):
        result = self.run_program("print(1);", "--json", *options)
        self.assertEqual(result.returncode, 0, result)
        return json.loads(result.stdout)["sandbox"]["layers"]

    def test_namespaces_are_told(self):
        names = ("userns", "netns", "ipcns", "utsns", "mountns", "pidns")
        self.assertEqual({self.layers("--sandbox", "strict", "--mask-layer", "namespaces")[name] for name in names}, {"off"})
        others = ["--net", "--ipc", "--uts", "--mount", "--pid", "--fork", "true"]
        user, alone = (subprocess.run(["unshare", *options, *others], stderr=subprocess.DEVNULL).returncode == 0 for options in (["--user"], []))
        layers = self.layers("--sandbox", "strict")
        told = {name: layers[name] for name in names}
        if user or alone:
            self.assertEqual(told, dict.fromkeys(names, "on") | {"userns": "on" if user else "off"})
        else:  # within a chroot, say: each for itself
            self.assertLessEqual(set(told.values()), {"on", "off"})

    def own_group(self):
        """The folder of the control group of this process, if there is one where groups can be made."""
        own = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::/")]
        for words in (line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()):
            if own and words[words.index("-") + 1] == "cgroup2" and own[0].startswith(words[3]):
                folder = Path(words[4]) / own[0][len(words[3]):].lstrip("/")
                if os.access(folder, os.W_OK):
                    return folder
        return None

    def group_of(self, command):
        group, = self.own_group().glob(f"mlpy-*-{command.pid}-0")
        return group

    def test_the_control_group_is_told(self):
        self.assertEqual(self.layers("--mask-layer", "cgroup", "--allow-weaker", "cgroup")["cgroup"], "off")
        folder = self.own_group()
        told = self.layers("--sandbox", "strict")["cgroup"]
        if not folder:
            print("control groups: none can be made here, so only the report of that was tested")
            self.assertEqual(told, "off")
            return
        # Controllers are to be had in the topmost group, and where no other process is.
        offered = {"memory", "pids"} & set((folder / "cgroup.controllers").read_text().split())
        if not offered:
            print("control groups: the kernel offers no controllers here, so only ending together is tested")
            self.assertEqual(told, "kill only")
        self.assertIn(told, ("on", "kill only", "kill and memory", "kill and pids"))
        self.assertEqual(self.layers()["cgroup"], told)
        self.assertEqual(self.layers("--sandbox", "off", "--i-trust-this-program")["cgroup"], "off")

    def test_a_program_is_in_its_control_group_and_leaves_none(self):
        if not self.own_group():
            print("control groups: none can be made here")
            self.assertEqual(self.layers()["cgroup"], "off")
            return
        command = self.spinning()
        child = Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text().split()[0]
        group = self.group_of(command)
        self.assertIn(f"/{group.name}\n", Path(f"/proc/{child}/cgroup").read_text())
        self.assertNotIn(group.name, Path(f"/proc/{command.pid}/cgroup").read_text())
        (group / "cgroup.kill").write_text("1")  # what the command does at the end
        command.stderr.read()
        self.assertEqual(command.wait(), 128 + signal.SIGKILL)
        self.assertFalse(group.exists())
        # The next one removes what a killed command left.
        command = self.spinning()
        group = self.group_of(command)
        command.kill()
        command.wait()
        command.stderr.read()
        self.assertTrue(group.exists())
        self.layers()
        self.assertFalse(group.exists())

    def spinning(self):
        """A command whose program has begun and does not end by itself."""
        (self.folder / "p.ml").write_text('import console; console.error("rea" + "dy"); while (true) { x = 1; }')
        command = subprocess.Popen([self.mlpy, "run", "--sandbox", "strict", "--cpu-timeout", "50", "p.ml"], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environment)
        self.addCleanup(command.wait)
        self.addCleanup(command.stderr.close)
        self.addCleanup(command.kill)
        while b"ready" not in command.stderr.readline():
            pass
        return command

    def test_where_namespaces_are_not_allowed_the_program_runs_without(self):
        (self.folder / "p.ml").write_text('import file; import path; f = path.join(path.tempDir(), "a"); file.write(f, "x"); print(file.read(f));')
        command = f"'{self.mlpy}' run --sandbox strict --json p.ml"
        for who in ("", "setpriv --inh-caps=-all --bounding-set=-all "):  # an administrator, and somebody else
            with self.subTest(who):
                result = subprocess.run(["unshare", "--user", "--map-root-user", "sh", "-c",
                                         f"echo 0 > /proc/sys/user/max_user_namespaces && {who}{command}"], cwd=self.folder,
                                        text=True, capture_output=True, timeout=60, env=self.environment)
                if result.returncode == 1 and not result.stdout:
                    self.skipTest(result.stderr)
                told = json.loads(result.stdout)
                self.assertEqual((told["ok"], told["stdout"], told["sandbox"]["isolation"], told["sandbox"]["degraded"]),
                                 (True, "x\n", "full", []))
                layers = told["sandbox"]["layers"]
                self.assertEqual((layers["userns"], layers["pidns"], layers["seccomp"]), ("off", "off", "on"))

    def test_everything_ends_with_the_command(self):
        command = self.spinning()
        self.assertTrue(Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text().split())
        command.kill()
        command.stderr.read()  # ends when the last process that holds it is gone

    def test_signals_for_the_command_end_the_program(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                command = self.spinning()
                command.send_signal(number)
                command.stderr.read()
                self.assertEqual(command.wait(), 128 + number)

    def test_the_private_folder_is_a_file_system_with_a_size(self):
        result = self.run_program('import file; import path; f = path.join(path.tempDir(), "a"); file.write(f, "x"); '
                                  'print(file.read(f), path.exists(f));', "--sandbox", "strict")
        self.assertEqual(result.stdout, "x true\n", result)
