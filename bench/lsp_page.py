"""The language server's figures as tables in docs/performance.md, from build/bench.json."""

import re

BEGIN, END = "<!-- measured: ./dev bench page -->", "<!-- /measured -->"
SIZES = ("1k", "10k", "100k")


def number(value):
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def shown(row):
    """The value, bold where it misses its bar."""
    text = number(row["value"])
    return f"**{text}**" if row["ok"] is False else text


def markdown(header, lines):
    return "\n".join(["| " + " | ".join(header) + " |", "|---" + "|--:" * (len(header) - 1) + "|",
                      *("| " + " | ".join(line) + " |" for line in lines)])


def measured_text(rows):
    found = {row["id"]: row for row in rows if row["group"] == "lsp"}
    latencies = list(dict.fromkeys(m[1] for name in found if (m := re.fullmatch(r"(.*) \d+k p50", name))))
    in_table, lines = set(), []
    for what in latencies:
        line = [what]
        for size in SIZES:
            pair = [found.get(f"{what} {size} {part}") for part in ("p50", "p95")]
            in_table |= {row["id"] for row in pair if row}
            bars = [f"{row['bar']:g}" for row in pair if row and row["bar"] is not None]
            line += [" / ".join(shown(row) for row in pair if row), " / ".join(bars)]
        lines.append(line)
    parts = ["Milliseconds, p50 / p95, and the most that is allowed; bold: missed.\n\n" +
             markdown(["", *(text for size in SIZES for text in (f"{size} lines", "bar"))], lines)]
    parts.append(markdown(["", "", "bar", ""], [
        [name, f"{shown(row)} {row['unit']}", "" if row["bar"] is None else f"{row['bar']:g}", row["note"]]
        for name, row in found.items() if name not in in_table]))
    missed = [f"{name} ({number(row['value'])} {row['unit']}, bar {row['bar']:g})" for name, row in found.items() if row["ok"] is False]
    parts.append("Every bar was met." if not missed else "Missed: " + ", ".join(missed) + ".")
    return "\n\n".join(parts)


def refresh(root, rows):
    """Puts the figures of the rows of bench.json into the page."""
    page = root / "docs/performance.md"
    before, rest = page.read_text().split(BEGIN, 1)
    page.write_text(before + BEGIN + "\n" + measured_text(rows) + "\n" + END + rest.split(END, 1)[1])
    print("docs/performance.md is up to date")
