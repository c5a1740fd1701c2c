"""What ``mlpy profiling`` keeps for the user (cli-and-python-api.md 1.7)."""

from __future__ import annotations

import json
import os
from pathlib import Path


def profiling_enabled() -> bool:
    """Whether every command shall save a profile: ``MLPY_PROFILE``, else the settings."""
    word = os.environ.get("MLPY_PROFILE")
    if word:
        return word.lower() in ("1", "true", "yes", "on")
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    try:
        settings = json.loads(Path(folder, "mlpy", "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(settings, dict) and settings.get("profiling") is True
