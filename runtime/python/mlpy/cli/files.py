"""Files that commands are given."""

from __future__ import annotations

import difflib
import os
import sys


def explain_missing(file: str) -> None:
    """Says on standard error that a file cannot be read: similar names of its folder, and the folder."""
    folder = os.path.dirname(os.path.abspath(file))
    reason = "Is a directory" if os.path.isdir(file) else "No such file or directory"
    print(f"mlpy: cannot read '{file}': {reason}", file=sys.stderr)
    try:
        names = [name for name in os.listdir(folder) if name.endswith((".ml", ".json", ".yaml", ".yml"))]
    except OSError:
        names = []
    near = difflib.get_close_matches(os.path.basename(file), names, 1)
    if near and near[0] != os.path.basename(file):
        print(f"did you mean '{near[0]}'?", file=sys.stderr)
    print(f"looked in {folder}", file=sys.stderr)
