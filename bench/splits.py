"""Programs whose time is split in a known way, and programs whose calls are known.

A split has three parts of the same work in the ratio 1 : 2 : 3 (16.7, 33.3 and 50.0 %), in many short rounds, so that a
slow moment of the machine meets all parts alike. `mixed` has parts of different kinds; their truth is measured: each
part alone, without any profiler.
"""

from dataclasses import dataclass

NAMES = ("first", "second", "third")
BY_CONSTRUCTION = (1 / 6, 2 / 6, 3 / 6)


@dataclass
class Split:
    text: str
    truth: tuple = BY_CONSTRUCTION  # None: to be measured
    parts: tuple = ()  # the programs that run one part only, where the truth must be measured
    names: tuple = NAMES  # of the functions, whose cumulative time is their part


def split(body, before="", rounds=30, sizes=(1, 2, 3), names=NAMES, truth=BY_CONSTRUCTION):
    """`body` is the text of a part of size `n`, with NAME for its own name, or one text for each part."""
    bodies = [body] * 3 if isinstance(body, str) else body
    text = before + "".join(b.replace("NAME", name) for b, name in zip(bodies, NAMES))
    calls = [f"    part_{name}({size});\n" for name, size in zip(NAMES, sizes)]
    loop = "for (round = 0; round < %d; round = round + 1) {\n%s}\n"
    return Split(text + loop % (rounds, "".join(calls)), truth, names=names,
                 parts=tuple(text + loop % (rounds, call) for call in calls))


FUNCTIONS = """function part_NAME(n) {
    s = 1;
    for (i = 0; i < n * 100000; i = i + 1) { s = (s * 31 + i) % 1000003; }
    return s;
}
"""
C_FUNCTIONS = """function part_NAME(n) {
    for (i = 0; i < n * 4; i = i + 1) { sorted(numbers); }
}
"""
NUMBERS = "numbers = [];\nfor (i = 0; i < 20000; i = i + 1) { numbers.push(i * 7919 % 20011); }\n"
GENERATORS = """function* NAME(n) {
    for (i = 0; i < n * 1500; i = i + 1) {
        s = 0;
        for (j = 0; j < 60; j = j + 1) { s = (s + i * j) % 1009; }
        yield s;
    }
}
function part_NAME(n) {
    total = 0;
    for (v in NAME(n)) { total = total + v; }
    return total;
}
"""
COMPREHENSIONS = """function part_NAME(n) {
    for (i = 0; i < n * 3; i = i + 1) { numbers.map(x => (x * 31 + 7) % 1000003).filter(x => x % 2 == 0); }
}
"""
CALLBACKS = """function NAME(x) {
    s = x;
    for (j = 0; j < 40; j = j + 1) { s = (s * 31 + j) % 1009; }
    return s;
}
function part_NAME(n) {
    for (i = 0; i < n; i = i + 1) { few.map(NAME); }
}
"""
FEW = "few = [];\nfor (i = 0; i < 2500; i = i + 1) { few.push(i); }\n"
RECURSION = """function NAME(n) {
    if (n < 2) return n;
    return NAME(n - 1) + NAME(n - 2);
}
function part_NAME(n) {
    for (i = 0; i < n; i = i + 1) { NAME(20); }
}
"""
PARTS = tuple(f"part_{name}" for name in NAMES)

SPLITS = {
    "functions": split(FUNCTIONS, rounds=100, names=PARTS),
    "C functions": split(C_FUNCTIONS, NUMBERS, rounds=160, names=PARTS),
    "generators": split(GENERATORS, rounds=150),
    "comprehensions": split(COMPREHENSIONS, NUMBERS, rounds=70, names=PARTS),
    "callbacks": split(CALLBACKS, FEW, rounds=150),
    "recursion": split(RECURSION, rounds=800),
    "mixed": split([FUNCTIONS, RECURSION, C_FUNCTIONS], NUMBERS, rounds=200, sizes=(1, 5, 2), names=PARTS,
                   truth=None),
}

COUNTS = """function fib(n) { if (n < 2) return n; return fib(n - 1) + fib(n - 2); }
function* items(n) { for (i = 0; i < n; i = i + 1) { yield i; } }
function twice(x) { return x * 2; }
function fails(i) { throw "no"; }
function outer(n) {
    function inner(x) { return x + n; }
    return inner(1) + inner(2);
}
numbers = [];
last = 0;
for (i = 0; i < 5000; i = i + 1) { numbers.push(i); }
fib(22);
for (i = 0; i < 1000; i = i + 1) { for (v in items(3)) { last = v; } }
for (i = 0; i < 10; i = i + 1) { numbers.map(twice); }
caught = 0;
for (i = 0; i < 5000; i = i + 1) { try { fails(i); } except (e) { caught = caught + 1; } }
for (i = 0; i < 30000; i = i + 1) { outer(i); }
print(last, caught);
"""
CALLS = {"fib": 57313, "items": 1000, "twice": 50000, "fails": 5000, "outer": 30000, "outer.inner": 60000,
         "(top level)": 1}
