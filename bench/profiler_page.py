"""The profiler's figures as tables and a picture: on the screen after a run, and in docs/profiling.md from build/bench.json."""

import math
import re
from html import escape

NAMES = {
    "profile": "mlpy --profile", "time": "mlpy, no memory", "time+large": "mlpy, memory level large",
    "time+full": "mlpy, memory level full", "lines": "mlpy, lines, no memory",
    "exact": "mlpy, mode exact",
}
COLOURS = {True: ("#0b7a75", "#7fc8c4"), False: ("#b8591d", "#ecb48c")}  # ours, others: mean, worst
BEGIN, END = "<!-- measured: ./dev bench page -->", "<!-- /measured -->"


def in_tables(row):
    """Rows that the tables show better than a list does."""
    return row["group"] == "profiler" and ": " in row["id"]


def cells(rows):
    """{version: {table: {row: {column: value}}}} of the rows called `VERSION COLUMN: ROW`."""
    found = {}
    for row in filter(in_tables, rows):
        version, rest = row["id"].split(" ", 1)
        column, name = rest.rsplit(": ", 1)
        kind = "error" if column.startswith("share error, ") else "overhead"
        column = column.removeprefix("share error, ")
        found.setdefault(version, {}).setdefault(kind, {}).setdefault(name, {})[column] = row["value"]
    return found


def summary(rows, version, what):
    """{side: value} of the rows called `VERSION SIDE WHAT`."""
    found = {}
    for row in rows:
        match = re.fullmatch(rf"{re.escape(version)} (\S+) {what}", row["id"])
        if match and row["group"] == "profiler":
            found[match[1]] = row["value"], row["note"]
    return found


def columns(table):
    return list(dict.fromkeys(column for row in table.values() for column in row))


def print_tables(rows):
    for version, tables in cells(rows).items():
        for kind, table in tables.items():
            title = "times the program without a profiler" if kind == "overhead" else "error of shares, percentage points"
            sides = columns(table)
            ordered = sorted(table, key=lambda name: -table[name].get("profile", 0))
            width = max(map(len, ordered))
            print(f"\nPython {version}, {title}\n{'':{width}}  " + "  ".join(sides))
            for name in ordered:
                print(f"{name:{width}}  " + "  ".join(
                    f"{table[name][side]:.2f}".rjust(len(side)) if side in table[name] else " " * len(side) for side in sides))
    print()


# --- for docs/profiling.md ------------------------------------------------------------------------------------


def markdown(header, lines):
    return "\n".join(["| " + " | ".join(header) + " |", "|---" + "|--:" * (len(header) - 1) + "|",
                      *("| " + " | ".join(line) + " |" for line in lines)])


def overhead_percent(value):
    percent = 100 * (value - 1)
    return f"{percent:+.1f} %" if abs(percent) < 100 else f"{value:.1f} times"


def other_figures(rows, versions):
    """A table of what is measured once for each Python, where it has a bar, and one line for what has nothing to do with it."""
    table, alone = {}, []
    for row in rows:
        if row["group"] != "profiler" or in_tables(row) or row["bar"] is None:
            continue
        version, _, name = row["id"].partition(" ")
        figure = f"{row['value']:,.1f} {row['unit']}"
        if version not in versions:
            alone.append(f"{row['id'].capitalize()}: {figure} (bar {row['bar']} {row['unit']}).")
        elif not re.search(r" (geometric mean|worst)$", name):
            cell = f"{row['value']:.3f} times" if row["unit"] == "times" else figure
            table.setdefault((name, f"{row['bar']} {row['unit']}"), {})[version] = cell
    lines = [[name, *(found.get(version, "") for version in versions), bar] for (name, bar), found in table.items()]
    return "\n\n".join([markdown(["", *versions, "bar"], lines)] * bool(lines) + alone)


def measured_text(rows):
    parts = ["![Extra time of profilers](performance/profiler.svg)"]
    versions = list(cells(rows))
    sides = [side for side in summary(rows, versions[0], "geometric mean")]
    lines = []
    for side in sides:
        line = [NAMES.get(side, side)]
        for version in versions:
            mean, worst = summary(rows, version, "geometric mean"), summary(rows, version, "worst")
            line += [overhead_percent(mean[side][0]), f"{overhead_percent(worst[side][0])} ({worst[side][1]})"] \
                if side in mean else ["", ""]
        lines.append(line)
    header = ["", *(f"{v} {what}" for v in versions for what in ("mean", "worst"))]
    conditions = "; ".join(next(iter(summary(rows, version, "geometric mean").values()))[1] for version in versions)
    parts.append(f"Extra time over all bench programs, by Python version ({conditions}):\n\n" +
                 markdown(header, lines))
    table = cells(rows)[versions[0]]["overhead"]
    shown = [s for s in ("profile", "time", "lines", "exact", "cProfile", "cProfile+tracemalloc") if s in sides]
    parts.append(f"By program (Python {versions[0]}), dearest first:\n\n" + markdown(
        ["program", *(NAMES.get(s, s) for s in shown)],
        [[name, *(overhead_percent(table[name][s]) if s in table[name] else "" for s in shown)]
         for name in sorted(table, key=lambda n: -table[n][shown[0]])]))
    errors = {version: tables["error"] for version, tables in cells(rows).items() if "error" in tables}
    if errors:
        shown = [(version, side) for version, table in errors.items() for side in columns(table)]
        names = list(dict.fromkeys(name for table in errors.values() for name in table))

        def cell(name, version, side):
            value = errors[version].get(name, {}).get(side)
            return "" if value is None else f"{value:.1f}"

        parts.append("Largest error of a share in programs of known split, in percentage points:\n\n" + markdown(
            ["time is spent in", *(f"{NAMES.get(side, side)}, Python {version}" for version, side in shown)],
            [[name, *(cell(name, version, side) for version, side in shown)] for name in names]))
    others = other_figures(rows, versions)
    if others:
        parts.append("Other figures, by Python version:\n\n" + others)
    missed = [f"`{r['id']}` ({r['value']:.2f} {r['unit']}, bar {r['bar']})" for r in rows
              if r["group"] == "profiler" and r["ok"] is False]
    parts.append("Every bar was met." if not missed else "Missed bars: " + ", ".join(missed) + ".")
    return "\n\n".join(parts)


def picture(rows):
    """Bars of the mean and of the worst program, one pair for each profiler, on a logarithmic axis of extra time."""
    version = next(iter(cells(rows)))
    means, worsts = summary(rows, version, "geometric mean"), summary(rows, version, "worst")
    left, width, height, top = 210, 430, 34, 64
    low, high = 0.1, max(1000, *(100 * (v - 1) for v, _ in worsts.values()))  # percent

    def x(value):
        percent = min(max(100 * (value - 1), low), high)
        return left + width * (math.log10(percent) - math.log10(low)) / (math.log10(high) - math.log10(low))

    total = top + height * len(means) + 28
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {total}" font-family="sans-serif" font-size="12" '
           'role="img" aria-label="Extra time of profilers">', f'<rect width="760" height="{total}" fill="#fff"/>',
           '<text x="12" y="22" font-size="15" font-weight="bold">What profiling adds to the time of a program</text>',
           f'<text x="12" y="42" fill="#555">Python {version}; dark: geometric mean over all bench programs, light: the worst of '
           'them; logarithmic</text>']
    percent = low
    while percent <= high * 1.001:
        at = x(1 + percent / 100)
        out.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top - 8}" y2="{total - 24}" stroke="#ddd"/>'
                   f'<text x="{at:.1f}" y="{total - 8}" text-anchor="middle" fill="#555">{percent:g} %</text>')
        percent *= 10
    for i, (side, (mean, _)) in enumerate(means.items()):
        y = top + i * height
        out.append(f'<text x="{left - 8}" y="{y + 18}" text-anchor="end">{escape(NAMES.get(side, side))}</text>')
        for row, (value, colour) in enumerate(zip((mean, worsts[side][0]), COLOURS[side in NAMES])):
            end = x(value)
            out.append(f'<rect x="{left}" y="{y + 2 + row * 13}" width="{max(end - left, 1):.1f}" height="12" fill="{colour}"/>'
                       f'<text x="{end + 4:.1f}" y="{y + 12 + row * 13}" font-size="10">{overhead_percent(value)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def refresh(root, rows):
    """Puts the figures of `rows`, as bench.json has them, into the page and its picture. Returns an exit code."""
    if not cells(rows):
        print("nothing of the profiler group was measured: run ./dev bench profiler first")
        return 1
    page = root / "docs/profiling.md"
    text = page.read_text()
    before, rest = text.split(BEGIN, 1)
    page.write_text(before + BEGIN + "\n" + measured_text(rows) + "\n" + END + rest.split(END, 1)[1])
    folder = root / "docs/performance"
    folder.mkdir(exist_ok=True)
    (folder / "profiler.svg").write_text(picture(rows))
    print("docs/profiling.md and docs/performance/profiler.svg are up to date")
    return 0
