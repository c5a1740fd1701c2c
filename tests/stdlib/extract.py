#!/usr/bin/env python3
"""Makes tests/stdlib/examples from the example lines (`// =>`) of stdlib-core.md, sections 4 to 12.

    extract.py SPEC_FOLDER            writes the cases (the format of tests/conformance/case_format.py)
    extract.py SPEC_FOLDER --check    tells whether the committed cases are what the specification says
"""

import re
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent / "examples"
MODULES = {4: "builtin", 5: "console", 6: "math", 7: "json", 8: "random", 9: "datetime", 10: "collections",
           11: "functional", 12: "regex"}
LINE = re.compile(r"^(.*?)\s*// => (.*?)(?:\s+\[improved.*\])?$")


def cases(text):
    """(file name, text) of every case: one per module, with the examples of its section."""
    for title, body in re.findall(r"^## (\d+)\. .*?\n(.*?)(?=^## |\Z)", text, flags=re.M | re.S):
        module = MODULES.get(int(title))
        if module is None:
            continue
        lines = [line for block in re.findall(r"^```ml\n(.*?)^```$", body, flags=re.M | re.S)
                 for line in block.splitlines()]
        examples = [LINE.match(line).groups() for line in lines]
        used = sorted(name for name in MODULES.values() if name != "builtin"
                      and any(re.search(rf"(?<![\w.\"]){name}\.", program) for program, _ in examples))
        out = [f"S{title} [improved] library examples of section {title}", *(f"import {name};" for name in used)]
        for program, expected in examples:
            out += [program, *(f">>> {line}" for line in expected.split(" ⏎ "))]
        yield f"{module}.case", "\n".join(out) + "\n"


def main():
    made = dict(cases((Path(sys.argv[1]) / "stdlib-core.md").read_text(encoding="utf-8")))
    if "--check" in sys.argv:
        committed = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.case")}
        sys.exit(None if made == committed else f"run extract.py: {sorted(dict(made.items() ^ committed.items()))} differ")
    EXAMPLES.mkdir(exist_ok=True)
    for name, text in made.items():
        (EXAMPLES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
