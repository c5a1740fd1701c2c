#!/usr/bin/env python3
"""Makes tests/conformance/cases from the language specification.

    extract.py SPEC_FOLDER            writes the cases
    extract.py SPEC_FOLDER --check    tells whether the committed cases are what the specification says

SPEC_FOLDER holds language.md (sections 3, 4 and 7) and stdlib-core.md (sections 2 and 3).
"""

import re
import sys
from pathlib import Path

CASES = Path(__file__).parent / "cases"


def sections(text):
    """(number, body) of every `## n.` and `### n.m` section, in order."""
    parts = re.split(r"^##+ (\d+(?:\.\d+)?)\.? .*$", text, flags=re.M)
    return zip(parts[1::2], parts[2::2])


def ml_blocks(body):
    return re.findall(r"^```(ml[^\n]*)\n(.*?)^```$", body, flags=re.M | re.S)


def slug(subject):
    return re.sub(r"[^a-z0-9]+", "-", subject.lower()).strip("-")[:60].strip("-")


def language_cases(text):
    for number, body in sections(text):
        if not number.startswith(("3", "4", "7")):
            continue
        count = 0
        for info, block in ml_blocks(body):
            if not re.search(r"^(>>>|!!!)", block, flags=re.M):
                continue
            named = re.match(r"ml (C\d+) (\[.*?\]) (.*)", info)
            if named:
                case_id, mark, subject = named.groups()
            else:
                count += 1
                case_id = f"L{number.replace('.', '_')}{chr(96 + count)}"
                mark, subject = info[3:] or "[extension]", f"example of section {number}"
            yield case_id, mark, subject, block
        if number == "7.7":
            yield from rejection_cases(body)


def rejection_cases(body):
    """The rows R01.. of section 7.7. A row may hold several programs, and one result for each or for all."""
    for row in re.findall(r"^\| (R\d+) \| (.*) \| (.*) \|$", body, flags=re.M):
        case_id, programs, result = row
        programs = [p.replace("` ⏎ `", "\n") for p in re.split(r" / (?=`)", programs)]
        programs = [p.strip("`").replace("`\n`", "\n") for p in programs]
        codes = re.findall(r"\b(?:ML|SEC)\d+\b", result)
        for i, program in enumerate(programs):
            part = chr(97 + i) if len(programs) > 1 else ""
            prints = re.search(r"prints `(.*?)`", result)
            expected = [f">>> {prints[1]}"] if prints else []
            if result.startswith("accepted"):
                plain = [c for c in codes if not c.startswith("SEC")]
                security = [c for c in codes if c.startswith("SEC")]
                verdict = [f"!!! accepted {' '.join(plain)}".rstrip()]
                if security:  # two cases, so that one can wait for the security checks
                    yield (case_id + "s", "[extension]", "security findings of an accepted program",
                           "\n".join([program, *expected, f"!!! accepted {' '.join(security)}"]) + "\n")
            else:
                code = codes[i] if len(codes) == len(programs) else codes[0]
                kind = "blocked" if code.startswith("SEC") else "compile"
                place = re.search(r"at line (\d+), column (\d+)", result)
                verdict = [f"!!! {kind} {code}" + (f" at {place[1]}:{place[2]}" if place else "")]
            yield case_id + part, "[extension]", "rejections and warnings", "\n".join([program, *expected, *verdict]) + "\n"


def library_cases(text):
    """Blocks of lines `code // => output`; sections 2 and 3 only, the modules have their own tests."""
    for number, body in sections(text):
        if number.split(".")[0] not in ("2", "3"):
            continue
        count = 0
        for _, block in ml_blocks(body):
            lines = []
            for line in block.splitlines():
                code, arrow, output = line.partition("// =>")
                lines.append(code.rstrip())
                if arrow:
                    lines.append(">>> " + re.sub(r"\s+\[improved.*\]$", "", output.strip()))
            count += 1
            body_text = "\n".join(lines) + "\n"
            # language.md 4.2 gives strings `trim`, and decisions.md lets it win over this document.
            body_text = body_text.replace('"x".trim();', '"x".nope();').replace("no method 'trim'", "no method 'nope'")
            yield f"B{number.replace('.', '_')}{chr(96 + count)}", "[improved]", f"library example of section {number}", body_text


def all_cases(spec):
    language = (spec / "language.md").read_text(encoding="utf-8")
    library = (spec / "stdlib-core.md").read_text(encoding="utf-8")
    for case_id, mark, subject, body in (*language_cases(language), *library_cases(library)):
        yield f"{case_id}-{slug(subject)}.case", f"{case_id} {mark} {subject}\n{body}"


def main():
    spec, check = Path(sys.argv[1]), "--check" in sys.argv[2:]
    wanted = dict(all_cases(spec))
    there = {p.name: p.read_text(encoding="utf-8") for p in CASES.glob("*.case")}
    if check:
        different = sorted(n for n in wanted.keys() | there.keys() if wanted.get(n) != there.get(n))
        print("\n".join(f"differs from the specification: {n}" for n in different) or f"{len(wanted)} cases agree")
        return 1 if different else 0
    for name in there.keys() - wanted.keys():
        (CASES / name).unlink()
    for name, text in wanted.items():
        (CASES / name).write_text(text, encoding="utf-8")
    print(f"{len(wanted)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
