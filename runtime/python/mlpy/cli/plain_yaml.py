"""The plain subset of YAML for project files: maps, lists, scalars, comments. Anything else is an error.

No library: Debian's Python has none, and project files must be readable everywhere.
"""

from __future__ import annotations

import json
import re
from typing import Any

_REFUSED = {"&": "anchors", "*": "references", "!": "tags", "|": "text blocks", ">": "text blocks", "%": "directives",
            "@": "reserved characters", "`": "reserved characters"}
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")


class BadYaml(ValueError):
    """Text that is not the plain subset; says the line."""


def parse(text: str) -> Any:
    """The value of a document; None when it is empty. Raises BadYaml."""
    lines: list[tuple[int, str, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = without_comment(line)
        if not content.strip():
            continue
        if content.strip() in ("---", "...") or content.startswith("%"):
            if content.strip() == "---" and not lines:
                continue
            raise BadYaml(f"line {number}: only one document is read")
        indent = len(content) - len(content.lstrip(" "))
        if content[indent] == "\t":
            raise BadYaml(f"line {number}: tabs cannot indent")
        lines.append((indent, content.strip(), number))
    if not lines:
        return None
    value, at = block(lines, 0, lines[0][0], 0)
    if at < len(lines):
        raise BadYaml(f"line {lines[at][2]}: indented differently")
    return value


def without_comment(line: str) -> str:
    quote = ""
    for place, character in enumerate(line):
        if quote:
            if character == quote:
                quote = ""
        elif character in "\"'" and (place == 0 or line[place - 1] in " [,:{-"):
            quote = character
        elif character == "#" and (place == 0 or line[place - 1] in " \t"):
            return line[:place].rstrip()
    return line.rstrip()


def block(lines: list[tuple[int, str, int]], at: int, indent: int, depth: int) -> tuple[Any, int]:
    """The map or list that begins at a line, and the line behind it."""
    if depth > 50:
        raise BadYaml(f"line {lines[at][2]}: nested too deeply")
    if lines[at][1].startswith("- ") or lines[at][1] == "-":
        items = []
        while at < len(lines) and lines[at][0] == indent and (lines[at][1].startswith("- ") or lines[at][1] == "-"):
            rest, number = lines[at][1][1:].strip(), lines[at][2]
            if rest and not key_of(rest):
                items.append(scalar(rest, number))
                at += 1
            elif rest:
                lines[at] = (indent + len(lines[at][1]) - len(rest), rest, number)
                value, at = block(lines, at, lines[at][0], depth + 1)
                items.append(value)
            elif at + 1 < len(lines) and lines[at + 1][0] > indent:
                value, at = block(lines, at + 1, lines[at + 1][0], depth + 1)
                items.append(value)
            else:
                items.append(None)
                at += 1
        return items, at
    if not key_of(lines[at][1]):
        return scalar(lines[at][1], lines[at][2]), at + 1
    made: dict[Any, Any] = {}
    while at < len(lines) and lines[at][0] == indent:
        number = lines[at][2]
        found = key_of(lines[at][1])
        if not found:
            raise BadYaml(f"line {number}: a key and ':' are needed")
        key = scalar(found[0], number)
        if isinstance(key, (list, dict)) or key in made:
            raise BadYaml(f"line {number}: key {found[0]} is given twice" if not isinstance(key, (list, dict))
                          else f"line {number}: a key must be a word")
        rest = found[1]
        at += 1
        if rest:
            made[key] = scalar(rest, number)
        elif at < len(lines) and (lines[at][0] > indent or lines[at][0] == indent and lines[at][1].startswith("-")):
            made[key], at = block(lines, at, lines[at][0], depth + 1)
        else:
            made[key] = None
    return made, at


def key_of(text: str) -> tuple[str, str] | None:
    match = re.match(r"""("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'\[\]{},&*!|>%@`#][^:#\[\]{}]*?)\s*:(?:\s+(.*))?$""", text)
    return (match[1], (match[2] or "").strip()) if match else None


def scalar(text: str, number: int) -> Any:
    """A scalar, or a list or map in brackets."""
    first = text[0]
    if first in _REFUSED:
        raise BadYaml(f"line {number}: {_REFUSED[first]} are not read")
    if first in "[{":
        value, end = flow(text, 0, number)
        if text[end:].strip():
            raise BadYaml(f"line {number}: '{text[end:].strip()}' is too much")
        return value
    if first in "\"'":
        value, end = quoted(text, 0, number)
        if text[end:].strip():
            raise BadYaml(f"line {number}: '{text[end:].strip()}' is too much")
        return value
    return plain(text)


def plain(text: str) -> Any:
    words: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None}
    if text.lower() in words:
        return words[text.lower()]
    if _NUMBER.fullmatch(text):
        return float(text) if any(c in text for c in ".eE") else int(text)
    return text


def quoted(text: str, at: int, number: int) -> tuple[str, int]:
    match = re.compile(r"""'((?:[^']|'')*)'|("(?:[^"\\]|\\.)*")""").match(text, at)
    if not match:
        raise BadYaml(f"line {number}: a quote is not closed")
    if match[2] is None:
        return match[1].replace("''", "'"), match.end()
    try:
        return str(json.loads(match[2])), match.end()
    except ValueError:
        raise BadYaml(f"line {number}: {match[2]} is no text") from None


def flow(text: str, at: int, number: int, depth: int = 0) -> tuple[Any, int]:
    """The value in brackets at a place, and the place behind it."""
    if depth > 50:
        raise BadYaml(f"line {number}: nested too deeply")
    close = "]" if text[at] == "[" else "}"
    items: list[Any] = []
    made: dict[Any, Any] = {}
    at += 1
    while True:
        at = skip(text, at)
        if at >= len(text):
            raise BadYaml(f"line {number}: '{close}' is missing")
        if text[at] == close:
            return (items if close == "]" else made), at + 1
        value, at = item(text, at, number, depth)
        at = skip(text, at)
        if close == "}":
            if at >= len(text) or text[at] != ":":
                raise BadYaml(f"line {number}: ':' is missing")
            at = skip(text, at + 1)
            if isinstance(value, (list, dict)) or at >= len(text):
                raise BadYaml(f"line {number}: a key must be a word")
            made[value], at = item(text, at, number, depth)
            at = skip(text, at)
        else:
            items.append(value)
        if at < len(text) and text[at] == ",":
            at += 1


def item(text: str, at: int, number: int, depth: int) -> tuple[Any, int]:
    if text[at] in "[{":
        return flow(text, at, number, depth + 1)
    if text[at] in "\"'":
        return quoted(text, at, number)
    if text[at] in _REFUSED:
        raise BadYaml(f"line {number}: {_REFUSED[text[at]]} are not read")
    match = re.compile(r"[^,\[\]{}:]+").match(text, at)
    if not match:
        raise BadYaml(f"line {number}: '{text[at]}' was not expected")
    return plain(match[0].strip()), match.end()


def skip(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at
