"""Measuring programs (cli-and-python-api.md 1.5, 1.6, 2.7)."""

from __future__ import annotations

import asyncio
import json
import math
import os
import statistics
import time
from pathlib import Path
from typing import Any

from mlpy.integration.async_executor import AsyncMLExecutor
from mlpy.integration.testing.statistics import summary
from mlpy.ml.errors.exceptions import BenchmarkError

__all__ = ["PerformanceTester", "RegressionDetector", "BenchmarkError", "quick_benchmark"]


class PerformanceTester:
    """Measures executions. ``metrics`` keeps the results of every measurement."""

    def __init__(self) -> None:
        self.metrics: list[dict[str, Any]] = []
        self._executor: AsyncMLExecutor | None = None

    def _own(self, workers: int) -> AsyncMLExecutor:
        if self._executor is None or self._executor._pool.workers < workers:
            if self._executor is not None:
                self._executor.shutdown(wait=False)
            self._executor = AsyncMLExecutor(workers)
        return self._executor

    async def benchmark_async_execution(self, ml_code: str, iterations: int = 100, *,
                                        context: dict[str, Any] | None = None, warmup: int = 0) -> dict[str, Any]:
        """Executions one after the other; times in seconds."""
        if iterations < 1:
            raise ValueError("iterations must be at least 1")
        executor = self._own(1)
        times: list[float] = []
        errors: list[str] = []
        for _ in range(warmup):
            await executor.execute(ml_code, context=context)
        for _ in range(iterations):
            started = time.perf_counter()
            result = await executor.execute(ml_code, context=context)
            took = time.perf_counter() - started
            if result.success:
                times.append(took)
            else:
                errors.append(result.error or "")
        if not times:
            raise BenchmarkError(f"no execution succeeded: {errors[0]}")
        made = {**summary(times), "iterations": iterations, "errors": len(errors)}
        self.metrics.append({"type": "async_execution", **made})
        return made

    async def benchmark_concurrent_executions(self, ml_code: str, concurrency: int = 10, *,
                                              context: dict[str, Any] | None = None) -> dict[str, Any]:
        """``concurrency`` executions at once."""
        if concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        executor = self._own(min(concurrency, 64))
        started = time.perf_counter()
        results = await asyncio.gather(*(executor.execute(ml_code, context=context) for _ in range(concurrency)))
        total = time.perf_counter() - started
        good = [result for result in results if result.success]
        if not good:
            raise BenchmarkError(f"no execution succeeded: {results[0].error}")
        latencies = [result.execution_time for result in good]
        made = {"throughput": len(good) / total, "total_time": total, "avg_per_execution": total / concurrency,
                "concurrency": concurrency, "errors": len(results) - len(good),
                "latency": {"mean": statistics.fmean(latencies), "median": statistics.median(latencies),
                            "max": max(latencies)}}
        self.metrics.append({"type": "concurrent_executions", **made})
        return made

    def benchmark_callback_overhead(self, session: Any, function_name: str, args: Any = (),
                                    iterations: int = 1000) -> dict[str, Any]:
        """What a call of an ML function costs; ``args`` are its arguments."""
        from mlpy.integration.ml_callback import MLCallbackWrapper

        callback = MLCallbackWrapper(session, function_name)
        times = []
        for _ in range(iterations):
            started = time.perf_counter()
            callback(*args)
            times.append(time.perf_counter() - started)
        made = {**summary(times), "iterations": iterations, "calls_per_second": iterations / sum(times)}
        self.metrics.append({"type": "callback_overhead", **made})
        return made

    async def benchmark_with_warmup(self, ml_code: str, warmup_iterations: int = 10,
                                    test_iterations: int = 100) -> dict[str, Any]:
        made = await self.benchmark_async_execution(ml_code, test_iterations, warmup=warmup_iterations)
        return {**made, "warmup_iterations": warmup_iterations}

    def get_metrics_summary(self) -> dict[str, Any]:
        by_type: dict[str, int] = {}
        for metric in self.metrics:
            by_type[metric["type"]] = by_type.get(metric["type"], 0) + 1
        return {"total_benchmarks": len(self.metrics), "by_type": by_type, "metrics": list(self.metrics)}

    def reset_metrics(self) -> None:
        self.metrics.clear()

    @staticmethod
    def compare_performance(baseline: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
        """Differences in seconds; ``regression``: the mean grew by more than 5 %."""
        change = (current["mean"] - baseline["mean"]) / baseline["mean"] * 100 if baseline["mean"] else 0.0
        return {"mean_diff": current["mean"] - baseline["mean"], "mean_pct_change": change,
                "median_diff": current["median"] - baseline["median"], "regression": change > 5.0}


async def quick_benchmark(ml_code: str, iterations: int = 100) -> dict[str, Any]:
    return await PerformanceTester().benchmark_async_execution(ml_code, iterations)


class RegressionDetector:
    """Compares figures in milliseconds with those of a baseline file."""

    def __init__(self, baseline_file: str | os.PathLike[str] = "benchmarks.json") -> None:
        self.baseline_file = Path(baseline_file)
        self.baseline: dict[str, float] = self.load_baseline()

    def load_baseline(self) -> dict[str, float]:
        """A missing file is an empty baseline; ValueError when the file is none."""
        try:
            with open(self.baseline_file, encoding="utf-8") as stream:
                found = json.load(stream)
        except FileNotFoundError:
            return {}
        except ValueError as problem:
            raise ValueError(f"{self.baseline_file} is no baseline: {problem}") from problem
        numbers = isinstance(found, dict) and all(
            isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) for value in found.values())
        if not numbers:
            raise ValueError(f"{self.baseline_file}: a baseline is an object of names and milliseconds")
        return dict(found)

    def save_baseline(self) -> None:
        temporary = self.baseline_file.with_name(f".{self.baseline_file.name}.{os.getpid()}.tmp")
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump(self.baseline, stream, indent=2)
        os.replace(temporary, self.baseline_file)

    def compare(self, name: str, current_ms: float, threshold_pct: float = 10.0) -> tuple[str, float | None, str]:
        """``(status, change in percent or None, line to print)``; notes what is new or better."""
        before = self.baseline.get(name)
        if before is None or before <= 0:
            self.baseline[name] = current_ms
            return "NEW", None, f"[NEW] {name}: {current_ms:.2f}ms (no baseline)"
        change = (current_ms - before) / before * 100
        if change > threshold_pct:
            return "REGRESSION", change, (f"[REGRESSION] {name}: {current_ms:.2f}ms "
                                          f"(+{change:.1f}% vs baseline {before:.2f}ms)")
        if change < -threshold_pct:
            self.baseline[name] = current_ms
            return "IMPROVEMENT", change, (f"[IMPROVEMENT] {name}: {current_ms:.2f}ms "
                                           f"({change:.1f}% vs baseline {before:.2f}ms)")
        return "OK", change, f"[OK] {name}: {current_ms:.2f}ms ({change:+.1f}% vs baseline)"

    def check_regression(self, name: str, current_ms: float, threshold_pct: float = 10.0) -> bool:
        """Prints the line; whether it is a regression."""
        status, _, line = self.compare(name, current_ms, threshold_pct)
        print(line)
        return status == "REGRESSION"
