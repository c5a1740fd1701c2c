"""The profiler as Python programs use it (cli-and-python-api.md 2.12)."""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpy import _core, _native
from mlpy.engine import profile as engine

_PACKAGE = str(Path(__file__).resolve().parent.parent)


@dataclass
class MemoryStats:
    """Memory that the functions of one file allocated, in bytes."""

    filename: str
    current: int = 0
    peak: int = 0
    allocations: int = 0


@dataclass
class ProfileEntry:
    """One function."""

    function: str
    filename: str
    line: int
    calls: int
    total_time: float
    self_time: float
    memory: int = 0
    category: str = "user_code"


@dataclass
class CategoryStats:
    """One category of time."""

    name: str
    time: float
    percent: float


class MLProfiler:
    """Profiles the ML that this process runs between ``start`` and ``stop``."""

    def __init__(self, source_map_index: Any = None, *, mode: str = "auto", memory: bool = True,
                 lines: bool = False) -> None:
        self.source_map_index, self.mode, self.lines = source_map_index, mode, lines
        self.enabled = False
        self.memory_enabled = memory
        self._capture = b""
        self._saved: dict[str, Any] | None = None
        self._started = 0.0
        self._seconds = 0.0
        self._path = ""

    def start(self) -> None:
        """Begins; RuntimeError when a profile is being taken."""
        if self.enabled or engine.active:
            raise RuntimeError("a profile is being taken already")
        descriptor, self._path = tempfile.mkstemp(prefix="mlpy-profile-")
        os.close(descriptor)
        options = {"mode": self.mode, "lines": self.lines}
        if not self.memory_enabled:
            options["memory"] = "off"
        try:
            problem = _native.profile_start(self._path, options)
        except ValueError:
            problem = _native.profile_start(self._path, {})
        if problem:
            warnings.warn(f"mlpy: {problem}", stacklevel=2)
        self.enabled = engine.active = True
        self._started = time.perf_counter()

    def stop(self) -> None:
        """Ends; without effect when nothing was started."""
        if not self.enabled:
            return
        self._seconds += time.perf_counter() - self._started
        self.enabled = engine.active = False
        _native.profile_stop()
        with open(self._path, "rb") as stream:
            self._capture = stream.read()
        os.unlink(self._path)
        self._saved = None

    enable, disable = start, stop

    def __enter__(self) -> MLProfiler:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def _report(self, kind: str) -> str:
        return _core.profile_report(self._capture, kind, os.path.abspath("<ml>"), "")

    def generate_ml_summary_report(self) -> str:
        return self._report("ml-summary")

    def generate_ml_details_report(self) -> str:
        return self._report("ml-details")

    def generate_dev_summary_report(self) -> str:
        return self._report("dev-summary")

    def generate_dev_details_report(self) -> str:
        return self._report("dev-details")

    def generate_raw_report(self) -> str:
        return self._report("raw")

    def generate_summary_report(self) -> str:
        """The old name of ``generate_dev_summary_report``."""
        warnings.warn("use generate_dev_summary_report()", DeprecationWarning, stacklevel=2)
        return self.generate_dev_summary_report()

    def generate_mlpy_analysis_report(self) -> str:
        """The old name of ``generate_dev_details_report``."""
        warnings.warn("use generate_dev_details_report()", DeprecationWarning, stacklevel=2)
        return self.generate_dev_details_report()

    @property
    def data(self) -> dict[str, Any]:
        """The profile file (docs/profile-format.md) as dictionaries."""
        if self._saved is None:
            import json

            self._saved = json.loads(self._report("json"))
        return self._saved

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the profile file."""
        Path(path).write_text(self._report("json"), encoding="utf-8")

    def recommendations(self) -> list[Any]:
        return list(self.data.get("findings", ()))

    @property
    def memory_stats(self) -> dict[str, MemoryStats]:
        """By file."""
        found: dict[str, MemoryStats] = {}
        files = self.data.get("files", [])
        for function in self.data.get("functions", ()):
            place = function.get("file")
            if not isinstance(place, int) or place >= len(files):
                continue
            memory = function.get("memory") or {}
            name = files[place].get("path", "")
            stats = found.setdefault(name, MemoryStats(name))
            if isinstance(memory, dict):
                stats.current += int(memory.get("net_bytes", 0) or 0)
                stats.peak = max(stats.peak, int(memory.get("peak_bytes", 0) or 0))
                stats.allocations += int(memory.get("alloc_count", 0) or 0)
        return found

    def get_memory_for_function(self, filename: str) -> int:
        """Bytes that the functions of a file hold."""
        stats = self.memory_stats.get(filename)
        return stats.current if stats else 0

    def get_phase_times(self) -> dict[str, float]:
        """``transpile_time``, ``execute_time`` and ``total_time`` in milliseconds."""
        return {"transpile_time": 0.0, "execute_time": self._seconds * 1000, "total_time": self._seconds * 1000}

    def get_stats(self) -> Any:
        """The profile as ``pstats.Stats``."""
        import pstats

        rows: dict[Any, Any] = {}
        files = self.data.get("files", [])
        for function in self.data.get("functions", ()):
            place = function.get("file")
            file = files[place]["path"] if isinstance(place, int) and place < len(files) else "~"
            calls = int(function.get("calls", 0))
            rows[file, int(function.get("line", 0) or 0), function.get("name", "?")] = (
                calls, calls, function.get("self_ns", 0) / 1e9, function.get("total_ns", 0) / 1e9, {})

        class Source:
            stats = rows

            def create_stats(self) -> None:
                pass

        return pstats.Stats(Source())  # type: ignore[arg-type]

    @staticmethod
    def categorize_function(filename: str, function_name: str = "") -> tuple[str, str | None]:
        """``(category, ML file or None)``: user code, Python's library, or a part of mlpy."""
        if filename.endswith(".ml") or filename in ("<ml>", "<prelude>"):
            return "user_code", filename
        if filename.startswith(_PACKAGE):
            part = filename[len(_PACKAGE):].replace(os.sep, "/")
            for begin, category in (("/stdlib", "stdlib"), ("/ml/", "transpilation"), ("/engine", "runtime_overhead"),
                                    ("/runtime/sandbox", "sandbox_startup")):
                if part.startswith(begin):
                    return category, None
            return "runtime_overhead", None
        return "python_stdlib", None
