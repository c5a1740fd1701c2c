"""The profiler as Python programs use it (cli-and-python-api.md 2.12)."""

from __future__ import annotations

import json
import os
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpy import _core, _native
from mlpy.engine import profile as engine

__all__ = ["MLProfiler", "ProfileEntry", "MemoryStats", "CategoryStats"]

_PACKAGE = str(Path(__file__).resolve().parent.parent)


@dataclass
class MemoryStats:
    """Memory of the functions of one file: bytes live at the end, most bytes live at once, number of allocations.

    ``current`` and ``peak`` are other names of the first two.
    """

    filename: str
    current_bytes: int = 0
    peak_bytes: int = 0
    allocations: int = 0

    @property
    def current_mb(self) -> float:
        return self.current_bytes / (1 << 20)

    @property
    def peak_mb(self) -> float:
        return self.peak_bytes / (1 << 20)

    @property
    def current(self) -> int:
        return self.current_bytes

    @property
    def peak(self) -> int:
        return self.peak_bytes


@dataclass
class ProfileEntry:
    """One function. Times are in seconds, ``memory`` in bytes."""

    function: str
    filename: str
    line: int
    calls: int
    total_time: float
    self_time: float
    memory: int = 0
    category: str = "ml_code"


@dataclass
class CategoryStats:
    """One category of time, in seconds."""

    name: str
    time: float
    percent: float


class MLProfiler:
    """Profiles the ML that this process and its sandbox processes run between ``start`` and ``stop``.

    ``mode``: "auto", "sample" or "exact"; ``lines``: count how often lines run. There is one profile at a time in a
    process. ``source_map_index`` is not needed: code objects know their places in ML.
    """

    def __init__(self, source_map_index: Any = None, *, mode: str = "auto", memory: bool = True,
                 lines: bool = False) -> None:
        if mode not in ("auto", "sample", "exact"):
            raise ValueError(f"mode must be 'auto', 'sample' or 'exact', not {mode!r}")
        self.source_map_index, self.mode, self.lines = source_map_index, mode, lines
        self.enabled = False
        self.memory_enabled = memory
        self._text: str | None = None  # of the profile file
        self._data: dict[str, Any] | None = None
        self._captures: list[bytes] = []
        self._notes = engine.Notes({})
        self._seconds = 0.0
        self._started = 0.0
        self._path = ""

    def start(self) -> None:
        """Begins a new profile; RuntimeError when one is being taken."""
        if self.enabled or engine.active:
            raise RuntimeError("a profile is being taken already")
        descriptor, self._path = tempfile.mkstemp(prefix="mlpy-profile-")
        os.close(descriptor)
        options = {"mode": self.mode, "memory": self.memory_enabled, "lines": self.lines}
        problem = engine.start(self._path, options)
        if problem:
            warnings.warn(f"mlpy: {problem}", stacklevel=2)
        engine.begin(options)
        self.enabled = True
        self._text = self._data = None
        self._started = time.perf_counter()

    def stop(self) -> None:
        """Ends; without effect when nothing was started."""
        if not self.enabled:
            return
        self._seconds = time.perf_counter() - self._started
        self._notes = engine.end()
        self.enabled = False
        _native.profile_stop()
        with open(self._path, "rb") as stream:
            self._captures = [stream.read(), *self._notes.captures]
        os.unlink(self._path)
        self.memory_enabled = self.memory_enabled and self.data["collection"].get("memory") != "off"

    enable, disable = start, stop

    def __enter__(self) -> MLProfiler:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def _profile(self) -> str:
        """The text of the profile file."""
        if self._text is None:
            sources = self._notes.sources
            main = next(iter(sources), os.path.abspath("<ml>"))
            texts = [_core.profile_of(capture, main, sources, self._notes.steps if place == 0 else [])
                     for place, capture in enumerate(self._captures or [b""])]
            if len(texts) == 1:
                self._text = texts[0]
            else:
                from mlpy.engine.merging import merged

                self._text = json.dumps(merged([json.loads(text) for text in texts]))
        return self._text

    def _report(self, kind: str) -> str:
        return _core.profile_report(self._profile(), kind)

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
        if self._data is None:
            self._data = json.loads(self._profile())
        return self._data

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the profile file."""
        Path(path).write_text(self._profile(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> MLProfiler:
        """The profile of a file that ``save`` or ``mlpy run --profile`` wrote; ValueError when it is none."""
        content = Path(path).read_bytes()
        made = cls()
        try:
            made._text = _core.profile_export(content, "mlprof", "time").decode()
        except ValueError as problem:
            raise ValueError(f"{os.fspath(path)}: {problem}") from None
        made.memory_enabled = made.data["collection"].get("memory") != "off"
        made._seconds = made.data["totals"].get("elapsed_ns", 0) / 1e9
        return made

    def export(self, format: str, path: str | os.PathLike[str], *, weight: str = "time") -> None:
        """Writes the profile in the format of another tool, as ``mlpy profile export`` names them."""
        if format == "flamegraph" and os.fspath(path).endswith(".svg"):
            format = "svg"
        Path(path).write_bytes(_core.profile_export(self._profile(), format, weight))

    def recommendations(self) -> list[dict[str, Any]]:
        """What to change, as ``recommendations`` of the profile file."""
        return list(self.data.get("recommendations", ()))

    def _functions(self) -> list[tuple[dict[str, Any], str]]:
        """Functions of the profile file, each with the path of its file."""
        files = self.data.get("files", [])
        return [(function, files[function["file"]]["path"] if function.get("file") is not None else "~")
                for function in self.data.get("functions", ())]

    @property
    def entries(self) -> list[ProfileEntry]:
        """The functions, most own time first."""
        return [ProfileEntry(function["name"], file, function["line"], function["calls"], function["cum_ns"] / 1e9,
                             function["self_ns"] / 1e9, function.get("end_bytes", 0), function["category"])
                for function, file in self._functions()]

    @property
    def categories(self) -> list[CategoryStats]:
        """The seven categories of time."""
        total = self.data["totals"]["wall_ns"] or 1
        return [CategoryStats(one["id"], one["self_ns"] / 1e9, 100 * one["self_ns"] / total)
                for one in self.data["categories"]]

    @property
    def memory_stats(self) -> dict[str, MemoryStats]:
        """By file of ML."""
        found: dict[str, MemoryStats] = {}
        highest: dict[str, int] = {}  # of a single function
        for function, file in self._functions():
            if function["category"] != "ml_code":
                continue
            stats = found.setdefault(file, MemoryStats(file))
            stats.current_bytes += function.get("end_bytes", 0)
            stats.peak_bytes += function.get("at_peak_bytes", 0)
            stats.allocations += function.get("alloc_count", 0)
            highest[file] = max(highest.get(file, 0), function.get("own_peak_bytes", 0))
        for file, stats in found.items():
            stats.peak_bytes = max(stats.peak_bytes, stats.current_bytes, highest[file])
        return found

    def get_memory_for_function(self, filename: str) -> int:
        """Bytes that the functions of a file hold."""
        stats = self.memory_stats.get(filename)
        return stats.current_bytes if stats else 0

    def get_phase_times(self) -> dict[str, float]:
        """``transpile_time``, ``execute_time`` and ``total_time`` in milliseconds."""
        transpile = sum(phase["ns"] for phase in self.data.get("phases", ())
                        if phase["category"] in ("parsing", "security_analysis", "transpilation")) / 1e6
        execute = self._notes.execute_seconds * 1000 or self.data["totals"]["ml_ns"] / 1e6
        return {"transpile_time": transpile, "execute_time": execute, "total_time": max(self._seconds * 1000, execute)}

    def get_stats(self) -> Any:
        """The profile as ``pstats.Stats``."""
        import marshal
        import pstats

        class Source:
            stats = marshal.loads(_core.profile_export(self._profile(), "pstats", "time"))

            def create_stats(self) -> None:
                pass

        return pstats.Stats(Source())  # type: ignore[arg-type]

    @staticmethod
    def categorize_function(filename: str, function_name: str = "") -> tuple[str, str | None]:
        """``(category, ML file or None)``: "user_code", "python_stdlib", or a category of mlpy's own time."""
        if filename.endswith(".ml") or filename in ("<ml>", "<prelude>"):
            return "user_code", filename
        filename = os.path.realpath(filename)
        if filename.startswith(_PACKAGE):
            part = filename[len(_PACKAGE):].replace(os.sep, "/")
            for begin, category in (("/ml/transpiler", "transpilation"), ("/engine/transpile", "transpilation"),
                                    ("/runtime/sandbox", "sandbox_startup"), ("/engine/process", "sandbox_startup"),
                                    ("/engine/template", "sandbox_startup")):
                if part.startswith(begin):
                    return category, None
            return "runtime_overhead", None
        return "python_stdlib", None
