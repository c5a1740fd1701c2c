"""One profile of several processes (docs/profile-format.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_SUMS = {"self_ns", "cum_ns", "calls", "primitive_calls", "wait_ns", "samples", "at_peak_bytes", "own_peak_bytes", "end_bytes",
         "alloc_bytes", "alloc_count", "hits", "wall_ns", "ml_ns", "overhead_ns", "stdlib_ns", "cpu_ns", "peak_bytes", "threads",
         "lost_samples"}


class Table:
    """Rows that are the same thing in several profiles are one row, in which numbers are added."""

    def __init__(self, key: Callable[[dict[str, Any]], Any]) -> None:
        self.key = key
        self.rows: list[dict[str, Any]] = []
        self.places: dict[Any, int] = {}

    def add(self, row: dict[str, Any]) -> int:
        """The number of the row that took this one."""
        key = self.key(row)
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = len(self.rows)
            self.rows.append(dict(row))
        else:
            added(self.rows[place], row)
        return place


def added(into: dict[str, Any], row: dict[str, Any]) -> None:
    for name, value in row.items():
        if name in _SUMS and isinstance(value, (int, float)):
            into[name] = (into.get(name) or 0) + value


def merged(profiles: list[dict[str, Any]]) -> dict[str, Any]:
    """The profiles as one. The first says what was run and how; recommendations come from those that ran code of ML."""
    files = Table(lambda row: (row["path"], row.get("ml", True)))
    functions = Table(lambda row: (row["name"], row["file"], row["line"], row["kind"], row["category"]))
    edges = Table(lambda row: (row["caller"], row["callee"], row.get("line")))
    lines = Table(lambda row: (row["function"], row["line"]))
    stacks = Table(lambda row: (tuple(row["frames"]), tuple(row.get("lines", ()))))
    categories = Table(lambda row: row["id"])
    made = {**profiles[0], "phases": [], "recommendations": []}
    totals: dict[str, Any] = {}
    collection = dict(profiles[0]["collection"], samples=0, lost_samples=0)
    for profile in profiles:
        added(totals, profile["totals"])
        added(collection, {name: profile["collection"].get(name, 0) for name in ("samples", "lost_samples")})
        if profile["collection"].get("memory") == "off":
            collection["memory"] = "off"
        file = [files.add(row) for row in profile["files"]]
        number = [functions.add({**row, "file": None if row["file"] is None else file[row["file"]]})
                  for row in profile["functions"]]

        def at(place: int | None, number: list[int] = number) -> int | None:
            return None if place is None else number[place]

        for row in profile["edges"]:
            edges.add({**row, "caller": at(row["caller"]), "callee": at(row["callee"])})
        for row in profile.get("lines", ()):
            lines.add({**row, "function": at(row["function"])})
        for row in profile["stacks"]:
            stacks.add({**row, "frames": [at(frame) for frame in row["frames"]]})
        for row in profile["categories"]:
            categories.add(row)
        made["phases"] += profile.get("phases", ())
        made["recommendations"] += [{**row, "function": at(row.get("function"))} for row in profile.get("recommendations", ())]
    totals["elapsed_ns"] = profiles[0]["totals"].get("elapsed_ns", 0)
    order = sorted(range(len(functions.rows)), key=lambda place: -functions.rows[place]["self_ns"])
    new = {old: place for place, old in enumerate(order)}

    def renumbered(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
        return [{**row, **{name: new[row[name]] for name in names if row.get(name) is not None}} for row in rows]

    made.update(
        totals={**profiles[0]["totals"], **totals}, collection=collection, categories=categories.rows, files=files.rows,
        functions=[functions.rows[place] for place in order], edges=renumbered(edges.rows, "caller", "callee"),
        lines=renumbered(lines.rows, "function"), recommendations=renumbered(made["recommendations"], "function"),
        stacks=[{**row, "frames": [new[frame] for frame in row["frames"]]} for row in stacks.rows])
    return made
