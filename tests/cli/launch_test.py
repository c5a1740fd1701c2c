"""Which interpreter runs a program, and how the process behaves around it."""

import resource
import signal
import subprocess
import time

import support


class Frames(support.CommandTest):
    def test_memory_for_frames_is_not_asked_for_at_every_turn(self):
        self.write("p.ml", "function depth(n) { if (n == 0) return 0; return 1 + depth(n - 1); }\n"
                           "function main(rounds, at) { for (i = 0; i < rounds; i = i + 1) { depth(at); } }\n"
                           "for (at = 50; at < 600; at = at + 5) { main(200, at); }\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
        self.assertEqual(self.mlpy("run", "p.ml").status, 0)
        faults = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before
        self.assertLess(faults, 60_000)  # more than 140,000 where pieces come and go


class Interpreter(support.CommandTest):
    def setUp(self):
        super().setUp()
        self.program = self.write("p.ml", "print(1);")

    def test_the_option_wins_over_the_environment(self):
        result = self.mlpy("run", "p.ml", "--python", "/nonexistent/python", MLPY_PYTHON="/usr/bin/python3")
        self.assertEqual(result.status, 2)
        self.assertIn("/nonexistent/python (--python)", result.err)

    def test_the_environment_wins_over_the_virtual_environment(self):
        result = self.mlpy("run", "p.ml", MLPY_PYTHON="no-such-python", VIRTUAL_ENV="/nowhere")
        self.assertIn("no-such-python (MLPY_PYTHON)", result.err)

    def test_an_active_virtual_environment_is_used(self):
        environment = self.folder / "venv"
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", "--symlinks", environment], check=True)
        self.assertEqual(self.mlpy("run", "p.ml", VIRTUAL_ENV=str(environment)).out, "1\n")
        self.assertEqual(self.mlpy("run", "p.ml", VIRTUAL_ENV="/nowhere").status, 2)

    def test_an_interpreter_without_our_extension_is_refused_with_a_hint(self):
        other = self.write("python3.6", "#!/bin/sh\necho 'not python' >&2\nexit 2\n")
        other.chmod(0o755)
        self.assertEqual(self.mlpy("run", "p.ml", "--python", str(other)).status, 2)

    def test_pythons_own_variables_have_no_say(self):
        self.write("evil/json.py", "print('taken over')\n")
        self.write("p.ml", 'import json;\nprint(json.stringify([1]));')
        result = self.mlpy("run", "p.ml", PYTHONPATH=str(self.folder / "evil"), PYTHONSTARTUP="x", PYTHONHOME="")
        self.assertEqual(result.out, "[1]\n")

    def test_files_named_like_pythons_modules_are_not_imported(self):
        self.write("re.py", "print('taken over')\n")
        self.write("p.ml", 'import regex;\nprint(regex.test("a", "cat"));')
        self.assertEqual(self.mlpy("run", "p.ml").out, "true\n")


class Process(support.CommandTest):
    def interrupt(self, *options):
        self.write("p.ml", 'print("started");\nwhile (true) { x = 1; if (x == 2) { break; } }\n')
        process = subprocess.Popen([support.MLPY, "run", *options, "p.ml"], cwd=self.folder, env=self.environment,
                                   text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        # The program's output is buffered: wait until it certainly runs.
        deadline = time.monotonic() + 30
        while not list(self.cache.rglob("*.code")) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        support.os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def test_an_interrupt_ends_a_tight_loop_with_130(self):
        status, out, err = self.interrupt()
        self.assertEqual((status, out), (130, "started\n"))
        self.assertNotIn("Traceback", err)

    def test_output_can_be_unbuffered_as_that_of_python(self):
        self.write("p.ml", 'print("started");\nwhile (true) { }\n')
        process = subprocess.Popen([support.MLPY, "run", "p.ml"], cwd=self.folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, env={**self.environment, "PYTHONUNBUFFERED": "1"})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"started\n")

    def test_an_interrupted_program_still_gets_its_profile(self):
        status, out, _ = self.interrupt("--profile")
        self.assertEqual(status, 130)
        self.assertIn("ML CODE PERFORMANCE SUMMARY", out)
        self.assertRegex(out, r"Program failed: interrupted \(p\.ml:[12]\)\n")
        self.assertNotIn("incomplete", out)


if __name__ == "__main__":
    support.main()
