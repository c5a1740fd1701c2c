"""Mode exact: every call is timed, whatever way it ends.

Usage: exact_test.py DIRECTORY_OF_NATIVE [TEST...]
"""

import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from capture import Capture
from driver import child, main, run

EXACT = {"mode": "exact"}

CALLS = '''
def leaf(n): return n + 1
def twice(n): return leaf(n) + leaf(n)
def rec(n): return 0 if n == 0 else rec(n - 1)
def gen(n):
    for i in range(n): yield leaf(i)
def thrower(n):
    if n == 0: raise ValueError(n)
    thrower(n - 1)
def catcher():
    try: thrower(3)
    except ValueError: return leaf(0)
def folded(n): return [leaf(i) for i in range(n)] + sorted(range(n), key=lambda v: -v)
def main():
    for i in range(100):
        twice(i)
        rec(10)
        sum(gen(4))
        g = gen(3); next(g); g.close()
        catcher()
        folded(2)
main()
'''
EXPECTED = {"(top level)": 1, "main": 1, "twice": 100, "leaf": 100 * (2 + 4 + 1 + 1 + 2), "rec": 1100, "gen": 200,
            "thrower": 400, "catcher": 100, "folded": 100, "(anonymous)": 200}

TIMED = '''
from time import monotonic_ns, thread_time_ns as now, sleep
spent = {"a": 0, "b": 0, "g": 0, "naps": 0}
def a(n):
    t = now()
    while now() - t < 200000: pass
    spent["a"] += now() - t
def b(n):
    t = now()
    while now() - t < 400000: pass
    spent["b"] += now() - t
    if n > 0: raise ValueError(n)
def g(n):
    for i in range(n):
        t = now()
        while now() - t < 100000: pass
        spent["g"] += now() - t
        yield i
def naps():
    t = monotonic_ns()
    sleep(0.08)
    spent["naps"] = monotonic_ns() - t
def main():
    begin = now()
    for i in range(40):
        a(i)
        try: b(1)
        except ValueError: pass
        for x in g(3): pass
    t = monotonic_ns()
    naps()
    spent["around naps"] = monotonic_ns() - t
    spent["all"] = now() - begin
main()
'''


def calls_are_counted_by_node(native, path):
    run(native, CALLS, path, EXACT)
    capture = Capture(path)
    entered = {}
    for node, n in capture.entries.items():
        name = capture.name(capture.nodes[node][1])
        entered[name] = entered.get(name, 0) + n
    assert entered == EXPECTED, entered
    for name, n in EXPECTED.items():
        assert capture.called(name) == n, (name, capture.called(name))
    stack_of = lambda node: () if node == 0xFFFFFFFF else \
        stack_of(capture.nodes[node][0]) + ((capture.name(capture.nodes[node][1]), capture.nodes[node][2]),)
    edges = {}
    for node, n in capture.entries.items():
        stack = stack_of(node)
        key = stack[-2:-1] + (stack[-1][0],)
        edges[key] = edges.get(key, 0) + n
    assert edges[("twice", 3), "leaf"] == 200 and edges[("catcher", 12), "leaf"] == 100, edges
    assert edges[("main", 17), "rec"] == 100 and edges[("rec", 4), "rec"] == 1000, edges
    assert edges[("gen", 6), "leaf"] == 500, edges


def time_is_exact(native, path):
    out = child(native, f"spent = {{}}\nprofile({TIMED!r}, {path!r}, {EXACT!r}, spent)\nprint(spent['spent'])").stdout
    spent = eval(out)
    capture = Capture(path)
    ran, waited = {}, {}
    for _, function, _, cpu, wait, _ in capture.nodes:
        name = capture.name(function)
        ran[name], waited[name] = ran.get(name, 0) + cpu, waited.get(name, 0) + wait
    for name in ("a", "b", "g"):
        assert abs(ran[name] - spent[name]) < 0.05 * spent[name] + 1e6, (name, ran, spent)
    # Asleep, and waiting for a processor before and afterwards.
    assert 0.95 * spent["naps"] < waited["naps"] < 1.05 * spent["around naps"], (waited, spent)
    assert ran["naps"] < 0.1 * waited["naps"], (waited, ran)
    rest = spent["all"] - sum(spent[name] for name in ("a", "b", "g"))
    assert ran["main"] < rest + 0.05 * spent["all"], (ran, spent)
    lines = capture.lines("b")
    assert max(lines, key=lines.get) in (10, 11) and sum(lines.values()) == ran["b"], lines


def recursion_and_errors_end_as_without(native, path):
    source = "import sys\nsys.setrecursionlimit(11000)\ndef deep(n):\n    return 0 if n == 0 else 1 + deep(n - 1)\n" \
             "def run():\n    print(deep(RUNS))\n    try:\n        deep(20000)\n    except RecursionError as e: print('too deep')\nrun()\n"
    # Through C, a call takes 500 to 570 bytes of the stack, and more where a sanitizer guards its frames.
    sanitized = "asan" in os.environ.get("LD_PRELOAD", "")
    for depth in (5000,) if sanitized else (5000, 10000):
        out = run(native, source.replace("RUNS", str(depth)), path, EXACT)
        assert out.split() == [str(depth), "too", "deep"], out
    out = child(native, f"profile('def f():\\n    raise KeyError(7)\\nf()', {path!r}, {EXACT!r})", check=False)
    assert out.returncode == 1 and out.stderr.strip().endswith("KeyError: 7"), out
    assert Capture(path).complete


def recursion_through_c_ends_as_without(native, path):
    """Python allows calls by C code a depth of their own since 3.12, below the program's recursion limit."""
    if sys.version_info < (3, 12):
        return
    body = "import functools\nsys.setrecursionlimit(1_000_000)\ndepth = 0\n" \
           "@functools.lru_cache(None)\ndef direct(n): return through(n)\n" \
           "def through(n):\n    global depth\n    depth = n\n    return direct(n + 1)\n" \
           "try: direct(0)\nexcept RecursionError: pass\nprint(depth)\n"
    begin = f"why = _native.profile_start({path!r}, {{'memory': 'off', 'mode': 'exact'}})\nassert why is None, why\n"
    plain, profiled = (int(child(native, first + body).stdout) for first in ("", begin))
    # Frames that ran when the profile began are not known to it; the plain calls between are free in both.
    assert 100 < plain - 5 <= profiled <= plain + 5, (plain, profiled)


def threads_and_libraries_are_timed(native, path):
    source = "import threading, json\ndef leaf(n): return n\ndef work():\n    for i in range(2000): leaf(i)\n" \
             "    return json.loads(json.dumps([1, {'a': 2}]))\ndef main():\n" \
             "    ts = [threading.Thread(target=work) for _ in range(4)]\n    for t in ts: t.start()\n    work()\n" \
             "    for t in ts: t.join()\nmain()\n"
    run(native, source, path, EXACT)
    capture = Capture(path)
    entered = {}
    for node, n in capture.entries.items():
        name = capture.name(capture.nodes[node][1])
        entered[name] = entered.get(name, 0) + n
    assert (entered["leaf"], entered["work"], entered["dumps"], entered["JSONDecoder.decode"]) == (10000, 5, 5, 5), entered


main([calls_are_counted_by_node, time_is_exact, recursion_and_errors_end_as_without,
      recursion_through_c_ends_as_without, threads_and_libraries_are_timed])
