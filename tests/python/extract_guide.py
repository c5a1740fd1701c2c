#!/usr/bin/env python3
"""Makes tests/python/guide from the performance guide: every code block that is not ML, as NUMBER.LANGUAGE.

    extract_guide.py GUIDE            writes the blocks
    extract_guide.py GUIDE --check    tells whether the committed blocks are what the guide says

ML blocks are in tests/seeds/blocks; all blocks of the document are numbered together.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "seeds"))

from extract import code_blocks  # noqa: E402

FOLDER = HERE / "guide"


def main():
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    wanted = {f"{number:02}.{language}": body for number, language, _, body in code_blocks(text) if language != "ml"}
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*")}
    if "--check" in sys.argv[2:]:
        different = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
        print("\n".join(f"differs from the guide: {name}" for name in different) or f"{len(wanted)} blocks agree")
        return 1 if different else 0
    for name, body in wanted.items():
        (FOLDER / name).write_text(body, encoding="utf-8")
    print(f"{len(wanted)} blocks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
