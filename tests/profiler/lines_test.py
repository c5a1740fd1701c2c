"""Executions of lines are exact: each program says at the end of a line how often it runs.

Usage: lines_test.py DIRECTORY_OF_NATIVE [TEST...]
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(__file__))
from capture import Capture
from driver import child, main

LINES = {"memory": "off"}

BASICS = '''
def branch(n):  #= 1
    if n % 2 == 0:  #= 10
        a = 1  #= 5
        b = a + 1  #= 5
    elif n == 3:  #= 5
        a = 2  #= 1
    else:
        a = 4  #= 4
        while a > 0:  #= 20
            a -= 1  #= 16
    return a  #= 10
def loops(n):  #= 1
    total = 0  #= 2
    for i in range(n):  #= 22
        if i == 7:  #= 16
            break  #= 2
        if i % 2:  #= 14
            continue  #= 6
        total += i  #= 8
    for j in range(3):  #= 8
        for k in range(2):  #= 18
            total += j * k  #= 12
    while True:  #= 10
        total += 1  #= 10
        if total % 5 == 0:  #= 10
            break  #= 2
    return [x * 2 for x in range(4)]  #= 2
def run():  #= 1
    for n in range(10): branch(n)  #= 11
    loops(10); loops(30)  #= 1
    value = branch(  #= 1
        0)
    return value  #= 1
branch_count = 0  #= 1
run()  #= 1
'''.replace("#= 10\n        a = 1  #= 5", "#= 11\n        a = 1  #= 6").replace("b = a + 1  #= 5", "b = a + 1  #= 6") \
   .replace("return a  #= 10", "return a  #= 11").replace("for i in range(n):  #= 22", "for i in range(n):  #= 16") \
   .replace("for n in range(10): branch(n)  #= 11", "for n in range(10):  #= 11\n        branch(n)  #= 10")

ERRORS = '''
def thrower(n):  #= 1
    if n > 2:  #= 5
        raise ValueError(n)  #= 2
    return n  #= 3
def catcher(n):  #= 1
    done = 0  #= 5
    try:  #= 5
        thrower(n)  #= 5
        done = 1  #= 3
        done = 2  #= 3
    except KeyError:  #= 2
        done = -2  #= 0
    except ValueError as error:  #= 2
        done = -1  #= 2
        thrower(0 if n == 3 else 1)  #= 2
    finally:
        n = 0  #= 5
        n = 1  #= 5
    return done  #= 5
def passing(n):  #= 1
    try:  #= 2
        if n:  #= 2
            return thrower(9)  #= 1
        n = 5  #= 1
    finally:
        n = -1  #= 2
    n = 7  #= 1
    return n  #= 1
def early(items):  #= 1
    for item in items:  #= 3
        try:  #= 3
            if item == 2:  #= 3
                return item  #= 1
        finally:
            item = None  #= 3
    return 0  #= 0
def gen(n):  #= 1
    for i in range(n):  #= 6
        yield i  #= 5
        i = 0  #= 4
    return 3  #= 1
def run():  #= 1
    for i in range(5):  #= 6
        catcher(i)  #= 5
    passing(0)  #= 1
    try:  #= 1
        passing(1)  #= 1
    except ValueError:  #= 1
        pass  #= 1
    early([0, 1, 2, 3])  #= 1
    list(gen(3))  #= 1
    g = gen(4)  #= 1
    next(g); next(g); g.close()  #= 1
run()  #= 1
'''.replace("    thrower(0 if n == 3 else 1)", "    n = 2 if n == 3 else 1").replace("n > 2:  #= 5", "n > 2:  #= 6") \
   .replace("raise ValueError(n)  #= 2", "raise ValueError(n)  #= 3")

MATCHES = '''
def classify(v):  #= 1
    match v:  #= 6
        case 0 | 1:  #= 6
            return "small"  #= 2
        case [x, [y, *rest]] if x > y:  #= 4
            return x  #= 1
        case [x, [y, *rest]]:  #= 3
            return rest  #= 1
        case {"k": {"deep": [a, b]}}:  #= 2
            return a + b  #= 1
        case _:  #= 1
            return None  #= 1
def nested(n):  #= 1
    def inner(k):  #= 3
        return k * n  #= 12
    out = []  #= 3
    for i in range(2):  #= 9
        for j in range(2):  #= 18
            if i == j:  #= 12
                out.append(inner(i))  #= 6
            elif (i > j and  #= 6
                  n > 0):  #= 3
                out.append(inner(j))  #= 2
            else:
                out.append(-inner(1))  #= 4
    return out  #= 3
def big(x):  #= 1
LONG
    while x > 0:  #= 4
        x -= 1  #= 3
LONG
    return x  #= 1
for v in (0, 1, [3, [1, 2]], [1, [3, 4]], {"k": {"deep": [1, 2]}}, "other"):  #= 7
    classify(v)  #= 6
for n in range(3):  #= 4
    nested(n)  #= 3
big(3)  #= 1
'''.replace("LONG\n    while", "\n".join(f"    x = x + {i} - {i}  #= 1" for i in range(300, 420)) + "\n    while") \
   .replace("LONG\n    return", "\n".join(f"    x = x * 1 + {i} - {i}  #= 1" for i in range(300, 420)) + "\n    return")


ITERATORS = '''
def kinds():  #= 1
    n = 0  #= 1
    for a in [1, 2, 3]:  #= 4
        n += a  #= 3
    for a in (1, 2):  #= 3
        n += a  #= 2
    for a in "abcd":  #= 5
        n += 1  #= 4
    for a in {1: 2, 3: 4}.items():  #= 3
        n += 1  #= 2
    for a in range(2 ** 70, 2 ** 70 + 3):  #= 4
        n += 1  #= 3
    for a in range(0):  #= 1
        n += 1  #= 0
    it = iter([1, 2, 3, 4])  #= 1
    next(it)  #= 1
    for a in it:  #= 2
        if a == 3: break  #= 2
    for a in it:  #= 2
        n += 1  #= 1
    return n  #= 1
def growing(items):  #= 1
    for item in items:  #= 8
        if len(items) < 7:  #= 7
            items.append(item)  #= 4
    for item in items:  #= 2
        items.clear()  #= 1
    return items  #= 1
def deep(n):  #= 1
    for i in range(3):  #= 53
        if n > i:  #= 52
            deep(n - 1)  #= 49
            break  #= 49
    return n  #= 50
def waiting(n):  #= 1
    for i in range(n):  #= 200
        yield i  #= 200
        i = 1  #= 100
def failing(items):  #= 1
    done = 0  #= 2
    for item in items:  #= 4
        done += 1 / item  #= 4
    return done  #= 0
def counting(n):  #= 1
    for i in range(2 * n):  #= 55
        if i % 2 == 1:  #= 50
            yield i  #= 25
def turns():  #= 1
    held = []  #= 1
    for n in range(5):  #= 6
        held.append(counting(n + 3))  #= 5
    while len(held) > 0:  #= 9
        for g in list(held):  #= 38
            if next(g, None) == None:  #= 30
                held.remove(g)  #= 5
    return n  #= 1
def leaving(n):  #= 1
    for i in range(n):  #= 26
        for j in range(3):  #= 95
            if j == 2 and i == 6 and n < 20:  #= 72
                return j  #= 1
            if i + j == 99:  #= 71
                break  #= 0
        if i + 1 >= 12:  #= 23
            raise ValueError(i)  #= 1
    return 0  #= 2
def single():  #= 1
    for i in range(6):  #= 7
        try:  #= 6
            value = [1, 2][i]  #= 6
            n = i  #= 2
        except IndexError:  #= 4
            n = -1  #= 4
        n += 1  #= 6
    return n  #= 1
kinds()  #= 1
growing([1, 2, 3])  #= 1
deep(49)  #= 1
held = [waiting(5) for i in range(100)]  #= 1
for g in held: next(g)
for g in held: next(g)
for values in ([1, 2, 0, 4], [0]):
    try:  #= 2
        failing(values)  #= 2
    except ZeroDivisionError:  #= 2
        pass  #= 2
turns()  #= 1
for n in (2, 3, 9):  #= 4
    leaving(n)  #= 3
try:  #= 1
    leaving(30)  #= 1
except ValueError:  #= 1
    pass  #= 1
single()  #= 1
'''.replace("for g in held: next(g)", "for g in held:  #= 101\n    next(g)  #= 100").replace("[0]):", "[0]):  #= 3")


def compare(native, path, source):
    for numbers in (False, True):  # with counters only, and where numbers in the code count, too
        counted(native, path, source, numbers)


def counted(native, path, source, numbers):
    child(native, f"_native.profile_numbers({numbers})\n_native.profile_lines(True)\n"
                  f"profile({source!r}, {path!r}, {LINES!r}, {{}})")
    found = {}
    for (_, line), hits in Capture(path).hits.items():
        found[line] = found.get(line, 0) + hits
    wrong = []
    for number, text in enumerate(source.split("\n"), 1):
        want = re.search(r"#= (\d+)$", text)
        if want and found.get(number) != int(want[1]):
            wrong.append(f"{number}: {text}  got {found.get(number)}")
        # What has no number is not a statement's line.
        if not want and number in found:
            wrong.append(f"{number}: {text}  got {found[number]}")
    assert not wrong, "\n".join(wrong)


def branches_and_loops(native, path):
    compare(native, path, BASICS)


def errors_and_generators(native, path):
    compare(native, path, ERRORS)


def matches_and_nesting(native, path):
    compare(native, path, MATCHES)


def iterators_of_all_kinds(native, path):
    compare(native, path, ITERATORS)


def frames_stay_as_large_as_they_were(native, path):
    # Deep recursion touches memory in proportion; a counter that is left at the entry takes one value.
    source = """
def depth(n):
    if n == 0:
        return 0
    return 1 + depth(n - 1)
def rounds(n):
    for i in range(n):
        for j in range(i):
            try:
                n = n + j
            except ValueError:
                continue
    return n
def giver(n):
    while n:
        yield n
        n = n - 1
def silent():
    pass
"""
    script = f"""
code = compile({source!r}, "program.ml", "exec")
_native.profile_lines(True)
made = _native.profile_module(code, "program.ml", True)
for old, new in zip(code.co_consts, made.co_consts):
    if isinstance(old, type(code)):
        print(old.co_name, old.co_stacksize, new.co_stacksize)
"""
    for name, old, new in (row.split() for row in child(native, script).stdout.splitlines()):
        least = 3 if name != "silent" else 1  # an exception, where it came from, and the counter of such exits
        assert int(new) <= max(int(old), least) + (sys.version_info >= (3, 12)), (name, old, new)


def parts_of_conditions_have_no_counters(native, path):
    source = "def f(a, b):\n    if a < 0 or a > b:\n        a = 1\n    return a\n"
    script = f"""
import dis
_native.profile_lines(True)
made = _native.profile_module(compile({source!r}, "program.ml", "exec"), "program.ml", True)
code, = [c for c in made.co_consts if isinstance(c, type(made))]
steps = list(dis.get_instructions(code))
counted = [i for i, step in enumerate(steps) if type(step.argval).__name__ == "_probe"]
print(sum(steps[i + 2].opname != "RERAISE" for i in counted))
"""
    assert child(native, script).stdout == "2\n", "a counter at the entry and one in the branch"


def a_killed_run_has_the_rounds_of_loops_that_ran(native, path):
    source = "import os, time\ndef work(n):\n    for i in range(n):\n        if i == n - 1:\n            time.sleep(0.5)\n" \
             "            os.kill(os.getpid(), 9)\nwork(100000)\n"
    done = child(native, f"_native.profile_lines(True)\nprofile({source!r}, {path!r}, {LINES!r}, {{}})", check=False)
    assert done.returncode == -9, done.stderr
    capture = Capture(path)
    assert not capture.complete
    assert (capture.hits["work", 4], capture.hits["work", 5]) == (100000, 1), capture.hits
    assert capture.hits["work", 3] - 100000 in (0, 1), capture.hits  # the last round counts as over
    assert capture.called("work") == 1
    source = "import os, time\nn = 0\nend = time.process_time() + 0.5\nwhile True:\n    n += 1\n" \
             "    if time.process_time() > end: os.kill(os.getpid(), 9)\n"
    child(native, f"_native.profile_lines(True)\nprofile({source!r}, {path!r}, {LINES!r}, {{}})", check=False)
    hits = Capture(path).hits
    assert [hits["(top level)", line] for line in (1, 2, 3)] == [1, 1, 1] and hits["(top level)", 5] > 100, hits


def whole_library_runs_the_same(native, path):
    """Everything in some big modules is relocated: instructions, jumps, exception tables and lines stay what they were."""
    out = child(native, '''
_native.profile_lines(True)
import dis, importlib.util
def codes(code):
    yield code
    for c in code.co_consts:
        if hasattr(c, "co_code"): yield from codes(c)
def shape(code):
    return [i for i in dis.get_instructions(code) if i.opname not in ("CACHE", "EXTENDED_ARG")]
def handlers(code):
    found = {}
    text = code.co_code
    for row in dis._parse_exception_table(code):
        target = row.target
        while text[target] == dis.EXTENDED_ARG: target += 2
        for offset in range(row.start, row.end): found[offset] = row._replace(target=target)
    return found
def ours(i):
    return i.opname == "LOAD_CONST" and type(i.argval).__name__ in ("_probe", "_meter")
def compare(name, before, after):
    a, b = shape(before), shape(after)
    at, moved = 0, {}
    def past_ours(at):
        while True:
            if b[at].opname == "JUMP_FORWARD" and ours(b[at + 1]) and b[at].argval <= b[at + 3].offset: at += 1
            elif ours(b[at]): at += 2 if b[at + 1].opname in ("POP_TOP", "BINARY_OP") else 1
            else: return at
    for i in a:
        at = past_ours(at)
        assert (b[at].opname, b[at].positions and b[at].positions.lineno) == (i.opname, i.positions and i.positions.lineno), \\
            (name, before.co_qualname, i, b[at])
        moved[i.offset] = b[at].offset
        at += 1
    # What is left puts exceptions on, after counting them.
    places, tail, goes_on = {i.offset: n for n, i in enumerate(b)}, at, {}
    while at < len(b):
        begin, at = b[at].offset, past_ours(at)
        assert b[at].opname == "RERAISE" and b[at].arg == 1, (name, before.co_qualname, b[at])
        goes_on[begin], at = b[at].offset, at + 1
    old, new, more = handlers(before), handlers(after), extra(before, after)
    for i in a:
        want, got = old.get(i.offset), new.get(moved[i.offset])
        if got is not None and got.target in goes_on:
            assert got.lasti and (want is None or got.depth >= want.depth)
            got = new.get(goes_on[got.target])
        assert (want is None) == (got is None), (name, before.co_qualname, i)
        if want is None: continue
        assert got.lasti == want.lasti and got.depth - want.depth == more
        assert b[past_ours(places[got.target])].offset == moved[want.target], (name, before.co_qualname, i)
    return len(goes_on)
def extra(before, after):  # the counter that stays at the bottom of the stack
    b = shape(after)
    started = [n for n, i in enumerate(b) if i.opname == "RESUME" and i.arg == 0]
    n = started[0] + 1 if started else 0
    return 1 if n and ours(b[n]) and b[n + 1].opname != "POP_TOP" and type(b[n].argval).__name__ == "_probe" else 0
count = detours = 0
for name in ("argparse", "dataclasses", "json.decoder", "re._compiler", "typing", "asyncio.base_events", "subprocess", "tarfile",
             "unittest.mock", "inspect", "pickle", "zipfile", "email.message", "decimal", "_pydecimal", "ast", "textwrap"):
    spec = importlib.util.find_spec(name)
    if not spec or not spec.origin or not spec.origin.endswith(".py"): continue
    if spec.origin.endswith("zipfile.py"): continue
    plain = compile(open(spec.origin).read(), name, "exec")
    probed = _native.profile_module(plain, name, False)
    for before, after in zip(codes(plain), codes(probed)):
        detours += compare(name, before, after)
        count += 1
print(count > 500 and detours > 500)
''')
    assert out.stdout.strip() == "True", out.stdout + out.stderr


def instrumented_programs_behave_the_same(native, path):
    out = child(native, f'''
_native.profile_lines(True)
import json, re, textwrap, importlib.util, types
def load(name):
    spec = importlib.util.find_spec(name)
    module = types.ModuleType(name)
    module.__file__, module.__package__ = spec.origin, name.rpartition(".")[0]
    sys.modules[name] = module
    code = _native.profile_module(compile(open(spec.origin).read(), name, "exec"), name, False)
    exec(code, module.__dict__)
    return module
_native.profile_start({path!r}, {{"memory": "off"}})
parser = load("re._parser"); compiler = load("re._compiler")
decimal = load("_pydecimal"); ast = load("ast"); text = load("textwrap")
print([compiler.compile(p, 0).findall("aab12 b-7 x") for p in (r"a+b", r"(\\w)(\\d+)?", r"(?:x|y|-\\d)")])
print(decimal.Decimal("1.10").sqrt(), decimal.Decimal(2) ** 40 / 3)
print(ast.unparse(ast.parse("try:\\n  x = [i for i in y if i]\\nexcept E as e:\\n  pass\\nfinally:\\n  z()")))
print(text.fill("word " * 30, 40))
try: decimal.Decimal("zz")
except decimal.InvalidOperation as e: print(type(e).__name__)
print(_native.profile_stop()["written"])
''').stdout
    plain = child(native, r'''
import re, textwrap, ast
import _pydecimal as decimal
print([re.findall(p, "aab12 b-7 x") for p in (r"a+b", r"(\w)(\d+)?", r"(?:x|y|-\d)")])
print(decimal.Decimal("1.10").sqrt(), decimal.Decimal(2) ** 40 / 3)
print(ast.unparse(ast.parse("try:\n  x = [i for i in y if i]\nexcept E as e:\n  pass\nfinally:\n  z()")))
print(textwrap.fill("word " * 30, 40))
print("InvalidOperation")
print(True)
''').stdout
    assert out == plain, out + plain


main([branches_and_loops, errors_and_generators, matches_and_nesting, iterators_of_all_kinds,
      frames_stay_as_large_as_they_were, parts_of_conditions_have_no_counters,
      a_killed_run_has_the_rounds_of_loops_that_ran, whole_library_runs_the_same, instrumented_programs_behave_the_same])
