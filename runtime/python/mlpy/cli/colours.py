"""Colours for ML text on a terminal."""

from __future__ import annotations

import os
import re

KEYWORDS = ("function", "fn", "return", "if", "elif", "else", "while", "for", "in", "try", "except", "finally", "throw", "import",
            "true", "false", "null", "undefined", "break", "continue", "yield", "let", "const", "var", "nonlocal", "capability")
_TOKEN = re.compile(r"""(?P<comment>//[^\n]*|/\*.*?(?:\*/|$))|(?P<string>"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`(?:\\.|[^`\\])*`?)
    |(?P<number>\b\d[\w.]*)|(?P<word>[^\W\d]\w*)""", re.X | re.S)
_STYLES = {"comment": "90", "string": "32", "number": "36", "keyword": "34"}


def wanted(terminal: bool) -> bool:
    """Whether output may have colours."""
    return terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM", "dumb") != "dumb"


def highlighted(text: str) -> str:
    """ML text with colours; without them it is the same text."""

    def styled(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        if kind == "word":
            if match[0] not in KEYWORDS:
                return match[0]
            kind = "keyword"
        return f"\x1b[{_STYLES[kind]}m{match[0]}\x1b[0m"

    return _TOKEN.sub(styled, text)
