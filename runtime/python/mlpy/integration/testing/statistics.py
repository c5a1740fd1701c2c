"""Figures of a benchmark (cli-and-python-api.md 1.5), and whether a difference is more than noise."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from typing import Any


def percentile(ordered: list[float], p: float) -> float:
    """Linear interpolation at position p x (n - 1); ``p`` in 0..1."""
    place = p * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def summary(times: list[float]) -> dict[str, Any]:
    """``mean``, ``median``, ``std_dev``, ``min``, ``max``, ``percentiles`` in the unit of ``times``."""
    ordered = sorted(times)
    return {"mean": statistics.fmean(ordered), "median": statistics.median(ordered),
            "std_dev": statistics.stdev(ordered) if len(ordered) > 1 else 0.0, "min": ordered[0], "max": ordered[-1],
            "percentiles": {name: percentile(ordered, p / 100) for name, p in
                            (("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99))}}


def interval(times: list[float], figure: Callable[[list[float]], float] = statistics.median, confidence: float = 0.95,
             rounds: int = 400) -> tuple[float, float]:
    """Bootstrap interval of a figure: where it would lie were the measurement repeated. The same for the same times."""
    if len(times) < 2:
        return figure(times), figure(times)
    source = random.Random(len(times))
    sample = times if len(times) <= 1000 else source.sample(times, 1000)
    found = sorted(figure(source.choices(sample, k=len(sample))) for _ in range(rounds))
    return percentile(found, (1 - confidence) / 2), percentile(found, (1 + confidence) / 2)
