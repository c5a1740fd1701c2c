"""Every thread that runs ML code has its own timeline; functions of libraries and imports have names.

Usage: threads_test.py DIRECTORY_OF_NATIVE [TEST...]
"""

import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from capture import Capture
from driver import child, main, run

LIBRARY = '''
import json.encoder
json.encoder.c_make_encoder = None
def callback(o):
    total = 0
    for i in range(400):
        total += i * i
    return [total]
class Odd: pass
def dump():
    encoder = json.encoder.JSONEncoder(default=callback)
    data = [{"key": [1.5, "text", None, Odd()]} for i in range(1000)]
    return sum(len(part) for part in encoder.iterencode(data))
def main():
    for i in range(12): dump()
main()
'''

SLOW_MODULE = "t = 0\nfor i in range(2500000): t += i\ndef helper(n):\n    return sum(i * 3 for i in range(n))\n"

TWO_KINDS = '''
import threading, time, hashlib
used = {"busy": 0, "hashing": 0}  # of the processor, told by the threads: a slow machine overshoots
def busy(seconds):
    begin = time.thread_time()
    end = time.thread_time() + seconds
    n = 0
    while time.thread_time() < end:
        n += step(n)
    used["busy"] += time.thread_time() - begin
    return n
def step(n):
    return sum(range(50)) % 7
def sleepy():
    for i in range(10): time.sleep(0.04)
def hashing():
    begin = time.thread_time()
    data = b"x" * 4000000
    while time.thread_time() - begin < 0.3: hashlib.sha256(data).digest()
    used["hashing"] = time.thread_time() - begin
def main():
    threads = [threading.Thread(target=busy, args=(0.3,)), threading.Thread(target=sleepy), threading.Thread(target=hashing)]
    for t in threads: t.start()
    busy(0.3)
    for t in threads: t.join()
main()
print(used)
'''


def library_functions_have_names(native, path):
    run(native, LIBRARY, path)
    capture = Capture(path)
    rows = {name: (file, kind) for name, _, _, file, kind in capture.rows}
    named = [name for name in rows if name.startswith("_make_iterencode.")]
    assert named, sorted(rows)
    for name in named:
        assert rows[name] == ("encoder.py", 3), rows[name]
    shares = capture.shares()
    assert sum(shares.get(name, 0) for name in named) > 0.07, shares
    assert shares.get("(library)", 0) < 0.05, shares
    below = [s for s in capture.stacks() if s[-1] == "callback"]
    assert below and all(s[:3] == ("(top level)", "main", "dump") for s in below), below
    assert any("_make_iterencode._iterencode" in s for s in below), below


def imports_have_names(native, path):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "outer"))
        for name in ("outer/__init__.py", "outer/inner.py", "outer/__pycache__/x"):
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "w") as file:
                    file.write("from outer import inner\n" if name == "outer/__init__.py" else SLOW_MODULE)
        run(native, f"import sys\nsys.path.insert(0, {folder!r})\ndef load():\n    import outer\n"
                    f"    return outer.inner.helper(5000000)\nload()\n", path)
    capture = Capture(path)
    kinds = {name: kind for name, _, _, _, kind in capture.rows}
    shares = capture.shares()
    assert kinds["import outer"] == 4, kinds
    assert shares["import outer"] > 0.25, shares
    assert ("(top level)", "load", "import outer") in capture.stacks(), capture.stacks()
    assert not any("import outer" in s[:-1] for s in capture.stacks()), "something stands below an import"
    assert "import outer.inner" not in shares, "the outermost import owns what it imports"
    helper = shares.get("helper", 0) + shares.get("helper.<genexpr>", 0)
    assert helper > 0.25, shares
    assert [(f, k) for n, _, _, f, k in capture.rows if n == "helper"] == [("inner.py", 3)], capture.rows


def threads_have_their_own_time(native, path):
    used = eval(run(native, TWO_KINDS, path))
    capture = Capture(path)
    assert len(capture.threads) == 4, capture.threads
    cpu = sorted(t[1] / 1e9 for t in capture.threads)
    told = used["busy"] + used["hashing"]
    assert 0.9 * told < sum(cpu[1:]) < 1.2 * told and all(c > 0.27 for c in cpu[1:]), (used, capture.threads)
    sleeper = min(capture.threads, key=lambda t: t[1])
    slept = (sleeper[0] - sleeper[1]) / 1e9  # 0.4 s, and what it waited for the interpreter, as the others compute
    assert slept > 0.39 and sleeper[1] < 0.1 * sleeper[0], capture.threads
    assert capture.threads[0][2] == "main" and capture.threads[0][0] <= capture.wall_ns * 1.01
    seconds = {}
    for node in capture.nodes:
        name = capture.name(node[1])
        ran, waited = seconds.get(name, (0, 0))
        seconds[name] = ran + node[3] / 1e9, waited + node[4] / 1e9
    compute = seconds["busy"][0] + seconds["step"][0]
    assert 0.8 * used["busy"] < compute < 1.2 * used["busy"], (used, seconds)
    assert 0.75 * used["hashing"] < seconds["hashing"][0] < 1.25 * used["hashing"], (used, seconds)
    assert 0.3 < seconds["sleepy"][1] < 1.1 * slept, (seconds, slept)
    # Running adds up to the threads' clocks. Waiting stays below the rest of their wall time, the other part of
    # which is waiting for a processor.
    ran, waited = (sum(column) for column in zip(*seconds.values()))
    clocks, walls = (sum(t[i] for t in capture.threads) / 1e9 for i in (1, 0))
    assert abs(ran - clocks) < 0.05 * clocks, (ran, clocks)
    assert 0.4 < waited < 1.1 * (walls - clocks), (waited, walls, clocks)
    outermost = {s[0] for s in capture.stacks()} - {"(outside)", "(library)"}
    assert outermost <= {"(top level)", "busy", "sleepy", "hashing"}, outermost


def many_short_threads_are_survived(native, path):
    source = "import threading\ndef work(n):\n    return sum(i for i in range(3000))\ndef main():\n" \
             "    for i in range(300):\n        ts = [threading.Thread(target=work, args=(i,)) for _ in range(3)]\n" \
             "        for t in ts: t.start()\n        for t in ts: t.join()\nmain()\n"
    for _ in range(3):
        run(native, source, path)
        capture = Capture(path)
        assert capture.complete and capture.called("work") == 900


def children_run_clean(native, path):
    """Forked workers and started programs neither crash nor touch the parent's file."""
    source = "import multiprocessing, subprocess, sys, os\n" \
             "def work(n):\n    return sum(i * i for i in range(200000)) and n\n" \
             "def main():\n    c = multiprocessing.get_context('fork')\n" \
             "    ps = [c.Process(target=work, args=(i,)) for i in range(3)]\n    for p in ps: p.start()\n" \
             "    for p in ps: p.join()\n    print([p.exitcode for p in ps])\n" \
             "    print(subprocess.run([sys.executable, '-c', 'print(40 + 2)'], capture_output=True, text=True).stdout)\n" \
             "    sys.stdout.flush()\n    pid = os.fork()\n    if pid == 0:\n        work(1)\n        sys.exit(5)\n" \
             "    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n    work(2)\nmain()\n"
    out = run(native, source, path)
    assert out.split() == "[0, 0, 0] 42 5".split(), out
    capture = Capture(path)
    assert capture.complete and not capture.torn
    assert capture.called("work") == 1 and capture.called("main") == 1


main([library_functions_have_names, imports_have_names, threads_have_their_own_time, many_short_threads_are_survived,
      children_run_clean])
