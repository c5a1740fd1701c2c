#!/usr/bin/env python3
"""Writes realistic ML source of a given length, the same for the same seed.

    generate.py LINES [SEED]      prints to standard output

What comes out is what people write for a living: functions of five to thirty lines with loops, conditions, objects,
calls of earlier functions, strings, error handling and comments, and some top-level code between them. It checks
without errors; run, its calls end in errors of types, and without calls it defines its functions.
"""

import random
import sys

NOUNS = ("order price customer invoice item stock row line total report user account city rate amount day month batch "
         "product record ticket queue route weight score level group label entry limit").split()
VERBS = "load make find count merge check apply update print format sort filter split add remove scale parse".split()
WORDS = "the quick check keeps every value that was read before and drops what nobody needs in the next step".split()


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.functions = []  # (name, parameter count)

    def line(self, depth, text):
        self.lines.append("    " * depth + text)

    def name(self):
        return f"{self.random.choice(VERBS)}_{self.random.choice(NOUNS)}_{len(self.functions)}"

    def comment(self, depth):
        count = self.random.randint(3, 11)
        self.line(depth, "// " + " ".join(self.random.choice(WORDS) for _ in range(count)).capitalize() + ".")

    def atom(self, names):
        r = self.random
        return r.choice([r.choice(names), r.choice(names), r.choice(names), str(r.randint(0, 500)),
                         f"{r.randint(0, 99)}.{r.randint(0, 99)}", f'"{r.choice(NOUNS)}"'])

    def number(self, names, depth=0):
        r = self.random
        if depth > 1 or r.random() < 0.45:
            return r.choice([r.choice(names), str(r.randint(1, 500)), f"{r.choice(names)}.{r.choice(NOUNS)}"])
        left, right = self.number(names, depth + 1), self.number(names, depth + 1)
        return f"{left} {r.choice('+-*+-*%')} {right}" if depth == 0 else f"({left} {r.choice('+-*')} {right})"

    def condition(self, names):
        r = self.random
        one = f"{r.choice(names)} {r.choice(['<', '>', '<=', '>=', '==', '!='])} {self.number(names, 1)}"
        return one if r.random() < 0.7 else f"{one} {r.choice(['&&', '||'])} {r.choice(names)} != null"

    def call(self, names):
        r = self.random
        if self.functions and r.random() < 0.7:
            name, count = r.choice(self.functions[-200:])
            return f"{name}({', '.join(self.atom(names) for _ in range(count))})"
        value = r.choice(names)
        return r.choice([f"len({value})", f"str({value})", f"math.floor({value})", f'{value}.items.join(", ")',
                         f"{value}.name.trim().toLowerCase()", f"{value}.map(x => x * {r.randint(2, 9)})",
                         f"max({value}, {r.randint(0, 9)})", f"json.stringify({value})", f"round({value} / 3, 2)"])

    def statement(self, depth, names, in_loop):
        r = self.random
        kind = r.random()
        if kind < 0.30:
            new = f"{r.choice(NOUNS)}_{r.randint(0, 9)}"
            self.line(depth, f"{new} = {self.call(names) if r.random() < 0.5 else self.number(names)};")
            return new
        if kind < 0.42:
            self.line(depth, f"{r.choice(names)}.{r.choice(NOUNS)} = {self.number(names)};")
        elif kind < 0.50:
            self.line(depth, f"result.push({self.call(names)});")
        elif kind < 0.56:
            keys = r.sample(NOUNS, 3)
            self.line(depth, f"result.push({{{', '.join(f'{k}: {self.atom(names)}' for k in keys)}}});")
        elif kind < 0.62:
            self.line(depth, f"print(`{r.choice(NOUNS)} ${{{r.choice(names)}}}`, {self.atom(names)});")
        elif kind < 0.66:
            self.comment(depth)
        elif depth < 4 and kind < 0.78:
            self.line(depth, f"if ({self.condition(names)}) {{")
            self.block(depth + 1, names, in_loop, r.randint(1, 3))
            if r.random() < 0.4:
                self.line(depth, f"}} {r.choice(['else if', 'elif'])} ({self.condition(names)}) {{")
                self.block(depth + 1, names, in_loop, r.randint(1, 2))
            if r.random() < 0.4:
                self.line(depth, "} else {")
                self.block(depth + 1, names, in_loop, r.randint(1, 2))
            self.line(depth, "}")
        elif depth < 4 and kind < 0.88:
            variable = "ijk"[depth - 1] if depth < 4 else "m"
            if r.random() < 0.5:
                self.line(depth, f"for ({variable} = 0; {variable} < {r.choice(names)}.length; {variable} = {variable} + 1) {{")
            else:
                self.line(depth, f"for ({variable} in {r.choice(names)}) {{")
            self.block(depth + 1, [*names, variable], True, r.randint(1, 4))
            self.line(depth, "}")
        elif depth < 4 and kind < 0.92:
            self.line(depth, "try {")
            self.block(depth + 1, names, in_loop, r.randint(1, 2))
            self.line(depth, "} except (problem) {")
            self.line(depth + 1, 'print("failed: " + problem.message);')
            self.line(depth, "}")
        elif in_loop and kind < 0.95:
            self.line(depth, f"if ({self.condition(names)}) {r.choice(['continue', 'break'])};")
        else:
            self.line(depth, f"result.push({self.number(names)});")
        return None

    def block(self, depth, names, in_loop, count):
        # A name made inside a block is used only inside it, so that nothing is read before it is assigned.
        made = []
        for _ in range(count):
            new = self.statement(depth, [*names, *made], in_loop)
            if new and new not in made:
                made.append(new)
        if made:
            self.line(depth, f"result.push({', '.join(made)});")

    def function(self):
        r = self.random
        name = self.name()
        parameters = r.sample(NOUNS, r.randint(1, 4))
        if r.random() < 0.6:
            self.comment(0)
        self.line(0, f"function {name}({', '.join(parameters)}) {{")
        self.line(1, "result = [];")
        self.block(1, parameters, False, r.randint(3, 9))
        self.line(1, "return result;" if r.random() < 0.8 else f"return {{items: result, count: len(result)}};")
        self.line(0, "}")
        self.line(0, "")
        self.functions.append((name, len(parameters)))

    def top_level(self, calls):
        r = self.random
        keys = r.sample(NOUNS, 4)
        name = f"{r.choice(NOUNS).upper()}_{len(self.lines)}"
        self.line(0, f"{name} = {{")
        for key in keys:
            self.line(1, f"{key}: {r.choice([str(r.randint(0, 999)), repr(r.choice(NOUNS)), '[1, 2, 3]', 'null', 'true'])},")
        self.line(0, "};")
        if calls and self.functions:
            called, count = r.choice(self.functions[-50:])
            self.line(0, f"print({called}({', '.join([name] * count)}));")
        self.line(0, "")


def generate(lines, seed=1, calls=True):
    writer = Writer(seed)
    writer.line(0, "import math;")
    writer.line(0, "import json;")
    writer.line(0, "")
    while len(writer.lines) < lines:
        if writer.random.random() < 0.9:
            writer.function()
        else:
            writer.top_level(calls)
    # The last item may be too long: comments fill up what it would have taken.
    text = writer.lines
    if len(text) > lines:
        end = max(i for i in range(lines) if text[i] == "" and i < lines)
        text = text[: end + 1] + ["// " + "-" * 40] * (lines - end - 1)
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    sys.stdout.write(generate(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
