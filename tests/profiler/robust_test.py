"""Short programs under the profiler end as they would without it, a thousand times.

Usage: robust_test.py DIRECTORY_OF_NATIVE [TEST...]; MLPY_ROBUST_RUNS (default 60, under a
sanitizer 12) runs of each kind; 1000 is the figure to reach.
"""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(__file__))
from capture import Capture
from driver import child, main

RUNS = int(os.environ.get("MLPY_ROBUST_RUNS", 12 if "LD_PRELOAD" in os.environ else 60))

SHORT = '''
import sys
def work(n):
    total = 0
    for i in range(n): total += i % 7
    return total
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
def main():
    print(sum(work(400) for i in range(60)))
    print(deep(300))
    sys.stderr.write("warned\\n")
    ENDING
main()
'''
ENDINGS = (("sys.exit(3)", 3, ""), ("pass", 0, ""), ("raise KeyError(5)", 1, "KeyError: 5"), ("exit(7)", 7, ""))


def run_many(native, path, env, options):
    for i in range(RUNS):
        ending, code, error = ENDINGS[i % len(ENDINGS)]
        source = SHORT.replace("ENDING", ending)
        how = f"_native.profile_lines({i % 2 == 1})\n_native.profile_numbers({i % 3 != 0})\n"
        done = child(native, f"{how}profile({source!r}, {path!r}, {options[i % len(options)]!r})",
                     check=False, env=env)
        assert (done.returncode, done.stdout) == (code, "71820\n300\n"), (i, done)
        assert done.stderr.startswith("warned\n") and done.stderr.strip().endswith(error or "warned"), (i, done)
        capture = Capture(path)
        assert capture.complete and not capture.torn and capture.called("work") == 60, i
        assert capture.called("deep") == 301


def short_runs_end_as_without(native, path):
    run_many(native, path, {}, [{}, {"mode": "exact"}, {"mode": "sample"}])


def short_runs_with_checked_allocations(native, path):
    run_many(native, path, {"PYTHONMALLOC": "debug"}, [{}, {"mode": "exact"}])


def deep_recursion_is_survived(native, path):
    source = "import sys\nsys.setrecursionlimit(20000)\ndef deep(n):\n    return 0 if n == 0 else 1 + deep(n - 1)\n" \
             "def main():\n    for i in range(200): deep(9900)\n    print(deep(10000))\nmain()\n"
    done = child(native, f"profile({source!r}, {path!r})")
    assert done.stdout == "10000\n", done
    capture = Capture(path)
    assert capture.complete and capture.called("deep") == 200 * 9901 + 10001


def a_kill_leaves_what_was_there(native, path):
    source = "import os, time\ndef spin(n):\n    return sum(range(n))\ndef main():\n    end = time.process_time() + 0.7\n" \
             "    while time.process_time() < end: spin(300)\n    os.kill(os.getpid(), 9)\nmain()\n"
    for options in ({}, {"mode": "exact"}):
        done = child(native, f"_native.profile_lines(True)\nprofile({source!r}, {path!r}, {options!r})", check=False)
        assert done.returncode == -signal.SIGKILL, done
        capture = Capture(path)
        assert not capture.complete and not capture.torn and capture.called("spin") > 50, options
        assert capture.hits["spin", 3] > 50 and len(capture.nodes) > 2


def a_fault_signal_that_was_sent_takes_effect(native, path):
    source = "import os, signal, time\ndef spin(n):\n    return sum(range(n))\ndef main():\n" \
             "    end = time.process_time() + 0.3\n    while time.process_time() < end: spin(300)\n" \
             "    os.kill(os.getpid(), NUMBER)\n    print('later')\nmain()\n"
    ignored = "import signal\nsignal.signal(NUMBER, signal.SIG_IGN)\n"
    heard = "import signal\nsignal.signal(NUMBER, lambda *_: print('heard'))\n"
    # A sanitizer would report them otherwise.
    own_faults = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0:handle_sigbus=0"}
    for number in (signal.SIGSEGV, signal.SIGBUS):
        for before, code, output in (("", -number, ""), (ignored, 0, "later\n"), (heard, 0, "heard\nlater\n")):
            script = f"{before}profile({source!r}, {path!r})".replace("NUMBER", str(int(number)))
            done = child(native, script, check=False, env=own_faults)
            assert (done.returncode, done.stdout) == (code, output), (number, before, done)
            capture = Capture(path)
            assert capture.complete == (code == 0) and not capture.torn and capture.called("spin") > 50, (number, before)


def a_full_disk_costs_the_profile_only(native, path):
    done = child(native, "profile('print(sum(range(100)))', '/dev/full')\nprint(sys.totals['written'])")
    assert done.stdout == "4950\nFalse\n" and done.stderr == "", done


main([short_runs_end_as_without, short_runs_with_checked_allocations, deep_recursion_is_survived,
      a_kill_leaves_what_was_there, a_fault_signal_that_was_sent_takes_effect,
      a_full_disk_costs_the_profile_only])
