#!/usr/bin/env python3
"""Random statements on values whose types the compiler knows, and the same on the same values as parameters of functions that
are called through an array: what is emitted differs, what happens must not. `--samples` statements, from MLPY_SEED."""

import os
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from mlpy_program import Mlpy, parse_arguments  # noqa: E402

VALUES = """0|1|2|-1|3|7|0.0|1.5|-2.5|2.0|1e400|4611686018427387904|true|false|null|""|"a"|"héy"|"12"|" b c "|[]|[1]|[1, 2, 3]
["a", "b"]|[1, "x", null]|[[1], [2]]|[1.5, 2]|[true, 1]|{}|{a: 1}|{a: "x", b: [1]}|{1: 2}|(x => x)|len""".replace("\n", "|").split("|")
OPERATORS = "+ + + - * / // % < > <= >= == != && ||".split()
# E: an expression, L: a smaller one.
MEMBERS = """.length|.length()|.toString()|.push(L)|.pop()|.indexOf(L)|.includes(L)|.slice(L, L)|.map(x => L)|.filter(x => L)|.join(L)
.concat(L)|.upper()|.trim()|.split(L)|.replace(L, L)|.at(L)|.reverse()|.sort()|.keys()|.a|.b|.get(L)|.reduce((s, x) => s + x, L)
.find(x => x == L)|.count(L)|.repeat(L)|.padStart(L)|.charAt(L)|.toFixed(L)|.copy()|.some(x => x)|.append(L)|.extend(L)|.remove(L)
.flat()|.entries()|.items()|.update(L)|.substring(L)|.name|.foo|.foo()""".replace("\n", "|").split("|")
CALLS = """len(E)|str(E)|int(E)|bool(E)|typeof(E)|repr(E)|abs(E)|round(E)|max(E, E)|sum(E)|sorted(E)|keys(E)|zip(E, E)|enumerate(E)
range(E)|next(iter(E))|seen(E)|seen(E)|seen(E)|twice(E)|(L)(L)""".replace("\n", "|").split("|")
STATEMENTS = """r = E;
r = []; for (i in E) { r.push(i); if (r.length > 4) { break; } c = i; }
r = 0; for (i = 0; i < 3; i = i + 1) { r = r + (E); }
r = ""; for (i = 0; i < 3; i = i + 1) { r = r + (E); }
if (E) { c = E; } r = E;
r = [a, b]; r[E] = c;
r = {x: a}; r.y = E; r[E] = b;
c = E; r = E; c = r; r = E;
[p, q] = E; r = [q, p];
f = (x, y = E) => [x, y]; r = f(E);
r = [1, 2, 3]; r[(E):(E)] = c;
i = 0; r = null; while (i < 2) { c = E; i = i + 1; r = c; }
try { c = E; } except (x) { c = x.type; } finally { b = E; } r = [b, c];
r = E; r = r + (E); r = r * 2;
g = () => { nonlocal c; c = E; return c; }; r = [g(), c];
r = `${E} ${E}`;""".split("\n")
PROGRAM = """log = [];
function seen(v) { log.push(repr(v)[:40]); return v; }
function twice(v, w = seen(1)) { log.push(w); return [v, v][1]; }
function show(v) { t = repr(v); return t.length > 300 ? t[:300] : t; }
function any(i) { return [VALUES][i]; }
FUNCTIONS
function outcome(f) { nonlocal log; log = []; return f() + " " + log; }
for (sample in [SAMPLES]) {
  [n, known, other, i, j, k] = sample;
  x = outcome(known); y = outcome(() => other(any(i), any(j), any(k), null));
  if (x != y) { print(n + "\\n  known " + x + "\\n  other " + y); }
}
print("compared");
"""


class Maker:
    def __init__(self, rng):
        self.rng = rng

    def fill(self, pattern, depth):
        """The pattern with an expression for every E and L."""
        return "".join(self.expression(depth) if c == "E" else self.expression(depth - 1) if c == "L" else c for c in pattern)

    def expression(self, depth):
        rng = self.rng
        if depth <= 0 or rng.random() < 0.15:
            return rng.choice("abcabcabc" if rng.random() < 0.9 else VALUES)
        kind = rng.random()
        if kind < 0.4:
            return self.fill(f"((E) {rng.choice(OPERATORS)} (E))", depth - 1)
        if kind < 0.6:
            return self.fill(rng.choice(["(-(E))", "(!(E))", "((E) ? (E) : (E))", "(E)[E]", "(E)[E:L]", "(E)[::L]"]), depth - 1)
        if kind < 0.8:
            return self.fill("(E)" + rng.choice(MEMBERS), depth - 1)
        if kind < 0.95:
            return self.fill(rng.choice(CALLS), depth - 1)
        return self.fill(rng.choice(["[E, E]", "{a: E, b: L}"]), depth - 1)


def program(rng, samples):
    """(its text, the text of every sample)"""
    maker, functions, rows, texts = Maker(rng), [], [], []
    for n in range(samples):
        values = [rng.randrange(len(VALUES)) for _ in "abc"]
        statement = maker.fill(rng.choice(STATEMENTS), rng.choice([1, 2, 2, 3]))
        body = f'try {{\n{statement}\nreturn show([r, a, b, c]); }} except (e) {{ return e.type + ": " + e.message + " @" + e.column; }} }}'
        known = " ".join(f"{name} = {VALUES[value]};" for name, value in zip("abc", values))
        functions += [f"function known_{n}() {{ {known} r = null;\n{body}", f"function other_{n}(a, b, c, r) {{\n{body}"]
        rows.append(f"[{n}, known_{n}, other_{n}, {', '.join(map(str, values))}]")
        texts.append(f"{known} {statement}")
    text = PROGRAM.replace("VALUES", ", ".join(VALUES)).replace("FUNCTIONS", "\n".join(functions))
    return text.replace("SAMPLES", ", ".join(rows)), texts


def main():
    arguments = parse_arguments(__doc__, lambda p: p.add_argument("--samples", type=int, default=400))
    given = os.environ.get("MLPY_SEED", "20240229")
    seed = random.randrange(2**32) if given == "random" else int(given)
    print(f"MLPY_SEED={seed}")
    text, samples = program(random.Random(seed), int(os.environ.get("MLPY_SAMPLES", arguments.samples)))
    with tempfile.TemporaryDirectory(prefix="mlpy-property-") as folder, Mlpy(arguments.mlpy, timeout=600) as mlpy:
        Path(folder, "main.ml").write_text(text, encoding="utf-8")
        outcome = mlpy("run", "main.ml", folder=folder)
    lines = outcome.stdout.splitlines()
    for line in lines[:-1]:
        print(f"{samples[int(line)]}" if line.isdigit() else line)
    if outcome.code or lines != ["compared"]:
        print(f"exit code {outcome.code}\n{outcome.stderr[-3000:] if outcome.code else ''}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
