"""The case format of the conformance tests: the specification's own notation, one case per file.

The first line is `ID [mark] subject`. Then come program lines, among them

    --- name.ml            starts another file of the program; the first file is main.ml
    >>> text               one exact line of expected stdout
    !!! runtime Type: msg  the program ends with that uncaught error (exit code 1)
    !!! compile CODE [at LINE:COLUMN]
                           nothing runs: exit code 3 and that finding
    !!! blocked CODE       nothing runs: exit code 4 and that finding
    !!! accepted CODE...   the program runs and these findings are reported
    ??? text               one exact line of stderr, which begins with these lines
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Case:
    id: str
    mark: str
    subject: str
    files: dict[str, str] = field(default_factory=dict)
    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    outcome: str = "finished"  # finished, runtime, compile, blocked, accepted
    detail: str = ""

    def write_files(self, folder: Path) -> Path:
        """Writes the program's files below `folder` and returns the path of main.ml."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder / "main.ml"


def parse_case(text: str) -> Case:
    header, _, body = text.partition("\n")
    case_id, mark, subject = (header.split(" ", 2) + ["", ""])[:3]
    case = Case(case_id, mark.strip("[]"), subject)
    name, lines = "main.ml", []

    def close():
        case.files[name] = "\n".join(lines) + ("\n" if lines else "")

    for line in body.split("\n")[: -1 if body.endswith("\n") else None]:
        if line.startswith(">>> ") or line == ">>>":
            case.stdout.append(line[4:])
        elif line.startswith("??? ") or line == "???":
            case.stderr.append(line[4:])
        elif line.startswith("!!! "):
            case.outcome, _, case.detail = line[4:].partition(" ")
        elif line.startswith("--- "):
            close()
            name, lines = line[4:].strip(), []
        else:
            lines.append(line)
    close()
    return case


def read_cases(folder: Path) -> list[Case]:
    return [parse_case(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*.case"))]
