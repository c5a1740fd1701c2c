"""``mlpy integration benchmark`` (cli-and-python-api.md 1.5, 1.6)."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from mlpy import __version__
from mlpy.cli.files import explain_missing
from mlpy.integration.testing.performance import RegressionDetector
from mlpy.integration.testing.statistics import interval, summary
from mlpy.ml.errors.exceptions import MLError

OK, FAILED, USAGE = 0, 1, 2
ROWS = (("Mean Time", "mean"), ("Median Time", "median"), ("Std Deviation", "std_dev"), ("Min Time", "min"),
        ("Max Time", "max"))


class MissingFile(Exception):
    """A program that is not there."""


class Usage(Exception):
    """A command line that cannot be used; says why."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def table(rows: list[tuple[str, str]]) -> str:
    """The table of the manual: columns 25 and 8 wide, or as wide as their longest value."""
    left = max(25, *(len(name) for name, _ in rows))
    right = max(8, *(len(value) for _, value in rows))
    lines = ["+" + "-" * (left + right + 5) + "+", f"| {'Metric':<{left}} | {'Value':>{right}} |",
             "|" + "-" * (left + 2) + "+" + "-" * (right + 2) + "|"]
    lines += [f"| {name:<{left}} | {value:>{right}} |" for name, value in rows]
    return "\n".join([*lines, lines[0]])


class Failure(Exception):
    """Executions failed."""

    def __init__(self, failed: int, total: int, error: BaseException) -> None:
        place = ""
        if isinstance(error, MLError) and error.source_file and error.line_number:
            place = f" ({error.source_file}:{error.line_number})"
        text = error.message if isinstance(error, MLError) else str(error)
        super().__init__(f"Benchmark failed: {failed} of {total} executions failed: {text}{place}")
        self.failed = failed
        self.exit_code = error.exit_code if isinstance(error, MLError) else 9


class Measurement:
    """One program under the options of the command."""

    def __init__(self, file: str, options: argparse.Namespace) -> None:
        self.options, self.file = options, file
        self.source = Path(file).read_text(encoding="utf-8")
        self.concurrent = options.concurrency > 1
        self.iterations = options.iterations if options.iterations is not None else \
            options.concurrency if self.concurrent else 100
        self.name = options.name or Path(file).stem
        self.context: dict[str, Any] = {}
        if options.context:
            with open(options.context, encoding="utf-8") as stream:
                self.context = json.load(stream)
            if not isinstance(self.context, dict):
                raise Usage(f"{options.context}: a context is an object of names and values")
        self.times: list[float] = []
        self.errors: list[BaseException] = []
        self.transpile_time = self.total = 0.0

    def prepare(self) -> None:
        from mlpy.engine.values import checked_names
        from mlpy.integration.async_executor import AsyncMLExecutor
        from mlpy.ml.transpiler import MLTranspiler

        folder = os.path.dirname(os.path.abspath(self.file))
        started = time.perf_counter()
        self.transpiler = MLTranspiler(import_paths=[folder], cache_enabled=not self.options.cold)
        self.names = checked_names(self.context)
        self.transpile()
        self.transpile_time = time.perf_counter() - started
        self.executor = AsyncMLExecutor(self.options.concurrency, isolation=self.options.isolation)

    def transpile(self) -> Any:
        return self.transpiler.transpile(self.source, self.file, source_map=False, context_names=self.names)

    async def once(self, counted: bool) -> None:
        context = json.loads(json.dumps(self.context)) if self.context else None
        started = time.perf_counter()
        result = await self.executor.execute(self.transpile(), self.options.timeout, context)
        took = time.perf_counter() - started
        if result.exception is not None:
            self.errors.append(result.exception)
        elif counted:
            self.times.append(took)

    async def measure(self) -> None:
        if self.options.warmup:
            say(f"Running warmup ({self.options.warmup} iterations)...")
        for _ in range(self.options.warmup):
            await self.once(False)
        if self.errors:
            raise Failure(len(self.errors), self.options.warmup, self.errors[0])
        say(f"Running benchmark ({self.iterations} iterations)...")
        started = time.perf_counter()
        if self.concurrent:
            left = iter(range(self.iterations))

            async def worker() -> None:
                for _ in left:
                    await self.once(True)

            await asyncio.gather(*(worker() for _ in range(min(self.options.concurrency, self.iterations))))
        else:
            for _ in range(self.iterations):
                await self.once(True)
        self.total = time.perf_counter() - started
        if self.errors:
            raise Failure(len(self.errors), self.iterations, self.errors[0])

    def run(self) -> dict[str, Any]:
        """Measures; the object of ``--json``."""
        self.prepare()
        sink: Any = contextlib.nullcontext() if self.options.show_output else contextlib.redirect_stdout(io.StringIO())
        try:
            with sink:
                asyncio.run(self.measure())
        finally:
            self.executor.shutdown(wait=False)
        low, high = interval(self.times, statistics.median if self.options.metric == "median" else statistics.fmean)
        made = {"schema": "mlpy-benchmark/1", "file": self.file, "name": self.name,
                "mode": "concurrent" if self.concurrent else "sequential", "iterations": self.iterations,
                "warmup": self.options.warmup, "concurrency": self.options.concurrency, **summary(self.times),
                "interval": {"figure": self.options.metric, "confidence": 0.95, "low": low, "high": high},
                "total_time": self.total, "throughput": len(self.times) / self.total if self.total else 0.0,
                "avg_per_execution": self.total / self.iterations, "errors": 0, "transpile_time": self.transpile_time,
                "isolation": self.options.isolation, "environment": environment(), "comparison": None}
        if self.options.samples:
            made["samples"] = self.times
        return made


def measured(file: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measures a program; when profiling is enabled its profile is saved."""
    from mlpy.cli.settings import profiling_enabled

    if not profiling_enabled():
        return Measurement(file, options).run()
    from mlpy import _core
    from mlpy.runtime.profiler import MLProfiler

    with MLProfiler() as profiler:
        result = Measurement(file, options).run()
    _core.profile_save(profiler._profile(), os.path.abspath(file))
    return result


def environment() -> dict[str, Any]:
    from datetime import datetime, timezone

    return {"mlpy": __version__, "python": platform.python_version(), "platform": platform.platform(),
            "cpu_count": os.cpu_count(), "timestamp": datetime.now(timezone.utc).isoformat(timespec="seconds")}


def rows_of(made: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [("Iterations", str(made["iterations"]))]
    rows += [(title, f"{made[key] * 1000:.3f}ms") for title, key in ROWS]
    rows += [(f"{p}th Percentile", f"{made['percentiles'][f'p{p}'] * 1000:.3f}ms") for p in (95, 99)]
    if made["mode"] == "concurrent":
        rows += [("Concurrent Executions", str(made["concurrency"])), ("Total Time", f"{made['total_time']:.3f}s"),
                 ("Throughput", f"{made['throughput']:.2f} exec/sec"),
                 ("Avg Execution Time", f"{made['avg_per_execution'] * 1000:.3f}ms")]
    return rows


def compare(made: dict[str, Any], detector: RegressionDetector, options: argparse.Namespace) -> tuple[str, str]:
    """Notes the comparison in the result; ``(status, line)``."""
    before = detector.baseline.get(made["name"])
    current = made[options.metric] * 1000
    status, change, line = detector.compare(made["name"], current, options.threshold)
    made["comparison"] = {"status": status, "baseline_ms": before, "current_ms": current, "change_pct": change,
                          "threshold_pct": options.threshold, "metric": options.metric}
    if before is not None and before > 0:
        low, high = made["interval"]["low"] * 1000, made["interval"]["high"] * 1000
        noise = low <= before <= high
        made["comparison"]["within_noise"] = noise
        if noise and status != "OK":
            say(f"note: {made['name']}: the baseline lies inside the 95% interval {low:.3f}ms to {high:.3f}ms: "
                "the difference may be noise; measure with more iterations")
    return status, line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--iterations", type=int, metavar="N", help="measured executions (100)")
    parser.add_argument("--warmup", type=int, default=10, metavar="N", help="executions before, not counted (10)")
    parser.add_argument("--concurrency", type=int, default=1, metavar="N", help="executions in flight (1)")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--context", metavar="FILE", help="JSON object of variables for the program")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SEC", help="per execution (30)")
    parser.add_argument("--cold", action="store_true", help="transpile anew every time")
    parser.add_argument("--isolation", choices=("inline", "process"), default="inline")
    parser.add_argument("--show-output", action="store_true", help="let the program print")
    parser.add_argument("--samples", action="store_true", help="all durations in the JSON")
    parser.add_argument("--name", help="key in the baseline (name of the file)")
    parser.add_argument("--baseline", metavar="FILE", help="compare with this file")
    parser.add_argument("--save-baseline", metavar="FILE", help="write this baseline")
    parser.add_argument("--threshold", type=float, default=10.0, metavar="PCT", help="of a regression (10)")
    parser.add_argument("--metric", choices=("mean", "median"), default="mean", help="compared value (mean)")


def check(options: argparse.Namespace) -> None:
    if options.iterations is not None and options.iterations < 1:
        raise Usage("--iterations must be at least 1")
    if options.warmup < 0:
        raise Usage("--warmup must be at least 0")
    if options.concurrency < 1:
        raise Usage("--concurrency must be at least 1")
    if options.name and len(options.files) > 1:
        raise Usage("--name names one file")
    for file in options.files:
        if not os.path.isfile(file):
            raise MissingFile(file)


def benchmark(options: argparse.Namespace) -> int:
    """Runs the command; the exit code."""
    try:
        check(options)
        detector = None
        if options.baseline or options.save_baseline:
            detector = RegressionDetector(options.baseline or options.save_baseline)
    except MissingFile as problem:
        explain_missing(str(problem))
        return USAGE
    except (Usage, ValueError, OSError) as problem:
        say(f"mlpy: {problem}")
        return USAGE
    made, lines = [], []
    regression = False
    for file in options.files:
        say(f"Benchmarking ML File: {os.path.basename(file)}")
        try:
            result = measured(file, options)
        except Failure as failure:
            say(str(failure))
            if options.json:
                print(json.dumps({"schema": "mlpy-benchmark/1", "file": file, "name": options.name or Path(file).stem,
                                  "errors": failure.failed, "error": str(failure), "environment": environment()}, indent=2))
            return failure.exit_code
        except (Usage, OSError, ValueError) as problem:
            if isinstance(problem, MLError):
                say(problem.report or f"mlpy: {problem}")
                return problem.exit_code
            say(f"mlpy: {problem}")
            return USAGE
        except MLError as problem:
            say(problem.report or f"mlpy: {problem}")
            return problem.exit_code
        if detector is not None:
            status, line = compare(result, detector, options)
            regression = regression or status == "REGRESSION"
            lines.append(line)
        made.append(result)
        if not options.json:
            print(table(rows_of(result)))
            if detector is not None:
                print(lines[-1])
        say("[OK] Benchmark completed successfully")
    if options.json:
        print(json.dumps(made[0] if len(made) == 1 else made, indent=2))
    if detector is not None and options.save_baseline and not regression:
        detector.baseline_file = Path(options.save_baseline)
        try:
            detector.save_baseline()
        except OSError as problem:
            say(f"mlpy: cannot write '{options.save_baseline}': {problem.strerror}")
            return USAGE
    return FAILED if regression else OK
