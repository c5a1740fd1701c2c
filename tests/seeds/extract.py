#!/usr/bin/env python3
"""Makes tests/seeds/blocks from the product's seed documents.

    extract.py SEED_FOLDER            writes the blocks and blocks/provenance.txt
    extract.py SEED_FOLDER --check    tells whether the committed blocks are what the seeds say

Taken are the `.. code-block:: ml` blocks and the ML texts inside the Python blocks: string literals that hold a `;`.
Blocks are numbered as all code blocks of their document are; what a seed's f-string fills in is filled in here.
"""

import ast
import re
import sys
import textwrap
from pathlib import Path

BLOCKS = Path(__file__).parent / "blocks"
FILLED_IN = {"i": "30", "item": "21", "func_name": "fibonacci", "', '.join(map(str, args))": "20"}


def code_blocks(text):
    """(number, language, first line, dedented body) of every `.. code-block::`, in document order."""
    lines = text.splitlines()
    number = 0
    for at, line in enumerate(lines):
        directive = re.match(r"( *)\.\. code-block:: (\w+)", line)
        if not directive:
            continue
        number += 1
        end = at + 1
        while end < len(lines) and (not lines[end].strip() or lines[end].startswith(directive[1] + "   ")):
            end += 1
        body = lines[at + 1 : end]
        skipped = next(i for i, l in enumerate(body) if l.strip())
        yield number, directive[2], at + 2 + skipped, textwrap.dedent("\n".join(body[skipped:])).rstrip() + "\n"


def filled_in(node, ml_code):
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(part.value)
        else:
            source = ast.unparse(part.value)
            parts.append(ml_code if source == "ml_code" else FILLED_IN.get(source, "?;"))
    return "".join(parts)


def ml_texts(python):
    """(line, text) of the ML programs inside a Python block; line counts from 0."""
    tree = ast.parse(python)
    inside = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in ast.walk(n) if v is not n}
    docstrings = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    ml_code = ""
    for node in sorted((n for n in ast.walk(tree) if hasattr(n, "lineno")), key=lambda n: (n.lineno, n.col_offset)):
        if not isinstance(node, (ast.Constant, ast.JoinedStr)) or id(node) in inside or id(node) in docstrings:
            continue
        text = filled_in(node, ml_code.strip())
        if ";" not in text or "?;" in text:
            continue
        ml_code = text
        yield node.lineno - 1, textwrap.dedent(text).strip("\n") + "\n"


def all_blocks(seeds):
    """name -> (text, where it stands)"""
    found = {}
    for seed in sorted(seeds.glob("*.txt")):
        for number, language, line, body in code_blocks(seed.read_text(encoding="utf-8")):
            name = f"{seed.name[:3]}-{number:02}"
            if language == "ml":
                found[name + ".ml"] = (body, f"{seed.name}:{line}")
            elif language == "python":
                for i, (offset, text) in enumerate(ml_texts(body)):
                    found[f"{name}-python{chr(97 + i)}.ml"] = (text, f"{seed.name}:{line + offset}")
    return found


def main():
    found = all_blocks(Path(sys.argv[1]))
    wanted = {name: text for name, (text, _) in found.items()}
    wanted["provenance.txt"] = "".join(f"{name} {where}\n" for name, (_, where) in found.items())
    there = {p.name: p.read_text(encoding="utf-8") for p in BLOCKS.glob("*")}
    if "--check" in sys.argv[2:]:
        different = sorted(n for n in wanted.keys() | there.keys() if wanted.get(n) != there.get(n))
        print("\n".join(f"differs from the seeds: {n}" for n in different) or f"{len(found)} blocks agree")
        return 1 if different else 0
    BLOCKS.mkdir(exist_ok=True)
    for name in there.keys() - wanted.keys():
        (BLOCKS / name).unlink()
    for name, text in wanted.items():
        (BLOCKS / name).write_text(text, encoding="utf-8")
    print(f"{len(found)} blocks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
