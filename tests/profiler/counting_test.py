"""Counts are exact to the last call: known programs, every backend this interpreter passes.

Usage: counting_test.py DIRECTORY_OF_NATIVE [BACKEND]
"""

import sys
import subprocess

PROGRAM = '''
import threading, traceback, inspect, logging, io, warnings
def f(x): return x + 1
def g(x): return f(x) * 2
def gen(n):
    for i in range(n):
        yield f(i)
def delegating(n):
    yield from gen(n)
def mk(k):
    def inner(x):
        return x + k
    return inner
def rec(n): return 0 if n == 0 else 1 + rec(n - 1)
def even(n): return True if n == 0 else odd(n - 1)
def odd(n): return False if n == 0 else even(n - 1)
def deepx(n):
    try:
        if n == 0: raise ValueError(n)
        return deepx(n - 1)
    finally:
        n = -1
def catcher(n):
    total = 0
    for i in range(n):
        try:
            deepx(3)
        except ValueError as error:
            total += len(error.args)
    return total
def tb():
    try: deepx(1)
    except ValueError: return len(traceback.format_exc())
def insp(): return inspect.stack()[0].function
def looped():
    while True:
        return 1
def default(a, b=2, *rest, key=3, **more): return a + b + len(rest) + key + len(more)
def unused(): return 1
def closed(a):
    b = a
    def reader(): return a + b
    def writer():
        nonlocal b
        b += 1
        return b
    writer()
    return reader()
def comprehends(n): return [f(x) for x in range(n)] + [y for y in (f(z) for z in range(n))]
async def coro(n): return n
def awaits():
    try: coro(1).send(None)
    except StopIteration as stop: return stop.value
def body(times):
    for i in range(times):
        g(i)
        list(gen(5))
        list(delegating(3))
        gen(3)                      # made, never run
        it = gen(4); next(it); it.close()
        h = mk(i); h(1); h(2)
        rec(50)
        even(7)
        catcher(2)
        tb(); insp()
        looped()
        default(1); default(1, 2, 3, key=4, other=5)
        closed(i)
        sorted([3, 1, 2], key=lambda v: -v)
        comprehends(3)
        awaits()
def big(x):
    CONSTANTS
    return x
THREADS = 3
def run():
    body(50)
    big(1); big(2)
    threads = [threading.Thread(target=body, args=(50,)) for _ in range(THREADS)]
    for t in threads: t.start()
    for t in threads: t.join()
run()
'''.replace("CONSTANTS", "\n    ".join(f"x = {1000 + i} + x" for i in range(300)))

N = 50 * 4  # bodies run
EXPECTED = {
    "(top level)": 1, "run": 1, "body": 4, "unused": 0, "big": 2,
    "f": N * (1 + 5 + 3 + 1 + 3 + 3), "g": N, "gen": N * 4, "delegating": N, "mk": N, "mk.inner": 2 * N,
    "rec": 51 * N, "even": 4 * N, "odd": 4 * N, "deepx": N * (2 * 4 + 2), "catcher": N, "tb": N, "insp": N,
    "looped": N, "default": 2 * N, "closed": N, "closed.reader": N, "closed.writer": N, "(anonymous)": 3 * N,
    "comprehends": N, "coro": N, "awaits": N,
}


def check(native, backend):
    assert native.profile_backend(backend) == backend
    code = native.profile_module(compile(PROGRAM, "torture.ml", "exec"), "torture.ml", True)
    exec(code, {"__name__": "torture"})
    counted = {}
    for (name, _), calls in native.profile_counts().items():
        counted[name] = counted.get(name, 0) + calls
    wrong = {name: (counted.get(name), want) for name, want in EXPECTED.items() if counted.get(name) != want}
    extra = set(counted) - set(EXPECTED)
    assert not wrong and not extra, f"{backend}: got, expected {wrong}, not expected {extra}"
    for name, row in lines_of(code).items():
        assert all(line is not None for line in row), f"{name} has instructions without a line"


NUMBERS = """
def same(x): return x == 5
def other(x): return 2.5 != x
def less(x): return x < 1000
def sum(x): return x + 7
def rest(x): return x % 3
def half(x): return x / 2.5
def twice(x): return x * 2
def power(x): return x ** 2
def given(): return 5
def looped(x):
    while 3 < x and x < 100: x = x - 1
    while x > 300:
        x = 1
    return x
def chained(x): return 0 < x < 9
def shadowed(x):
    x = x + 0.0
    if x == 1: return 1
    return 2
values = [0, 5, 5.0, 10 ** 30, -4, True, None, "text", b"5", [5], (5,), {5: 5}, {5}, len, int, range(3), 3j]
FUNCTIONS = [same, other, less, sum, rest, half, twice, power, looped, chained, shadowed]
def run():
    kept = []
    for function in FUNCTIONS:
        for x in values:
            try: kept.append(repr(function(x)))
            except TypeError as error: kept.append(str(error))
    kept.append(given() is 5 and given() + 1)
    return kept
result = [run() for i in range(3)]
"""


def numbers_count(native):
    """Numbers that count do what they did, with values of every kind, and nobody else counts with them."""
    assert native.profile_backend("entry_constant") == "entry_constant" and native.profile_numbers(True)
    plain, counted = {}, {}
    code = compile(NUMBERS, "numbers.ml", "exec")
    exec(code, plain)
    code = native.profile_module(code, "numbers.ml", True)
    exec(code, counted)
    assert plain["result"] == counted["result"], (plain["result"], counted["result"])
    calls = {name: n for (name, _), n in native.profile_counts().items()}
    each = 3 * len(plain["values"])
    wrong = {f.__name__: calls[f.__name__] for f in plain["FUNCTIONS"] if calls[f.__name__] != each}
    assert not wrong and calls["given"] == 6, (each, wrong, calls)
    for name in ("same", "less", "sum", "rest", "half"):  # without an instruction more
        assert len(counted[name].__code__.co_code) == len(plain[name].__code__.co_code), name


def lines_of(code):
    rows = {code.co_name: [line for _, _, line in code.co_lines() if line is not None]}
    for constant in code.co_consts:
        if hasattr(constant, "co_lines"):
            rows.update(lines_of(constant))
    return rows


def positions_survive(native):
    """Tracebacks, lines and columns of instrumented code are those of the original."""
    source = "def a(x):\n    try:\n        return x[\n            1]\n    finally:\n        x = 0\n\na(0)\n"
    plain = compile(source, "p.ml", "exec")
    probed = native.profile_module(plain, "p.ml", True)

    def positions(code):
        instructions = [p for p in code.co_positions()]
        return [instructions] + [p for c in code.co_consts if hasattr(c, "co_positions") for p in positions(c)]

    for before, after in zip(positions(plain), positions(probed)):
        added = len(after) - len(before)
        where = next(i for i in range(len(before) + 1) if after[:i] + after[i + added:] == before)
        assert where >= 0 and added in (1, 2, 3)
    import traceback
    try:
        exec(probed, {})
    except TypeError as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        assert (last.lineno, last.end_lineno, last.name) == (3, 4, "a"), last
    else:
        raise AssertionError("no error came out")


def main():
    directory, backends = sys.argv[1], sys.argv[2:]
    if not backends:
        names = ["deallocator", "slot"] + (["entry_constant"] if sys.version_info >= (3, 12) else [])
        for name in names:
            subprocess.run([sys.executable, __file__, directory, name], check=True)
        subprocess.run([sys.executable, __file__, directory, "chosen"], check=True)
        if sys.version_info >= (3, 12):
            subprocess.run([sys.executable, __file__, directory, "entry_constant", "numbers"], check=True)
            subprocess.run([sys.executable, "-W", "ignore", __file__, directory, "numbers"], check=True)
        print("counts exact:", ", ".join(names))
        return
    sys.path.insert(0, directory)
    import _native
    if backends[0] == "chosen":
        chosen = _native.profile_backend()
        assert chosen == ("entry_constant" if sys.version_info >= (3, 12) else "deallocator"), chosen
        return
    if backends[0] == "numbers":
        return numbers_count(_native)
    if "numbers" in backends:
        assert _native.profile_backend(backends[0]) == backends[0] and _native.profile_numbers(True)
    check(_native, backends[0])
    positions_survive(_native)


main()
