"""The debugger of this process: None until ``mlpy.debug.listen``."""

from __future__ import annotations

from typing import Any

service: Any = None  # mlpy.runtime.debugging.service.Service
